"""Merging what is applied into what is there, and taking out what nobody applies any more."""

from __future__ import annotations

from typing import Any

from tenantry.sandbox.store.fieldsets import FieldSet, is_atomic, is_member, item_key, keyed_items
from tenantry.sandbox.store.schema import DEDUCED, Schema


def merge(live: Any, applied: Any, schema: Schema) -> Any:
    """The applied value over the live one. The answer shares what did not change with both."""
    if isinstance(applied, dict):
        result = dict(live) if isinstance(live, dict) else {}
        for key, item in applied.items():
            result[key] = _merge_child(result.get(key), item, schema.child(key) or DEDUCED)
        return result
    return _merge_lists(live if isinstance(live, list) else [], applied, schema)


def _merge_child(live: Any, applied: Any, schema: Schema) -> Any:
    if applied is None and live and not is_atomic(live, schema):
        return live  # null says nothing about the content of a granular map or list
    if is_atomic(applied, schema) or not live:
        return applied
    return merge(live, applied, schema)


def _merge_lists(live: list[Any], applied: list[Any], schema: Schema) -> list[Any]:
    """Applied items keep their order, items of others their place between them."""
    theirs, ours = keyed_items(live, schema), keyed_items(applied, schema)
    items = schema.items or DEDUCED
    merged = {key: _merge_child(theirs.get(key), item, items) for key, item in ours.items()}
    left, right = list(theirs), list(ours)
    shared = iter([key for key in right if key in theirs])
    next_shared = next(shared, None)
    result: list[Any] = []
    position = 0
    for key in right:
        while position < len(left) and left[position] != key:
            other = left[position]
            if other in ours and other == next_shared:
                break
            if other not in ours:
                result.append(theirs[other])
            position += 1
        if position < len(left) and left[position] == key:
            position += 1
        result.append(merged[key])
        if key == next_shared:
            next_shared = next(shared, None)
    result.extend(theirs[other] for other in left[position:] if other not in ours)
    return result


def without(value: Any, fields: FieldSet, schema: Schema) -> Any:
    """The value without the members of a set and everything below them; containers that get empty go too."""
    if isinstance(value, dict):
        kept: dict[str, Any] = {}
        for key, item in value.items():
            node = fields.get("f:" + key)
            if is_member(node):
                continue
            kept[key] = _without_child(item, node, schema.child(key) or DEDUCED)
        return kept or None
    items = schema.items or DEDUCED
    remaining: list[Any] = []
    for item in value:
        node = fields.get(item_key(item, schema))
        if not is_member(node):
            remaining.append(_without_child(item, node, items))
    return remaining or None


def _without_child(value: Any, node: FieldSet | None, schema: Schema) -> Any:
    if node is None or not value or is_atomic(value, schema):
        return value
    return without(value, node, schema)
