"""Validation of custom resources by their OpenAPI schema. CEL rules and formats are not looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import orjson

from tenantry.sandbox.store.fieldsets import MalformedList, item_key
from tenantry.sandbox.store.schema import Form, Schema

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "object": (dict,),
    "array": (list,),
}  # fmt: skip


def violations(value: Any, schema: Schema, path: str = "") -> Iterator[str]:
    """What is wrong with a value, one message a violation in the words of the API server."""
    rules = schema.rules
    if value is None and rules.get("nullable"):
        return
    if (wrong := _wrong_type(value, rules)) is not None:
        expected, actual = wrong
        yield f'{path}: Invalid value: "{actual}": {path} in body must be of type {expected}: "{actual}"'
        return
    if rules:
        yield from _value_violations(value, rules, path)
    if schema.form is Form.MAP and isinstance(value, dict):
        for key in rules.get("required", ()):
            if key not in value:
                yield f"{_join(path, key)}: Required value"
        for key, item in value.items():
            child = schema.child(key)
            if child is not None and child.rules:
                yield from violations(item, child, _join(path, key))
    elif schema.form is Form.LIST and isinstance(value, list) and schema.items is not None:
        for index, item in enumerate(value):
            yield from violations(item, schema.items, f"{path}[{index}]")
        if schema.associative:
            yield from _duplicates(value, schema, path)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _wrong_type(value: Any, rules: Mapping[str, Any]) -> tuple[str, str] | None:
    if rules.get("x-kubernetes-int-or-string"):
        if isinstance(value, (int, str)) and not isinstance(value, bool):
            return None
        return "integer,string", _type_name(value)
    expected = rules.get("type")
    if not expected:
        return None
    if isinstance(value, bool):
        fits = expected == "boolean"
    elif expected == "integer" and isinstance(value, float):
        fits = value.is_integer()
    else:
        fits = isinstance(value, _TYPES[expected])
    return None if fits else (expected, _type_name(value))


def _type_name(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    names = {str: "string", int: "integer", float: "number", dict: "object", list: "array"}
    return names[type(value)]


def _value_violations(value: Any, rules: Mapping[str, Any], path: str) -> Iterator[str]:
    if "enum" in rules and value not in rules["enum"]:
        supported = ", ".join(_text(item) for item in rules["enum"])
        yield f"{path}: Unsupported value: {_text(value)}: supported values: {supported}"
    if isinstance(value, str):
        yield from _string_violations(value, rules, path)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from _number_violations(value, rules, path)
    elif isinstance(value, list):
        yield from _size_violations(len(value), rules, path, ("minItems", "maxItems", "items"))
    elif isinstance(value, dict):
        yield from _size_violations(len(value), rules, path, ("minProperties", "maxProperties", "properties"))


def _string_violations(value: str, rules: Mapping[str, Any], path: str) -> Iterator[str]:
    if "maxLength" in rules and len(value) > rules["maxLength"]:
        yield f"{path}: Too long: may not be more than {rules['maxLength']} bytes"
    if "minLength" in rules and len(value) < rules["minLength"]:
        limit = rules["minLength"]
        yield f"{path}: Invalid value: {_text(value)}: {path} in body should be at least {limit} chars long"
    if "pattern" in rules and _pattern(rules["pattern"]).search(value) is None:
        yield f"{path}: Invalid value: {_text(value)}: {path} in body should match '{rules['pattern']}'"


def _number_violations(value: float, rules: Mapping[str, Any], path: str) -> Iterator[str]:
    minimum, maximum = rules.get("minimum"), rules.get("maximum")
    if minimum is not None and (value < minimum or (rules.get("exclusiveMinimum") and value == minimum)):
        than = "greater than" if rules.get("exclusiveMinimum") else "greater than or equal to"
        yield f"{path}: Invalid value: {value}: {path} in body should be {than} {minimum}"
    if maximum is not None and (value > maximum or (rules.get("exclusiveMaximum") and value == maximum)):
        than = "less than" if rules.get("exclusiveMaximum") else "less than or equal to"
        yield f"{path}: Invalid value: {value}: {path} in body should be {than} {maximum}"
    if rules.get("multipleOf") and value % rules["multipleOf"]:
        yield f"{path}: Invalid value: {value}: {path} in body should be a multiple of {rules['multipleOf']}"


def _size_violations(size: int, rules: Mapping[str, Any], path: str, names: tuple[str, str, str]) -> Iterator[str]:
    minimum, maximum, what = names
    if maximum in rules and size > rules[maximum]:
        yield f"{path}: Too many: {size}: must have at most {rules[maximum]} items"
    if minimum in rules and size < rules[minimum]:
        yield f"{path}: Invalid value: {size}: {path} in body should have at least {rules[minimum]} {what}"


def _duplicates(value: list[Any], schema: Schema, path: str) -> Iterator[str]:
    seen = set()
    for index, item in enumerate(value):
        try:
            key = item_key(item, schema)
        except MalformedList:
            continue  # a missing key is reported as a required value
        if key in seen:
            yield f"{path}[{index}]: Duplicate value: {key[2:]}"
        seen.add(key)


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    # In Go's syntax $ matches at the very end only, as \Z does here.
    return re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", text), re.ASCII)
