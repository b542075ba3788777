"""What a poll of a source yields: rows, or a reason that a person can act on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Decoder = Callable[[Any], Any]
"""Makes a value of ours of a driver's."""


@dataclass(frozen=True, slots=True)
class PollResult:
    """All rows of a table or view, in no particular order."""

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    """Column → value as the driver made it, one dictionary a row."""
    milliseconds: int = 0
    """How long it took to read them."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value that the database has and Python has not: it costs its own row, not the poll."""

    why: str
    """What is wrong with it, without the value: the end of a sentence that begins with the column."""


class SourceErrorKind(StrEnum):
    """What kept a poll from its rows."""

    UNREACHABLE = "Unreachable"
    REFUSED = "ConnectionRefused"
    TIMEOUT = "Timeout"
    AUTHENTICATION = "AuthenticationFailed"
    TLS = "TLSFailed"
    TOO_MANY_CONNECTIONS = "TooManyConnections"
    DATABASE_MISSING = "DatabaseMissing"
    TABLE_MISSING = "TableMissing"
    COLUMN_MISSING = "ColumnMissing"
    PERMISSION_DENIED = "PermissionDenied"
    STATEMENT_TIMEOUT = "StatementTimeout"
    DEADLOCK = "Deadlock"
    BUSY = "SourceBusy"
    CONNECTION_LOST = "ConnectionLost"
    QUERY_FAILED = "QueryFailed"


class SourceError(Exception):
    """A poll that failed. The message is a sentence that says what to do, without any password or value of a row."""

    def __init__(self, kind: SourceErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
