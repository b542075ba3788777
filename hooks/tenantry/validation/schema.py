"""What the API server would say of a spec by the CRD alone, or silently drop: shapes, names and unknown fields."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import ValidationError

from tenantry.kinds.crd import PRESERVE, custom_resource_definition
from tenantry.kinds.kind import Kind
from tenantry.protocol import JSONObject
from tenantry.validation.finding import Finding


def schema_findings(kind: Kind, obj: JSONObject) -> list[Finding]:
    """Problems of an object that its kind's schema knows of."""
    spec = obj.get("spec")
    if not isinstance(spec, dict):
        return [Finding("spec", "is required: it is a mapping")]
    found = [*_name_findings(kind, obj), *_unknown(_schema(kind)["properties"]["spec"], spec, "spec")]
    try:
        kind.spec.model_validate(spec)
    except ValidationError as error:
        found += [Finding(_path(problem["loc"], spec), problem["msg"]) for problem in error.errors()]
    return found


@cache
def _schema(kind: Kind) -> Any:
    return custom_resource_definition(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]


def _name_findings(kind: Kind, obj: JSONObject) -> Iterator[Finding]:
    metadata = obj.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(name, str) or not name:
        yield Finding("metadata.name", "is required")
        return
    for rule in kind.rules:
        if rule.name_pattern and not re.fullmatch(rule.name_pattern.strip("^$"), name):
            yield Finding("metadata.name", f"{name!r}: {rule.message}")


def _unknown(schema: Any, value: Any, path: str) -> Iterator[Finding]:
    """Fields that the API server would drop without a word."""
    if schema.get(PRESERVE):
        return
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown(schema.get("items", {}), item, f"{path}[{_key(item, index)}]")
    if not isinstance(value, dict):
        return
    known = schema.get("properties", {})
    others = schema.get("additionalProperties")
    for name, inner in value.items():
        if name in known:
            yield from _unknown(known[name], inner, f"{path}.{name}")
        elif isinstance(others, dict):
            yield from _unknown(others, inner, f"{path}.{name}")
        elif schema.get("type") == "object":
            meant = difflib.get_close_matches(name, known, n=1)
            advice = f"did you mean {meant[0]}?" if meant else f"known are {', '.join(sorted(known))}"
            yield Finding(f"{path}.{name}", f"there is no such field: {advice}")


def _path(location: tuple[int | str, ...], spec: Any) -> str:
    """The place of a problem, items by their id where they have one."""
    text, value = "spec", spec
    for step in location:
        inner = _inner(value, step)
        text += f"[{_key(inner, step)}]" if isinstance(step, int) else f".{step}"
        value = inner
    return text


def _inner(value: Any, step: int | str) -> Any:
    try:
        return value[step]
    except (KeyError, IndexError, TypeError):
        return None


def _key(item: Any, index: int) -> str:
    id_ = item.get("id") if isinstance(item, dict) else None
    return id_ if isinstance(id_, str) and id_ else str(index)
