"""What stands in a template without expressions: settled once, as an API server would store it."""

from __future__ import annotations

from typing import Any

from tenantry.engine import values
from tenantry.engine.expressions import is_expression
from tenantry.engine.positions import Path, is_label, wants_string
from tenantry.protocol import JSONObject

Findings = list[tuple[Path, str]]
"""Where something is wrong, and what to do about it."""


def nested_deeper_than(value: Any, levels: int) -> bool:
    """Whether lists and mappings are nested in more levels than these."""
    found = [value]
    for _ in range(levels + 1):
        found = [item for one in found for item in _items(one)]
    return any(isinstance(one, dict | list) for one in found)


def settled(obj: JSONObject) -> tuple[JSONObject, Findings]:
    """An object of a template with its constants as they will be stored, and what is wrong with them.

    Nulls are left out, integral floats are integers, and where Kubernetes wants a string, numbers and booleans are one.
    """
    findings: Findings = []
    api_version, kind = str(obj.get("apiVersion", "")), str(obj.get("kind", ""))

    def settle(value: Any, path: Path) -> Any:
        if isinstance(value, dict):
            return {key: settle(item, (*path, key)) for key, item in value.items() if item is not None}
        if isinstance(value, list):
            return [settle(item, (*path, index)) for index, item in enumerate(value) if item is not None]
        if is_expression(value):
            return value
        try:
            return _constant(value, path, api_version, kind)
        except values.ValueRefused as error:
            findings.append((path, str(error)))
            return value

    result: JSONObject = settle(obj, ())
    return result, findings


def _items(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _constant(value: Any, path: Path, api_version: str, kind: str) -> Any:
    if is_label(path):
        return values.label(value)
    if wants_string(api_version, kind, path):
        return values.text(value)
    return values.native(value)
