"""The loop of a composite controller: it watches, asks hooks over HTTP, applies and deletes, as Metacontroller does.

It follows Metacontroller 4.17 run with ``--apply-strategy=server-side-apply``, its weaknesses included: caches lag
behind, labels of objects with a generation are not repaired, a status is written right after the children. What works
with this loop therefore works in production; it is a tool for development, previews and tests all the same.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import Cluster
from tenantry.sandbox.loop.children import SkipCache
from tenantry.sandbox.loop.controller import Controller, Shared
from tenantry.sandbox.loop.informers import Informers
from tenantry.sandbox.loop.recording import EventRecorder
from tenantry.sandbox.loop.spec import ControllerSpec, ControllerSpecError
from tenantry.sandbox.loop.statistics import Observer, Statistics, Write
from tenantry.sandbox.loop.writer import Writer

__all__ = ["ControllerLoop", "ControllerSpecError", "Observer", "Statistics", "Write"]

HORIZON = 3.0
"""Delayed syncs further away than these seconds do not keep a loop from being called idle."""

POLL_SECONDS = 0.02


class ControllerLoop:
    """Runs CompositeControllers on a cluster.

    ``base_url`` replaces scheme, host and port of the hook URLs in the controllers. ``workers`` is the number of syncs
    at a time for each controller. ``observers`` are called with every write, on the thread that made it.
    """

    def __init__(
        self,
        cluster: Cluster,
        *,
        base_url: str = "",
        workers: int = 5,
        field_manager: str = "metacontroller",
        observers: Sequence[Observer] = (),
    ) -> None:
        self.statistics = Statistics()
        self._base_url = base_url
        self._observers = list(observers)
        self._informers = Informers(cluster, self.statistics)
        writer = Writer(cluster, self.statistics, self._observers, field_manager=field_manager)
        events = EventRecorder(writer, source="metacontroller")
        self._shared = Shared(self._informers, writer, SkipCache(), events, self.statistics, workers)
        self._lock = threading.Lock()
        self._specs: dict[str, ControllerSpec] = {}
        self._running: dict[str, Controller] = {}
        self._started = False

    def observe(self, observer: Observer) -> None:
        """Call ``observer`` with every write from now on."""
        self._observers.append(observer)

    def add_controller(self, obj: JSONObject) -> None:
        """Run a CompositeController, now or with ``start``; one of the same name is replaced.

        Raises ``ControllerSpecError`` for what the loop cannot run, and ``NotFound`` (when running) if the parent's or
        a child's resource type is not served.
        """
        spec = ControllerSpec.parse(obj, base_url=self._base_url)
        with self._lock:
            self._specs[spec.name] = spec
            if self._started:
                self._stop(spec.name)
                self._run(spec)

    def remove_controller(self, name: str) -> None:
        """Run it no more. Finalizers stay on its parents, as with Metacontroller."""
        with self._lock:
            self._specs.pop(name, None)
            self._stop(name)

    def start(self) -> None:
        """Start all controllers. Raises ``NotFound`` if a resource type is not served."""
        with self._lock:
            if self._started:
                return
            self._started = True
            for spec in self._specs.values():
                self._run(spec)

    def stop(self) -> None:
        """Finish the syncs under way and stop. A new loop on the same cluster goes on where this one ended."""
        with self._lock:
            self._started = False
            for name in list(self._running):
                self._stop(name)

    def enqueue(self, controller: str, key: str) -> None:
        """Sync one parent soon, without waiting for a change."""
        with self._lock:
            self._running[controller].enqueue(key)

    @property
    def idle(self) -> bool:
        """Whether nothing is queued, running, or due within three seconds."""
        return self.is_idle(HORIZON)

    def is_idle(self, horizon: float) -> bool:
        """Whether nothing is queued or running, ignoring delayed syncs further than ``horizon`` seconds away."""
        with self._lock:
            controllers = list(self._running.values())
        return self._informers.idle and all(each.idle(horizon) for each in controllers)

    def wait_until_quiet(self, timeout: float, *, quiet_for: float = 0.3, horizon: float = HORIZON) -> bool:
        """Wait until the loop has been idle, without any event or sync, for ``quiet_for`` seconds.

        False if that does not happen within ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        seen, since = self._activity(), time.monotonic()
        while time.monotonic() < deadline:
            activity = self._activity()
            if activity != seen or not self.is_idle(horizon):
                seen, since = activity, time.monotonic()
            elif time.monotonic() - since >= quiet_for:
                return True
            time.sleep(POLL_SECONDS)
        return False

    def _activity(self) -> tuple[int, int]:
        statistics = self.statistics.snapshot()
        return sum(statistics.events.values()), sum(statistics.syncs.values())

    def _run(self, spec: ControllerSpec) -> None:
        controller = Controller(spec, self._shared)
        controller.start()
        self._running[spec.name] = controller

    def _stop(self, name: str) -> None:
        controller = self._running.pop(name, None)
        if controller is not None:
            controller.stop()
