"""The databases that this process reads: one pool of connections for each, and one lock for each source.

They are made when a process uses them first, and a process that was forked begins with none: no connection is shared.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock, Timer
from typing import Any, Final, Protocol

import orjson
from sqlalchemy.engine import Connection, Engine

from tenantry.datasource.credentials import NO_CREDENTIALS, Credentials
from tenantry.datasource.mysql import MySQLDatabase
from tenantry.datasource.postgresql import PostgreSQLDatabase
from tenantry.datasource.result import Decoder, SourceError, SourceErrorKind
from tenantry.datasource.server import connecting
from tenantry.datasource.sqlite import SQLiteDatabase
from tenantry.kinds.source import Source

IDLE_SECONDS: Final = 900.0
"""After this time without a poll, the connections of a database are closed (or after three intervals)."""


class Database(Protocol):
    """What differs from one database to another."""

    @property
    def place(self) -> str:
        """The database, as error messages call it. Holds no password."""

    @property
    def engine(self) -> Engine:
        """Connects for reading only."""

    def limited(self, connection: Connection, *, deadline: float) -> AbstractContextManager[None]:
        """Statements inside end by ``deadline`` (of ``time.monotonic``), with an error if they must."""

    def structures(self, connection: Connection, table: str) -> frozenset[str]:
        """Columns of JSON that the driver hands over as text, and does not know for what it is."""

    def decoders(self, description: Sequence[Any], structures: frozenset[str]) -> Mapping[int, Decoder]:
        """Position of a column → what makes a value of ours of its driver's. ``description`` is the cursor's."""

    def explain(self, error: Exception) -> SourceError | None:
        """Why a connection or statement failed, if the error alone tells."""

    def close(self) -> None:
        """Close what is open."""


@dataclass(slots=True)
class _Known:
    """A database that this process has used."""

    database: Database
    idle_seconds: float
    used: float
    owners: set[str] = field(default_factory=set)
    busy: int = 0


_databases: dict[str, _Known] = {}
_locks: dict[str, Lock] = {}
_guard = Lock()
_sweep: Timer | None = None


@contextmanager
def exclusive(
    source: Source, credentials: Credentials = NO_CREDENTIALS, *, owner: str = "", deadline: float
) -> Iterator[Database]:
    """The database of a source, for one reader of its table at a time.

    ``owner`` is whoever reads: connections that it does not use any more, since its source changed, are closed. Raises
    ``SourceError`` when the source does not get free in time, or its certificates cannot be read.
    """
    known = _take(source, credentials, owner=owner)
    lock = _lock_of(source)
    try:
        if not lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise SourceError(
                SourceErrorKind.BUSY,
                f"another poll of table {source.table!r} in {known.database.place} is still running.",
            )
        try:
            yield known.database
        finally:
            lock.release()
    finally:
        _give_back(known)


@contextmanager
def connected(database: Database, *, deadline: float) -> Iterator[Connection]:
    """A connection on which everything ends by ``deadline`` (of ``time.monotonic``), with an error if it must."""
    with (
        connecting(deadline=deadline),
        database.engine.connect() as connection,
        database.limited(connection, deadline=deadline),
    ):
        yield connection


def close_all() -> None:
    """Close all connections of this process."""
    with _guard:
        for known in _databases.values():
            known.database.close()
        _databases.clear()
        _locks.clear()


def _take(source: Source, credentials: Credentials, *, owner: str) -> _Known:
    key = _key(source, credentials)
    now = time.monotonic()
    with _guard:
        known = _databases.get(key)
        if known is None:
            idle = max(IDLE_SECONDS, 3.0 * source.interval_seconds)
            known = _databases[key] = _Known(_connectable(source, credentials), idle, now)
        known.busy += 1
        known.used = now
        known.owners.add(owner)
        for other in _databases.values():
            if other is not known:
                other.owners.discard(owner)
        _close_unused(now)
    return known


def _give_back(known: _Known) -> None:
    with _guard:
        known.busy -= 1
        known.used = time.monotonic()
        _look_again(known.idle_seconds)


def _close_unused(now: float) -> None:
    for key, known in list(_databases.items()):
        if not known.busy and (not known.owners or now - known.used >= known.idle_seconds):
            known.database.close()
            del _databases[key]


def _look_again(seconds: float) -> None:
    """Close what is unused by then: there may be no poll in this process that would."""
    global _sweep
    if _sweep is None:
        _sweep = Timer(seconds, _swept)
        _sweep.daemon = True
        _sweep.start()


def _swept() -> None:
    global _sweep
    with _guard:
        _sweep = None
        _close_unused(time.monotonic())
        if _databases:
            _look_again(min(known.idle_seconds for known in _databases.values()))


def _lock_of(source: Source) -> Lock:
    """The lock of a table, whoever reads it with whatever password."""
    place = source.sqlite or source.mysql or source.postgresql
    assert place is not None
    address = place.model_dump_json(include={"path", "host", "port", "database", "schema_name", "table"})
    with _guard:
        return _locks.setdefault(address, Lock())


def _key(source: Source, credentials: Credentials) -> str:
    """Identifies what connections depend on. Of secrets it holds a digest."""
    place = source.model_dump(include={"sqlite", "mysql", "postgresql"}, exclude_none=True)
    for options in place.values():
        options.pop("table", None)
        options.pop("schema_name", None)
    secrets = [credentials.password, credentials.authorities, credentials.certificate, credentials.key]
    digest = sha256(b"\0".join(sha256(part or b"").digest() + bytes([part is None]) for part in secrets))
    return orjson.dumps(place, option=orjson.OPT_SORT_KEYS).decode() + digest.hexdigest()


def _connectable(source: Source, credentials: Credentials) -> Database:
    if source.sqlite:
        return SQLiteDatabase(source.sqlite.path)
    if source.mysql:
        return MySQLDatabase(source.mysql, credentials)
    assert source.postgresql is not None
    return PostgreSQLDatabase(source.postgresql, credentials)


def _forget_after_fork() -> None:
    """A child must not use its parent's connections, nor close them."""
    global _guard, _sweep
    for known in _databases.values():
        known.database.engine.dispose(close=False)
    _databases.clear()
    _locks.clear()
    _guard, _sweep = Lock(), None


os.register_at_fork(after_in_child=_forget_after_fork)
