"""Choices: what stands in for a missing value, or follows from a condition."""

from __future__ import annotations

from typing import Any

from jinja2 import Undefined

from tenantry.engine.functions.arguments import present, shown
from tenantry.engine.values import ValueRefused


def coalesce(value: Any, *others: Any) -> Any:
    """The first of the values that is not null; null if all are, as in SQL. An unknown name is an error."""
    for found in (value, *others):
        if found is not None:
            return present(found, "coalesce")
    return None


def ternary(value: Any, yes: Any, no: Any) -> Any:
    """One value if the condition is true, the other if it is false. Texts and numbers are no conditions."""
    if not isinstance(present(value, "ternary"), bool):
        raise ValueRefused(f"ternary needs true or false, not {shown(value)}: write a comparison, or bool, before it")
    return yes if value else no


def required(value: Any, message: Any) -> Any:
    """The value, which must be there: null, an unknown name and an empty text are an error with this message."""
    if not isinstance(message, str) or not message:
        raise ValueRefused("required needs a message: required('… is missing')")
    if value is None or isinstance(value, Undefined) or value == "":
        raise ValueRefused(message)
    return value
