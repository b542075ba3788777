"""Metacontroller's hook protocol, version v2: requests as they arrive, answers as they leave.

A request carries a parent, the children that its controller observes and the related objects that its customize hook
asked for. Observed objects are addressed the way Metacontroller does it: by type key (``ConfigMap.v1``,
``Deployment.apps/v1``) and object key (``namespace/name``, or the bare name of a cluster-scoped object).

Nothing here copies an object: a request holds the very dictionaries that the decoder made, and hooks treat them as
read-only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

JSONObject = dict[str, Any]
"""A decoded JSON object."""

ObjectMap = Mapping[str, Mapping[str, JSONObject]]
"""Observed objects: type key → object key → object."""


Location = tuple[str | int, ...]
"""Where a value stands in an object: names of fields and indexes of items, from the root."""


class ObjectKey(NamedTuple):
    """What Metacontroller matches children by: group, version and kind; namespace and name."""

    type_key: str
    key: str

    def __str__(self) -> str:
        return f"{self.type_key} {self.key}"


def type_key(obj: Mapping[str, Any]) -> str:
    """The type key of an object, for example ``Deployment.apps/v1``."""
    return f"{obj['kind']}.{obj['apiVersion']}"


def object_key(obj: Mapping[str, Any]) -> ObjectKey:
    """The key under which Metacontroller would show this object among the children."""
    metadata = obj["metadata"]
    namespace = metadata.get("namespace")
    name = metadata["name"]
    return ObjectKey(type_key(obj), f"{namespace}/{name}" if namespace else name)


def observed_items(objects: ObjectMap) -> Iterator[tuple[ObjectKey, JSONObject]]:
    """Every observed object with its key, in the order of the request."""
    for kind, named in objects.items():
        for key, obj in named.items():
            yield ObjectKey(kind, key), obj


class ProtocolError(ValueError):
    """A request body that is not what Metacontroller sends. The message names the field."""


class TryLater(Exception):
    """The hook cannot answer now, for a passing reason: Metacontroller shall ask again after a while.

    Becomes a 429 with ``Retry-After``, which Metacontroller obeys without an Event and without back-off.
    """

    def __init__(self, reason: str, *, seconds: int = 1) -> None:
        if seconds < 1:
            raise ValueError(f"Retry-After must be at least one second, not {seconds}")
        super().__init__(reason)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """What sync and finalize hooks of a CompositeController receive.

    ``finalizing`` is true for the finalize hook alone, which is also called for a parent that merely stopped matching
    the controller's label selector: look at the parent's ``deletionTimestamp`` to tell the two apart.
    """

    controller: JSONObject
    parent: JSONObject
    children: ObjectMap
    related: ObjectMap
    finalizing: bool

    @classmethod
    def parse(cls, body: object) -> Self:
        """The request in a decoded body. Checks the envelope and leaves the objects alone.

        Raises ``ProtocolError`` naming the first field that is wrong.
        """
        fields = _object(body, "the body")
        return cls(
            controller=_object(fields.get("controller"), "controller"),
            parent=_named_object(fields.get("parent"), "parent"),
            children=_object_map(fields.get("children"), "children"),
            related=_object_map(fields.get("related"), "related"),
            finalizing=_boolean(fields.get("finalizing", False), "finalizing"),
        )

    @property
    def deleting(self) -> bool:
        """Whether somebody deleted the parent (and did not just take it from this controller)."""
        return "deletionTimestamp" in self.parent["metadata"]


@dataclass(frozen=True, slots=True)
class CustomizeRequest:
    """What a customize hook receives. Its answer may depend on ``parent.spec`` alone: it is cached by generation."""

    controller: JSONObject
    parent: JSONObject

    @classmethod
    def parse(cls, body: object) -> Self:
        """The request in a decoded body. Raises ``ProtocolError`` naming the first field that is wrong."""
        fields = _object(body, "the body")
        return cls(
            controller=_object(fields.get("controller"), "controller"),
            parent=_named_object(fields.get("parent"), "parent"),
        )


@dataclass(frozen=True, slots=True)
class SyncResponse:
    """What a sync or finalize hook decides.

    ``children`` shall exist, exactly so. ``removed`` names the observed children that shall go: an observed child that
    is in neither is a bug, which the server refuses before Metacontroller can delete anything.
    """

    children: list[JSONObject]
    status: JSONObject
    removed: frozenset[ObjectKey] = frozenset()
    removals: Mapping[ObjectKey, frozenset[Location]] = field(default_factory=dict)
    """Child → where it has a null, or a text in its place, on purpose: to remove what somebody else added there."""
    resync_after_seconds: float = 0.0
    """Seconds until this parent shall be looked at again even if nothing happens; 0 means never."""
    finalized: bool = False


@dataclass(frozen=True, slots=True)
class RelatedRule:
    """One set of objects that a hook reads beside its children."""

    api_version: str
    resource: str
    """Lower-case plural."""
    names: tuple[str, ...] = ()
    namespace: str = ""
    match_labels: Mapping[str, str] = field(default_factory=dict)
    without_labels: tuple[str, ...] = ()
    """Labels that these objects do not have, whatever their value."""

    def to_json(self) -> JSONObject:
        """The rule as Metacontroller reads it: names and a label selector exclude each other there."""
        rule: JSONObject = {"apiVersion": self.api_version, "resource": self.resource}
        if self.namespace:
            rule["namespace"] = self.namespace
        if self.names:
            rule["names"] = list(self.names)
        elif self.match_labels:
            rule["labelSelector"] = {"matchLabels": dict(self.match_labels)}
        if self.without_labels:
            absent = [{"key": label, "operator": "DoesNotExist"} for label in self.without_labels]
            rule.setdefault("labelSelector", {})["matchExpressions"] = absent
        return rule


@dataclass(frozen=True, slots=True)
class CustomizeResponse:
    """Which related objects a parent's sync needs. No rule at all means no related objects."""

    related: tuple[RelatedRule, ...] = ()


def _object(value: object, name: str) -> JSONObject:
    if not isinstance(value, dict):
        raise ProtocolError(f"{name} is not a JSON object: is this a hook request of Metacontroller, version v2?")
    return value


def _named_object(value: object, name: str) -> JSONObject:
    obj = _object(value, name)
    metadata = _object(obj.get("metadata"), f"{name}.metadata")
    if not isinstance(metadata.get("name"), str):
        raise ProtocolError(f"{name}.metadata.name is not a string")
    return obj


def _object_map(value: object, name: str) -> ObjectMap:
    objects = _object({} if value is None else value, name)
    for kind, named in objects.items():
        if not isinstance(named, dict):
            _object(named, f"{name}[{kind!r}]")
        for key, obj in named.items():
            if not _is_named(obj):
                _named_object(obj, f"{name}[{kind!r}][{key!r}]")
    return objects


def _is_named(value: object) -> bool:
    # Every object of every request passes here: the words for a complaint are put together only when there is one.
    if not isinstance(value, dict):
        return False
    metadata = value.get("metadata")
    return isinstance(metadata, dict) and isinstance(metadata.get("name"), str)


def _boolean(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise ProtocolError(f"{name} is not true or false")
    return value
