"""Rows out of real MariaDB and PostgreSQL servers."""
