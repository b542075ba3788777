"""What a loop has done so far, in numbers, and each of its writes for whoever wants to watch."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ResourceType

Verb = Literal["create", "update", "update_status", "patch", "apply", "delete"]


@dataclass(frozen=True, slots=True)
class Write:
    """One successful write of the loop.

    ``before`` is the object as the loop knew it (None if it knew none), ``after`` as the API server answered (None
    after a deletion).
    """

    verb: Verb
    kind: ResourceType
    before: JSONObject | None
    after: JSONObject | None

    @property
    def outcome(self) -> Literal["created", "changed", "unchanged", "deleted"]:
        """What the write did to the object, as far as the loop's knowledge of it was fresh."""
        if self.after is None:
            return "deleted"
        if self.before is None:
            return "created"
        same = self.before["metadata"].get("resourceVersion") == self.after["metadata"].get("resourceVersion")
        return "unchanged" if same else "changed"


Observer = Callable[[Write], Any]


@dataclass
class Statistics:
    """Counters of a loop. Read them at any time; ``snapshot`` answers a consistent copy."""

    syncs: Counter[str] = field(default_factory=Counter)
    """Syncs by controller."""
    parent_syncs: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Syncs by controller and key of the parent."""
    sync_errors: Counter[str] = field(default_factory=Counter)
    """Syncs that ended with an error, by controller."""
    hook_calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Hook calls by controller and hook (``sync``, ``finalize``, ``customize``)."""
    hook_seconds: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Time spent waiting for hooks, by controller and hook."""
    hook_bytes: Counter[str] = field(default_factory=Counter)
    """Bytes of hook bodies: ``request`` and ``answer``."""
    reads: Counter[str] = field(default_factory=Counter)
    """Live reads of single objects, by kind."""
    writes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Writes that the API server accepted, by verb and kind."""
    refusals: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Writes that the API server refused, by verb and kind."""
    events: Counter[str] = field(default_factory=Counter)
    """Watch events received, by kind."""
    skipped: int = 0
    """Applies that were left out because nothing had changed since the last one."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def count(self, counter: Counter[Any], key: Any, amount: Any = 1) -> None:
        """Add to one of the counters."""
        with self._lock:
            counter[key] += amount

    def count_skip(self) -> None:
        """One more apply was left out."""
        with self._lock:
            self.skipped += 1

    @property
    def total_writes(self) -> int:
        """Accepted writes of all kinds; Events about failures are not counted."""
        return sum(number for (_, kind), number in self.snapshot().writes.items() if kind != "Event")

    def snapshot(self) -> Statistics:
        """A copy that does not change any more."""
        with self._lock:
            copies = {name: Counter(getattr(self, name)) for name in _COUNTERS}
            return Statistics(**copies, skipped=self.skipped)

    def since(self, earlier: Statistics) -> Statistics:
        """What was counted after an earlier snapshot."""
        now = self.snapshot()
        differences = {name: getattr(now, name) - getattr(earlier, name) for name in _COUNTERS}
        return Statistics(**differences, skipped=now.skipped - earlier.skipped)


_COUNTERS = (
    "syncs", "parent_syncs", "sync_errors", "hook_calls", "hook_seconds", "hook_bytes", "reads", "writes", "refusals",
    "events",
)  # fmt: skip
