"""One part of a measurement after the other: something changes, and all that follows is counted until it is quiet."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol

from tenantry.conditions import ConditionType, find_condition
from tenantry.names import API_VERSION
from tenantry.sandbox.cluster import Event
from tests.bench.fleet.audit import DRIVERS, Request
from tests.bench.fleet.plane import Plane
from tests.bench.fleet.usage import Usage, usage_of

QUIET_SECONDS: Final = 4.0
"""So long Metacontroller, or the loop, writes nothing but the note that a registry polled."""
LOOK_SECONDS: Final = 0.5
_READS: Final = ("get", "list")


@dataclass
class Part:
    """What was seen of one part."""

    title: str
    tenants: int
    seconds: dict[str, float] = field(default_factory=dict)
    """Moments by what they mean, since the beginning."""
    requests: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By client, verb and resource."""
    refused: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Requests of the driver that were not answered with success, by resource and code."""
    calls: Counter[str] = field(default_factory=Counter)
    """Hook calls by path."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """Hook calls by what became of them."""
    usage: dict[str, Usage] = field(default_factory=dict)

    def of_driver(self, *, verb: str = "", resource: str = "") -> int:
        """Requests of Metacontroller or the loop, of one verb or about one resource."""
        return sum(
            number
            for (client, asked, about), number in self.requests.items()
            if client in DRIVERS and verb in ("", asked) and resource in ("", about)
        )


class Watch(Protocol):
    """Who says when all tenants are ready."""

    def ready(self, tenants: int) -> bool:
        """Whether so many tenants, and so all of them, are Ready."""

    @property
    def told(self) -> str:
        """What is said, for an error."""

    @property
    def since(self) -> float | None:
        """When all became ready (monotonic seconds); nothing where nobody sums them up."""


class RegistryWatch:
    """When the registry turned Ready, and whether it is."""

    def __init__(self, plane: Plane) -> None:
        self._lock = threading.Lock()
        self._since: float | None = None
        self._ready = 0
        self._stop = plane.cluster.watch(plane.cluster.resource_type(API_VERSION, kind="TenantRegistry"), self._see)

    def ready(self, tenants: int) -> bool:
        """Whether it says that so many tenants, and so all of them, are Ready."""
        with self._lock:
            return self._since is not None and self._ready == tenants

    @property
    def told(self) -> str:
        """What it says, for an error."""
        with self._lock:
            return f"the registry says that {self._ready:,} tenants are ready"

    @property
    def since(self) -> float | None:
        """When it turned Ready (monotonic seconds)."""
        with self._lock:
            return self._since

    def close(self) -> None:
        """Watch no longer."""
        self._stop()

    def _see(self, event: Event) -> None:
        status = event.object.get("status") or {}
        ready = (find_condition(status, ConditionType.READY) or {}).get("status") == "True"
        with self._lock:
            self._ready = (status.get("tenants") or {}).get("ready", 0)
            if not ready:
                self._since = None
            elif self._since is None:
                self._since = time.monotonic()


class Course:
    """Measures parts, one after the other, on one control plane."""

    def __init__(self, plane: Plane, watch: Watch, *, tenants: int) -> None:
        self._plane = plane
        self._watch = watch
        self._tenants = tenants

    def change(self, title: str, change: Callable[[], None], *, resources: tuple[str, ...], timeout: float) -> Part:
        """Change something, and count until it reached these resources of every tenant and all is quiet.

        Raises ``TimeoutError``.
        """
        begin = _Begin(self._plane)
        part = Part(title, self._tenants)
        change()
        reached: set[str] = set()
        expected = self._tenants * len(resources)
        last_write = time.monotonic()
        while True:
            time.sleep(LOOK_SECONDS)
            for request in self._news(part):
                if not _is_write(request):
                    continue
                last_write = time.monotonic()
                part.seconds["last write"] = (request.time - begin.at).total_seconds()
                if request.resource in resources and request.key not in reached:
                    reached.add(request.key)
                    part.seconds["reached all"] = part.seconds["last write"]
            everything = len(reached) >= expected and self._watch.ready(self._tenants)
            if everything and time.monotonic() - last_write >= QUIET_SECONDS:
                break
            if time.monotonic() - begin.moment > timeout:
                reach = f"{len(reached):,} of {expected:,} objects are reached"
                raise TimeoutError(f"{title}: after {timeout:.0f} s {reach}, {self._watch.told}")
        since = self._watch.since
        if since is not None and since > begin.moment:
            part.seconds["registry Ready"] = since - begin.moment
        begin.finish(part)
        return part

    def idle(self, seconds: float) -> Part:
        """Count while nothing happens."""
        begin = _Begin(self._plane)
        part = Part("idle", self._tenants)
        time.sleep(seconds)
        self._news(part)
        part.seconds["length"] = time.monotonic() - begin.moment
        begin.finish(part)
        return part

    def forget(self) -> None:
        """What was asked so far is of no part."""
        self._plane.audit.news()

    def _news(self, part: Part) -> list[Request]:
        news = self._plane.audit.news()
        for request in news:
            part.requests[request.client, request.verb, request.resource] += 1
            if request.code >= 300 and request.client in DRIVERS:
                part.refused[request.resource, request.code] += 1
        return news


class _Begin:
    """What programs had used when a part began."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane
        self._position = plane.hooks.position()
        self._usage = usage_of(plane.pids)
        self.moment = time.monotonic()
        self.at = datetime.now(UTC)

    def finish(self, part: Part) -> None:
        """Note what they used since, and the hooks that were called."""
        used = usage_of(self._plane.pids)
        part.usage = {name: usage.since(self._usage[name]) for name, usage in used.items()}
        for call in self._plane.hooks.calls(since=self._position):
            part.calls[f"{call.controller}/{call.hook}"] += 1
            part.outcomes[call.outcome] += 1


def _is_write(request: Request) -> bool:
    """Whether the driver changed something, the registry's note of a poll aside."""
    return (
        request.client in DRIVERS
        and request.verb not in _READS
        and 200 <= request.code < 300
        and request.resource not in ("tenantregistries/status", "events", "leases", "")
    )
