"""One database on a server of the tests, and how a registry is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tenantry.datasource import Credentials, PollResult, SourceError, read_rows
from tenantry.kinds.source import Source
from tests.databases.server import HOST, DatabaseServer

PASSWORD = "pass-wörd 'quoted' \\"


@dataclass
class Place:
    """A database with a table that is yet to be made, and an account that may read it."""

    server: DatabaseServer
    database: str
    username: str
    password: str = PASSWORD

    @property
    def is_mysql(self) -> bool:
        """Whether this is MariaDB."""
        return self.server.kind == "mysql"

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements as administrator; the rows of the last one."""
        return self.server.run(*statements, database=self.database)

    def spec(
        self, table: str = "shops", *, where: list[dict[str, Any]] | None = None, **options: Any
    ) -> dict[str, Any]:
        """The ``spec.source`` of a registry."""
        address = {
            "host": HOST,
            "port": self.server.port,
            "username": self.username,
            "database": self.database,
            "table": table,
            "connectTimeout": "2s",
            "statementTimeout": "10s",
            "tls": {"mode": "disable"},
            **options,
        }
        return {"syncInterval": "30s", self.server.kind: address} | ({"where": where} if where else {})

    def source(self, table: str = "shops", **options: Any) -> Source:
        """The same as a model."""
        return Source.model_validate(self.spec(table, **options))

    @property
    def credentials(self) -> Credentials:
        """What the server wants to know."""
        return Credentials(password=self.password.encode())

    def read(self, *columns: str, seconds: float = 20.0, **options: Any) -> list[dict[str, Any]]:
        """The rows of the table. Raises ``SourceError``."""
        return self.result(*columns, seconds=seconds, **options).rows

    def result(self, *columns: str, seconds: float = 20.0, **options: Any) -> PollResult:
        """The result of one poll. Raises ``SourceError``."""
        read_options = {name: options.pop(name) for name in ("activation", "owner") if name in options}
        credentials = options.pop("credentials", self.credentials)
        return read_rows(self.source(**options), columns, credentials=credentials, seconds=seconds, **read_options)

    def failure(self, *columns: str, **options: Any) -> SourceError:
        """The error of a poll that fails."""
        try:
            self.read(*columns, **options)
        except SourceError as error:
            return error
        raise AssertionError("the poll succeeded")

    def make_shops(self, *rows: tuple[Any, ...]) -> None:
        """The usual table: id (primary key), active (an integer) and note."""
        self.run("CREATE TABLE shops (id VARCHAR(40) PRIMARY KEY, active SMALLINT, note TEXT)")
        for row in rows:
            values = ", ".join("NULL" if value is None else repr(value) for value in row)
            self.run(f"INSERT INTO shops VALUES ({values})")


def new_place(server: DatabaseServer) -> Place:
    """A new database with an account that may read all of it."""
    place = Place(server, server.new_name(), server.new_name())
    server.run(f"CREATE DATABASE {place.database}")
    password = place.password.replace("\\", "\\\\") if place.is_mysql else place.password
    server.create_account(place.username, password.replace("'", "''"), place.database)
    return place
