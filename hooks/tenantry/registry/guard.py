"""The guard against mass deletion: which tenants without an active row may go, and which wait for a person.

A tenant passes the guard once, when it is deactivated; without a grace period that is when it is removed. What passed
without approval is written into a ledger, and no more than the limit may be in it for the length of a window. What is
beyond is *blocked*: it stays as it is. Blocked tenants do not trickle out window by window. They go when a person
approves exactly them, or when all of them together fit into what a window leaves.

Everything here is a pure function of plain data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import orjson

from tenantry.kinds.amount import is_all, rounded_down
from tenantry.protocol import JSONObject
from tenantry.registry.moments import moment, seconds_apart

MAX_ENTRIES: Final = 500
"""So many times the ledger tells apart: it has to fit into a slice."""

UNLIMITED: Final = -1
"""The limit under which everything may go."""


@dataclass(frozen=True, slots=True)
class Missing:
    """The tenants without an active row that have not passed the guard."""

    new: frozenset[str]
    """uids that no poll missed before."""
    blocked: Mapping[str, str]
    """uid → since when, for those that were blocked before and are missing still."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the guard says about the tenants whose row is missing."""

    passed: frozenset[str]
    """uids that may go, and count."""
    approved: frozenset[str]
    """uids that may go because a person said so, and do not count."""
    blocked: frozenset[str]
    """uids that stay until somebody approves their removal."""

    @property
    def allowed(self) -> frozenset[str]:
        """All that may go."""
        return self.passed | self.approved


def limit_of(max_deletions: int | str, existing: int) -> int:
    """How many tenants may go in a window, of so many that exist. ``UNLIMITED`` for 100%."""
    return UNLIMITED if is_all(max_deletions) else rounded_down(max_deletions, existing)


def budget_of(limit: int, spent: int) -> int:
    """How many may still go now; ``UNLIMITED`` if everything may."""
    return UNLIMITED if limit == UNLIMITED else max(limit - spent, 0)


def spent(ledger: Iterable[Mapping[str, Any]], window: float, *, now: datetime) -> int:
    """How many tenants passed within the last ``window`` seconds."""
    return sum(entry["count"] for entry in ledger if is_recent(entry, window, now=now))


def is_recent(entry: Mapping[str, Any], window: float, *, now: datetime) -> bool:
    """Whether an entry of the ledger counts: a time in the future, by a clock that is ahead, does too."""
    return seconds_apart(now, moment(entry.get("time"))) < window


def merged(entries: Iterable[Mapping[str, Any]]) -> list[JSONObject]:
    """Entries of the ledger with those of one time added up, in order of time."""
    counts: Counter[str] = Counter()
    for entry in entries:
        counts[entry["time"]] += entry["count"]
    return [{"time": time, "count": counts[time]} for time in sorted(counts)]


def shortened(entries: list[JSONObject]) -> list[JSONObject]:
    """A ledger of at most ``MAX_ENTRIES``: of older ones, two count together as if both had been at the later time."""
    entries = list(entries)
    while len(entries) > MAX_ENTRIES:
        earlier, later = entries[:2]
        entries[:2] = [{"time": later["time"], "count": earlier["count"] + later["count"]}]
    return entries


def judge(missing: Missing, *, existing: int, leaving: int, budget: int, approval: bool) -> Verdict:
    """Who may go. ``existing`` tenants there are in all, ``leaving`` of them passed before and are not gone yet.

    ``budget`` is what the limit leaves (``UNLIMITED``: everything may go); ``approval`` tells whether a person approved
    the tenants that were blocked before. When no tenant at all has a row, nobody goes without approval: an empty result
    is far more often a mistake (a table being loaded, the wrong file) than a wish.
    """
    before = frozenset(missing.blocked)
    everybody = missing.new | before
    if budget == UNLIMITED:
        return Verdict(everybody, frozenset(), frozenset())
    nobody_left = existing > 1 and len(everybody) + leaving >= existing
    approved = before if approval else frozenset()
    waiting = everybody - approved
    if nobody_left:
        passed: frozenset[str] = frozenset()
    elif len(waiting) <= budget:
        passed = waiting
    else:
        passed = frozenset(sorted(missing.new)[:budget])
    return Verdict(passed, approved, waiting - passed)


def digest_of(blocked: Mapping[str, str]) -> str:
    """Ten hex digits for blocked tenants and since when each is blocked; empty if there are none.

    The times make an approval good for one occasion: an old one that nobody took away approves nothing.
    """
    if not blocked:
        return ""
    return sha256(orjson.dumps(sorted(blocked.items()))).hexdigest()[:10]
