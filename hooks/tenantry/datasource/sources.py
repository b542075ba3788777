"""The databases that this process reads: one engine and one lock for each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock
from typing import Final, Protocol

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from tenantry.datasource.result import SourceError, SourceErrorKind
from tenantry.datasource.sqlite import SQLiteDatabase
from tenantry.kinds.registry import Source

CACHED_DATABASES: Final = 64


class Database(Protocol):
    """What differs from one database to another."""

    @property
    def table(self) -> str:
        """Name of the table or view."""

    @property
    def place(self) -> str:
        """The database, as error messages call it. Holds no password."""

    @property
    def engine(self) -> Engine:
        """Connects for reading only."""

    def limited(self, connection: Connection, *, deadline: float) -> AbstractContextManager[None]:
        """Statements inside end by ``deadline`` (of ``time.monotonic``), with an error if they must."""

    def explain(self, error: SQLAlchemyError) -> SourceError | None:
        """Why a connection or statement failed, if it is for a reason that only this database knows."""


_databases: dict[Source, tuple[Database, Lock]] = {}
_databases_lock = Lock()


@contextmanager
def exclusive(source: Source, *, deadline: float) -> Iterator[Database]:
    """The database of a source, for one reader at a time. Raises ``SourceError`` when it does not get free in time."""
    database, lock = _database(source)
    if not lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
        raise SourceError(
            SourceErrorKind.BUSY, f"another poll of table {database.table!r} in {database.place} is still running."
        )
    try:
        yield database
    finally:
        lock.release()


def _database(source: Source) -> tuple[Database, Lock]:
    """Made once for each source. The source used least recently goes when there are too many."""
    key = source.model_copy(update={"sync_interval": ""})
    with _databases_lock:
        entry = _databases.pop(key, None) or (_connectable(source), Lock())
        _databases[key] = entry
        if len(_databases) > CACHED_DATABASES:
            oldest, _ = _databases.pop(next(iter(_databases)))
            oldest.engine.dispose()
    return entry


def _connectable(source: Source) -> Database:
    return SQLiteDatabase(source.sqlite.path, source.sqlite.table)
