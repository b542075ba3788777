"""Custom resources: the types that a CustomResourceDefinition brings, and what their schemas do to objects.

Fields that the schema does not know are pruned, defaults are filled in, values are validated ("Extend the Kubernetes
API with CustomResourceDefinitions"). CEL rules (``x-kubernetes-validations``) are not evaluated: the store treats them
as absent (those of ``own_rules`` aside), so it accepts objects that a real API server refuses with their message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ResourceType
from tenantry.sandbox.store.decoding import copy, decode
from tenantry.sandbox.store.resources import OBJECT_META, Resource, object_schema, untyped_schema
from tenantry.sandbox.store.schema import ABSENT, DEDUCED, Form, Schema

NullRule = Callable[[Schema], bool]

_PRESERVE: Final = "x-kubernetes-preserve-unknown-fields"


def custom_resources(definition: JSONObject) -> Iterator[Resource]:
    """The types of a CustomResourceDefinition, one for each served version."""
    spec = definition["spec"]
    names = spec["names"]
    for version in spec["versions"]:
        if not version.get("served"):
            continue
        openapi = (version.get("schema") or {}).get("openAPIV3Schema")
        metadata = (openapi or {}).get("properties", {}).get("metadata", {})
        yield Resource(
            ResourceType(
                f"{spec['group']}/{version['name']}", names["kind"], names["plural"], spec["scope"] == "Namespaced"
            ),
            untyped_schema() if openapi is None else object_schema(parse_openapi(openapi)),
            has_generation=True,
            has_status="status" in (version.get("subresources") or {}),
            is_custom=True,
            metadata_rules=parse_openapi(metadata) if "properties" in metadata else None,
        )


def parse_openapi(openapi: Mapping[str, Any]) -> Schema:
    """The node of an OpenAPI v3 schema as CustomResourceDefinitions have them ("structural schema")."""
    default = openapi.get("default", ABSENT)
    kind = openapi.get("type", "")
    if kind == "array":
        list_type = openapi.get("x-kubernetes-list-type", "atomic")
        return Schema(
            Form.LIST,
            items=parse_openapi(openapi.get("items") or {}),
            keys=tuple(openapi.get("x-kubernetes-list-map-keys", ())) if list_type == "map" else (),
            is_set=list_type == "set",
            atomic=list_type == "atomic",
            default=default,
            rules=openapi,
        )
    if kind == "object" or "properties" in openapi:
        return _parse_object(openapi, default)
    if openapi.get(_PRESERVE) and not kind:
        return Schema(Form.DEDUCED, default=default, rules=openapi)
    return Schema(Form.SCALAR, type=kind, default=default, rules=openapi)


def _parse_object(openapi: Mapping[str, Any], default: Any) -> Schema:
    additional = openapi.get("additionalProperties")
    values: Schema | None = None
    if isinstance(additional, Mapping):
        values = parse_openapi(additional)
    elif additional or openapi.get(_PRESERVE):
        values = DEDUCED
    fields = {name: parse_openapi(schema) for name, schema in openapi.get("properties", {}).items()}
    return Schema(
        Form.MAP,
        fields=fields,
        values=values,
        atomic=openapi.get("x-kubernetes-map-type") == "atomic",
        default=default,
        rules=openapi,
    )


def decode_custom(obj: JSONObject, schema: Schema, *, superfluous_null: NullRule) -> JSONObject:
    """What is stored for a custom resource: a new object, pruned, with defaults. Raises ``WrongType`` for metadata."""
    content = {key: value for key, value in obj.items() if key not in ("apiVersion", "kind", "metadata")}
    result: JSONObject = _pruned(content, schema, superfluous_null)
    metadata = obj.get("metadata")
    result["metadata"] = decode(metadata if isinstance(metadata, dict) else {}, OBJECT_META)
    return result


def null_of_request(schema: Schema) -> bool:
    """Whether a null that a client writes is dropped: where it is not allowed."""
    return schema.form is not Form.DEDUCED and not schema.rules.get("nullable")


def null_of_apply(schema: Schema) -> bool:
    """Whether an applied null is dropped: where it is not allowed and a default takes its place."""
    return null_of_request(schema) and schema.default is not ABSENT


def _pruned(value: Any, schema: Schema, superfluous_null: NullRule) -> Any:
    if schema.form is Form.MAP and isinstance(value, dict):
        result = {}
        for key, item in value.items():
            child = schema.child(key)
            if child is not None and not (item is None and superfluous_null(child)):
                result[key] = _pruned(item, child, superfluous_null)
        _fill_defaults(result, schema)
        return result
    if schema.form is Form.LIST and isinstance(value, list):
        return [_pruned(item, schema.items or DEDUCED, superfluous_null) for item in value]
    return copy(value)


def _fill_defaults(value: JSONObject, schema: Schema) -> None:
    for key, field in schema.fields.items():
        if field.default is not ABSENT and key not in value:
            value[key] = _pruned(field.default, field, null_of_request)
