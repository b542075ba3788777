"""A PostgreSQL server."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from contextlib import closing
from typing import Any, ClassVar

import psycopg

from tests.databases.account import give_to_servers, run_as_servers
from tests.databases.server import ADMIN, ADMIN_PASSWORD, HOST, DatabaseServer


class PostgreSQLServer(DatabaseServer):
    """PostgreSQL that does not wait for its disk."""

    kind: ClassVar[str] = "postgresql"
    default_database: ClassVar[str] = "postgres"

    def _initialize(self) -> None:
        password = self.folder / "password"
        password.write_text(ADMIN_PASSWORD)
        give_to_servers(password)
        options = [f"--pgdata={self.data}", f"--username={ADMIN}", f"--pwfile={password}", "--auth=scram-sha-256"]
        run_as_servers([str(self.programs.initdb), *options, "--no-sync", "--encoding=UTF8", "--locale=C"])

    def _command(self, *, tls: bool) -> Sequence[str]:
        options = {
            "listen_addresses": HOST,
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "off",
            "shared_buffers": "32MB",
            "max_connections": "20",
            "logging_collector": "off",
            "ssl": "on" if tls else "off",
            "ssl_cert_file": self.certificates.certificate("server"),
            "ssl_key_file": self.certificates.key("server"),
            "ssl_ca_file": self.certificates.ca,
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [str(self.programs.postgres), "-D", str(self.data), *settings]

    def stop(self) -> None:
        """Stop it in order, without waiting for its clients to leave."""
        if self._process is not None and self._process.running():
            os.kill(self._process.pid, signal.SIGINT)
        super().stop()

    def _answers(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg.Error:
            return False
        return True

    def connect(self, database: str) -> Any:
        """A connection of the administrator that commits at once."""
        return psycopg.connect(
            host=HOST,
            port=self.port,
            user=ADMIN,
            password=ADMIN_PASSWORD,
            dbname=database,
            autocommit=True,
            connect_timeout=5,
            sslmode="disable",
        )

    def run(self, *statements: str, database: str = "") -> list[tuple[Any, ...]]:
        """Run statements as administrator, each for itself; the rows of the last one."""
        with closing(self.connect(database or self.default_database)) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def create_account(self, name: str, password: str, database: str) -> None:
        """An account that may read all of a database."""
        self.run(f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{password}' IN ROLE pg_read_all_data")

    def change_password(self, name: str, password: str) -> None:
        """Give an account another password, and end its connections."""
        self.run(f"ALTER ROLE \"{name}\" PASSWORD '{password}'")
        self.end_connections(name)

    def end_connections(self, name: str) -> None:
        """End the connections of an account."""
        self.run(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '{name}'")
