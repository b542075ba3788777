"""SQLite files, opened for reading only and never created."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import quote

from sqlalchemy import create_engine
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from tenantry.datasource.result import Decoder, SourceError, SourceErrorKind

BUSY_SECONDS: Final = 5.0
"""How long to wait for a writer that holds the file."""

STEPS_BETWEEN_CHECKS: Final = 10_000
"""Instructions of SQLite's virtual machine between two looks at the clock."""


class SQLiteDatabase:
    """A SQLite file.

    Every poll opens the file anew: an open connection would go on reading a file that has been replaced meanwhile.
    """

    def __init__(self, path: str) -> None:
        self.place = f"SQLite file {path!r}"
        self._path = path
        self.engine: Engine = create_engine("sqlite://", creator=self._connect, poolclass=NullPool)

    def close(self) -> None:
        """Nothing stays open."""

    def _connect(self) -> sqlite3.Connection:
        # Percent-encoded, so that no character of the path can turn into an option of the address; and with one slash
        # at its beginning, since two would announce a host.
        path = re.sub("^/+", "/", self._path)
        address = f"file:{quote(path)}?mode=ro"
        connection = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, check_same_thread=False)
        # Text that is not UTF-8 shall cost its own row, not the whole poll: it comes with surrogates, and the registry
        # refuses that row.
        connection.text_factory = _lenient_text
        return connection

    @contextmanager
    def limited(self, connection: Connection, *, deadline: float) -> Iterator[None]:
        """Interrupts the statement at ``deadline``."""
        raw = cast("sqlite3.Connection", connection.connection.driver_connection)
        raw.set_progress_handler(lambda: time.monotonic() > deadline, STEPS_BETWEEN_CHECKS)
        try:
            yield
        finally:
            raw.set_progress_handler(None, 0)

    def structures(self, connection: Connection, table: str) -> frozenset[str]:
        """None: SQLite's JSON is text."""
        del connection, table
        return frozenset()

    def decoders(self, description: Sequence[Any], structures: frozenset[str]) -> Mapping[int, Decoder]:
        """None: what the driver makes is what we want."""
        del description, structures
        return {}

    def explain(self, error: Exception) -> SourceError | None:
        """Whether the file cannot be opened, is locked or is no database."""
        cause = error.orig if isinstance(error, DBAPIError) else None
        if not isinstance(cause, sqlite3.Error):
            return None
        # Errors that the module itself raises, not SQLite, have no such name.
        match getattr(cause, "sqlite_errorname", "").partition("_")[2].partition("_")[0]:
            case "CANTOPEN" | "PERM" | "AUTH" | "IOERR":
                return self._unreachable(self._why_unreachable(cause))
            case "NOTADB" | "CORRUPT":
                return self._unreachable(f"{self.place} is not a SQLite database, or is damaged ({cause}).")
            case "BUSY" | "LOCKED":
                return SourceError(
                    SourceErrorKind.BUSY, f"{self.place} is locked by a writer for more than {BUSY_SECONDS:.0f} s."
                )
            case _:
                return None

    def _unreachable(self, message: str) -> SourceError:
        return SourceError(SourceErrorKind.UNREACHABLE, message)

    def _why_unreachable(self, cause: sqlite3.Error) -> str:
        path = Path(self._path)
        try:
            if path.is_dir():
                return f"{self.place} is a directory."
            if not path.exists():
                return f"{self.place} does not exist. Correct spec.source.sqlite.path, or mount the file there."
            with path.open("rb"):
                pass
        except OSError as error:
            return f"{self.place} cannot be read: {error.strerror}. Give the webhooks access to it."
        return (
            f"{self.place} cannot be opened ({cause}). In WAL mode, SQLite needs the -wal and -shm files beside it, or "
            "permission to make them."
        )


def _lenient_text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
