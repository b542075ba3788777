"""Tenants without an active row, on their way out: missed, blocked or deactivated, and removed in the end.

What is remembered of them travels in the slices: an entry for each in ``missing``, with the time from which it counts.
An entry that is blocked changes nothing about its tenant. Any other stands for a tenant that passed the guard: it is
inactive, and is removed by the first good poll after its grace period that misses its row still.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tenantry.conditions import timestamp
from tenantry.kinds.amount import seconds_in
from tenantry.kinds.registry import Safety
from tenantry.protocol import JSONObject
from tenantry.registry.guard import Missing, budget_of, digest_of, is_recent, judge, limit_of, merged, spent
from tenantry.registry.moments import moment
from tenantry.registry.slices import Content, is_same


@dataclass(frozen=True, slots=True)
class Leave:
    """What becomes of the tenants without an active row."""

    entries: Mapping[str, JSONObject]
    """uid → what is remembered of it."""
    due: frozenset[str]
    """uids whose grace period is over."""
    passed: frozenset[str]
    """uids that passed the guard just now, without approval."""
    inactive: frozenset[str]
    """uids that passed the guard, now or before."""


def take_leave(
    missing: Collection[str],
    existing: Collection[str],
    usable: Container[str],
    contents: Collection[Content],
    safety: Safety,
    *,
    approved: str,
    now: datetime,
) -> Leave:
    """Let the guard look at ``missing``, the tenants that a good poll shows no active row of.

    ``existing`` are all tenants of the registry, and those of them that are neither missing nor ``usable`` have a row
    that says nothing: they stay as far on their way as they are. ``approved`` is the digest that a person wrote on it.
    """
    known = {entry["uid"]: entry for content in contents for entry in content.missing}
    still = {uid: known[uid] for uid in missing if uid in known}
    leaving = {uid: entry for uid, entry in still.items() if not entry.get("blocked")}
    blocked = {uid: str(entry["missingSince"]) for uid, entry in still.items() if entry.get("blocked")}
    ledger = (entry for content in contents for entry in content.ledger)
    # New rows, and a block that lasts, must not raise the limit: it goes by what there was when the block began.
    tenants = min([len(existing), *(entry["of"] for entry in known.values() if entry.get("of"))])
    limit = limit_of(safety.max_deletions, tenants)
    verdict = judge(
        Missing(frozenset(missing) - still.keys(), blocked),
        existing=len(existing),
        leaving=len(leaving),
        budget=budget_of(limit, spent(ledger, seconds_in(safety.window), now=now)),
        approval=approved != "" and approved == digest_of(blocked_in(contents)),
    )
    at = timestamp(now)
    going = leaving | {uid: {"missingSince": at, "uid": uid} for uid in verdict.allowed}
    block = {"blocked": True, "missingSince": at, "of": tenants}
    waiting = {uid: still.get(uid) or {**block, "uid": uid} for uid in verdict.blocked}
    halted = {
        uid: entry
        for uid, entry in known.items()
        if uid in existing and uid not in still and uid not in usable and not entry.get("blocked")
    }
    due = frozenset(uid for uid, entry in going.items() if _is_due(entry, safety, now=now))
    return Leave(going | waiting | halted, due, verdict.passed, frozenset(going | halted))


def blocked_in(contents: Iterable[Content]) -> dict[str, str]:
    """uid → since when, of all tenants that wait for approval."""
    return {
        entry["uid"]: str(entry["missingSince"])
        for content in contents
        for entry in content.missing
        if entry.get("blocked")
    }


def end_of_grace(contents: Iterable[Content], safety: Safety) -> datetime | None:
    """When the first grace period is over; ``None`` if no tenant is in one."""
    ends = (
        since + timedelta(seconds=seconds_in(safety.grace_period))
        for content in contents
        for entry in content.missing
        if not entry.get("blocked") and (since := moment(entry.get("missingSince"))) is not None
    )
    return min(ends, default=None)


def remembered(content: Content, entries: Iterable[JSONObject]) -> list[JSONObject]:
    """The entries of one slice by uid; the very list that is there if none changes."""
    listed = sorted(entries, key=lambda entry: str(entry["uid"]))
    return content.missing if is_same(listed, content.missing) else listed


def booked(content: Content, passed: int, safety: Safety, *, now: datetime) -> list[JSONObject]:
    """The ledger of one slice with so many more; what counts no more leaves it then."""
    if not passed:
        return content.ledger
    window = seconds_in(safety.window)
    recent = [entry for entry in content.ledger if is_recent(entry, window, now=now)]
    return merged([*recent, {"time": timestamp(now), "count": passed}])


def _is_due(entry: Mapping[str, object], safety: Safety, *, now: datetime) -> bool:
    since = moment(entry.get("missingSince"))
    # A time that is no time, or one in the future, says nothing about how long the tenant had.
    return since is not None and (now - since).total_seconds() >= seconds_in(safety.grace_period)
