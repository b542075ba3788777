"""Objects of our kinds with every field that their CRDs know."""

from __future__ import annotations

import copy
from typing import Any, Final

from tenantry.kinds import TENANT, TENANT_REGISTRY, TENANT_TEMPLATE, Kind, amount, registry, shards, source
from tenantry.kinds.crd import INT_OR_STRING, PRESERVE, custom_resource_definition
from tenantry.names import TENANT_LABEL
from tenantry.protocol import JSONObject

ANYTHING: Final = {"text": "{{ x }}", "number": 1.5, "no": False, "nested": {"list": [1, "two", {"three": []}]}}
"""What a field holds that preserves whatever its author wrote."""
NAME: Final = "sample"
SOURCES: Final = ("sqlite", "mysql", "postgresql")
"""What a registry has exactly one of."""
PATTERNS: Final = {
    "^[1-9][0-9]{0,5}(s|m|h)$": "45s",
    "^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$": "web",
    amount.DURATION: "30m",
    source.SHORT: "7s",
    registry.NAMESPACE: "secrets",
    source.SECRET_NAME: "shops-password",
    source.SECRET_KEY: "tls.key",
    source.HOST: "db.example",
    shards.SHARD_PATTERN: "gold",
}


def full_object(kind: Kind, *, database: str = "postgresql") -> JSONObject:
    """An object whose spec has every field, status left out. A registry has one ``database`` of those it may have."""
    spec = _value(_schema(kind)["properties"]["spec"])
    if kind is TENANT_REGISTRY:
        for other in {*SOURCES} - {database}:
            del spec["source"][other]
        for other in ("column", "byPriority"):
            del spec["shards"][other]
    if kind is TENANT_TEMPLATE:
        for other in ("percent", "when"):
            del spec["rollout"]["canary"][other]
    if kind is TENANT:
        spec["selector"]["matchLabels"] = {TENANT_LABEL: NAME}
    return {"apiVersion": kind.api_version, "kind": kind.name, "metadata": {"name": NAME}, "spec": spec}


def full_status(kind: Kind) -> JSONObject:
    """A status with every field."""
    status: JSONObject = _value(_schema(kind)["properties"]["status"])
    return status


def _schema(kind: Kind) -> dict[str, Any]:
    schema: dict[str, Any] = custom_resource_definition(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return schema


def _value(schema: dict[str, Any]) -> Any:
    match schema.get("type"):
        case None if INT_OR_STRING in schema:
            return 7
        case None:
            return copy.deepcopy(ANYTHING)
        case "object":
            return _object(schema)
        case "array":
            return [_value(schema["items"])]
        case "integer":
            return schema.get("minimum", 0) + 1
        case "number":
            return 1.5
        case "boolean":
            return not schema.get("default", True)
        case _:
            return _string(schema)


def _object(schema: dict[str, Any]) -> JSONObject:
    fields = copy.deepcopy(ANYTHING) if PRESERVE in schema else {}
    fields |= {name: _value(child) for name, child in schema.get("properties", {}).items()}
    if "additionalProperties" in schema:
        fields["word"] = _value(schema["additionalProperties"])
    return fields


def _string(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return str(schema["enum"][-1])
    if schema.get("format") == "date-time":
        return "2026-05-04T12:00:00Z"
    return PATTERNS[schema["pattern"]] if "pattern" in schema else "some text"
