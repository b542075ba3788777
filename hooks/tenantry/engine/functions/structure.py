"""JSON and YAML: values as texts, and texts as values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from jinja2 import pass_context
from jinja2.runtime import Context

from tenantry.engine import limits, values
from tenantry.engine.functions import yamltext
from tenantry.engine.functions.arguments import shown, text_of


def to_json(value: Any) -> str:
    """A value as JSON in one line, its keys sorted."""
    return orjson.dumps(values.native(value), option=orjson.OPT_SORT_KEYS).decode()


def from_json(value: Any) -> Any:
    """The value that a JSON text spells."""
    text = text_of(value, "fromjson")
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise values.ValueRefused(f"fromjson: {shown(text)} is not JSON: {error.msg}") from error
    _check_depth(found)
    return found


@pass_context
def to_yaml(context: Context, value: Any) -> str:
    """A value as YAML in block style, its keys sorted, with a line break at its end."""
    steps: limits.Steps = context.parent[limits.STEPS]
    return yamltext.write(values.native(value), steps.take)


@pass_context
def from_yaml(context: Context, value: Any) -> Any:
    """The value that one YAML document spells, by the core schema of YAML 1.2."""
    steps: limits.Steps = context.parent[limits.STEPS]
    return yamltext.read(text_of(value, "fromyaml"), steps.take)


def _check_depth(value: Any) -> None:
    pending = [value]
    depth = -1
    while pending and depth <= values.MAX_DEPTH:
        pending = [item for found in pending if isinstance(found, dict | list) for item in _items(found)]
        depth += 1
    if pending:
        raise values.ValueRefused(f"fromjson: the text is nested deeper than {values.MAX_DEPTH} levels")


def _items(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value
