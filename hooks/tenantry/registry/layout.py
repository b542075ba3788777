"""Exactly one slice for each bucket: which are there, which are missing, and what happens when their number changes.

When ``spec.buckets`` changes, one answer drops the old slices and makes the new ones with all rows, pins and removals,
so that no Tenant is without a row for a moment longer than it takes to apply that answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tenantry.names import bucket_of, slice_name
from tenantry.protocol import JSONObject
from tenantry.registry.guard import merged
from tenantry.registry.room import has_room
from tenantry.registry.slices import EMPTY, Content, ObservedSlice
from tenantry.words import counted


@dataclass(frozen=True, slots=True)
class Layout:
    """The slices that there shall be."""

    registry: str
    buckets: int
    places: Mapping[str, tuple[int, int]]
    """Name → number of buckets and bucket, for each slice that there shall be."""
    contents: Mapping[str, Content]
    """Name → what the slice has got, or gets from the slices that it replaces."""
    observed: Mapping[str, ObservedSlice]
    """Those that are there already."""
    outdated: frozenset[str]
    """Names of observed slices of another number of buckets."""
    obstacle: str = ""
    """Why the number of buckets cannot change yet, as a sentence."""

    @property
    def first(self) -> str:
        """Name of the slice that also holds what concerns all: rollouts, moves between shards, the guard's ledger."""
        return next(iter(self.places))

    @property
    def missing(self) -> list[str]:
        """Names of the slices that are yet to be made."""
        return [name for name in self.places if name not in self.observed]

    @property
    def pending(self) -> list[str]:
        """Names of the slices that have not said yet what they adopted, or are missing."""
        return [name for name in self.places if name not in self.observed or not self.observed[name].reported]

    @property
    def newest(self) -> datetime | None:
        """When the youngest slice was made."""
        return max((found.created for found in self.observed.values() if found.created), default=None)


def lay_out(registry: str, buckets: int, slices: Mapping[str, ObservedSlice]) -> Layout:
    """The slices for this number of buckets, or still for the number in use while something speaks against changing."""
    outdated = {name: found for name, found in slices.items() if found.buckets != buckets}
    layout = _arranged(registry, buckets, slices, outdated)
    if not outdated or layout.observed:
        return layout
    obstacle = _obstacle(outdated.values(), layout.contents.values())
    if not obstacle:
        return layout
    in_use = max(outdated.values(), key=_age_order).buckets
    rest = {name: found for name, found in outdated.items() if found.buckets != in_use}
    return replace(_arranged(registry, in_use, slices, rest), obstacle=obstacle)


def lay_out_all(registry: str, slices: Mapping[str, ObservedSlice]) -> Layout:
    """Every observed slice, whatever its number of buckets, and those that are missing of the youngest number."""
    in_use = max(slices.values(), key=_age_order).buckets
    layout = _arranged(registry, in_use, slices, {})
    rest = {name: found for name, found in slices.items() if found.buckets != in_use}
    return replace(
        layout,
        places={**layout.places, **{name: (found.buckets, found.bucket) for name, found in rest.items()}},
        contents={**layout.contents, **{name: found.content for name, found in rest.items()}},
        observed={**layout.observed, **rest},
    )


def _arranged(
    registry: str, buckets: int, slices: Mapping[str, ObservedSlice], outdated: Mapping[str, ObservedSlice]
) -> Layout:
    places = {slice_name(registry, buckets, bucket): (buckets, bucket) for bucket in range(buckets)}
    observed = {name: slices[name] for name in places if name in slices}
    copied = _copied(outdated.values(), buckets)
    contents = {
        name: observed[name].content if name in observed else copied.get(bucket, EMPTY)
        for name, (_, bucket) in places.items()
    }
    return Layout(registry, buckets, places, contents, observed, frozenset(outdated))


def _copied(outdated: Collection[ObservedSlice], buckets: int) -> dict[int, Content]:
    """Bucket → what the slices that go contained. What a younger slice says holds."""
    rows: dict[str, JSONObject] = {}
    removals: dict[str, JSONObject] = {}
    for found in sorted(outdated, key=_age_order):
        for row in found.content.rows:
            rows[row["uid"]] = row
            removals.pop(row["uid"], None)
        for removal in found.content.removals:
            removals[removal["uid"]] = removal
            rows.pop(removal["uid"], None)
    contents: dict[int, Content] = defaultdict(lambda: Content([], []))
    for uid in sorted(rows):
        contents[bucket_of(uid, buckets)].rows.append(rows[uid])
    for uid in sorted(removals):
        contents[bucket_of(uid, buckets)].removals.append(removals[uid])
    missing = {entry["uid"]: entry for found in outdated for entry in found.content.missing}
    for uid in sorted(missing.keys() - removals.keys()):
        contents[bucket_of(uid, buckets)].missing.append(missing[uid])
    # Only the sum over all slices counts, so any of them may have it.
    contents[0].ledger.extend(merged(entry for found in outdated for entry in found.content.ledger))
    return contents


def _obstacle(outdated: Collection[ObservedSlice], contents: Collection[Content]) -> str:
    """A Tenant without a row would belong to no slice at all afterwards, and a slice that is too big cannot be made."""
    unlisted = sum(len(found.unlisted) for found in outdated)
    if unlisted:
        told = counted(unlisted, "tenant without a row is", "tenants without a row are")
        return f"spec.buckets takes effect when {told} decided."
    if not all(found.reported for found in outdated):
        return "spec.buckets takes effect when all slices have reported their tenants."
    if not all(found.up_to_date for found in outdated if found.content.removals):
        return "spec.buckets takes effect when the removals that were decided are under way."
    if not all(has_room(content.rows) for content in contents):
        return "spec.buckets does not take effect, since the rows would not fit into so few slices. Raise it."
    return ""


def _age_order(found: ObservedSlice) -> tuple[str, str]:
    return (found.created.isoformat() if found.created else "", found.name)
