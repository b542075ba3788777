"""Which fields differ between two versions of an object, in the terms of server-side apply."""

from __future__ import annotations

from typing import Any, NamedTuple

from tenantry.sandbox.store.fieldsets import MEMBER, FieldSet, is_atomic, keyed_items
from tenantry.sandbox.store.schema import DEDUCED, Form, Schema


class Comparison(NamedTuple):
    """Three sets of fields. A field that appears or goes is a member together with everything below it."""

    added: FieldSet
    modified: FieldSet
    removed: FieldSet


def compare(old: Any, new: Any, schema: Schema) -> Comparison:
    """What changed below two maps, or two associative lists."""
    result = Comparison({}, {}, {})
    if old is new or old == new:
        return result
    before, after, children = _children(old, schema), _children(new, schema), _child_schema(schema)
    for key, item in after.items():
        child = children(key)
        if key not in before:
            result.added[key] = whole(item, child)
        elif item is not before[key] and item != before[key]:
            _compare_child(key, before[key], item, child, result)
    for key, item in before.items():
        if key not in after:
            result.removed[key] = whole(item, children(key))
    return result


def _compare_child(key: str, old: Any, new: Any, schema: Schema, result: Comparison) -> None:
    if _is_leaf(old, new, schema):
        result.modified[key] = MEMBER
        # Where a map becomes something else, or the reverse (only without a schema), its content goes or comes, too.
        for fields, value in ((result.removed, old), (result.added, new)):
            if value and not is_atomic(value, schema):
                fields[key] = {name: node for name, node in whole(value, schema).items() if name != "."}
        return
    for fields, changed in zip(result, compare(old, new, schema), strict=True):
        if changed:
            fields[key] = changed


def _is_leaf(old: Any, new: Any, schema: Schema) -> bool:
    if not old and not new:  # null and empty are told apart, as wholes
        return True
    return is_atomic(_container(old, new), schema) or is_atomic(_container(new, old), schema)


def _container(value: Any, other: Any) -> Any:
    """A null next to a map or list counts as an empty one."""
    return type(other)() if value is None else value


def _children(value: Any, schema: Schema) -> dict[str, Any]:
    if value is None:
        return {}
    if isinstance(value, dict):
        return {"f:" + key: item for key, item in value.items()}
    return keyed_items(value, schema)


def _child_schema(schema: Schema) -> Any:
    if schema.form is Form.LIST:
        return lambda key: schema.items or DEDUCED
    return lambda key: schema.child(key[2:]) or DEDUCED


def whole(value: Any, schema: Schema) -> FieldSet:
    """A value with everything below it."""
    if not value or is_atomic(value, schema):
        return MEMBER
    children = _child_schema(schema)
    return {".": MEMBER, **{key: whole(item, children(key)) for key, item in _children(value, schema).items()}}
