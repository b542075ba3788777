"""Whether an API server could have stored the objects of a request.

Hooks rely on what an API server guarantees: the shape of ``metadata``, and for our own kinds the schema of their
definition. Nobody pays for checking it again, since it is looked at only after a hook failed: what is broken then is
the request, or the definitions in the cluster are older than the webhooks, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from tenantry.kinds import KINDS
from tenantry.kinds.crd import INT_OR_STRING, custom_resource_definition
from tenantry.protocol import JSONObject

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
_TEXT: Final = {"type": "string"}
_NAME: Final = {"type": "string", "minLength": 1}
_TEXTS: Final = {"type": "object", "additionalProperties": _TEXT}
_OBJECTS: Final = {"type": "array", "items": {"type": "object"}}
_OBJECT: Final[JSONObject] = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata"],
    "properties": {
        "apiVersion": _NAME,
        "kind": _NAME,
        "metadata": {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": _NAME,
                "uid": _NAME,
                "namespace": _TEXT,
                "resourceVersion": _TEXT,
                "creationTimestamp": _TEXT,
                "deletionTimestamp": _TEXT,
                "generation": {"type": "integer"},
                "labels": _TEXTS,
                "annotations": _TEXTS,
                "finalizers": {"type": "array", "items": _TEXT},
                "managedFields": _OBJECTS,
                "ownerReferences": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["apiVersion", "kind", "name", "uid"],
                        "properties": {"apiVersion": _TEXT, "kind": _TEXT, "name": _TEXT, "uid": _TEXT},
                    },
                },
            },
        },
    },
}


def flaw_of(body: JSONObject) -> str:
    """The first thing in a hook request that no API server would have let in; empty if there is none."""
    return next(_flaws(body), "")


def _flaws(body: JSONObject) -> Iterator[str]:
    yield from _object_flaws(body["parent"], "parent")
    for field in ("children", "related"):
        for type_key, named in (body.get(field) or {}).items():
            for key, obj in named.items():
                place = f"{field}[{type_key!r}][{key!r}]"
                yield from _object_flaws(obj, place)
                if f"{obj['kind']}.{obj['apiVersion']}" != type_key:
                    yield f"{place} is a {obj['kind']} of {obj['apiVersion']}"
                if key.rpartition("/")[2] != obj["metadata"]["name"]:
                    yield f"{place} has another name"


def _object_flaws(obj: JSONObject, place: str) -> Iterator[str]:
    """After the first flaw of an object nothing more is asked of it, so what follows may rely on what was checked."""
    yield from _schema_flaws(_OBJECT, obj, place)
    schema = _schemas().get((obj["apiVersion"], obj["kind"]))
    if schema is not None:
        yield from _schema_flaws(schema, obj, place)


@cache
def _schemas() -> dict[tuple[str, str], JSONObject]:
    found = {}
    for kind in KINDS:
        version = custom_resource_definition(kind)["spec"]["versions"][0]
        found[kind.api_version, kind.name] = version["schema"]["openAPIV3Schema"]
    return found


def _schema_flaws(schema: JSONObject, value: Any, place: str) -> Iterator[str]:
    """What a structural schema has against a value (Kubernetes, CustomResourceDefinitions, structural schemas)."""
    if value is None and schema.get("nullable"):
        return
    if schema.get(INT_OR_STRING):
        if isinstance(value, bool) or not isinstance(value, int | str):
            yield f"{place} is neither an integer nor a string"
        return
    if not _is_of_type(value, schema.get("type")):
        yield f"{place} is not of type {schema['type']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place} is none of {', '.join(map(str, schema['enum']))}"
    if isinstance(value, str) and len(value) < schema.get("minLength", 0):
        yield f"{place} is empty"
    if isinstance(value, int | float) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{place} is out of range"
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from _schema_flaws(schema["items"], item, f"{place}[{index}]")
    if isinstance(value, dict):
        yield from _field_flaws(schema, value, place)


def _field_flaws(schema: JSONObject, value: JSONObject, place: str) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{place}.{name} is missing"
    known = schema.get("properties", {})
    others = schema.get("additionalProperties")
    for name, inner in value.items():
        if name in known:
            yield from _schema_flaws(known[name], inner, f"{place}.{name}")
        elif isinstance(others, dict):
            yield from _schema_flaws(others, inner, f"{place}.{name}")


def _is_of_type(value: Any, type_: str | None) -> bool:
    if type_ is None:
        return True
    # JSON's true is no number, although Python thinks so.
    return isinstance(value, _TYPES[type_]) and (type_ == "boolean" or not isinstance(value, bool))
