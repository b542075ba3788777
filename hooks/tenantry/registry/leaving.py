"""Tenants without an active row, on their way out: missed, blocked or deactivated, and removed in the end.

What is remembered of them travels in the slices: an entry for each in ``missing``, with the time from which it counts.
An entry that is blocked changes nothing about its tenant. Any other stands for a tenant that passed the guard: it is
inactive, and is removed by the first good poll after its grace period that misses its row still.

The guard's budget is one for all slices, each of which may be observed late. So whoever passes is *booked* first: the
ledger of the first slice counts it, and its own slice names the time of that entry of the ledger. One answer writes
both, and the API server refuses what was made from an older state of its slice. The tenant goes by a sync that sees
both. A booking that is in no ledger was refused: it stands for nothing, and its tenant is missed like a new one.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tenantry.conditions import parse_timestamp, timestamp
from tenantry.kinds.amount import seconds_in
from tenantry.kinds.registry import Safety
from tenantry.protocol import JSONObject
from tenantry.registry.guard import (
    UNLIMITED,
    Missing,
    budget_of,
    digest_of,
    is_recent,
    judge,
    limit_of,
    merged,
    shortened,
    spent,
)
from tenantry.registry.moments import exactly, moment, seconds_apart
from tenantry.registry.slices import Content, is_same

BOOKING_SECONDS: Final = 10.0
"""How long the poll that booked a tenant speaks for its row; after that, another one must miss it."""


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
    """uids that passed the guard, and are on record if they have to be."""
    time: str = ""
    """When those passed that did just now: what the ledger calls them."""


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
    that says nothing: they stay as far on their way as they are. ``contents`` are those of all slices, of the first one
    first. ``approved`` is the digest that a person wrote on it.
    """
    record = _record(contents)
    known = _known(contents, record)
    still = {uid: known[uid] for uid in missing if uid in known}
    leaving = {uid: entry for uid, entry in still.items() if not entry.get("blocked")}
    blocked = {uid: str(entry["missingSince"]) for uid, entry in still.items() if entry.get("blocked")}
    ledger = (entry for content in contents for entry in content.ledger)
    # New rows, and a block that lasts, must not raise the limit: it goes by what there was when the block began.
    tenants = min([len(existing), *(entry["of"] for entry in known.values() if entry.get("of"))])
    limit = limit_of(safety.max_deletions, tenants)
    budget = budget_of(limit, spent(ledger, seconds_in(safety.window), now=now))
    verdict = judge(
        Missing(frozenset(missing) - still.keys(), blocked),
        existing=len(existing),
        leaving=len(leaving),
        budget=budget,
        approval=approved != "" and approved == digest_of(blocked_in(contents)),
    )
    at, time = timestamp(now), _unlike(record, now)
    free = verdict.allowed if budget == UNLIMITED else verdict.approved
    going = leaving | {uid: {"missingSince": at, "uid": uid} for uid in free}
    booked = {uid: {"booked": time, "missingSince": at, "uid": uid} for uid in verdict.passed - free}
    block = {"blocked": True, "missingSince": at, "of": tenants}
    waiting = {uid: still.get(uid) or {**block, "uid": uid} for uid in verdict.blocked}
    halted = {
        uid: entry
        for uid, entry in known.items()
        if uid in existing and uid not in still and uid not in usable and not entry.get("blocked")
    }
    due = frozenset(uid for uid, entry in going.items() if _is_due(entry, safety, now=now))
    return Leave(going | booked | waiting | halted, due, verdict.passed, frozenset(going | halted), time)


def leave_on_record(contents: Collection[Content], safety: Safety, *, now: datetime) -> Leave:
    """Who goes without another poll: tenants whose booking is on record by now, and was made just before."""
    record = _record(contents)
    entries = {
        entry["uid"]: _resolved(entry, record) or {}
        for content in contents
        for entry in content.missing
        if entry.get("booked") in record and seconds_apart(now, moment(entry["booked"])) < BOOKING_SECONDS
    }
    due = frozenset(uid for uid, entry in entries.items() if _is_due(entry, safety, now=now))
    return Leave(entries, due, frozenset(), frozenset(entries))


def _record(contents: Collection[Content]) -> frozenset[str]:
    """The times of all that is in the ledger of the first slice."""
    return frozenset(entry["time"] for entry in next(iter(contents)).ledger)


def _known(contents: Iterable[Content], record: Container[str]) -> dict[str, JSONObject]:
    """uid → what is remembered of it, bookings that are in no ledger left aside."""
    resolved = (_resolved(entry, record) for content in contents for entry in content.missing)
    return {entry["uid"]: entry for entry in resolved if entry is not None}


def _resolved(entry: JSONObject, record: Container[str]) -> JSONObject | None:
    """An entry without its booking, which is on record; nothing if it is not."""
    if "booked" not in entry:
        return entry
    return {"missingSince": entry["missingSince"], "uid": entry["uid"]} if entry["booked"] in record else None


def _unlike(record: Container[str], now: datetime) -> str:
    """The time, in a spelling that is not on record yet."""
    at = exactly(now)
    while at in record:
        at = exactly(parse_timestamp(at) + timedelta(microseconds=1))
    return at


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
        if not entry.get("blocked")
        and not entry.get("booked")
        and (since := moment(entry.get("missingSince"))) is not None
    )
    return min(ends, default=None)


def remembered(content: Content, entries: Iterable[JSONObject]) -> list[JSONObject]:
    """The entries of one slice by uid; the very list that is there if none changes."""
    listed = sorted(entries, key=lambda entry: str(entry["uid"]))
    return content.missing if is_same(listed, content.missing) else listed


def booked(content: Content, leave: Leave, safety: Safety, *, now: datetime) -> list[JSONObject]:
    """The ledger of the first slice with those who passed just now; what counts no more leaves it then."""
    if not leave.passed:
        return content.ledger
    window = seconds_in(safety.window)
    recent = [entry for entry in content.ledger if is_recent(entry, window, now=now)]
    return shortened(merged([*recent, {"time": leave.time, "count": len(leave.passed)}]))


def _is_due(entry: Mapping[str, object], safety: Safety, *, now: datetime) -> bool:
    since = moment(entry.get("missingSince"))
    # A time that is no time, or one in the future, says nothing about how long the tenant had.
    return since is not None and (now - since).total_seconds() >= seconds_in(safety.grace_period)
