"""PostgreSQL, through psycopg 3."""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Any, Final

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Loader
from psycopg.types.datetime import DateLoader, TimeLoader, TimestampLoader, TimestamptzLoader, TimetzLoader
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from tenantry.datasource.credentials import Credentials
from tenantry.datasource.cutoff import cut_off
from tenantry.datasource.postgresql_errors import problem_of
from tenantry.datasource.result import Decoder, SourceError, SourceErrorKind, Unreadable
from tenantry.datasource.server import NETWORK_SECONDS, connect_seconds, make_engine
from tenantry.datasource.structured import structure
from tenantry.datasource.tls import VERIFYING, system_authorities, write_files
from tenantry.kinds.source import PostgreSQLSource, seconds_of

AS_TEXT: Final = (
    "interval",
    "inet",
    "cidr",
    "xml",
    "int4range",
    "int8range",
    "numrange",
    "daterange",
    "tsrange",
    "tstzrange",
    "int4multirange",
    "int8multirange",
    "nummultirange",
    "datemultirange",
    "tsmultirange",
    "tstzmultirange",
)
"""Types that templates get as the text that PostgreSQL writes."""

_LIMITS: Final = text(
    "SELECT set_config('statement_timeout', :milliseconds, true), set_config('lock_timeout', '0', true), "
    "set_config('TimeZone', 'UTC', true), set_config('IntervalStyle', 'iso_8601', true), "
    "set_config('DateStyle', 'ISO', true), set_config('bytea_output', 'hex', true)"
)


class PostgreSQLDatabase:
    """One database of a PostgreSQL server."""

    def __init__(self, source: PostgreSQLSource, credentials: Credentials) -> None:
        """Connects to nothing yet."""
        self.place = f"database {source.database!r} of the PostgreSQL server {source.host}:{source.port}"
        self._source = source
        self._parameters = _parameters(source, credentials)
        contents = {
            name: content
            for name, content in (
                # libpq verifies whatever the mode is, if it has something to verify with.
                ("ca.crt", credentials.authorities if source.tls.mode in VERIFYING else None),
                ("tls.crt", credentials.certificate),
                ("tls.key", credentials.key),
            )
            if content
        }
        if contents and source.tls.mode != "disable":
            # libpq takes files alone. They go with this object, or with the process.
            folder = write_files(contents)
            weakref.finalize(self, _remove, folder, os.getpid())
            self._parameters |= _files(folder, contents)
        self.engine = make_engine("postgresql+psycopg", source, self._connect, _descriptor)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def limited(self, connection: Connection, *, deadline: float) -> Iterator[None]:
        """Statements inside end in time, first by the server's own clock, then by ours; times are UTC."""
        seconds = max(1, min(seconds_of(self._source.statement_timeout), int(deadline - time.monotonic())))
        raw = connection.connection.driver_connection
        with cut_off(_descriptor(raw), at=time.monotonic() + seconds + NETWORK_SECONDS) as cut:
            try:
                connection.execute(_LIMITS, {"milliseconds": str(seconds * 1000)})
                yield
            except SQLAlchemyError as error:
                if cut.happened:
                    raise self._silent() from error
                raise

    def structures(self, connection: Connection, table: str) -> frozenset[str]:
        """None: psycopg knows JSON when it sees it."""
        del connection, table
        return frozenset()

    def decoders(self, description: Sequence[Any], structures: frozenset[str]) -> Mapping[int, Decoder]:
        """What psycopg leaves to us: BIT(1) is a boolean, as in MySQL."""
        del structures
        bit = psycopg.adapters.types["bit"].oid
        return {
            position: _flag
            for position, column in enumerate(description)
            if column.type_code == bit and column.display_size == 1
        }

    def explain(self, error: Exception) -> SourceError | None:
        """Why a connection or statement failed, as far as the error tells."""
        return problem_of(error, place=self.place, source=self._source)

    def _connect(self) -> psycopg.Connection[Any]:
        # Prepared statements would outlive the transaction that a pooler between gives us.
        connection = psycopg.connect(
            **self._parameters,
            connect_timeout=connect_seconds(self._source),
            context=_ADAPTERS,
            prepare_threshold=None,
        )
        connection.server_cursor_factory = _ServerCursor
        if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
            # Such a database has no encoding. The server would refuse all rows because of one that is not UTF-8.
            connection.execute("SET client_encoding = 'SQL_ASCII'")
            connection.commit()
        return connection

    def _silent(self) -> SourceError:
        return SourceError(
            SourceErrorKind.TIMEOUT,
            f"{self.place} gave no answer in time. Look at the network between the webhooks and it, or raise "
            "connectTimeout or statementTimeout.",
        )


