"""The reason behind a poll that failed. Where the error alone does not tell, the database is looked at again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError, NoSuchTableError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tenantry.datasource.result import SourceError, SourceErrorKind
from tenantry.datasource.sources import Database, connected
from tenantry.kinds.source import Source

NAMES_SHOWN: Final = 20
"""Tables or columns that an error message lists."""

LOOK_SECONDS: Final = 5.0
"""How long looking again may take, when the poll itself has used up its time."""


def explained(
    database: Database, source: Source, columns: Sequence[str], error: Exception, deadline: float
) -> SourceError:
    """Why reading these columns failed, as something that a person can act on."""
    if isinstance(error, PoolTimeout):
        message = f"other polls of this process use all connections to {database.place}: raise pool.size."
        return SourceError(SourceErrorKind.BUSY, message)
    known = database.explain(error)
    if known is not None and known.kind is not SourceErrorKind.QUERY_FAILED:
        return known
    if time.monotonic() > deadline:
        return timeout(database, source)
    if known is not None:
        return _with_hint(known, source)
    try:
        problem = _schema_problem(database, source, columns)
    except (SQLAlchemyError, OSError, SourceError):
        problem = None
    return problem or _query_failed(database, source, error)


def _with_hint(problem: SourceError, source: Source) -> SourceError:
    if not source.where:
        return problem
    return SourceError(problem.kind, f"{problem} Look whether each value of source.where fits its column.")


def timeout(database: Database, source: Source) -> SourceError:
    """The rows did not come in time."""
    return SourceError(
        SourceErrorKind.STATEMENT_TIMEOUT,
        f"reading table {source.table!r} in {database.place} took too long. Poll a smaller table, or a faster view.",
    )


def _schema_problem(database: Database, source: Source, columns: Sequence[str]) -> SourceError | None:
    schema = source.schema_name
    place = f"schema {schema!r} of {database.place}" if schema else database.place
    with connected(database, deadline=time.monotonic() + LOOK_SECONDS) as connection:
        inspector = inspect(connection)
        try:
            present = [str(found["name"]) for found in inspector.get_columns(source.table, schema=schema)]
        except NoSuchTableError:
            tables = sorted([*inspector.get_table_names(schema=schema), *inspector.get_view_names(schema=schema)])
            return SourceError(
                SourceErrorKind.TABLE_MISSING,
                f"{place} has no table or view {source.table!r}. It has {_listed(tables)}.",
            )
    folded, exact = {name.casefold() for name in present}, set(present)
    # Quoted names of PostgreSQL mind upper and lower case, those of the others do not.
    wanted = dict.fromkeys([*columns, *(condition.column for condition in source.where)])
    missing = [name for name in wanted if (name not in exact if schema else name.casefold() not in folded)]
    if not missing:
        return None
    return SourceError(
        SourceErrorKind.COLUMN_MISSING,
        f"table {source.table!r} in {place} has no column {', '.join(repr(name) for name in missing)}. "
        f"It has {_listed(present)}. Correct the mappings, or source.where.",
    )


def _query_failed(database: Database, source: Source, error: Exception) -> SourceError:
    """What SQLite misses is a name that it tells; anything else that a database says may quote a value."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    text = str(cause) if source.sqlite else ""
    told = text.splitlines()[0] if text.startswith("no such ") else type(cause).__name__
    message = f"reading table {source.table!r} in {database.place} failed: {told}. The same SELECT by hand tells more."
    return SourceError(SourceErrorKind.QUERY_FAILED, message)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:NAMES_SHOWN]) or "nothing"
    more = len(names) - NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
