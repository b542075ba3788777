"""Which shard each row gets: new rows begin in theirs, others move a few at a time.

A move changes one label of a Tenant. Metacontroller then has the controller of the old shard let go of it, objects
untouched, and that of the new one take it up. A tenant is *under way* until only the new one has it; no more than
``spec.shards.maxMoves`` are, however late slices and registry are observed: see ``batches``. A shard without a
controller stops moves too: tenants that are under way to it never arrive.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from tenantry.kinds.shards import DEFAULT_SHARD, Shards
from tenantry.protocol import JSONObject
from tenantry.registry.layout import Layout
from tenantry.registry.sharding.batches import Batch, is_over, recorded, with_record
from tenantry.registry.sharding.rendezvous import shard_of
from tenantry.registry.slices import Content, is_same

Choice = Callable[[JSONObject], str]
"""Row → the shard in which it belongs; empty for the permanent controller's."""


def assigned(
    shards: Shards | None, layout: Layout, contents: Mapping[str, Content], *, now: datetime
) -> dict[str, Content]:
    """The contents with their rows in shards, as far as they may move now. Lists without a change are the very same."""
    if shards is None and not any(_mentions_shard(content.rows) for content in contents.values()):
        return dict(contents)
    elsewhere = [uid for content in contents.values() for uid in astray(shards, content.rows)]
    by_column = shards is not None and bool(shards.column)
    if not elsewhere and (by_column or not any(_waits(content.rows) for content in contents.values())):
        return dict(contents)
    chosen = _choice(shards)
    known = _known(layout)
    batch = recorded(layout)

    def changed(row: JSONObject) -> JSONObject:
        if batch.has_yet_to_move(row):
            return {**_in_shard(row, chosen(row)), "shardSince": batch.time}
        if row["uid"] not in known:
            return _in_shard(row, chosen(row))
        return row if by_column else _in_shard(row, current(row))

    following = _following(batch, known.intersection(elsewhere), layout, (shards or Shards()).max_moves)
    moved = {name: _with_rows(content, [changed(row) for row in content.rows]) for name, content in contents.items()}
    return with_record(moved, layout, following, now=now) if following else moved


def astray(shards: Shards | None, rows: Iterable[JSONObject]) -> list[str]:
    """uids of the rows that are not in the shard where they belong."""
    chosen = _choice(shards)
    return [row["uid"] for row in rows if chosen(row) != current(row)]


def heading(row: JSONObject, home: str | None) -> JSONObject:
    """The row, with a note of the shard that its column names if that is another one than it has."""
    return row if home is None or home == current(row) else {**row, "toShard": home}


def current(row: Mapping[str, object]) -> str:
    """The shard that a row has; empty for the permanent controller's."""
    shard = row.get("shard")
    return str(shard) if shard else ""


def _choice(shards: Shards | None) -> Choice:
    if shards is None:
        return lambda _row: ""
    if shards.count is not None:
        count = shards.count
        return lambda row: shard_of(row["uid"], count)
    if shards.by_priority:
        classes = sorted(((int(lowest), shard) for lowest, shard in shards.by_priority.items()), reverse=True)
        return lambda row: _class_of(row.get("priority") or 0, classes)
    return lambda row: str(row["toShard"]) if "toShard" in row else current(row)


def _class_of(priority: float, classes: Iterable[tuple[int, str]]) -> str:
    shard = next((shard for lowest, shard in classes if priority >= lowest), "")
    return "" if shard == DEFAULT_SHARD else shard


def _mentions_shard(rows: Iterable[JSONObject]) -> bool:
    return any("shard" in row or "toShard" in row for row in rows)


def _waits(rows: Iterable[JSONObject]) -> bool:
    return any("toShard" in row for row in rows)


def _known(layout: Layout) -> set[str]:
    """uids that have a Tenant already, as far as the slices know: with a row, or found without one."""
    known = {row["uid"] for content in layout.contents.values() for row in content.rows}
    for found in layout.observed.values():
        known.update(found.unlisted)
    return known


def _following(batch: Batch, waiting: Collection[str], layout: Layout, limit: int) -> set[str]:
    """Who may move next, after this batch. Those that are under way may be sent elsewhere: they count as it is."""
    if not is_over(batch, layout):
        return set()
    observed = layout.observed.values()
    under_way = {uid for found in observed for uid in found.status.get("handovers") or ()}
    told = (shard for found in observed for shard in found.status.get("shards") or ())
    left = limit - sum(shard.get("moving") or 0 for shard in told)
    return under_way.intersection(waiting).union(sorted(set(waiting) - under_way)[: max(left, 0)])


def _in_shard(row: JSONObject, shard: str) -> JSONObject:
    if "toShard" not in row and current(row) == shard:
        return row
    rest = {key: value for key, value in row.items() if key not in ("shard", "toShard")}
    return {**rest, "shard": shard} if shard else rest


def _with_rows(content: Content, rows: list[JSONObject]) -> Content:
    return content if is_same(rows, content.rows) else replace(content, rows=rows)
