"""Every change of the objects that scenarios are about, seen through watches."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from tenantry.kinds import KINDS
from tenantry.names import API_VERSION
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import Cluster, Event, ResourceType
from tests.scenarios.harness.objects import describe

TENANT_OBJECT_KINDS: Final = (
    ("v1", "Namespace"),
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    ("apps/v1", "Deployment"),
    ("batch/v1", "Job"),
)
"""Kinds that templates of scenarios use."""
OUR_KINDS: Final = tuple((API_VERSION, kind.name) for kind in KINDS)

Belongs = Callable[[JSONObject], bool]


@dataclass(frozen=True, slots=True)
class Change:
    """One write: when it was seen (monotonic seconds), and the object before and after it."""

    moment: float
    type: str
    before: JSONObject | None
    after: JSONObject

    def __str__(self) -> str:
        fields = "" if self.before is None else f" in {', '.join(sorted(changed_fields(self.before, self.after)))}"
        return f"{self.type} {describe(self.after)} by {_last_manager(self.after)}{fields}"


class Recorder:
    """Watches the kinds of a cluster that matter to scenarios, and remembers every change."""

    def __init__(self, cluster: Cluster) -> None:
        self.kinds: list[ResourceType] = [
            cluster.resource_type(api_version, kind=kind) for api_version, kind in OUR_KINDS + TENANT_OBJECT_KINDS
        ]
        self._lock = threading.Lock()
        self._objects: dict[str, JSONObject] = {}
        self._changes: list[Change] = []
        self._stops = [cluster.watch(kind, self._see) for kind in self.kinds]

    def changes(self, belongs: Belongs, *, since: float = 0.0) -> list[Change]:
        """Changes of certain objects seen after a moment, oldest first.

        Each kind has a watch of its own, and one may lag behind another: resource versions, which all kinds share,
        tell what came first.
        """
        with self._lock:
            recent = [change for change in self._changes if change.moment > since]
        return sorted((change for change in recent if belongs(change.after)), key=_version)

    def close(self) -> None:
        """End the watches."""
        for stop in self._stops:
            stop()

    def _see(self, event: Event) -> None:
        uid = event.object["metadata"]["uid"]
        with self._lock:
            before = self._objects.pop(uid, None)
            if event.type != "DELETED":
                self._objects[uid] = event.object
            self._changes.append(Change(time.monotonic(), event.type, before, event.object))


def _version(change: Change) -> int:
    return int(change.after["metadata"]["resourceVersion"])


def changed_fields(before: JSONObject, after: JSONObject) -> set[str]:
    """Paths, two levels deep, at which two states of an object differ, bookkeeping of the API server aside."""
    paths: set[str] = set()
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            paths |= {f"{key}.{inner}" for inner in _differing(old, new)}
        elif old != new:
            paths.add(key)
    return paths - {"metadata.resourceVersion", "metadata.managedFields"}


def _differing(old: JSONObject, new: JSONObject) -> Iterable[str]:
    return (key for key in old.keys() | new.keys() if old.get(key) != new.get(key))


def _last_manager(obj: JSONObject) -> str:
    managed = obj["metadata"].get("managedFields") or []
    last: JSONObject = max(managed, key=lambda found: str(found.get("time", "")), default={})
    return str(last.get("manager", "somebody"))
