"""Watches: every change reaches every handler in order, on one thread of the store."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from tenantry.sandbox.cluster import Event
from tenantry.sandbox.store.index import Stored

_LOG: Final = logging.getLogger(__name__)

EventType = Literal["ADDED", "MODIFIED", "DELETED"]


@dataclass(eq=False, slots=True)
class Watch:
    """One registered handler, which wants objects in one version."""

    plural: str
    api_version: str
    handler: Callable[[Event], Any]
    active: bool = True


class Delivery:
    """Hands events over to handlers.

    ``send`` never waits, so a thread that holds the store's lock may send while a handler waits for locks of its own.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queue: deque[tuple[Watch, EventType, Stored] | threading.Event] = deque()
        self._watches: dict[str, list[Watch]] = {}
        self._busy = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="sandbox-delivery", daemon=True)
        self._thread.start()

    def add(self, watch: Watch, existing: Iterable[Stored]) -> threading.Event:
        """Begin a watch; the answer is set once the existing objects are delivered."""
        delivered = threading.Event()
        with self._changed:
            if threading.current_thread() is self._thread:
                raise RuntimeError("a watch cannot begin in a handler: handlers must not call the cluster")
            self._watches.setdefault(watch.plural, []).append(watch)
            self._queue.extend((watch, "ADDED", stored) for stored in existing)
            self._queue.append(delivered)
            if self._closed:
                delivered.set()
            self._changed.notify_all()
        return delivered

    def remove(self, watch: Watch) -> None:
        """End a watch: nothing is delivered any more, an event that is being handled aside."""
        with self._changed:
            watch.active = False
            watches = self._watches.get(watch.plural, [])
            if watch in watches:
                watches.remove(watch)

    def send(self, event: EventType, stored: Stored) -> None:
        """Deliver a change to everybody who watches its type."""
        with self._changed:
            watches = self._watches.get(stored.resource.qualified_plural)
            if watches:
                self._queue.extend((watch, event, stored) for watch in watches)
                self._changed.notify_all()

    @property
    def idle(self) -> bool:
        """Whether everything that was sent is handled."""
        with self._changed:
            return self._closed or not (self._queue or self._busy)

    def close(self) -> None:
        """End all watches, and the thread."""
        with self._changed:
            self._closed = True
            for item in self._queue:
                if isinstance(item, threading.Event):
                    item.set()
            self._queue.clear()
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.wait_for(lambda: self._queue or self._closed)
                if self._closed:
                    return
                item = self._queue.popleft()
                self._busy = True
            if isinstance(item, threading.Event):
                item.set()
            else:
                _deliver(*item)


def _deliver(watch: Watch, event: EventType, stored: Stored) -> None:
    if not watch.active:
        return
    version = watch.api_version if stored.resource.type.api_version != watch.api_version else ""
    try:
        watch.handler(Event(event, stored.to_json(version)))
    except Exception:  # a handler's bug must not end the watches of others
        _LOG.exception("a watch handler failed on %s %s/%s", watch.plural, stored.namespace, stored.name)
