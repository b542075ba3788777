"""Workloads without nodes: writes the status that controllers and kubelets would, so that tenants can become ready.

Works on any ``Cluster``: the in-process one, and a real API server beside which no node runs. It can be told that some
workloads fail or never finish starting.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Self

import orjson

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, Cluster, Event, NotFound, ResourceType
from tenantry.sandbox.loop.informers import key_of
from tenantry.sandbox.loop.queue import WorkQueue
from tenantry.sandbox.workload_status import RULES, Health, StatusRule

log = logging.getLogger(__name__)

FIELD_MANAGER = "workload-simulator"

Predicate = Callable[[JSONObject], bool]


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Which objects are in which health."""

    applies: Predicate
    health: Health


class Workloads:
    """Simulates what happens behind Deployments, StatefulSets, DaemonSets, Jobs, claims, load balancers and Ingresses.

    ``delay`` is how many seconds a workload takes to get ready after each change of its spec. Status is written only
    when it differs.
    """

    def __init__(self, cluster: Cluster, *, delay: float = 0.0) -> None:
        self._cluster = cluster
        self._delay = delay
        self._queue = WorkQueue()
        self._lock = threading.Lock()
        self._objects: dict[str, JSONObject] = {}
        self._kinds: dict[str, tuple[ResourceType, StatusRule]] = {}
        self._changed: dict[str, tuple[str, int, float]] = {}
        self._verdicts: list[_Verdict] = []
        self._stops: list[Callable[[], None]] = []
        self._worker = threading.Thread(target=self._work, name="workloads", daemon=True)
        self.writes = 0
        """Status writes so far."""

    def start(self) -> Self:
        """Take care of every workload from now on, the existing ones included."""
        for (api_version, kind_name), rule in RULES.items():
            kind = self._cluster.resource_type(api_version, kind=kind_name)
            self._kinds[str(kind)] = (kind, rule)
            self._stops.append(self._cluster.watch(kind, self._receive))
        self._worker.start()
        return self

    def stop(self) -> None:
        """Write no more."""
        for stop in self._stops:
            stop()
        self._stops.clear()
        self._queue.close()
        if self._worker.is_alive():
            self._worker.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def fail(self, kind: str, namespace: str = "*", name: str = "*") -> None:
        """Let workloads fail: a Deployment exceeds its progress deadline, a Job fails, others stay unready.

        ``namespace`` and ``name`` may be shell patterns. The verdict given last counts.
        """
        self._judge(_Verdict(_by_name(kind, namespace, name), Health.FAILED))

    def hold(self, kind: str, namespace: str = "*", name: str = "*") -> None:
        """Let workloads keep starting without ever getting ready."""
        self._judge(_Verdict(_by_name(kind, namespace, name), Health.STARTING))

    def heal(self, kind: str = "*", namespace: str = "*", name: str = "*") -> None:
        """Let workloads become ready, whatever was said before. A Job that failed stays failed."""
        self._judge(_Verdict(_by_name(kind, namespace, name), Health.READY))

    def fail_when(self, predicate: Predicate) -> None:
        """Let every workload fail for which ``predicate`` is true. It is called with the whole object."""
        self._judge(_Verdict(predicate, Health.FAILED))

    def hold_when(self, predicate: Predicate) -> None:
        """Let every workload keep starting for which ``predicate`` is true."""
        self._judge(_Verdict(predicate, Health.STARTING))

    @property
    def idle(self) -> bool:
        """Whether there is nothing left to write, as far as is known, delayed writes included."""
        return self._queue.idle(float("inf"))

    def _judge(self, verdict: _Verdict) -> None:
        with self._lock:
            self._verdicts.append(verdict)
            keys = list(self._objects)
        for key in keys:
            self._queue.add(key)

    def _receive(self, event: Event) -> None:
        obj = event.object
        key = f"{obj['kind']}.{obj['apiVersion']} {key_of(obj)}"
        with self._lock:
            if event.type == "DELETED":
                self._objects.pop(key, None)
                self._changed.pop(key, None)
                return
            self._objects[key] = obj
        self._queue.add(key)

    def _work(self) -> None:
        while (key := self._queue.get()) is not None:
            try:
                self._update(key)
            except NotFound:  # deleted meanwhile
                self._queue.forget(key)
            except ApiError as error:
                log.debug("status of %s is not written now: %s", key, error)
                self._queue.add_rate_limited(key)
            else:
                self._queue.forget(key)
            finally:
                self._queue.done(key)

    def _update(self, key: str) -> None:
        with self._lock:
            obj = self._objects.get(key)
            verdicts = list(self._verdicts)
        if obj is None or "deletionTimestamp" in obj["metadata"]:
            return
        kind, rule = self._kinds[key.partition(" ")[0]]
        status = rule(obj, self._health(key, obj, verdicts), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        if status is None or _canonical(status) == _canonical(obj.get("status") or {}):
            return
        self._cluster.update_status(kind, {**obj, "status": status}, field_manager=FIELD_MANAGER)
        self.writes += 1

    def _health(self, key: str, obj: JSONObject, verdicts: list[_Verdict]) -> Health:
        """What the last applicable verdict says; ready by default, once the delay since the last change is over."""
        health = next((each.health for each in reversed(verdicts) if each.applies(obj)), Health.READY)
        if self._delay <= 0 or health is Health.STARTING:
            return health
        metadata, now = obj["metadata"], time.monotonic()
        change = (metadata["uid"], metadata.get("generation", 0))
        seen = self._changed.get(key)
        if seen is None or seen[:2] != change:
            seen = self._changed[key] = (*change, now)
        remaining = seen[2] + self._delay - now
        if remaining <= 0:
            return health
        self._queue.add_after(key, remaining)
        return Health.STARTING


def _by_name(kind: str, namespace: str, name: str) -> Predicate:
    def applies(obj: JSONObject) -> bool:
        metadata = obj["metadata"]
        return (
            fnmatchcase(obj["kind"], kind)
            and fnmatchcase(metadata.get("namespace", ""), namespace)
            and fnmatchcase(metadata["name"], name)
        )

    return applies


def _canonical(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
