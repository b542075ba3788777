"""Parts of objects: of which of our kinds they are, and what that kind does not have."""

from __future__ import annotations

from typing import Any

from tenantry.kinds import KINDS, Kind
from tenantry.kinds.crd import custom_resource_definition
from tenantry.protocol import JSONObject

CUT = "…"
"""Stands in an example for what is left out."""


def kind_of(fragment: JSONObject) -> Kind:
    """The kind that has all fields of a spec, or lacks the fewest."""
    kinds = [kind for kind in KINDS if fragment.get("kind", kind.name) == kind.name]
    return min(kinds, key=lambda kind: len(unknown_fields(fragment, kind)))


def unknown_fields(fragment: JSONObject, kind: Kind) -> list[str]:
    """Paths of fields of a spec that the kind does not have."""
    schema = custom_resource_definition(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return _unknown(fragment["spec"], schema["properties"]["spec"], "spec")


def merged(base: JSONObject, patch: JSONObject) -> JSONObject:
    """A JSON merge patch (RFC 7386) of an object, without nulls."""
    return {
        key: merged(base.get(key) or {}, patch[key])
        if isinstance(patch.get(key), dict)
        else patch.get(key, base.get(key))
        for key in {**base, **patch}
    }


def _unknown(value: Any, schema: Any, path: str) -> list[str]:
    if schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema:
        return []
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        missing = [f"{path}.{key}" for key in value if key not in known]
        return missing + [
            one for key in value if key in known for one in _unknown(value[key], known[key], f"{path}.{key}")
        ]
    if isinstance(value, list) and "items" in schema:
        return [one for item in value if item != CUT for one in _unknown(item, schema["items"], f"{path}[]")]
    return []
