"""``patchStrategy: replace``: what others added to an object goes again.

An apply removes only what it owned before. So it takes such a field away from its owner first, by a null (a label: by a
text, since Metacontroller wants texts there); the next one, which has nothing there any more, removes what remains. By
experiment: a null resets a single value, or a list or map that is owned as a whole, at once; it makes a key of a map
empty; and it says nothing of the content of any other list or map. So an item of an associative list cannot be removed,
nor a structure that somebody added as a whole: those are told of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from tenantry.engine.keep import applied_fields
from tenantry.engine.ownership import ABSENT, Owners, Tree, counterpart, keys_of, steps_of
from tenantry.names import FIELD_MANAGER, GROUP
from tenantry.protocol import JSONObject, Location

REMOVED_LABEL: Final = "removed"
"""What a label that is being removed has as its value between two applies."""
_KUBERNETES: Final = ("kubernetes.io", "k8s.io")
_OF_USERS: Final = ("app.kubernetes.io", "kubectl.kubernetes.io")
"""Domains of keys in labels and annotations that people write, though they are of Kubernetes."""
_COMPONENTS: Final = ("kube-", "kubelet", "cloud-controller-manager")
"""Beginnings of the names under which Kubernetes itself writes."""
_TEXT_MAPS: Final = ("labels", "annotations")
_DATA: Final[tuple[Location, ...]] = (("data",), ("binaryData",))

IsIgnored = Callable[[Location], bool]
"""Whether the field at this place of the observed object belongs to whoever changes it."""


class Foreign(NamedTuple):
    """What others added to an object."""

    removable: tuple[Location, ...]
    """Where it can be removed, as places of the object that is sent."""
    stuck: tuple[Location, ...]
    """What an apply cannot remove, with the keys of items in place of their indexes."""

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.removable or self.stuck)


class _Claims(NamedTuple):
    """The nodes that one value has in the trees."""

    others: tuple[Tree, ...]
    """Of those whose fields are removed."""
    kept: tuple[Tree, ...]
    """Of ourselves and of Kubernetes."""

    def below(self, step: str) -> _Claims:
        return _Claims(
            tuple([tree[step] for tree in self.others if step in tree]),
            tuple([tree[step] for tree in self.kept if step in tree]),
        )


class _Place(NamedTuple):
    """One place, in three spellings."""

    sent: Location
    live: Location
    told: Location

    def field(self, name: str) -> _Place:
        return _Place((*self.sent, name), (*self.live, name), (*self.told, name))


def foreign_in(obj: JSONObject, live: JSONObject, is_ignored: IsIgnored) -> Foreign:
    """What others own of ``live`` and ``obj``, which is to be sent, does not have."""
    found = _Found([], [], is_ignored)
    claims = _claims(live)
    if not claims.others:
        return Foreign((), ())
    found.fields(obj, live, claims, _Place((), (), ()))
    return Foreign(tuple(found.removable), tuple(found.stuck))


def with_removals(obj: JSONObject, removable: Sequence[Location]) -> JSONObject:
    """``obj`` with what takes these fields away from their owners."""
    result = obj
    for location in removable:
        is_label = len(location) > 1 and location[-2] == "labels"
        result = _with(result, location, REMOVED_LABEL if is_label else None)
    return result


def spelled(location: Location) -> str:
    """A place as people write it."""
    return ".".join(str(step) for step in location)


def _with(value: Any, location: Location, filler: str | None) -> Any:
    step, *rest = location
    if isinstance(step, int):
        return [_with(item, tuple(rest), filler) if at == step else item for at, item in enumerate(value)]
    below = _with(value.get(step) or {}, tuple(rest), filler) if rest else filler
    return {**value, step: below}


def _claims(live: JSONObject) -> _Claims:
    others, kept = [], []
    for entry in live["metadata"].get("managedFields") or ():
        fields = entry.get("fieldsV1")
        if not fields:
            continue
        manager = entry.get("manager", "")
        is_theirs = manager != FIELD_MANAGER and not entry.get("subresource") and not manager.startswith(_COMPONENTS)
        if is_theirs:
            others.append(fields)
        elif entry.get("operation") != "Apply" or manager != FIELD_MANAGER:
            kept.append(fields)
    ours = applied_fields(live)
    return _Claims(tuple(others), (*kept, ours) if ours else tuple(kept))


class _Found:
    """Collects what is found on the way through one object."""

    def __init__(self, removable: list[Location], stuck: list[Location], is_ignored: IsIgnored) -> None:
        self.removable = removable
        self.stuck = stuck
        self._is_ignored = is_ignored

    def fields(self, sent: JSONObject, live: JSONObject, claims: _Claims, place: _Place) -> None:
        steps = {step for tree in claims.others for step in tree if step[:2] == "f:"}
        for step in sorted(steps):
            name = step[2:]
            at = place.field(name)
            if name in live and _is_of_users(at.told) and not self._is_ignored(at.live):
                self._field(sent.get(name, ABSENT), live[name], claims.below(step), at)

    def _field(self, sent: Any, live: Any, claims: _Claims, at: _Place) -> None:
        if isinstance(sent, dict) and isinstance(live, dict):
            self.fields(sent, live, claims, at)
        elif isinstance(sent, list) and isinstance(live, list):
            self._items(sent, live, claims, at)
        elif sent is ABSENT:
            self._added(live, claims, at)

    def _added(self, live: Any, claims: _Claims, at: _Place) -> None:
        is_map = _is_map(at.told)
        if isinstance(live, dict) and (is_map or any(map(_has_parts, (*claims.others, *claims.kept)))):
            if is_map or claims.kept or not any("." in tree for tree in claims.others):
                self.fields({}, live, claims, at)
            else:
                self.stuck.append(at.told)
        elif claims.kept:
            return
        elif any(map(_has_parts, claims.others)):
            self.stuck.append(at.told)
        else:
            self.removable.append(at.sent)

    def _items(self, sent: list[Any], live: list[Any], claims: _Claims, at: _Place) -> None:
        steps = steps_of(sent, Owners(None, (*claims.others, *claims.kept)))
        known = dict.fromkeys(step for tree in claims.others for step in tree if step[:2] in ("k:", "v:"))
        for step in known:
            item, below = counterpart(None, step, live), claims.below(step)
            if item is ABSENT:
                continue
            place = _Place(at.sent, (*at.live, live.index(item)), (*at.told, _called(step, item)))
            if step in steps:
                index = steps.index(step)
                if isinstance(sent[index], dict) and isinstance(item, dict):
                    self.fields(sent[index], item, below, place._replace(sent=(*at.sent, index)))
            elif not below.kept and not self._is_ignored(place.live):
                self.stuck.append(place.told)


def _has_parts(tree: Tree) -> bool:
    return any(step != "." for step in tree)


def _called(step: str, item: Any) -> str:
    return ",".join(str(value) for value in keys_of(step).values()) or str(item)


def _is_map(told: Location) -> bool:
    """Whether a field is a map from keys to texts: its keys can go one by one."""
    return told in _DATA or (len(told) > 1 and told[-2] == "metadata" and told[-1] in _TEXT_MAPS)


def _is_of_users(told: Location) -> bool:
    """Whether people write what stands at this place: not the identity, the status, or what Kubernetes keeps there."""
    if told[0] in ("apiVersion", "kind", "status") or told == ("spec", "finalizers"):
        return False
    if told[0] == "metadata" and len(told) > 1 and told[1] not in _TEXT_MAPS:
        return False
    if len(told) > 2 and told[-2] in _TEXT_MAPS and told[-3] == "metadata":
        return _is_key_of_users(str(told[-1]))
    return True


def _is_key_of_users(key: str) -> bool:
    domain, separator, _ = key.partition("/")
    if not separator or domain in _OF_USERS:
        return True
    return not any(domain == known or domain.endswith(f".{known}") for known in (*_KUBERNETES, GROUP))
