"""``patchStrategy: merge``: fields that left the template stay as they were applied last.

The tree of our own applies says which they are. Items of associative lists are told apart by their keys; what the
template has goes first, and what it had follows.
"""

from __future__ import annotations

from typing import Any

from tenantry.engine.keep import applied_fields, cut
from tenantry.engine.ownership import ABSENT, Owners, Tree, counterpart, keys_of, steps_of
from tenantry.names import GROUP, MANAGED_BY_LABEL
from tenantry.protocol import JSONObject

_USERS_METADATA = ("labels", "annotations")


def with_former_fields(obj: JSONObject, live: JSONObject) -> JSONObject:
    """A dressed object with what we applied to ``live`` before and ``obj`` does not have, our own marks aside."""
    tree = applied_fields(live)
    if not tree:
        return obj
    content = {step: below for step, below in tree.items() if step != "f:metadata"}
    merged: JSONObject = _merged(obj, content, live)
    metadata = _merged(obj["metadata"], _of_users(tree.get("f:metadata") or {}), live["metadata"])
    return {**merged, "metadata": metadata}


def _of_users(metadata: Tree) -> Tree:
    """The labels and annotations that templates wrote."""
    return {
        f"f:{name}": {step: below for step, below in metadata[f"f:{name}"].items() if not _is_mark(step)}
        for name in _USERS_METADATA
        if f"f:{name}" in metadata
    }


def _is_mark(step: str) -> bool:
    return step.startswith(f"f:{GROUP}/") or step == f"f:{MANAGED_BY_LABEL}"


def _merged(value: Any, tree: Tree, live: Any) -> Any:
    if isinstance(value, dict) and isinstance(live, dict):
        return _merged_fields(value, tree, live)
    if isinstance(value, list) and isinstance(live, list):
        return _merged_items(value, tree, live)
    return value


def _merged_fields(value: JSONObject, tree: Tree, live: JSONObject) -> JSONObject:
    result = dict(value)
    for step, below in tree.items():
        name = step[2:]
        if step[:2] != "f:" or name not in live:
            continue
        if name in value:
            result[name] = _merged(value[name], below, live[name])
        else:
            result[name] = cut(below, live[name])
    return result


def _merged_items(items: list[Any], tree: Tree, live: list[Any]) -> list[Any]:
    steps = steps_of(items, Owners(tree, ()))
    result = []
    for item, step in zip(items, steps, strict=True):
        there = counterpart(item, step, live) if step else ABSENT
        result.append(item if there is ABSENT else _merged(item, tree[step], there))
    for step, below in tree.items():
        if step[:2] in ("k:", "v:") and step not in steps:
            there = counterpart(None, step, live)
            if there is not ABSENT:
                former = cut(below, there)
                result.append({**keys_of(step), **former} if isinstance(former, dict) else former)
    return result
