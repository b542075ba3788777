"""The sandbox's store without threads and clocks: a state can be put aside and taken up again, any number of times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from tenantry.kinds import KINDS
from tenantry.kinds.crd import custom_resource_definition
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ResourceType
from tenantry.sandbox.store import InProcessCluster
from tenantry.sandbox.store.collector import CollectedStore, Collector
from tenantry.sandbox.store.index import Stored
from tenantry.sandbox.store.writes import Writer

START: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CHANGING: Final = ("tenants.tenantry.io", "namespaces", "configmaps", "jobs.batch", "widgets.example.com")
"""The types whose objects come, go and change; everything else is as it was in the beginning."""
WIDGET: Final[JSONObject] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "subresources": {"status": {}},
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                            "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                        },
                    }
                },
            }
        ],
    },
}
"""A kind whose objects are ready, or have failed, when their status says so."""


class Saved(NamedTuple):
    """All that a cluster holds and that changes, put aside."""

    objects: tuple[Stored, ...]
    version: int
    seconds: int
    uids: int


def time_at(saved: Saved) -> datetime:
    """The time in a cluster that was put aside."""
    return START + timedelta(seconds=saved.seconds)


class _Collector(Collector):
    """The garbage collector, which works when it is told to."""

    def __init__(self, store: CollectedStore) -> None:
        super().__init__(store)
        self.close()

    def work(self) -> None:
        """Collect all that there is to collect."""
        tasks = {
            "object": self._collect_object,
            "namespace": self._collect_namespace,
            "definition": self._collect_definition,
        }
        while self._queue:
            kind, name = work = next(iter(self._queue))
            del self._queue[work]
            tasks[kind](name)

    def forget(self) -> None:
        """Another state is taken up: what was to be collected was in the one before."""
        self._queue.clear()


class SnapshotCluster(InProcessCluster):
    """A cluster that can go back. It holds Tenantry's kinds and ``Widget``; time passes when it is told to."""

    def __init__(self) -> None:
        self._seconds = 0
        self._uids = 0
        self._next_uid = ""
        super().__init__()
        self._delivery.close()
        self._collector.close()
        self._steps = self._collector = _Collector(self)
        definitions = self.resource_type("apiextensions.k8s.io/v1", kind="CustomResourceDefinition")
        for definition in (*(custom_resource_definition(kind) for kind in KINDS), WIDGET):
            self.create(definitions, definition, field_manager="kubectl")

    @property
    def now(self) -> datetime:
        """The time in the cluster."""
        return START + timedelta(seconds=self._seconds)

    @property
    def version(self) -> int:
        """Grows with each write."""
        return self._version

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self._seconds += seconds

    def collect(self) -> None:
        """Let garbage collection and the deletion of Namespaces happen."""
        self._steps.work()

    def save(self) -> Saved:
        """All that there is now."""
        return Saved(self._changing(), self._version, self._seconds, self._uids)

    def restore(self, saved: Saved) -> None:
        """Go back to what there was."""
        self._steps.forget()
        for stored in self._changing():
            self.index.remove(stored)
        for stored in saved.objects:
            self.index.put(stored)
            if stored.deleting:
                self._steps.stored(stored, stored)
        self._version, self._seconds, self._uids = saved[1:]

    def _changing(self) -> tuple[Stored, ...]:
        """The objects of the kinds that change."""
        return tuple(stored for plural in CHANGING for stored in self.index.of_plural(plural))

    def all_of(self, kind: ResourceType) -> list[Stored]:
        """The objects of a type as they are stored, sorted by namespace and name."""
        return list(self.index.select(self._catalog.resource(kind)))

    def furnish_namespace(self, name: str) -> None:
        """What every namespace holds on top is of no interest here."""

    def _writer(self, field_manager: str) -> Writer:
        return Writer(field_manager, self.now.strftime("%Y-%m-%dT%H:%M:%SZ"), self._new_uid, self._next_address)

    def call_next(self, uid: str) -> None:
        """Say which uid the next object gets: one that names of others are made from is the same on every way."""
        self._next_uid = uid

    def _new_uid(self) -> str:
        uid, self._next_uid = self._next_uid, ""
        if uid:
            return uid
        self._uids += 1
        return f"uid-{self._uids}"
