"""Built-in kinds as the API server stores them: it decodes what it is sent into typed structures and encodes those.

So unknown fields vanish, empty optional fields vanish, required ones appear, and a wrong type is a bad request.
"""

from __future__ import annotations

from typing import Any, Final

from tenantry.protocol import JSONObject
from tenantry.sandbox.store.quantities import canonical_quantity
from tenantry.sandbox.store.schema import ABSENT, Absent, Form, Schema

_ZERO: Final[dict[str, Any]] = {"string": "", "int": 0, "bool": False, "number": 0, "quantity": "0"}
_NUMERIC: Final = frozenset(["int", "bool", "number"])
_TEXT: Final = frozenset(["string", "bytes", "time"])


class WrongType(ValueError):
    """A value of a type that its field cannot hold; the message names the field."""


def copy(value: Any) -> Any:
    """A deep copy of a JSON value."""
    if isinstance(value, dict):
        return {key: copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copy(item) for item in value]
    return value


def decode(value: JSONObject, schema: Schema) -> JSONObject:
    """The structure that is stored for a value: a new object, which shares nothing with it. Raises ``WrongType``."""
    return _structure(value, schema, "")


def empty(schema: Schema) -> JSONObject:
    """The structure without any value."""
    return _structure({}, schema, "")


def _structure(value: JSONObject, schema: Schema, path: str) -> JSONObject:
    fields, marks = schema.fields, schema.marks
    result: JSONObject = {}
    for key, item in value.items():
        field = fields.get(key)
        if field is None or item is None:
            continue
        decoded = _value(item, field, f"{path}.{key}")
        if decoded is not ABSENT and not _is_dropped(decoded, field, marks[key]):
            result[key] = decoded
    for key, mark in marks.items():
        if mark and mark in "!*" and key not in result:
            result[key] = empty(fields[key]) if mark == "*" else _ZERO.get(fields[key].type)
    return result


def _is_dropped(value: Any, schema: Schema, mark: str) -> bool:
    if value or mark in ("!", "*"):
        return False
    if schema.form is Form.SCALAR:
        return mark == "-" or (schema.type not in _NUMERIC and schema.type != "intstr" and mark != "+")
    return schema.form is not Form.DEDUCED and not schema.fields


def _value(value: Any, schema: Schema, path: str) -> Any | Absent:
    if schema.form is Form.DEDUCED:
        return copy(value)
    if schema.form is Form.SCALAR:
        return _scalar(value, schema.type, path)
    if schema.form is Form.LIST:
        return _list(value, schema, path)
    if not isinstance(value, dict):
        raise WrongType(f"cannot unmarshal {_type_name(value)} into the object {path}")
    if schema.fields:
        return _structure(value, schema, path)
    assert schema.values is not None
    zero = _ZERO.get(schema.values.type, "")
    return {key: zero if item is None else _value(item, schema.values, f"{path}.{key}") for key, item in value.items()}


def _list(value: Any, schema: Schema, path: str) -> Any:
    if not isinstance(value, list):
        raise WrongType(f"cannot unmarshal {_type_name(value)} into the list {path}")
    items = schema.items
    assert items is not None
    if not value:
        return ABSENT
    return [
        _value({} if item is None and items.fields else item, items, f"{path}[{index}]")
        for index, item in enumerate(value)
    ]


def _scalar(value: Any, kind: str, path: str) -> Any:
    if kind in _TEXT:
        accepted = isinstance(value, str)
    elif kind == "bool":
        accepted = isinstance(value, bool)
    elif kind == "int":
        accepted = isinstance(value, int) and not isinstance(value, bool)
    elif kind == "intstr":
        accepted = isinstance(value, (int, str)) and not isinstance(value, bool)
    else:
        accepted = isinstance(value, (int, float, str)) and not isinstance(value, bool)
    if not accepted:
        raise WrongType(f"cannot unmarshal {_type_name(value)} into the field {path} of type {kind}")
    if kind != "quantity":
        return value
    try:
        return canonical_quantity(str(value))
    except ValueError as error:
        raise WrongType(f"{path}: quantities must match the regular expression of a quantity: {error}") from error


def _type_name(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"
