"""Who owns which fields of an observed object, as its ``managedFields`` tell (Kubernetes, Server-Side Apply).

A tree has a node for each field (``f:name``), each item of an associative list (``k:{"name":"web"}``) and each value of
a set (``v:"x"``). A node without children is owned as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson

from tenantry.engine.keep import applied_fields
from tenantry.names import FIELD_MANAGER
from tenantry.protocol import JSONObject

Tree = JSONObject
"""A ``fieldsV1`` tree, or one of its nodes."""


class Absent(Enum):
    """The type of ``ABSENT``: no value at all, which is not the same as null."""

    TOKEN = "absent"


ABSENT: Final = Absent.TOKEN


class Owners(NamedTuple):
    """The nodes that one value has in everybody's tree."""

    ours: Tree | None
    """In the tree of our own applies; none if we do not own it."""
    others: tuple[Tree, ...]
    """In the trees of everybody else who owns it, or something in it."""

    def below(self, step: str) -> Owners:
        """The owners of a field or an item of this value."""
        ours = self.ours
        return Owners(
            ours.get(step) if ours else None,
            tuple([tree[step] for tree in self.others if step in tree]),
        )

    @property
    def divided(self) -> bool:
        """Whether parts of this value have owners of their own."""
        return any(_has_parts(tree) for tree in self.others) or (self.ours is not None and _has_parts(self.ours))

    @property
    def ours_alone(self) -> bool:
        """Whether we own it, and nobody else does."""
        return self.ours is not None and not self.others


def owners_of(live: JSONObject) -> Owners:
    """The owners of a whole observed object. What Metacontroller wrote otherwise than by an apply counts for nobody."""
    entries = live["metadata"].get("managedFields") or ()
    others = [entry["fieldsV1"] for entry in entries if entry.get("manager") != FIELD_MANAGER and "fieldsV1" in entry]
    return Owners(applied_fields(live), tuple(others))


def steps_of(items: Sequence[Any], owners: Owners) -> list[str]:
    """For each item of a list its step in the trees; empty for one that is in none of them.

    An item may lack a key that has a default, such as the protocol of a port: it takes the step that is left for it.
    """
    known = dict.fromkeys(
        step for tree in (owners.ours or {}, *owners.others) for step in tree if step[:2] in ("k:", "v:")
    )
    found = [next((step for step in known if _is_exactly(item, step)), "") for item in items]
    free = [step for step in known if step not in found]
    for index, step in enumerate(found):
        if not step:
            found[index] = next((other for other in free if _may_become(items[index], other)), "")
            if found[index]:
                free.remove(found[index])
    return found


def keys_of(step: str) -> JSONObject:
    """The keys that tell an item of an associative list from others; empty for a value of a set."""
    keys: JSONObject = _parsed(step[2:]) if step[:2] == "k:" else {}
    return keys


def counterpart(item: Any, step: str, live: Any) -> Any:
    """The item of a live list that has this step, or else this name; ``ABSENT`` if there is none."""
    if not isinstance(live, list):
        return ABSENT
    if step:
        return next((other for other in live if _is_exactly(other, step)), ABSENT)
    if isinstance(item, dict) and "name" in item:
        return next((other for other in live if isinstance(other, dict) and other.get("name") == item["name"]), ABSENT)
    return next((other for other in live if other == item), ABSENT)


def _has_parts(tree: Tree) -> bool:
    return any(step != "." for step in tree)


def _is_exactly(item: Any, step: str) -> bool:
    wanted = _parsed(step[2:])
    if step[:2] == "v:":
        return bool(item == wanted)
    return isinstance(item, dict) and all(name in item and item[name] == value for name, value in wanted.items())


def _may_become(item: Any, step: str) -> bool:
    if step[:2] == "v:" or not isinstance(item, dict):
        return False
    wanted = _parsed(step[2:])
    present = [name for name in wanted if name in item]
    return bool(present) and all(item[name] == wanted[name] for name in present)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Any:
    return orjson.loads(text)
