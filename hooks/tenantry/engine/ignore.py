"""``ignoreFields``: fields that are set when an object is made, and then belong to whoever changes them.

Such a field is sent as long as our own apply is its only owner, since leaving it out would remove it. Once somebody
else owns it, it is left out: a value sent, even the observed one, would take the field away from an autoscaler that has
written a newer one meanwhile. What lies in a list item or a map that does not exist yet is sent, to be made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tenantry.engine.jsonpath import BadPath, JSONPath, compile_path
from tenantry.engine.ownership import ABSENT, Owners, counterpart, keys_of, owners_of, steps_of
from tenantry.names import GROUP, MANAGED_BY_LABEL
from tenantry.protocol import JSONObject, Location

Ignored = Mapping[str | int, Any]
"""Where paths match in one object: step → what is ignored below it. An empty mapping: all from there on."""
NOTHING_IGNORED: Final[Ignored] = {}

_IDENTITY: Final[frozenset[Location]] = frozenset(
    [(), ("apiVersion",), ("kind",), ("metadata",), ("metadata", "name"), ("metadata", "namespace")]
)
_EXAMPLE: Final[JSONObject] = {"apiVersion": "v1", "kind": "X", "metadata": {"name": "x", "namespace": "x"}}


def compile_ignored(text: str) -> JSONPath:
    """A path of ``ignoreFields``. Raises ``BadPath``, also for one that touches what an object is recognised by."""
    path = compile_path(text)
    if any(location in _IDENTITY for location in path.locations(_EXAMPLE)):
        raise BadPath("matches apiVersion, kind, metadata, or a name or namespace in it: write a path that does not")
    if any(name.startswith(f"{GROUP}/") or name == MANAGED_BY_LABEL for name in path.names()):
        raise BadPath("names a label or annotation of Tenantry's own: remove it")
    return path


def ignored_in(paths: Sequence[JSONPath], rendered: JSONObject) -> Ignored:
    """Where these paths match in a rendered object, its identity aside."""
    found: dict[str | int, Any] = {}
    for path in paths:
        for location in path.locations(rendered):
            if location not in _IDENTITY:
                _add(found, location)
    return found


def without_ignored(obj: JSONObject, ignored: Ignored, live: JSONObject) -> JSONObject:
    """What is sent of ``obj``, which is to become of ``live``. The very same object if nothing is left out."""
    if not ignored:
        return obj
    found = _walked(obj, ignored, owners_of(live), live)
    return obj if found is ABSENT else found


def _add(found: dict[str | int, Any], location: Location) -> None:
    for step in location[:-1]:
        below = found.get(step)
        if below is not None and not below:  # All of it is ignored already.
            return
        found = found.setdefault(step, {})
    found[location[-1]] = {}


def _walked(value: Any, ignored: Ignored, owners: Owners, live: Any) -> Any:
    """What remains of a value that exists already, and of which something is ignored; ``ABSENT`` if nothing does."""
    if not ignored:
        return _ours_alone(value, owners)
    if live is ABSENT:
        return value
    if _is_undivided(owners, live):
        return value if owners.ours_alone else ABSENT
    if isinstance(value, dict):
        return _walked_fields(value, ignored, owners, live)
    if isinstance(value, list):
        return _walked_items(value, ignored, owners, live)
    return value


def _walked_fields(value: JSONObject, ignored: Ignored, owners: Owners, live: Any) -> Any:
    changed: JSONObject = {}
    for step, below in ignored.items():
        if step in value:
            there = live.get(step, ABSENT) if isinstance(live, dict) else ABSENT
            found = _walked(value[str(step)], below, owners.below(f"f:{step}"), there)
            if found is not value[str(step)]:
                changed[str(step)] = found
    if not changed:
        return value
    return _present({**value, **changed})


def _present(fields: JSONObject) -> Any:
    return {name: found for name, found in fields.items() if found is not ABSENT} or ABSENT


def _walked_items(items: list[Any], ignored: Ignored, owners: Owners, live: Any) -> Any:
    steps = steps_of(items, owners)
    result = list(items)
    for index, below in ignored.items():
        if isinstance(index, int) and index < len(items):
            item, step = items[index], steps[index]
            result[index] = _walked(item, below, owners.below(step), counterpart(item, step, live))
            if isinstance(result[index], dict):
                result[index] = _with_keys(result[index], item, step)
    if all(one is other for one, other in zip(result, items, strict=True)):
        return items
    return [item for item in result if item is not ABSENT] or ABSENT


def _with_keys(found: JSONObject, item: JSONObject, step: str) -> JSONObject:
    keys = {name: item[name] for name in keys_of(step) if name in item}
    return found if keys.keys() <= found.keys() else {**keys, **found}


def _is_undivided(owners: Owners, live: Any) -> bool:
    """Whether a list or map with something in it is owned as a whole: then there is no part to be left out."""
    if not live or owners.divided or not isinstance(live, dict | list):
        return False
    return owners.ours is not None or bool(owners.others)


def _ours_alone(value: Any, owners: Owners) -> Any:
    """The part of an ignored value of which we are the only owner; ``ABSENT`` if there is none."""
    if value and owners.divided and isinstance(value, dict):
        parts = {name: _ours_alone(item, owners.below(f"f:{name}")) for name, item in value.items()}
        return value if all(parts[name] is value[name] for name in value) else _present(parts)
    if value and owners.divided and isinstance(value, list):
        steps = steps_of(value, owners)
        kept = [_item_of_ours(item, step, owners) for item, step in zip(value, steps, strict=True)]
        if all(one is other for one, other in zip(kept, value, strict=True)):
            return value
        return [item for item in kept if item is not ABSENT] or ABSENT
    return value if owners.ours_alone else ABSENT


def _item_of_ours(item: Any, step: str, owners: Owners) -> Any:
    """An item of which we own something, at least with its keys: without them it could not be told from others."""
    below = owners.below(step)
    if below.ours is None or not isinstance(item, dict):
        return item if below.ours_alone else ABSENT
    found = _ours_alone(item, below)
    return _with_keys({} if found is ABSENT else found, item, step)
