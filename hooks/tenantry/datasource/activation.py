"""Inactive rows that the database need not send.

An inactive row is as good as none, so leaving it out loses nothing, *if* what the column says is never in doubt and the
row has no part in any other: two rows with one uid are both unusable, also when one of them is inactive. So it happens
where the column is boolean, or an integer (0 and NULL are no), and the database itself sees to it that each row has a
uid of its own: by a primary key, or a unique index over that column alone, which must not be NULL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, TextClause, text
from sqlalchemy.engine import Connection

from tenantry.kinds.source import Source


@dataclass(frozen=True, slots=True)
class Activation:
    """The columns that tell who a row is, and whether it is active."""

    uid: str
    activate: str


BOOLEANS: Final = frozenset({"boolean"})
INTEGERS: Final = frozenset({"tinyint", "smallint", "mediumint", "int", "integer", "bigint"})
BITS: Final = frozenset({"mysql bit"})
"""PostgreSQL's BIT is a text of digits."""

_MYSQL: Final = text(
    "SELECT LOWER(IF(c.data_type = 'bit', 'mysql bit', c.data_type)), EXISTS ("
    "  SELECT 1 FROM information_schema.statistics i"
    "  WHERE i.table_schema = c.table_schema AND i.table_name = c.table_name AND i.column_name = :uid"
    "    AND i.non_unique = 0 AND i.nullable = '' AND i.sub_part IS NULL AND NOT EXISTS ("
    "      SELECT 1 FROM information_schema.statistics o WHERE o.table_schema = i.table_schema"
    "        AND o.table_name = i.table_name AND o.index_name = i.index_name AND o.seq_in_index > 1))"
    " FROM information_schema.columns c"
    " WHERE c.table_schema = DATABASE() AND c.table_name = :table AND c.column_name = :activate"
)
_POSTGRESQL: Final = text(
    "SELECT format_type(a.atttypid, NULL), EXISTS ("
    "  SELECT 1 FROM pg_catalog.pg_index i"
    "  JOIN pg_catalog.pg_attribute u ON u.attrelid = i.indrelid AND u.attnum = i.indkey[0]"
    "  WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indnkeyatts = 1 AND i.indpred IS NULL"
    "    AND i.indexprs IS NULL AND u.attname = :uid AND u.attnotnull)"
    " FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
    " WHERE n.nspname = :schema AND c.relname = :table AND a.attname = :activate AND a.attnum > 0"
    # The index of a table says nothing of the rows of those that inherit from it.
    " AND NOT (c.relkind = 'r' AND c.relhassubclass)"
)
_QUESTIONS: Final[Mapping[str, TextClause]] = {"mysql": _MYSQL, "mariadb": _MYSQL, "postgresql": _POSTGRESQL}


def active_condition(
    connection: Connection, source: Source, activation: Activation | None, column: ColumnElement[Any]
) -> ColumnElement[bool] | None:
    """What to ask of the activate column, so that inactive rows stay away; ``None`` where that could lose something."""
    question = _QUESTIONS.get(connection.dialect.name)
    if activation is None or question is None:
        return None
    parameters = {"uid": activation.uid, "activate": activation.activate, "table": source.table}
    if source.schema_name:
        parameters["schema"] = source.schema_name
    found = connection.execute(question, parameters).one_or_none()
    if found is None or not found[1]:
        return None
    if found[0] in BOOLEANS:
        return column.is_(True)
    return column != 0 if found[0] in INTEGERS | BITS else None
