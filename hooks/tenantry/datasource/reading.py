"""One poll: select some columns of one table or view, whatever the database."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnClause, Select, TableClause, column, inspect, select, table
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError, NoSuchTableError, SQLAlchemyError

from tenantry.datasource.result import PollResult, SourceError, SourceErrorKind
from tenantry.datasource.sources import Database, exclusive
from tenantry.kinds.registry import Source

BATCH: Final = 1000
"""Rows that are fetched at a time."""

SCAN_SECONDS: Final = 40.0
"""How long a poll may take: well under the 60 s that Metacontroller waits for the hook."""

NAMES_SHOWN: Final = 20
"""Tables or columns that an error message lists."""


def read_rows(source: Source, columns: Sequence[str], *, seconds: float = SCAN_SECONDS) -> PollResult:
    """All rows of the source's table with these columns. One scan a source and process at a time.

    Raises ``SourceError``.
    """
    deadline = time.monotonic() + seconds
    wanted = tuple(sorted(set(columns)))
    with exclusive(source, deadline=deadline) as database:
        try:
            return PollResult(wanted, _fetch(database, _statement(database.table, wanted), wanted, deadline))
        except SQLAlchemyError as error:
            raise _explained(database, wanted, error, deadline) from error


def _statement(table_name: str, columns: Sequence[str]) -> Select[Any]:
    """Columns are qualified with their table: SQLite would take an unknown quoted name alone for a string."""
    selected: list[ColumnClause[Any]] = [column(name) for name in columns]
    clause: TableClause = table(table_name, *selected)
    return select(*clause.columns)


def _fetch(database: Database, statement: Select[Any], columns: Sequence[str], deadline: float) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    with database.engine.connect() as connection, database.limited(connection, deadline=deadline):
        result = connection.execution_options(yield_per=BATCH).execute(statement)
        for batch in result.partitions():
            rows.extend(dict(zip(columns, row, strict=True)) for row in batch)
            if time.monotonic() > deadline:
                raise _timeout(database)
    return rows


def _explained(database: Database, columns: Sequence[str], error: SQLAlchemyError, deadline: float) -> SourceError:
    """The reason behind a failed statement, found out by looking at the database again."""
    if time.monotonic() > deadline:
        return _timeout(database)
    if known := database.explain(error):
        return known
    try:
        return _schema_problem(database.engine, database, columns) or _query_failed(database, error)
    except SQLAlchemyError:
        return _query_failed(database, error)


def _schema_problem(engine: Engine, database: Database, columns: Sequence[str]) -> SourceError | None:
    inspector = inspect(engine)
    try:
        present = [str(found["name"]) for found in inspector.get_columns(database.table)]
    except NoSuchTableError:
        tables = sorted([*inspector.get_table_names(), *inspector.get_view_names()])
        return SourceError(
            SourceErrorKind.TABLE_MISSING,
            f"{database.place} has no table or view {database.table!r}. It has {_listed(tables)}.",
        )
    folded = {name.casefold() for name in present}
    missing = [name for name in columns if name.casefold() not in folded]
    if not missing:
        return None
    return SourceError(
        SourceErrorKind.COLUMN_MISSING,
        f"table {database.table!r} in {database.place} has no column {', '.join(repr(name) for name in missing)}. "
        f"It has {_listed(present)}. Correct valueMappings or extraValueMappings.",
    )


def _query_failed(database: Database, error: SQLAlchemyError) -> SourceError:
    cause = str(error.orig) if isinstance(error, DBAPIError) and error.orig is not None else str(error)
    first_line = cause.splitlines()[0] if cause else type(error).__name__
    return SourceError(
        SourceErrorKind.QUERY_FAILED, f"reading table {database.table!r} in {database.place} failed: {first_line}."
    )


def _timeout(database: Database) -> SourceError:
    return SourceError(
        SourceErrorKind.TIMEOUT,
        f"reading table {database.table!r} in {database.place} took too long. Poll a smaller table, or a faster view.",
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:NAMES_SHOWN]) or "nothing"
    more = len(names) - NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
