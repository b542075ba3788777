"""The rows of a good poll on their way into the slices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import orjson

from tenantry.conditions import timestamp
from tenantry.kinds.registry import Safety
from tenantry.names import bucket_of
from tenantry.protocol import JSONObject
from tenantry.registry.layout import Layout
from tenantry.registry.leaving import Leave, booked, leave_on_record, remembered, take_leave
from tenantry.registry.room import fit, has_room
from tenantry.registry.rows import SortedRows, UsableRow
from tenantry.registry.sharding.assign import current, heading
from tenantry.registry.sharding.row_labels import NO_LABELS
from tenantry.registry.slices import Content, is_same

_OF_ROLLOUTS: Final = ("moved", "spared", "excused", "shard", "shardSince")
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
    return _listed_uids(layout).union(*[found.unlisted for found in layout.observed.values() if found.unlisted])


def leaving_uids(layout: Layout) -> set[str]:
    """The uids of tenants on their way out, whose names are still taken."""
    return {removal["uid"] for content in layout.contents.values() for removal in content.removals}


def place(
    layout: Layout, rows: SortedRows, existing: Collection[str], safety: Safety, *, approved: str, now: datetime
) -> Placement:
    """Put the usable rows into their slices, and tenants whose row is missing on their way out if the guard allows.

    ``existing`` are the ``existing_uids``. A slice that has not said what it adopted gets no row that it has not got:
    its pins would be guessed. One that waits for its turn, or has yet to take over its Tenants, removes none of them: a
    later poll will.
    """
    missing = _missing(layout, rows, existing)
    leave = take_leave(missing, existing, rows.usable, layout.contents.values(), safety, approved=approved, now=now)
    by_place = _new_by_place(layout, rows.usable)
    contents: dict[str, Content] = {}
    unplaced = waiting = 0
    for name, content in layout.contents.items():
        due = leave.due if _can_remove(layout, name, now=now) else frozenset()
        incoming = by_place.get(layout.places[name], [])
        if _has_reported(layout, name):
            listed = _listed(layout, name, incoming, rows.usable, leave, due)
        else:
            listed = _listed(layout, name, (), rows.usable, leave, due)
            waiting += len(incoming)
        refused = 0
        if is_same(listed, content.rows):
            listed = content.rows
        elif not has_room(listed):
            listed, refused = fit(listed, content.rows)
        # Most polls miss nobody.
        own = {row["uid"] for row in content.rows}.union(_unlisted(layout, name)) if leave.entries else set()
        contents[name] = replace(
            content,
            rows=listed,
            removals=_removals(content, rows.usable, own & due, now=now),
            missing=remembered(content, [leave.entries[uid] for uid in own if uid in leave.entries and uid not in due]),
            ledger=booked(content, leave, safety, now=now) if name == layout.first else content.ledger,
        )
        unplaced += refused
    return Placement(contents, unplaced, waiting)


def place_booked(layout: Layout, safety: Safety, *, now: datetime) -> Mapping[str, Content]:
    """What the slices have got, between two polls: without those tenants whose booking is on record by now."""
    leave = leave_on_record(layout.contents.values(), safety, now=now)
    contents = dict(layout.contents)
    for name, content in layout.contents.items() if leave.entries else ():
        own = leave.entries.keys() & {entry["uid"] for entry in content.missing}
        due = own & leave.due
        if not own or (due and not _can_remove(layout, name, now=now)):
            continue
        rows = [_inactive(row) if row["uid"] in own else row for row in content.rows if row["uid"] not in due]
        contents[name] = replace(
            content,
            rows=content.rows if is_same(rows, content.rows) else rows,
            removals=_removals(content, {}, due, now=now),
            missing=[leave.entries.get(entry["uid"], entry) for entry in content.missing if entry["uid"] not in due],
        )
    return contents


def _missing(layout: Layout, rows: SortedRows, existing: Iterable[str]) -> set[str]:
    """Tenants without a row, but for those that a row without a uid may belong to."""
    missing = set(existing).difference(rows.usable, rows.held)
    if not rows.nameless or not missing:
        return missing
    for content in layout.contents.values():
        for row in content.rows:
            if row["uid"] in missing and any(_same_values(row, nameless) for nameless in rows.nameless):
                missing.discard(row["uid"])
    return missing


def _same_values(row: JSONObject, other: UsableRow) -> bool:
    return (row.get("values") or {}) == other.values and (row.get("nulls") or []) == other.nulls


def _listed_uids(layout: Layout) -> set[str]:
    """The uids of all rows in slices."""
    return {row["uid"] for content in layout.contents.values() for row in content.rows}


def _new_by_place(layout: Layout, usable: Mapping[str, UsableRow]) -> dict[tuple[int, int], list[UsableRow]]:
    """Number of buckets and bucket → the rows that belong there and are in no slice yet."""
    by_place: dict[tuple[int, int], list[UsableRow]] = defaultdict(list)
    for uid in usable.keys() - _listed_uids(layout):
        by_place[layout.buckets, bucket_of(uid, layout.buckets)].append(usable[uid])
    return by_place


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
        made = _row(new, pins=found.unlisted.get(new.uid, {}) if found else {})
        shard = found.shards.get(new.uid) if found else None
        listed[new.uid] = heading({**made, "shard": shard} if shard else made, new.labels.home)
    return [listed[uid] for uid in sorted(listed)]


def _updated(row: JSONObject, wanted: UsableRow) -> JSONObject:
    if _says_the_same(row, wanted):
        return row
    new = _row(wanted, pins=row.get("pins") or {}) | {name: row[name] for name in _OF_ROLLOUTS if name in row}
    return heading(new, wanted.labels.home)


def _says_the_same(row: JSONObject, wanted: UsableRow) -> bool:
    """Whether a row is as it is wanted: looked at for every row of every poll, field by field."""
    home = wanted.labels.home
    return (
        row.get("values") == wanted.values
        and row.get("active") is True
        and row.get("nulls") == wanted.nulls
        and row.get("priority", 0) == wanted.priority
        and row.get("labels", NO_LABELS.labels) == wanted.labels.labels
        and row.get("toShard") == (None if home is None or home == current(row) else home)
        and _canonical(row["values"]) == _canonical(wanted.values)
    )


def _inactive(row: JSONObject) -> JSONObject:
    return row if row.get("active") is False else {**row, "active": False}


def _canonical(values: JSONObject) -> bytes:
    """Values are compared as JSON: for Python, 1 and True are equal."""
    return orjson.dumps(values, option=orjson.OPT_SORT_KEYS)


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
    return found is not None and not found.waits and not found.takes_over(now)


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
