"""The rows of a good poll on their way into the slices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import orjson

from tenantry.conditions import timestamp
from tenantry.kinds.registry import Safety
from tenantry.names import bucket_of, slice_name
from tenantry.protocol import JSONObject
from tenantry.registry.layout import Layout
from tenantry.registry.leaving import Leave, booked, remembered, take_leave
from tenantry.registry.room import fit, has_room
from tenantry.registry.rows import SortedRows, UsableRow
from tenantry.registry.sharding.assign import heading
from tenantry.registry.slices import Content, is_same

_OF_ROLLOUTS: Final = ("moved", "excused", "shard")
"""What a row says beside its pins that is not the source's business: rollouts and shards see to it."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the rows of a poll went."""

    contents: Mapping[str, Content]
    unplaced: int
    """Rows for which their slice has no room."""
    waiting: int
    """New rows whose slice has yet to say what it adopted."""


def existing_uids(layout: Layout) -> set[str]:
    """The uids of all tenants that nobody decided to remove: with a row, or found without one."""
    uids = {row["uid"] for content in layout.contents.values() for row in content.rows}
    for found in layout.observed.values():
        uids.update(found.unlisted)
    return uids


def leaving_uids(layout: Layout) -> set[str]:
    """The uids of tenants on their way out, whose names are still taken."""
    return {removal["uid"] for content in layout.contents.values() for removal in content.removals}


def place(layout: Layout, rows: SortedRows, safety: Safety, *, approved: str, now: datetime) -> Placement:
    """Put the usable rows into their slices, and tenants whose row is missing on their way out if the guard allows.

    A slice that has not said what it adopted gets no row that it has not got: its pins would be guessed. One that has
    yet to take over its Tenants removes none of them: a later poll will.
    """
    existing = existing_uids(layout)
    missing = _missing(layout, rows, existing)
    leave = take_leave(missing, existing, rows.usable, layout.contents.values(), safety, approved=approved, now=now)
    by_slice = _by_slice(layout, rows.usable)
    contents: dict[str, Content] = {}
    unplaced = waiting = 0
    for name, content in layout.contents.items():
        due = leave.due if _can_remove(layout, name, now=now) else frozenset()
        incoming = by_slice.get(name, [])
        if _has_reported(layout, name):
            listed = _listed(layout, name, incoming, rows.usable, leave, due)
        else:
            listed = _listed(layout, name, (), rows.usable, leave, due)
            waiting += len(incoming) - sum(row["uid"] in rows.usable for row in listed)
        refused = 0
        if is_same(listed, content.rows):
            listed = content.rows
        elif not has_room(listed):
            listed, refused = fit(listed, content.rows)
        own = {row["uid"] for row in content.rows}.union(_unlisted(layout, name))
        contents[name] = replace(
            content,
            rows=listed,
            removals=_removals(content, rows.usable, own & due, now=now),
            missing=remembered(content, [leave.entries[uid] for uid in own if uid in leave.entries and uid not in due]),
            ledger=booked(content, len(own & leave.passed), safety, now=now),
        )
        unplaced += refused
    return Placement(contents, unplaced, waiting)


def _missing(layout: Layout, rows: SortedRows, existing: Iterable[str]) -> set[str]:
    """Tenants without a row, but for those that a row without a uid may belong to."""
    missing = {uid for uid in existing if uid not in rows.usable and uid not in rows.held}
    if not rows.nameless or not missing:
        return missing
    for content in layout.contents.values():
        for row in content.rows:
            if row["uid"] in missing and any(_same_values(row, nameless) for nameless in rows.nameless):
                missing.discard(row["uid"])
    return missing


def _same_values(row: JSONObject, other: UsableRow) -> bool:
    return (row.get("values") or {}) == other.values and (row.get("nulls") or []) == other.nulls


def _by_slice(layout: Layout, usable: Mapping[str, UsableRow]) -> dict[str, list[UsableRow]]:
    by_slice: dict[str, list[UsableRow]] = defaultdict(list)
    for uid, row in usable.items():
        by_slice[slice_name(layout.registry, layout.buckets, bucket_of(uid, layout.buckets))].append(row)
    return by_slice


def _listed(
    layout: Layout,
    name: str,
    incoming: Iterable[UsableRow],
    usable: Mapping[str, UsableRow],
    leave: Leave,
    due: frozenset[str],
) -> list[JSONObject]:
    """The rows of one slice by uid, those that did not change as the very objects that were observed."""
    listed: dict[str, JSONObject] = {}
    for row in layout.contents[name].rows:
        uid = row["uid"]
        if uid in usable:
            listed[uid] = _updated(row, usable[uid])
        elif uid not in due:
            listed[uid] = _inactive(row) if uid in leave.inactive else row
    found = layout.observed.get(name)
    for new in incoming:
        if new.uid not in listed:
            made = _row(new, pins=found.unlisted.get(new.uid, {}) if found else {})
            shard = found.shards.get(new.uid) if found else None
            listed[new.uid] = heading({**made, "shard": shard} if shard else made, new.labels.home)
    return [listed[uid] for uid in sorted(listed)]


def _updated(row: JSONObject, wanted: UsableRow) -> JSONObject:
    new = _row(wanted, pins=row.get("pins") or {}) | {name: row[name] for name in _OF_ROLLOUTS if name in row}
    new = heading(new, wanted.labels.home)
    return row if _canonical(new) == _canonical(row) else new


def _inactive(row: JSONObject) -> JSONObject:
    return row if row.get("active") is False else {**row, "active": False}


def _canonical(row: JSONObject) -> bytes:
    """Rows are compared as JSON: for Python, 1 and True are equal."""
    return orjson.dumps(row, option=orjson.OPT_SORT_KEYS)


def _row(row: UsableRow, *, pins: Mapping[str, str]) -> JSONObject:
    made = {"active": True, "nulls": row.nulls, "pins": dict(pins), "uid": row.uid, "values": row.values}
    if row.labels.labels:
        made["labels"] = row.labels.labels
    return {**made, "priority": row.priority} if row.priority else made


def _has_reported(layout: Layout, name: str) -> bool:
    found = layout.observed.get(name)
    return found is not None and bool(found.reported)


def _can_remove(layout: Layout, name: str, *, now: datetime) -> bool:
    found = layout.observed.get(name)
    return found is not None and not found.takes_over(now)


def _unlisted(layout: Layout, name: str) -> Iterable[str]:
    found = layout.observed.get(name)
    return found.unlisted if found else ()


def _removals(
    content: Content, usable: Mapping[str, UsableRow], leaving: Iterable[str], *, now: datetime
) -> list[JSONObject]:
    """Removals that were decided before and those decided now, without the uids whose row is back."""
    kept = {removal["uid"]: removal for removal in content.removals if removal["uid"] not in usable}
    new = {uid: {"time": timestamp(now), "uid": uid} for uid in leaving}
    if not new and len(kept) == len(content.removals):
        return content.removals
    merged = new | kept
    return [merged[uid] for uid in sorted(merged)]
