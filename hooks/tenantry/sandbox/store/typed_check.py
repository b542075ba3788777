"""What server-side apply checks before anything else: that the applied object fits its schema."""

from __future__ import annotations

from typing import Any, Final

from tenantry.sandbox.store.fieldsets import MalformedList, keyed_items
from tenantry.sandbox.store.schema import Form, Schema

_ACCEPTED: Final[dict[str, tuple[str, tuple[type, ...]]]] = {
    "string": ("string", (str,)),
    "bytes": ("string", (str,)),
    "time": ("string", (str,)),
    "int": ("numeric (int or float)", (int, float)),
    "integer": ("numeric (int or float)", (int, float)),
    "number": ("numeric (int or float)", (int, float)),
    "bool": ("boolean", (bool,)),
    "boolean": ("boolean", (bool,)),
}


class DoesNotFit(ValueError):
    """An applied object with an undeclared field, a wrong type, or a malformed associative list."""


def check_applied(value: Any, schema: Schema, path: str = "") -> None:
    """Raises ``DoesNotFit`` naming the first field that does not fit."""
    if value is None or schema.form is Form.DEDUCED:
        return
    if schema.form is Form.SCALAR:
        _check_scalar(value, schema, path)
    elif schema.form is Form.LIST:
        _check_list(value, schema, path)
    elif not isinstance(value, dict):
        raise DoesNotFit(f"{path}: expected map, got {_shown(value)}")
    else:
        for key, item in value.items():
            child = schema.child(key)
            if child is None:
                raise DoesNotFit(f"{path}.{key}: field not declared in schema")
            check_applied(item, child, f"{path}.{key}")


def _check_scalar(value: Any, schema: Schema, path: str) -> None:
    if isinstance(value, (dict, list)):
        raise DoesNotFit(f"{path}: expected scalar, got {_shown(value)}")
    if schema.type not in _ACCEPTED:
        return
    expected, types = _ACCEPTED[schema.type]
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise DoesNotFit(f"{path}: expected {expected}, got {_shown(value)}")


def _check_list(value: Any, schema: Schema, path: str) -> None:
    if not isinstance(value, list):
        raise DoesNotFit(f"{path}: expected list, got {_shown(value)}")
    if schema.associative:
        try:
            keyed_items(value, schema)
        except MalformedList as error:
            raise DoesNotFit(f"{path}: {error}") from error
    if schema.items is not None:
        for index, item in enumerate(value):
            check_applied(item, schema.items, f"{path}[{index}]")


def _shown(value: Any) -> str:
    return f"{type(value).__name__} {value!r}"
