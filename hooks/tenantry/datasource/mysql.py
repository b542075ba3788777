"""MySQL and MariaDB, through pymysql."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import pymysql
from pymysql.constants import FIELD_TYPE
from pymysql.cursors import Cursor, SSCursor
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from tenantry.datasource.credentials import Credentials
from tenantry.datasource.cutoff import cut_off
from tenantry.datasource.mysql_errors import problem_of
from tenantry.datasource.result import Decoder, SourceError, SourceErrorKind
from tenantry.datasource.server import NETWORK_SECONDS, connect_seconds, make_engine
from tenantry.datasource.structured import structure
from tenantry.datasource.tls import tls_context
from tenantry.kinds.source import MySQLSource, seconds_of

_JSON_CHECKS: Final = text(
    "SELECT check_clause FROM information_schema.check_constraints "
    "WHERE constraint_schema = DATABASE() AND table_name = :table AND check_clause LIKE 'json_valid%'"
)
_ALL_ROWS: Final = "sql_select_limit = 18446744073709551615"
"""Whatever the server is set to: rows that a limit leaves out would look like rows that are gone."""

_JSON_CHECK = re.compile(r"json_valid\(`(.+)`\)", re.IGNORECASE)


class MySQLDatabase:
    """One database of a MySQL or MariaDB server."""

    def __init__(self, source: MySQLSource, credentials: Credentials) -> None:
        """Connects to nothing yet. Raises ``SourceError`` for certificates that nobody can read."""
        self.place = f"database {source.database!r} of the MySQL server {source.host}:{source.port}"
        self._source = source
        self._password = credentials.password or b""
        self._tls = None if source.tls.mode == "disable" else tls_context(source.tls, credentials)
        self._certified = self._tls is not None and credentials.certificate is not None
        self.engine = make_engine("mysql+pymysql", source, self._connect, _descriptor)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def limited(self, connection: Connection, *, deadline: float) -> Iterator[None]:
        """Statements inside end in time, first by the server's own clock, then by ours; times are UTC."""
        seconds = max(1, min(seconds_of(self._source.statement_timeout), int(deadline - time.monotonic())))
        limit = f"max_statement_time = {seconds}"
        if not _is_mariadb(connection):
            limit = f"max_execution_time = {seconds * 1000}"
        raw = connection.connection.driver_connection
        with cut_off(_descriptor(raw), at=time.monotonic() + seconds + NETWORK_SECONDS) as cut:
            try:
                connection.exec_driver_sql(
                    f"SET time_zone = '+00:00', lock_wait_timeout = {seconds}, {limit}, {_ALL_ROWS}"
                )
                yield
            except SQLAlchemyError as error:
                if cut.happened:
                    raise self._silent() from error
                raise

    def structures(self, connection: Connection, table: str) -> frozenset[str]:
        """MariaDB's JSON is text with a check. Of views, only the columns' own tables know it."""
        if not _is_mariadb(connection):
            return frozenset()
        clauses = connection.execute(_JSON_CHECKS, {"table": table}).scalars()
        return frozenset(found.group(1) for clause in clauses if (found := _JSON_CHECK.fullmatch(str(clause))))

    def decoders(self, description: Sequence[Any], structures: frozenset[str]) -> Mapping[int, Decoder]:
        """What pymysql leaves to us: bits, times that are UTC, and JSON."""
        decoders: dict[int, Decoder] = {}
        for position, (name, code, _, length, *_rest) in enumerate(description):
            if code == FIELD_TYPE.BIT:
                decoders[position] = _flag if length == 1 else _bits
            elif code == FIELD_TYPE.TIMESTAMP:
                decoders[position] = _utc
            elif code == FIELD_TYPE.JSON or name in structures:
                decoders[position] = _structure
        return decoders

    def explain(self, error: Exception) -> SourceError | None:
        """Why a connection or statement failed, as far as the error's number tells."""
        return problem_of(error, place=self.place, source=self._source)

    def _connect(self) -> _Connection:
        source = self._source
        seconds = connect_seconds(source)
        end = time.monotonic() + seconds
        connection = _Connection(
            host=source.host,
            port=source.port,
            user=source.username,
            password=self._password,
            database=source.database,
            charset="utf8mb4",
            ssl=self._tls if source.tls.mode != "prefer" else None,
            ssl_disabled=source.tls.mode == "disable",
            defer_connect=True,
        )
        if source.tls.mode == "prefer":
            # Its own arguments always demand encryption; without them it encrypts if the server can, with this.
            connection.ctx = self._tls
        wire = socket.create_connection((source.host, source.port), seconds)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with cut_off(wire.fileno(), at=end) as cut:
            try:
                connection.connect(wire)
            except (pymysql.Error, OSError) as error:
                if cut.happened:
                    raise self._silent() from error
                if distrusted := self._distrusted(error):
                    raise distrusted from error
                raise
        return connection

    def _distrusted(self, error: Exception) -> SourceError | None:
        """A server that does not trust its client's certificate says nothing, and hangs up."""
        known = self.explain(error)
        if not self._certified or known is None or known.kind is not SourceErrorKind.CONNECTION_LOST:
            return None
        return SourceError(
            SourceErrorKind.TLS,
            f"{self.place} closed the connection before it let anybody in: it may not trust the certificate of "
            "tls.clientCertificateRef. Its log tells.",
        )

    def _silent(self) -> SourceError:
        return SourceError(
            SourceErrorKind.TIMEOUT,
            f"{self.place} gave no answer in time. Look at the network between the webhooks and it, or raise "
            "connectTimeout or statementTimeout.",
        )


class _StreamingCursor(SSCursor):  # type: ignore[misc]  # pymysql is not typed
    """A cursor that can be closed when its connection is gone. pymysql would read the rest of the rows from it."""

    def close(self) -> None:
        try:
            super().close()
        except (pymysql.Error, OSError, AttributeError):
            if self._result is not None:
                self._result.unbuffered_active = False
            self.connection = None

    __del__ = close


class _Connection(pymysql.connections.Connection):  # type: ignore[misc]  # pymysql is not typed
    """A connection with such cursors."""

    def cursor(self, cursor: type[Cursor] | None = None) -> Cursor:
        return super().cursor(_StreamingCursor if cursor is SSCursor else cursor)


def _is_mariadb(connection: Connection) -> bool:
    return bool(getattr(connection.dialect, "is_mariadb", False))


def _descriptor(connection: Any) -> int:
    return int(connection._sock.fileno())


def _flag(value: bytes | None) -> bool | None:
    return None if value is None else value != b"\x00"


def _bits(value: bytes | None) -> int | None:
    return None if value is None else int.from_bytes(value)


def _utc(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


def _structure(value: Any) -> Any:
    return structure(value) if isinstance(value, str | bytes) else value
