"""One controller at work: what wakes its parents, the workers that sync them, and what follows from a failure."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError
from tenantry.sandbox.loop.children import ChildManager, SkipCache
from tenantry.sandbox.loop.errors import HookBusy, SyncFailed
from tenantry.sandbox.loop.hooks import HookClient
from tenantry.sandbox.loop.informers import Informer, Informers, is_same_version, key_of
from tenantry.sandbox.loop.parents import ParentIndex, is_ours
from tenantry.sandbox.loop.queue import WorkQueue
from tenantry.sandbox.loop.recording import EventRecorder
from tenantry.sandbox.loop.related import RelatedRules
from tenantry.sandbox.loop.relations import Relations
from tenantry.sandbox.loop.spec import ControllerSpec
from tenantry.sandbox.loop.statistics import Statistics
from tenantry.sandbox.loop.sync import ParentSync
from tenantry.sandbox.loop.writer import Writer

log = logging.getLogger(__name__)

SYNC_ERROR = "SyncError"


@dataclass(frozen=True, slots=True)
class Shared:
    """What all controllers of a loop use together."""

    informers: Informers
    writer: Writer
    skip: SkipCache
    events: EventRecorder
    statistics: Statistics
    workers: int
    """Syncs at a time, for each controller."""


class Controller:
    """A running CompositeController. It begins to work with ``start``."""

    def __init__(self, spec: ControllerSpec, shared: Shared) -> None:
        self.spec = spec
        self._shared = shared
        self._queue = WorkQueue()
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self._hooks = HookClient(spec.name, shared.statistics, connections=shared.workers + 2)
        writer, informers = shared.writer, shared.informers
        parent_kind = writer.resource_type(spec.parent_api_version, plural=spec.parent_resource)
        child_kinds = [writer.resource_type(rule.api_version, plural=rule.resource) for rule in spec.children]
        methods = {(kind.group, kind.kind): rule.method for kind, rule in zip(child_kinds, spec.children, strict=True)}
        self._parents: Informer = informers.acquire(parent_kind)
        self._children = [informers.acquire(kind) for kind in child_kinds]
        self._index = ParentIndex(spec, self._parents)
        self._relations = Relations(
            self._ask_customize if spec.customize is not None else None,
            parents=self._parents, informers=informers, writer=writer, enqueue=self._enqueue,
        )  # fmt: skip
        self._sync = ParentSync(
            spec, parents=self._parents, children=self._children, relations=self._relations, writer=writer,
            hooks=self._hooks, manager=ChildManager(writer, shared.skip, shared.statistics, methods),
        )  # fmt: skip

    def start(self) -> None:
        """Listen to parents and children, and let the workers begin."""
        self._parents.add_handler(self._parent_changed)
        for informer in self._children:
            informer.add_handler(self._child_changed)
        targets = [self._work] * self._shared.workers + ([self._resync_all] if self.spec.resync_period else [])
        self._threads = [
            threading.Thread(target=target, name=f"{self.spec.name} {number}", daemon=True)
            for number, target in enumerate(targets)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the syncs that are under way and let go of everything. The objects stay as they are."""
        self._stopped.set()
        self._queue.close()
        for thread in self._threads:
            thread.join()
        self._parents.remove_handler(self._parent_changed)
        for informer in self._children:
            informer.remove_handler(self._child_changed)
        self._relations.close()
        for informer in [self._parents, *self._children]:
            self._shared.informers.release(informer)
        self._hooks.close()

    def idle(self, horizon: float) -> bool:
        """Whether no parent waits or is being synced, nor will within ``horizon`` seconds."""
        return self._queue.idle(horizon)

    def enqueue(self, key: str) -> None:
        """Sync the parent with this key (``namespace/name``, or a name) soon, whatever happens otherwise."""
        self._queue.add(key)

    def _enqueue(self, parent: JSONObject) -> None:
        if is_ours(self.spec, parent):
            self._queue.add(key_of(parent))

    def _parent_changed(self, old: JSONObject | None, new: JSONObject | None) -> None:
        self._index.changed(old, new)
        if new is None and old is not None:
            self._relations.forget(old)
            self._enqueue(old)
        elif new is not None and not self._is_ignored(old, new):
            self._enqueue(new)

    def _is_ignored(self, old: JSONObject | None, new: JSONObject) -> bool:
        """Whether the controller ignores changes of status, and this is nothing else."""
        if not self.spec.ignore_status_changes or old is None or "deletionTimestamp" in new["metadata"]:
            return False
        before, after = old["metadata"], new["metadata"]
        return all((before.get(each) or None) == (after.get(each) or None) for each in _WHAT_COUNTS)

    def _child_changed(self, old: JSONObject | None, new: JSONObject | None) -> None:
        child = new if new is not None else old
        if child is None or (old is not None and new is not None and is_same_version(old, new)):
            return
        for parent in self._index.concerned_by(child, gone=new is None):
            self._enqueue(parent)

    def _work(self) -> None:
        while (key := self._queue.get()) is not None:
            try:
                self._sync_key(key)
            finally:
                self._queue.done(key)

    def _sync_key(self, key: str) -> None:
        parent = self._parents.get(key)
        if parent is None:
            self._queue.forget(key)
            return
        statistics = self._shared.statistics
        statistics.count(statistics.syncs, self.spec.name)
        statistics.count(statistics.parent_syncs, (self.spec.name, key))
        try:
            self._sync.sync(parent, lambda seconds: self._queue.add_after(key, seconds))
        except HookBusy as busy:
            self._queue.add_after(key, busy.seconds)
        except (SyncFailed, ApiError) as error:
            self._failed(parent, key, str(error))
        except Exception as error:
            # A worker that dies would stop the others' parents too; the log tells that it is a bug of the loop.
            log.exception("the sync of %s %s broke down", self._parents.kind, key)
            self._failed(parent, key, f"{type(error).__name__}: {error}")
        else:
            self._queue.forget(key)

    def _failed(self, parent: JSONObject, key: str, message: str) -> None:
        statistics = self._shared.statistics
        statistics.count(statistics.sync_errors, self.spec.name)
        log.warning("failed to sync %s %s: %s", self._parents.kind, key, message)
        self._shared.events.warn(parent, SYNC_ERROR, f"Sync error: {message}")
        self._queue.add_rate_limited(key)

    def _resync_all(self) -> None:
        while not self._stopped.wait(max(1.0, self.spec.resync_period)):
            for parent in self._parents.all():
                self._enqueue(parent)

    def _ask_customize(self, parent: JSONObject) -> RelatedRules:
        if self.spec.customize is None:
            raise SyncFailed(f"controller {self.spec.name} has no customize hook")
        return self._hooks.customize(self.spec.customize, {"controller": self.spec.source, "parent": parent})


_WHAT_COUNTS = ("generation", "labels", "annotations")