def _parameters(source: PostgreSQLSource, credentials: Credentials) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "host": source.host,
        "port": source.port,
        "user": source.username,
        "dbname": source.database,
        "sslmode": source.tls.mode,
        "client_encoding": "utf8",
        "application_name": "tenantry",
        "gssencmode": "disable",
        # Nothing but the spec decides who we are: no password file of whoever runs this. None can be at this place;
        # of a device, /dev/null itself for example, libpq complains on standard error.
        "passfile": "/dev/null/none",
        "password": "",
    }
    if credentials.password is not None:
        parameters["password"] = credentials.password.decode(errors="surrogateescape")
    if source.tls.mode in VERIFYING and not credentials.authorities:
        parameters["sslrootcert"] = system_authorities()
    return parameters


def _remove(folder: Path, process: int) -> None:
    """Remove a folder that this process made: one that was forked forgets its parent's databases, and leaves them."""
    if os.getpid() == process:
        rmtree(folder, ignore_errors=True)


def _files(folder: Path, contents: Mapping[str, bytes]) -> dict[str, str]:
    options = {"ca.crt": "sslrootcert", "tls.crt": "sslcert", "tls.key": "sslkey"}
    return {option: str(folder / name) for name, option in options.items() if name in contents}


def _descriptor(connection: Any) -> int:
    return int(connection.fileno())


def _flag(value: str | None) -> bool | None:
    return None if value is None else value == "1"


class _ServerCursor(psycopg.ServerCursor[Any]):
    """A cursor that is also closed when its connection is gone, and the server's part of it with that."""

    def close(self) -> None:
        try:
            super().close()
        except psycopg.Error:
            psycopg.Cursor.close(self)

    def __del__(self, __warn: Any = None, /) -> None:
        # SQLAlchemy does not close cursors of connections that were lost.
        psycopg.Cursor.close(self)


class _LenientText(Loader):
    """Text that is not UTF-8, which a database without an encoding may hold, comes with surrogates: for one row."""

    def load(self, data: Buffer) -> str:
        return bytes(data).decode("utf-8", "surrogateescape")


class _Structure(Loader):
    """JSON that Python cannot hold comes as ``Unreadable``: for one row."""

    def load(self, data: Buffer) -> Any:
        return structure(bytes(data))


def _lenient(loader: type[Loader]) -> type[Loader]:
    """A loader of times that leaves those aside which Python cannot express, infinity above all."""

    class Lenient(loader):  # type: ignore[misc, valid-type]  # mypy takes no variable for a base
        def load(self, data: Buffer) -> Any:
            try:
                return super().load(data)
            except psycopg.DataError:
                return Unreadable("is a time before the year 1, after the year 9999, 24:00 or infinite")

    return Lenient


def _adapters() -> AdaptersMap:
    """How values come from PostgreSQL, for our connections alone."""
    adapters = AdaptersMap(psycopg.adapters)
    for name, loader in (
        ("date", DateLoader),
        ("time", TimeLoader),
        ("timetz", TimetzLoader),
        ("timestamp", TimestampLoader),
        ("timestamptz", TimestamptzLoader),
    ):
        adapters.register_loader(name, _lenient(loader))
    for name in ("json", "jsonb"):
        adapters.register_loader(name, _Structure)
    for name in ("text", "varchar", "bpchar", "name", '"char"', *AS_TEXT):
        adapters.register_loader(name, _LenientText)
    # Types that psycopg does not know, enumerations above all.
    adapters.register_loader(0, _LenientText)
    return adapters


_ADAPTERS: Final = _adapters()
