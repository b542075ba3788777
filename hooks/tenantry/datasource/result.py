"""What a poll of a source yields: rows, or a reason that a person can act on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class PollResult:
    """All rows of a table or view, in no particular order."""

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    """Column → value as the driver made it, one dictionary a row."""


class SourceErrorKind(StrEnum):
    """What kept a poll from its rows."""

    UNREACHABLE = "Unreachable"
    TABLE_MISSING = "TableMissing"
    COLUMN_MISSING = "ColumnMissing"
    TIMEOUT = "Timeout"
    BUSY = "Busy"
    QUERY_FAILED = "QueryFailed"


class SourceError(Exception):
    """A poll that failed. The message is a sentence that says what to do, without any value of a row."""

    def __init__(self, kind: SourceErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
