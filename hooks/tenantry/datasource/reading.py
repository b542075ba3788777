"""One poll: select some columns of one table or view, whatever the database.

It is one statement, hence one snapshot of the table, read through a cursor of the server in batches. Paging by uid
would need no less memory, and would show a table that changes in pieces of different age.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnClause, Select, column, func, select, table
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.elements import quoted_name

from tenantry.datasource.activation import Activation, active_condition
from tenantry.datasource.credentials import NO_CREDENTIALS, Credentials
from tenantry.datasource.explaining import explained, timeout
from tenantry.datasource.result import Decoder, PollResult, SourceErrorKind
from tenantry.datasource.sources import Database, connected, exclusive
from tenantry.datasource.where import condition_of
from tenantry.kinds.source import Source

BATCH: Final = 2000
"""Rows that are fetched at a time."""

SCAN_SECONDS: Final = 40.0
"""How long a poll may take: well under the 60 s that Metacontroller waits for the hook."""

PROBE_SECONDS: Final = 5.0
"""How long a probe may take: one that takes longer is no help."""

ATTEMPTS: Final = 3
"""How often a statement is tried that the database ends because of a deadlock."""


def read_rows(
    source: Source,
    columns: Sequence[str],
    *,
    credentials: Credentials = NO_CREDENTIALS,
    owner: str = "",
    activation: Activation | None = None,
    seconds: float = SCAN_SECONDS,
) -> PollResult:
    """The rows of the source's table that its filters let pass, with these columns. One scan of a table at a time.

    With ``activation``, the database leaves out inactive rows where nothing but their number gets lost by that.
    ``owner`` is whoever reads. Raises ``SourceError``.
    """
    started = time.monotonic()
    deadline = started + seconds
    wanted = tuple(sorted(set(columns)))
    with exclusive(source, credentials, owner=owner, deadline=deadline) as database:
        rows = _read(database, source, wanted, activation, deadline)
    return PollResult(wanted, rows, round((time.monotonic() - started) * 1000))


def probe_table(
    source: Source,
    *,
    credentials: Credentials = NO_CREDENTIALS,
    owner: str = "",
    seconds: float = PROBE_SECONDS,
) -> tuple[Any, int]:
    """The greatest value of the probe's column, and the number of rows, filters left aside. Raises ``SourceError``."""
    assert source.probe is not None
    deadline = time.monotonic() + seconds
    probed: ColumnClause[Any] = column(quoted_name(source.probe.column, quote=True))
    schema = quoted_name(source.schema_name, quote=True) if source.schema_name else None
    clause = table(quoted_name(source.table, quote=True), probed, schema=schema)
    # Two questions in one: as one aggregate, the greatest value would not be looked up in the index.
    greatest = select(func.max(clause.c[source.probe.column])).scalar_subquery()
    statement = select(greatest, select(func.count()).select_from(clause).scalar_subquery())
    with exclusive(source, credentials, owner=owner, deadline=deadline) as database:
        try:
            with connected(database, deadline=deadline) as connection:
                value, count = connection.execute(statement).one()
        except (SQLAlchemyError, OSError, RuntimeError, ValueError) as error:
            raise explained(database, source, [source.probe.column], error, deadline) from error
    return value, int(count)


def _read(
    database: Database, source: Source, columns: Sequence[str], activation: Activation | None, deadline: float
) -> list[dict[str, Any]]:
    for remaining in reversed(range(ATTEMPTS)):
        try:
            return _fetch(database, source, columns, activation, deadline)
        except (SQLAlchemyError, OSError, RuntimeError, ValueError) as error:
            problem = explained(database, source, columns, error, deadline)
            if problem.kind is not SourceErrorKind.DEADLOCK or not remaining:
                raise problem from error
    raise AssertionError("the last attempt returns or raises")


def _fetch(
    database: Database, source: Source, columns: Sequence[str], activation: Activation | None, deadline: float
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    with connected(database, deadline=deadline) as connection:
        statement = _statement(connection, source, columns, activation)
        structures = database.structures(connection, source.table)
        result = connection.execution_options(stream_results=True, yield_per=BATCH).execute(statement)
        decoders = database.decoders(result.cursor.description or (), structures)
        for batch in result.partitions():
            rows.extend(_row(columns, row, decoders) for row in batch)
            if time.monotonic() > deadline:
                raise timeout(database, source)
    return rows


def _row(columns: Sequence[str], row: Sequence[Any], decoders: Mapping[int, Decoder]) -> dict[str, Any]:
    if not decoders:
        return dict(zip(columns, row, strict=True))
    return {
        name: decoders[position](value) if position in decoders else value
        for position, (name, value) in enumerate(zip(columns, row, strict=True))
    }


def _statement(
    connection: Connection, source: Source, columns: Sequence[str], activation: Activation | None
) -> Select[Any]:
    """Columns are qualified with their table: SQLite would take an unknown quoted name alone for a string."""
    names = sorted(
        {*columns, *(wanted.column for wanted in source.where), *([activation.activate] if activation else ())}
    )
    clauses: dict[str, ColumnClause[Any]] = {name: column(quoted_name(name, quote=True)) for name in names}
    schema = quoted_name(source.schema_name, quote=True) if source.schema_name else None
    clause = table(quoted_name(source.table, quote=True), *clauses.values(), schema=schema)
    statement = select(*(clause.c[name] for name in columns)).select_from(clause)
    for wanted in source.where:
        statement = statement.where(condition_of(clause.c[wanted.column], wanted))
    if activation is not None:
        active = active_condition(connection, source, activation, clause.c[activation.activate])
        statement = statement if active is None else statement.where(active)
    return statement
