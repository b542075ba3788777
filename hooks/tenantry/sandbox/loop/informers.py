"""Informers: what the loop believes to exist, kept by watching and therefore always a little behind.

One informer a resource type serves all controllers. Its cache changes on the cluster's watch thread; those who asked
to be told are told later, in order, on a thread of the informer, as in client-go.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import Cluster, Event, ResourceType
from tenantry.sandbox.loop.selectors import LabelSelector, labels_of
from tenantry.sandbox.loop.statistics import Statistics

log = logging.getLogger(__name__)

Change = Callable[[JSONObject | None, JSONObject | None], Any]
"""Told about a change with the object before (None: added) and after (None: deleted)."""

Pair = tuple[str, str]


def cache_key(namespace: str, name: str) -> str:
    """``namespace/name``, or the bare name of a cluster-scoped object."""
    return f"{namespace}/{name}" if namespace else name


def key_of(obj: JSONObject) -> str:
    """The cache key of an object."""
    metadata = obj["metadata"]
    return cache_key(metadata.get("namespace", ""), metadata["name"])


def is_same_version(old: JSONObject, new: JSONObject) -> bool:
    """Whether an object was only listed again, unchanged."""
    return bool(old["metadata"]["resourceVersion"] == new["metadata"]["resourceVersion"])


def controller_of(obj: JSONObject) -> JSONObject | None:
    """The owner reference with ``controller: true``, if the object has one."""
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            found: JSONObject = reference
            return found
    return None


class ObjectCache:
    """Objects of one type, found by key, by namespace, by controlling owner, and orphans by label.

    Not safe by itself: the informer's lock guards it.
    """

    def __init__(self) -> None:
        self.objects: dict[str, JSONObject] = {}
        self.by_namespace: defaultdict[str, dict[str, JSONObject]] = defaultdict(dict)
        self.by_owner: defaultdict[str, dict[str, JSONObject]] = defaultdict(dict)
        self.orphans: dict[str, JSONObject] = {}
        self.orphans_by_label: defaultdict[Pair, dict[str, JSONObject]] = defaultdict(dict)

    def put(self, obj: JSONObject) -> JSONObject | None:
        """Take an object in, and answer the one that it replaces."""
        key = key_of(obj)
        old = self.remove(key)
        self.objects[key] = obj
        self.by_namespace[obj["metadata"].get("namespace", "")][key] = obj
        owner = controller_of(obj)
        if owner is not None:
            self.by_owner[owner["uid"]][key] = obj
        else:
            self.orphans[key] = obj
            for pair in labels_of(obj).items():
                self.orphans_by_label[pair][key] = obj
        return old

    def remove(self, key: str) -> JSONObject | None:
        """Take an object out, and answer it."""
        old = self.objects.pop(key, None)
        if old is None:
            return None
        _drop(self.by_namespace, old["metadata"].get("namespace", ""), key)
        owner = controller_of(old)
        if owner is not None:
            _drop(self.by_owner, owner["uid"], key)
        else:
            del self.orphans[key]
            for pair in labels_of(old).items():
                _drop(self.orphans_by_label, pair, key)
        return old


class Informer:
    """The cache of one resource type and those who want to hear of its changes."""

    def __init__(self, cluster: Cluster, kind: ResourceType, statistics: Statistics) -> None:
        self.kind = kind
        self._cluster = cluster
        self._statistics = statistics
        self._lock = threading.Lock()
        self._cache = ObjectCache()
        self._handlers: list[Change] = []
        self._news: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._untold = 0
        self._stop_watch: Callable[[], None] | None = None
        self._teller = threading.Thread(target=self._tell, name=f"informer {kind}", daemon=True)

    def start(self) -> None:
        """Fill the cache and follow the cluster from then on. Returns when the cache is complete."""
        self._teller.start()
        self._stop_watch = self._cluster.watch(self.kind, self._receive)

    def stop(self) -> None:
        """Follow no more. Nobody is told anything afterwards."""
        if self._stop_watch is not None:
            self._stop_watch()
        with self._lock:
            self._handlers.clear()
        self._news.put(None)

    def add_handler(self, handler: Change) -> None:
        """Tell this handler of every object that exists now, then of each change."""
        with self._lock:
            self._handlers.append(handler)
            for obj in self._cache.objects.values():
                self._enqueue(handler, None, obj)

    def remove_handler(self, handler: Change) -> None:
        """Tell this handler nothing more."""
        with self._lock:
            if handler in self._handlers:
                self._handlers.remove(handler)

    @property
    def idle(self) -> bool:
        """Whether everybody has been told everything that arrived."""
        return self._untold == 0

    def get(self, key: str) -> JSONObject | None:
        """The cached object with this key."""
        with self._lock:
            return self._cache.objects.get(key)

    def all(self) -> list[JSONObject]:
        """Every cached object."""
        with self._lock:
            return list(self._cache.objects.values())

    def owned_by(self, uid: str, *, namespace: str = "") -> list[JSONObject]:
        """The objects whose controlling owner has this uid."""
        with self._lock:
            return _within(self._cache.by_owner.get(uid, {}), namespace)

    def orphans(self, selector: LabelSelector, *, namespace: str = "") -> list[JSONObject]:
        """Selected objects without a controlling owner."""
        with self._lock:
            # Any pair of a selector narrows the search to what could match; without one all orphans could.
            pair = selector.pairs[0] if selector.pairs else None
            found = self._cache.orphans_by_label.get(pair, {}) if pair else self._cache.orphans
            candidates = _within(found, namespace)
        return [obj for obj in candidates if selector.matches(labels_of(obj))]

    def select(self, selector: LabelSelector, *, namespace: str = "") -> list[JSONObject]:
        """Selected objects, of one namespace if given."""
        with self._lock:
            objects = self._cache.by_namespace.get(namespace, {}) if namespace else self._cache.objects
            candidates = list(objects.values())
        return [obj for obj in candidates if selector.matches(labels_of(obj))]

    def _receive(self, event: Event) -> None:
        self._statistics.count(self._statistics.events, self.kind.kind)
        with self._lock:
            if event.type == "DELETED":
                old, new = self._cache.remove(key_of(event.object)), None
            else:
                old, new = self._cache.put(event.object), event.object
            for handler in self._handlers:
                self._enqueue(handler, old if old is not None or new is not None else event.object, new)

    def _enqueue(self, handler: Change, old: JSONObject | None, new: JSONObject | None) -> None:
        self._untold += 1
        self._news.put(lambda: handler(old, new))

    def _tell(self) -> None:
        while (tell := self._news.get()) is not None:
            try:
                tell()
            except Exception:
                # One controller's failure to take note must not deafen the others.
                log.exception("a handler failed on a change of %s", self.kind)
            finally:
                with self._lock:
                    self._untold -= 1


class Informers:
    """The informers of a loop, made on first use and ended when nobody uses them any more."""

    def __init__(self, cluster: Cluster, statistics: Statistics) -> None:
        self._cluster = cluster
        self._statistics = statistics
        self._lock = threading.Lock()
        self._informers: dict[ResourceType, Informer] = {}
        self._users: defaultdict[ResourceType, int] = defaultdict(int)

    def acquire(self, kind: ResourceType) -> Informer:
        """The informer of a type, with a complete cache. Each call needs one ``release``."""
        with self._lock:
            informer = self._informers.get(kind)
            if informer is None:
                informer = Informer(self._cluster, kind, self._statistics)
                informer.start()
                self._informers[kind] = informer
            self._users[kind] += 1
            return informer

    def release(self, informer: Informer) -> None:
        """Say that one user is done with an informer; after the last one its watch ends."""
        with self._lock:
            self._users[informer.kind] -= 1
            if self._users[informer.kind] > 0:
                return
            del self._users[informer.kind]
            self._informers.pop(informer.kind, None)
        informer.stop()

    @property
    def idle(self) -> bool:
        """Whether no informer has news that were not told yet."""
        with self._lock:
            return all(informer.idle for informer in self._informers.values())


def _within(objects: dict[str, JSONObject], namespace: str) -> list[JSONObject]:
    if not namespace:
        return list(objects.values())
    return [obj for obj in objects.values() if obj["metadata"].get("namespace") == namespace]


def _drop(index: defaultdict[Any, dict[str, JSONObject]], entry: Any, key: str) -> None:
    """Remove a key from an index, and the entry with its last key."""
    keys = index[entry]
    keys.pop(key, None)
    if not keys:
        del index[entry]
