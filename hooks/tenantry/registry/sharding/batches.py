"""Tenants change shards in batches, as they change revisions in waves: a batch is put on record before anybody moves.

The record stands in the first slice. The API server refuses one that was made from an older state of that slice, so
batches follow one upon the other however old the observations are that some of them are decided on. Its rows move, and
are marked, by the syncs that see it on record. The next is decided only when all rows of the last one are marked and
every slice has told who of its Tenants is on the way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from tenantry.conditions import parse_timestamp
from tenantry.protocol import JSONObject
from tenantry.registry.layout import Layout
from tenantry.registry.moments import exactly
from tenantry.registry.slices import Content

MAX_BATCH: Final = 500
"""Tenants that one record names at most."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Tenants that change their shard together."""

    time: str = ""
    """When it was decided: the mark that its rows get. Empty if there never was one."""
    uids: frozenset[str] = frozenset()

    def has_yet_to_move(self, row: Mapping[str, Any]) -> bool:
        """Whether a row belongs to this batch and does not have its mark."""
        return row["uid"] in self.uids and mark_of(row) < self.time


def mark_of(row: Mapping[str, Any]) -> str:
    """When a row was moved to its shard last; empty if it never was."""
    return row.get("shardSince") or ""


def recorded(layout: Layout) -> Batch:
    """The batch that is on record."""
    records = layout.contents[layout.first].moves
    return Batch(records[-1]["time"], frozenset(records[-1]["uids"])) if records else Batch()


def with_record(
    contents: Mapping[str, Content], layout: Layout, uids: Iterable[str], *, now: datetime
) -> dict[str, Content]:
    """The contents with a new batch of these on record, and no other."""
    chosen = sorted(uids)[:MAX_BATCH]
    rows = {row["uid"]: row for content in contents.values() for row in content.rows}
    before = max([recorded(layout).time, *(mark_of(rows[uid]) for uid in chosen if uid in rows)])
    at = exactly(now)
    if at <= before:
        at = exactly(parse_timestamp(before) + timedelta(microseconds=1))
    record: JSONObject = {"time": at, "uids": chosen}
    return {name: replace(found, moves=[record] if name == layout.first else []) for name, found in contents.items()}


def is_over(batch: Batch, layout: Layout) -> bool:
    """Whether every slice is there and has told of what it was given last, and the batch has moved."""
    if layout.missing or layout.outdated or not all(found.up_to_date for found in layout.observed.values()):
        return False
    return not any(map(batch.has_yet_to_move, _rows(layout.contents.values())))


def _rows(contents: Collection[Content]) -> Iterable[JSONObject]:
    return (row for content in contents for row in content.rows)
