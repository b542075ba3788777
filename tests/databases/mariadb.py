"""A MariaDB server."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any, ClassVar

import pymysql

from tests.databases.account import give_to_servers, run_as_servers
from tests.databases.server import ADMIN, ADMIN_PASSWORD, HOST, DatabaseServer

SYSTEM_TABLES = ("mysql_system_tables", "mysql_performance_tables", "mysql_system_tables_data")
"""Scripts of the server that make its own tables. Debian's script that runs them needs more packages."""


class MariaDBServer(DatabaseServer):
    """MariaDB without anything that makes it slow to start or careful to write."""

    kind: ClassVar[str] = "mysql"
    default_database: ClassVar[str] = "mysql"

    def _initialize(self) -> None:
        self.data.mkdir()
        give_to_servers(self.data)
        beginning = "CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = NULL, @skip_auth_anonymous = 1;\n"
        bootstrap = beginning + "".join(
            (self.programs.mariadb_tables / f"{name}.sql").read_text() for name in SYSTEM_TABLES
        )
        command = [str(self.programs.mariadbd), "--no-defaults", "--bootstrap", f"--datadir={self.data}"]
        run_as_servers([*command, "--innodb-buffer-pool-size=64M"], text=bootstrap)
        (self.folder / "init.sql").write_text(
            f"CREATE USER IF NOT EXISTS '{ADMIN}'@'%' IDENTIFIED BY '{ADMIN_PASSWORD}';\n"
            f"GRANT ALL ON *.* TO '{ADMIN}'@'%' WITH GRANT OPTION;\n"
        )

    def _command(self, *, tls: bool) -> Sequence[str]:
        tls_options = [
            f"--ssl-ca={self.certificates.ca}",
            f"--ssl-cert={self.certificates.certificate('server')}",
            f"--ssl-key={self.certificates.key('server')}",
        ]
        return [
            str(self.programs.mariadbd),
            "--no-defaults",
            f"--datadir={self.data}",
            f"--port={self.port}",
            f"--bind-address={HOST}",
            f"--socket={self.folder / 's'}",
            f"--pid-file={self.folder / 'pid'}",
            f"--init-file={self.folder / 'init.sql'}",
            "--skip-name-resolve",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-buffer-pool-size=64M",
            "--performance-schema=OFF",
            *(tls_options if tls else ["--skip-ssl"]),
        ]

    def _answers(self) -> bool:
        try:
            self.connect("mysql").close()
        except pymysql.Error:
            return False
        return True

    def connect(self, database: str) -> Any:
        """A connection of the administrator that commits at once."""
        return pymysql.connect(
            host=HOST,
            port=self.port,
            user=ADMIN,
            password=ADMIN_PASSWORD,
            database=database or None,
            autocommit=True,
            connect_timeout=5,
            ssl_disabled=True,
        )

    def run(self, *statements: str, database: str = "") -> list[tuple[Any, ...]]:
        """Run statements as administrator, each for itself; the rows of the last one."""
        with closing(self.connect(database or self.default_database)) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall() or ())

    def create_account(self, name: str, password: str, database: str) -> None:
        """An account that may read all of a database."""
        self.run(
            f"CREATE USER `{name}`@'%' IDENTIFIED BY '{password}'",
            f"GRANT SELECT, SHOW VIEW, EXECUTE ON `{database}`.* TO `{name}`@'%'",
        )

    def change_password(self, name: str, password: str) -> None:
        """Give an account another password, and end its connections."""
        self.run(f"ALTER USER `{name}`@'%' IDENTIFIED BY '{password}'")
        self.end_connections(name)

    def end_connections(self, name: str) -> None:
        """End the connections of an account."""
        self.run(f"KILL USER `{name}`@'%'")
