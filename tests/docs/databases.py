"""Database servers for documents that connect one, each with a table of shops."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from typing import Final

from tests.databases.mariadb import MariaDBServer
from tests.databases.postgresql import PostgreSQLServer
from tests.databases.programs import programs
from tests.databases.server import ADMIN, ADMIN_PASSWORD, HOST, DatabaseServer
from tests.docs.sessions import Session

DATABASE: Final = "shop"
USER: Final = "tenantry"
PASSWORD: Final = "choose-one"
"""Of the account that documents make, or have."""
SHOPS: Final = (
    "CREATE TABLE shops (id TEXT PRIMARY KEY, name TEXT, plan TEXT, active BOOLEAN)",
    "INSERT INTO shops VALUES ('acme', 'Acme Tools', 'pro', true), ('bakery', 'Corner Bakery', 'basic', true)",
)
SHOPS_OF_LYNQ: Final = (
    "CREATE TABLE shops (id VARCHAR(40) PRIMARY KEY, plan TEXT, replicas INT, active BOOLEAN)",
    "INSERT INTO shops VALUES ('acme', 'pro', 3, true), ('bakery', 'basic', 1, true)",
)
AS_ADMINISTRATOR: Final = """#!{python}
import pathlib, sys, psycopg
address = dict(host="{host}", port={port}, user="{user}", password="{password}", dbname="{database}")
with psycopg.connect(**address, sslmode="disable") as connection:
    connection.execute(pathlib.Path(sys.argv[1]).read_text())
"""


def serve_postgresql(session: Session) -> None:
    """Start a server that lives as long as the session.

    The shell gets ``postgresql FILE``, which runs statements as administrator, the file ``ca.crt``, and the variables
    ``DATABASE_PORT`` and ``PASSWORD``.
    """
    server = PostgreSQLServer(programs())
    _serve(session, server, SHOPS)
    shutil.copy(server.certificates.ca, session.folder / "ca.crt")
    address = {"host": HOST, "port": server.port, "user": ADMIN, "password": ADMIN_PASSWORD, "database": DATABASE}
    session.add_program("postgresql", AS_ADMINISTRATOR.format(python=sys.executable, **address))


def serve_mariadb(session: Session) -> None:
    """Start a server as users of Lynq have it, with an account. The shell gets the variable ``DATABASE_PORT``."""
    server = MariaDBServer(programs())
    _serve(session, server, SHOPS_OF_LYNQ)
    server.create_account(USER, PASSWORD, DATABASE)


def _serve(session: Session, server: DatabaseServer, statements: Sequence[str]) -> None:
    session.when_it_ends(server.remove)
    server.start()
    server.run(f"CREATE DATABASE {DATABASE}")
    server.run(*statements, database=DATABASE)
    session.must(f"export DATABASE_PORT={server.port} PASSWORD={PASSWORD}")
