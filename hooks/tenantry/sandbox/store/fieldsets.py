"""Sets of fields in the wire format of ``managedFields`` (FieldsV1), and their algebra.

A set is a tree of dictionaries: ``f:name`` leads to a field, ``k:{"name":"web"}`` and ``v:"x"`` to an item of an
associative list. An empty dictionary is a member of the set; a dictionary with ``.`` is a member and has children;
any other one has only children. Sets are never changed in place: they are shared between objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import orjson

from tenantry.sandbox.store.schema import ABSENT, DEDUCED, Form, Schema

FieldSet = dict[str, Any]

MEMBER: Final[FieldSet] = {}


class MalformedList(ValueError):
    """An associative list whose items cannot be told apart, or an item without its keys."""


def is_member(node: FieldSet | None) -> bool:
    """Whether the field at this node belongs to the set itself."""
    return node is not None and (not node or "." in node)


def _node(member: bool, children: FieldSet) -> FieldSet | None:
    if not children:
        return MEMBER if member else None
    return {".": MEMBER, **children} if member else children


def union(left: FieldSet, right: FieldSet) -> FieldSet:
    """Every field of either set (roots: an empty dictionary is an empty set)."""
    if not left or left is right:
        return right
    if not right:
        return left
    result = dict(left)
    for key, node in right.items():
        other = result.get(key)
        if other is None or key == ".":
            result[key] = node
        elif other != node:
            result[key] = _node(is_member(other) or is_member(node), union(_children(other), _children(node)))
    return result


def _children(node: FieldSet) -> FieldSet:
    return {key: child for key, child in node.items() if key != "."} if "." in node else node


def difference(left: FieldSet, right: FieldSet) -> FieldSet:
    """The fields of the left set that are not in the right one."""
    return _combine(left, right, lambda a, b: a and not b, keep_single=True)


def intersection(left: FieldSet, right: FieldSet) -> FieldSet:
    """The fields of both sets."""
    return _combine(left, right, lambda a, b: a and b, keep_single=False)


def _combine(left: FieldSet, right: FieldSet, member: Callable[[bool, bool], bool], *, keep_single: bool) -> FieldSet:
    result: FieldSet = {}
    for key, node in left.items():
        if key == ".":
            continue
        other = right.get(key)
        if other is None:
            if keep_single:
                result[key] = node
            continue
        both = _combine(node, other, member, keep_single=keep_single)
        combined = _node(member(is_member(node), is_member(other)), both)
        if combined is not None:
            result[key] = combined
    return result


def paths(fields: FieldSet, prefix: str = "") -> Iterator[str]:
    """The members as messages of the API server show them: ``.spec.ports[port=80,protocol="TCP"].name``."""
    for key in sorted(fields):
        if key == ".":
            continue
        node, path = fields[key], prefix + _path_element(key)
        if is_member(node):
            yield path
        yield from paths(node, path)


def _path_element(key: str) -> str:
    kind, _, text = key.partition(":")
    if kind == "f":
        return f".{text}"
    if kind == "k":
        keys = orjson.loads(text)
        return "[" + ",".join(f"{name}={orjson.dumps(keys[name]).decode()}" for name in sorted(keys)) + "]"
    return f"[={text}]"


def item_key(item: Any, schema: Schema) -> str:
    """The path element of an item of an associative list. Raises ``MalformedList``."""
    if schema.is_set:
        return "v:" + orjson.dumps(item).decode()
    items = schema.items or DEDUCED
    if not isinstance(item, dict):
        raise MalformedList(f"associative list with keys may not contain {item!r}")
    keys = {}
    for name in schema.keys:
        value = item.get(name)
        if value is None:
            field = items.child(name)
            if field is None or field.default is ABSENT:
                raise MalformedList(
                    f'associative list with keys has an element that omits key field "{name}" '
                    "(and doesn't have default value)"
                )
            value = field.default
        keys[name] = value
    return "k:" + orjson.dumps(keys, option=orjson.OPT_SORT_KEYS).decode()


def keyed_items(items: list[Any], schema: Schema) -> dict[str, Any]:
    """The items of an associative list by path element. Raises ``MalformedList`` for two with one identity."""
    result: dict[str, Any] = {}
    for item in items:
        key = item_key(item, schema)
        if key in result:
            raise MalformedList(f"duplicate entries for key {_path_element(key)}")
        result[key] = item
    return result


def is_atomic(value: Any, schema: Schema) -> bool:
    """Whether server-side apply takes the value as a whole."""
    if schema.form is Form.DEDUCED:
        return not isinstance(value, dict)
    if schema.form is Form.MAP:
        return schema.atomic or not isinstance(value, dict)
    return schema.form is Form.SCALAR or schema.atomic or not isinstance(value, list)


def applied_fields(value: Any, schema: Schema) -> FieldSet:
    """The fields that somebody who applies this value owns, below the value itself."""
    result: FieldSet = {}
    if isinstance(value, dict):
        for key, item in value.items():
            child = schema.child(key) or DEDUCED
            if is_atomic(item, child):
                result["f:" + key] = MEMBER
                continue
            # Values of maps belong to the set themselves, fields of structures only when they are empty.
            node = _node(key not in schema.fields or item == {}, applied_fields(item, child))
            if node is not None:
                result["f:" + key] = node
        return result
    items = schema.items or DEDUCED
    for key, item in keyed_items(value, schema).items():
        result[key] = MEMBER if is_atomic(item, items) else _node(True, applied_fields(item, items))
    return result


def with_structures(fields: FieldSet, schema: Schema) -> FieldSet:
    """The set, with each named field of a structure that has members below it as a member too."""
    result: FieldSet = {}
    for key, node in fields.items():
        if key == "." or not node:
            result[key] = node
            continue
        if key.startswith("f:"):
            child = schema.child(key[2:]) or DEDUCED
            member = key[2:] in schema.fields or is_member(node)
        else:
            child, member = schema.items or DEDUCED, is_member(node)
        result[key] = _node(member, _children(with_structures(node, child)))
    return result
