"""Every access of the loop to live objects: counted, and shown to whoever observes the loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, Cluster, NotFound, ResourceType
from tenantry.sandbox.loop.statistics import Observer, Statistics, Verb, Write

CONFLICT_RETRIES = 4

Change = Callable[[JSONObject], bool]
"""Gives an object new fields (without changing the values of old ones); False: nothing needs to be written."""


class Writer:
    """Live reads and writes under one field manager."""

    def __init__(
        self, cluster: Cluster, statistics: Statistics, observers: Sequence[Observer], *, field_manager: str
    ) -> None:
        self._cluster = cluster
        self._statistics = statistics
        self._observers = observers
        self._field_manager = field_manager

    def resource_type(self, api_version: str, *, kind: str = "", plural: str = "") -> ResourceType:
        """The resource of this version and kind (or plural). Raises ``NotFound``."""
        return self._cluster.resource_type(api_version, kind=kind, plural=plural)

    def get(self, kind: ResourceType, name: str, namespace: str = "") -> JSONObject:
        """The live object. Raises ``NotFound``."""
        self._statistics.count(self._statistics.reads, kind.kind)
        return self._cluster.get(kind, name, namespace)

    def create(self, kind: ResourceType, obj: JSONObject) -> JSONObject:
        """Create an object."""
        with self._refusals_counted("create", kind):
            after = self._cluster.create(kind, obj, field_manager=self._field_manager)
        return self._accepted("create", kind, None, after)

    def apply(self, kind: ResourceType, desired: JSONObject, *, before: JSONObject | None) -> JSONObject:
        """Server-side apply, taking over fields of other managers, as Metacontroller always does."""
        with self._refusals_counted("apply", kind):
            after = self._cluster.apply(kind, desired, field_manager=self._field_manager, force=True)
        return self._accepted("apply", kind, before, after)

    def patch(self, kind: ResourceType, obj: JSONObject, patch: JSONObject) -> JSONObject:
        """Merge-patch an object."""
        name, namespace = obj["metadata"]["name"], obj["metadata"].get("namespace", "")
        with self._refusals_counted("patch", kind):
            after = self._cluster.patch(kind, name, patch, namespace=namespace, field_manager=self._field_manager)
        return self._accepted("patch", kind, obj, after)

    def delete(self, kind: ResourceType, obj: JSONObject) -> None:
        """Delete this very object, its dependents in the background. Raises ``NotFound``."""
        metadata = obj["metadata"]
        name, namespace, uid = metadata["name"], metadata.get("namespace", ""), metadata["uid"]
        with self._refusals_counted("delete", kind):
            self._cluster.delete(kind, name, namespace=namespace, uid=uid, propagation="Background")
        self._count("delete", kind, obj, None)

    def update(self, kind: ResourceType, obj: JSONObject, change: Change) -> JSONObject:
        """Change the live object whose identity is given; start again when somebody else was faster.

        Raises ``NotFound`` also if another object has taken the name.
        """
        return self._until_unopposed(lambda: self._read_and_write("update", kind, obj, change))

    def update_status(self, kind: ResourceType, obj: JSONObject, change: Change) -> JSONObject:
        """Change the status of the live object whose identity is given, as ``update`` does."""
        return self._until_unopposed(lambda: self._read_and_write("update_status", kind, obj, change))

    def _until_unopposed(self, attempt: Callable[[], JSONObject]) -> JSONObject:
        for _ in range(CONFLICT_RETRIES):
            try:
                return attempt()
            except ApiError as error:
                if error.reason != "Conflict":
                    raise
        return attempt()

    def _read_and_write(self, verb: Verb, kind: ResourceType, obj: JSONObject, change: Change) -> JSONObject:
        metadata = obj["metadata"]
        live = self.get(kind, metadata["name"], metadata.get("namespace", ""))
        if live["metadata"]["uid"] != metadata["uid"]:
            raise NotFound(f'{kind.plural} "{metadata["name"]}" not found')
        before = {**live, "metadata": dict(live["metadata"])}
        if not change(live):
            return live
        put = self._cluster.update if verb == "update" else self._cluster.update_status
        with self._refusals_counted(verb, kind):
            after = put(kind, live, field_manager=self._field_manager)
        return self._accepted(verb, kind, before, after)

    @contextmanager
    def _refusals_counted(self, verb: Verb, kind: ResourceType) -> Iterator[None]:
        try:
            yield
        except ApiError:
            self._statistics.count(self._statistics.refusals, (verb, kind.kind))
            raise

    def _accepted(self, verb: Verb, kind: ResourceType, before: JSONObject | None, after: JSONObject) -> JSONObject:
        self._count(verb, kind, before, after)
        return after

    def _count(self, verb: Verb, kind: ResourceType, before: JSONObject | None, after: JSONObject | None) -> None:
        self._statistics.count(self._statistics.writes, (verb, kind.kind))
        if self._observers:
            write = Write(verb, kind, before, after)
            for observe in self._observers:
                observe(write)
