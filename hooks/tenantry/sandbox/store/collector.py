"""Garbage collection and namespace deletion: what the controller-manager does to objects of any kind.

Follows "Garbage Collection" and "Use Cascading Deletion" of the Kubernetes documentation. An owner in another namespace
counts as absent. The collector wakes for objects that a write may have made collectable; it never looks at all.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Final, Literal, Protocol

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, Propagation
from tenantry.sandbox.store.deletion import CRD_FINALIZER, FOREGROUND, ORPHAN, is_namespace
from tenantry.sandbox.store.index import Index, Stored, owner_uids
from tenantry.sandbox.store.strategy import PVC_FINALIZER

_LOG: Final = logging.getLogger(__name__)

Work = tuple[Literal["object", "namespace", "definition"], str]


class CollectedStore(Protocol):
    """What the collector does to a store, whose lock it holds meanwhile."""

    lock: threading.RLock
    index: Index

    def discard(self, stored: Stored, propagation: Propagation) -> None:
        """Delete an object."""

    def rewrite_metadata(self, stored: Stored, key: str, value: Sequence[object]) -> None:
        """Set ``finalizers`` or ``ownerReferences``; without finalizers, a deleted object goes."""

    def finish_namespace(self, stored: Stored) -> None:
        """The namespace is empty: let it go."""

    def furnish_namespace(self, name: str) -> None:
        """Create what every namespace has, as far as it is missing."""


class Collector:
    """A thread that works through what writes have left to be collected."""

    def __init__(self, store: CollectedStore) -> None:
        self._store = store
        self._changed = threading.Condition()
        self._queue: dict[Work, None] = {}
        self._busy = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="sandbox-collector", daemon=True)
        self._thread.start()

    @property
    def idle(self) -> bool:
        """Whether there is nothing to collect."""
        with self._changed:
            return self._closed or not (self._queue or self._busy)

    def close(self) -> None:
        """End the thread; what is queued stays undone."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def stored(self, old: Stored | None, new: Stored) -> None:
        """Note an object that was created or changed. Called under the store's lock."""
        if new.deleting:
            self._enqueue_deleting(new)
        changed = old is None or old.owner_references != new.owner_references
        if changed and any(not self._is_solid(new, reference) for reference in new.owner_references):
            self._enqueue(("object", new.uid))
        if old is not None and old.owner_references and old.owner_references != new.owner_references:
            self._enqueue_waiting_owners(old)

    def removed(self, old: Stored) -> None:
        """Note an object that is gone. Called under the store's lock."""
        for dependent in self._store.index.dependents(old.uid):
            self._enqueue(("object", dependent.uid))
        self._enqueue_waiting_owners(old)
        if old.namespace:
            self._enqueue(("namespace", old.namespace))
        if old.resource.is_custom:
            self._enqueue(("definition", old.resource.qualified_plural))

    def _enqueue_deleting(self, new: Stored) -> None:
        if is_namespace(new):
            self._enqueue(("namespace", new.name))
        elif CRD_FINALIZER in new.finalizers:
            self._enqueue(("definition", new.name))
        if {FOREGROUND, ORPHAN, PVC_FINALIZER} & set(new.finalizers):
            self._enqueue(("object", new.uid))

    def _enqueue_waiting_owners(self, old: Stored) -> None:
        for uid in owner_uids(old.owner_references):
            owner = self._store.index.by_uid(uid)
            if owner is not None and owner.deleting and FOREGROUND in owner.finalizers:
                self._enqueue(("object", uid))

    def _enqueue(self, work: Work) -> None:
        with self._changed:
            self._queue[work] = None
            self._changed.notify_all()

    def _run(self) -> None:
        tasks: dict[str, Callable[[str], None]] = {
            "object": self._collect_object,
            "namespace": self._collect_namespace,
            "definition": self._collect_definition,
        }
        while True:
            with self._changed:
                self._busy = False
                self._changed.wait_for(lambda: self._queue or self._closed)
                if self._closed:
                    return
                kind, name = work = next(iter(self._queue))
                del self._queue[work]
                self._busy = True
            try:
                with self._store.lock:
                    tasks[kind](name)
            except ApiError as error:
                _LOG.warning("cannot collect %s %s: %s", kind, name, error)

    def _owner(self, stored: Stored, reference: JSONObject) -> Stored | None:
        owner = self._store.index.by_uid(reference["uid"])
        if owner is None or owner.namespace not in ("", stored.namespace):
            return None
        same = owner.name == reference["name"] and owner.resource.type.kind == reference["kind"]
        return owner if same else None

    def _is_solid(self, stored: Stored, reference: JSONObject) -> bool:
        owner = self._owner(stored, reference)
        return owner is not None and not _waits_for_dependents(owner)

    def _collect_object(self, uid: str) -> None:
        stored = self._store.index.by_uid(uid)
        if stored is None:
            return
        if stored.deleting:
            self._advance_deletion(stored)
            return
        references = stored.owner_references
        owners = [self._owner(stored, reference) for reference in references]
        solid = [
            reference
            for reference, owner in zip(references, owners, strict=True)
            if owner is not None and not _waits_for_dependents(owner)
        ]
        if not references or len(solid) == len(references):
            return
        if solid:
            self._store.rewrite_metadata(stored, "ownerReferences", solid)
            return
        awaited = any(owner is not None for owner in owners)
        if awaited and self._store.index.dependents(uid):
            self._store.discard(stored, "Foreground")
        else:
            self._store.discard(stored, _remembered_propagation(stored))

    def _advance_deletion(self, stored: Stored) -> None:
        finalizers = stored.finalizers
        dependents = self._store.index.dependents(stored.uid)
        if ORPHAN in finalizers:
            for dependent in dependents:
                remaining = [item for item in dependent.owner_references if item["uid"] != stored.uid]
                self._store.rewrite_metadata(dependent, "ownerReferences", remaining)
            self._drop_finalizer(stored, ORPHAN)
        elif FOREGROUND in finalizers:
            if not any(_blocks(dependent, stored) for dependent in dependents):
                self._drop_finalizer(stored, FOREGROUND)
            for dependent in dependents:
                if not dependent.deleting:
                    self._enqueue(("object", dependent.uid))
        elif PVC_FINALIZER in finalizers and stored.resource.type.kind == "PersistentVolumeClaim":
            self._drop_finalizer(stored, PVC_FINALIZER)

    def _drop_finalizer(self, stored: Stored, finalizer: str) -> None:
        remaining = [item for item in stored.finalizers if item != finalizer]
        self._store.rewrite_metadata(stored, "finalizers", remaining)

    def _collect_namespace(self, name: str) -> None:
        index = self._store.index
        namespace = index.named("namespaces", name)
        if namespace is None:
            return
        if not namespace.deleting:
            self._store.furnish_namespace(name)
            return
        for stored in index.in_namespace(name):
            if not stored.deleting:
                self._store.discard(stored, "Background")
        if not index.in_namespace(name):
            self._store.finish_namespace(namespace)

    def _collect_definition(self, name: str) -> None:
        definition = self._store.index.named("customresourcedefinitions.apiextensions.k8s.io", name)
        if definition is None or CRD_FINALIZER not in definition.finalizers or not definition.deleting:
            return
        for stored in self._store.index.of_plural(name):
            if not stored.deleting:
                self._store.discard(stored, "Background")
        if not self._store.index.of_plural(name):
            self._drop_finalizer(definition, CRD_FINALIZER)


def _waits_for_dependents(owner: Stored) -> bool:
    return owner.deleting and FOREGROUND in owner.finalizers


def _blocks(dependent: Stored, owner: Stored) -> bool:
    return any(item["uid"] == owner.uid and item.get("blockOwnerDeletion") for item in dependent.owner_references)


def _remembered_propagation(stored: Stored) -> Propagation:
    if ORPHAN in stored.finalizers:
        return "Orphan"
    return "Foreground" if FOREGROUND in stored.finalizers else "Background"
