"""Real database servers for tests: MariaDB and PostgreSQL, on loopback, gone when their process is.

``programs`` finds or installs them, ``mariadb`` and ``postgresql`` start one each, ``proxy`` stands between a client
and a server to stall it.
"""
