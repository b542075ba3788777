"""CustomResourceDefinitions out of the models: what the API server checks is exactly what the hooks read.

The JSON schema that pydantic makes is turned into a *structural* schema as ``apiextensions.k8s.io/v1`` wants it:
without references, unions and titles, every integer 64 bits wide. Three rules are ours:

- Defaults are the API server's business only in the specs that people write (``Kind.defaulted``). What Tenantry itself
  writes is stored exactly as written, and a status is never defaulted.
- An empty default ("", [] or {}) is the same as no field, so it is left out and objects stay short.
- A description is for ``kubectl explain``: every field has one, and in a spec it tells whether the field is optional
  and what holds without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson
from pydantic import BaseModel

from tenantry.kinds.kind import Column, Kind, Rule
from tenantry.protocol import JSONObject

CATEGORY: Final = "tenantry"
PRESERVE: Final = "x-kubernetes-preserve-unknown-fields"
INT_OR_STRING: Final = "x-kubernetes-int-or-string"

_COPIED: Final = (
    "description",
    "type",
    "format",
    "enum",
    "default",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
)
"""Keywords that mean the same in both schemas, in the order in which we write them."""

_TRANSLATED: Final = frozenset({"$defs", "title", "properties", "required", "items", "additionalProperties"})
"""Keywords that become something else, or nothing."""

Part = Literal["spec", "defaulted spec", "status"]


class NotStructural(ValueError):
    """A model that no structural schema can express. The message names the field."""


def custom_resource_definition(kind: Kind) -> JSONObject:
    """The CustomResourceDefinition of a kind, ready for ``kubectl apply``. Raises ``NotStructural``."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.plural}.{kind.group}"},
        "spec": {
            "group": kind.group,
            "scope": "Cluster",
            "names": {
                "kind": kind.name,
                "listKind": f"{kind.name}List",
                "plural": kind.plural,
                "singular": kind.name.lower(),
                "shortNames": list(kind.short_names),
                "categories": [CATEGORY],
            },
            "versions": [_version(kind)],
        },
    }


def _version(kind: Kind) -> JSONObject:
    version: JSONObject = {"name": kind.version, "served": True, "storage": True}
    if kind.status is not None:
        version["subresources"] = {"status": {}}
    version["additionalPrinterColumns"] = [_printer_column(column) for column in kind.columns]
    version["schema"] = {"openAPIV3Schema": _object_schema(kind)}
    return version


def _object_schema(kind: Kind) -> JSONObject:
    properties: JSONObject = {
        "apiVersion": {"type": "string", "description": "Version of the API, tenantry.io/v1."},
        "kind": {"type": "string", "description": f"Always {kind.name}."},
        "metadata": {"type": "object"},
        "spec": _model_schema(kind.spec, "defaulted spec" if kind.defaulted else "spec"),
    }
    if kind.status is not None:
        properties["status"] = _model_schema(kind.status, "status")
    schema: JSONObject = {
        "description": kind.description,
        "type": "object",
        "required": ["spec"],
        "properties": properties,
    }
    if kind.rules:
        schema["x-kubernetes-validations"] = [_validation(rule) for rule in kind.rules]
    return schema


def _printer_column(column: Column) -> JSONObject:
    described = {"description": column.description} if column.description else {}
    return {"name": column.name, "type": column.type, "jsonPath": column.json_path, **described}


def _validation(rule: Rule) -> JSONObject:
    blame = {"fieldPath": rule.field_path} if rule.field_path else {}
    return {"rule": rule.rule, "message": rule.message, **blame}


def _model_schema(model: type[BaseModel], part: Part) -> JSONObject:
    schema = model.model_json_schema(by_alias=True)
    return _Translation(schema.get("$defs", {}), part).structural(schema, path=model.__name__)


@dataclass(frozen=True, slots=True)
class _Translation:
    """From the JSON schema of one model to a structural schema."""

    definitions: Mapping[str, Any]
    part: Part

    def structural(self, node: Mapping[str, Any], *, path: str) -> JSONObject:
        node = self._resolved(node, path)
        unknown = [key for key in node if key not in _COPIED and key not in _TRANSLATED and not key.startswith("x-")]
        if unknown:
            raise NotStructural(f"{path}: a structural schema has no {', '.join(unknown)}")
        if "type" not in node and PRESERVE not in node and INT_OR_STRING not in node:
            raise NotStructural(f"{path}: a field needs one type")
        schema = {key: node[key] for key in _COPIED if key in node}
        if "description" in schema:
            schema["description"] = _first_paragraph(schema["description"])
        if self.part != "defaulted spec" or not _worth_storing(schema.get("default")):
            schema.pop("default", None)
        if schema.get("type") == "integer":
            schema["format"] = "int64"
        return schema | self._nested(node, path) | {key: node[key] for key in node if key.startswith("x-")}

    def _nested(self, node: Mapping[str, Any], path: str) -> JSONObject:
        nested: JSONObject = {}
        required = node.get("required", ())
        if required:
            nested["required"] = list(required)
        if properties := node.get("properties"):
            nested["properties"] = {
                name: self._property(child, path=f"{path}.{name}", optional=name not in required)
                for name, child in properties.items()
            }
        if isinstance(values := node.get("additionalProperties"), dict):
            nested["additionalProperties"] = self.structural(values, path=f"{path}[*]")
        if "items" in node:
            nested["items"] = self.structural(node["items"], path=f"{path}[]")
        return nested

    def _property(self, child: Mapping[str, Any], *, path: str, optional: bool) -> JSONObject:
        schema = self.structural(child, path=path)
        if "description" not in child and "description" not in schema:
            raise NotStructural(f"{path}: a field needs a description")
        if self.part != "status" and optional:
            schema["description"] = _optional(schema["description"], child.get("default"))
        return schema

    def _resolved(self, node: Mapping[str, Any], path: str) -> dict[str, Any]:
        """The node with its reference or its ``… | None`` put in place; what stands beside those goes first."""
        rest = dict(node)
        if reference := rest.pop("$ref", None):
            return self._resolved({**self.definitions[reference.removeprefix("#/$defs/")], **rest}, path)
        if INT_OR_STRING in rest:
            rest.pop("anyOf", None)
        if alternatives := rest.pop("anyOf", None):
            present = [option for option in alternatives if option.get("type") != "null"]
            if len(present) != 1:
                raise NotStructural(f"{path}: a field needs one type, not one of {len(present)}")
            return self._resolved({**present[0], **rest}, path)
        if "const" in rest:
            rest["enum"] = [rest.pop("const")]
        return rest


def _first_paragraph(text: str) -> str:
    """What users shall read of a docstring: the rest is for those who read the code."""
    return " ".join(text.partition("\n\n")[0].split())


def _optional(description: str, default: object) -> str:
    """A description that also tells that the field may be left out, and what holds then."""
    if not _worth_storing(default):
        return f"Optional. {description}"
    return f"Optional, {_plain(default)} by default. {description}"


def _plain(default: object) -> str:
    return default if isinstance(default, str) else orjson.dumps(default).decode()


def _worth_storing(default: object) -> bool:
    return default is not None and default not in ("", [], {})
