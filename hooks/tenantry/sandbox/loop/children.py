"""Making the cluster's children equal to the desired ones: deletions first, then server-side applies."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, NotFound, ResourceType
from tenantry.sandbox.loop.claiming import described, owner_reference
from tenantry.sandbox.loop.errors import SyncFailed
from tenantry.sandbox.loop.informers import key_of
from tenantry.sandbox.loop.statistics import Statistics
from tenantry.sandbox.loop.writer import Writer

LAST_APPLIED = "metacontroller.k8s.io/last-applied-configuration"

SYSTEM_FIELDS = (
    "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
    "deletionGracePeriodSeconds", "managedFields",
)  # fmt: skip
"""Metadata that the API server alone writes: never sent."""

ChildMap = dict[str, dict[str, JSONObject]]
"""Type key → object key → object."""


@dataclass(frozen=True, slots=True)
class _Applied:
    uid: str
    content: int
    generation: int
    resource_version: str


class SkipCache:
    """What was applied last, so that an apply which would change nothing can be left out.

    An apply is skipped while the desired object, the uid and the observed ``generation`` are the same; objects without
    a generation (ConfigMaps, Secrets…) are compared by ``resourceVersion``. One cache serves all controllers of a
    loop, and a new loop begins with an empty one, as a restarted Metacontroller does.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[tuple[str, str, str], _Applied] = {}

    def is_current(self, kind: ResourceType, observed: JSONObject, content: int) -> bool:
        """Whether the observed object is still what our last apply of this content left behind."""
        with self._lock:
            entry = self._entries.get(_cache_name(kind, observed))
        metadata = observed["metadata"]
        if entry is None or entry.uid != metadata["uid"] or entry.content != content:
            return False
        generation = metadata.get("generation", 0)
        if generation == 0 and metadata["resourceVersion"] != entry.resource_version:
            return False
        return bool(generation == entry.generation)

    def remember(self, kind: ResourceType, obj: JSONObject, content: int) -> None:
        """Take note of an object as the API server answered it."""
        metadata = obj["metadata"]
        entry = _Applied(metadata["uid"], content, metadata.get("generation", 0), metadata["resourceVersion"])
        with self._lock:
            self._entries[_cache_name(kind, obj)] = entry

    def forget(self, kind: ResourceType, obj: JSONObject) -> None:
        """The object was deleted."""
        with self._lock:
            self._entries.pop(_cache_name(kind, obj), None)


class ChildManager:
    """Writes the children of one controller's parents."""

    def __init__(self, writer: Writer, skip: SkipCache, statistics: Statistics, methods: Mapping[tuple[str, str], str]):
        self._writer = writer
        self._skip = skip
        self._statistics = statistics
        self._methods = methods

    def manage(self, parent: JSONObject, observed: ChildMap, desired: ChildMap) -> None:
        """Delete what is not desired, then apply what is. One failure does not stop the others.

        Raises ``SyncFailed`` with all of them at the end.
        """
        errors: list[Exception] = []
        for name in _in_order(observed):
            unwanted = [obj for key, obj in observed[name].items() if key not in desired.get(name, {})]
            for obj in unwanted:
                self._collect(errors, self._delete, obj)
        for name in _in_order(desired):
            for key, obj in desired[name].items():
                self._collect(errors, self._apply, parent, observed.get(name, {}).get(key), obj)
        if errors:
            raise SyncFailed.together(errors)

    @staticmethod
    def _collect(errors: list[Exception], action: Any, *arguments: Any) -> None:
        try:
            action(*arguments)
        except (ApiError, SyncFailed) as error:
            errors.append(error)

    def _delete(self, obj: JSONObject) -> None:
        if "deletionTimestamp" in obj["metadata"]:
            return
        kind = self._kind(obj)
        try:
            self._writer.delete(kind, obj)
        except NotFound:  # somebody else was faster
            return
        except ApiError as error:
            raise SyncFailed(f"can't delete {described(obj)}: {error}") from error
        self._skip.forget(kind, obj)

    def _apply(self, parent: JSONObject, observed: JSONObject | None, desired: JSONObject) -> None:
        if observed is not None and "deletionTimestamp" in observed["metadata"]:
            return  # wait until it is gone
        kind = self._kind(desired)
        if not desired["metadata"]["name"]:
            raise SyncFailed(f"a desired child of kind {kind.kind} has no name")
        _own(desired, parent)
        _clean(desired)
        content = hash(orjson.dumps(desired, option=orjson.OPT_SORT_KEYS))
        if observed is not None:
            if self._skip.is_current(kind, observed, content):
                self._statistics.count_skip()
                return
            if self._methods.get((kind.group, kind.kind), "OnDelete") == "OnDelete":
                self._skip.remember(kind, observed, content)
                return
            self._drop_last_applied(kind, observed)
        try:
            answer = self._writer.apply(kind, desired, before=observed)
        except ApiError as error:
            if error.reason == "Conflict":  # changed since it was observed: that change will bring us back
                return
            raise
        self._skip.remember(kind, answer, content)

    def _drop_last_applied(self, kind: ResourceType, observed: JSONObject) -> None:
        """Remove what the dynamic-apply strategy has left on an object of earlier times."""
        if LAST_APPLIED in (observed["metadata"].get("annotations") or {}):
            self._writer.patch(kind, observed, {"metadata": {"annotations": {LAST_APPLIED: None}}})

    def _kind(self, obj: JSONObject) -> ResourceType:
        api_version = obj.get("apiVersion") or ""
        try:
            return self._writer.resource_type(api_version, kind=obj["kind"])
        except NotFound as error:
            raise SyncFailed(f"discovery: can't find kind {obj['kind']} in apiVersion {api_version}") from error


def desired_map(children: Iterable[JSONObject]) -> ChildMap:
    """Desired children by type and key. Of two with one key the last counts, and nobody is told."""
    desired: ChildMap = {}
    for obj in children:
        desired.setdefault(f"{obj['kind']}.{obj.get('apiVersion') or ''}", {})[key_of(obj)] = obj
    return desired


def _in_order(children: ChildMap) -> list[str]:
    """Type keys by group, version and kind: that is why a ConfigMap comes before its Namespace."""

    def group_version_kind(name: str) -> tuple[str, str, str]:
        kind, _, api_version = name.partition(".")
        group, _, version = api_version.rpartition("/")
        return group, version, kind

    return sorted(children, key=group_version_kind)


def _own(desired: JSONObject, parent: JSONObject) -> None:
    """Make the parent the controller, unless the hook has named it as an owner already."""
    references = desired["metadata"].get("ownerReferences") or []
    if all(each.get("uid") != parent["metadata"]["uid"] for each in references):
        desired["metadata"]["ownerReferences"] = [*references, owner_reference(parent)]


def _clean(desired: JSONObject) -> None:
    """Leave out what a controller cannot decide."""
    desired.pop("status", None)
    metadata = desired["metadata"]
    for field in SYSTEM_FIELDS:
        metadata.pop(field, None)
    if LAST_APPLIED in (metadata.get("annotations") or {}):
        del metadata["annotations"][LAST_APPLIED]


def _cache_name(kind: ResourceType, obj: JSONObject) -> tuple[str, str, str]:
    return kind.group, kind.kind, key_of(obj)
