"""Filters of a source as conditions of its statement, with every value as a bound parameter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, bindparam, or_
from sqlalchemy.types import NullType

from tenantry.kinds.source import Filter, Operator

Column = ColumnElement[Any]


def condition_of(column: Column, wanted: Filter) -> ColumnElement[bool]:
    """What a filter says of its column. NULL is unequal to every value, as a missing label is in Kubernetes."""
    return _CONDITIONS[wanted.operator](column, [_bound(value) for value in wanted.values])


def _bound(value: Any) -> BindParameter[Any]:
    """A parameter without a type: the database takes text for what the column is."""
    return bindparam(None, value, type_=NullType(), unique=True)


_CONDITIONS: Final[dict[Operator, Callable[[Column, list[BindParameter[Any]]], ColumnElement[bool]]]] = {
    "In": lambda column, values: column.in_(values),
    "NotIn": lambda column, values: or_(column.is_(None), column.not_in(values)),
    "Exists": lambda column, _: column.is_not(None),
    "Equal": lambda column, values: column == values[0],
    "NotEqual": lambda column, values: or_(column.is_(None), column != values[0]),
    "Greater": lambda column, values: column > values[0],
    "Less": lambda column, values: column < values[0],
    "Like": lambda column, values: column.like(values[0]),
}
