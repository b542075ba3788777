"""A suspended registry looks and changes nothing: it polls, and tells what it would do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tenantry.kinds import TenantRegistrySpec
from tenantry.kinds.amount import seconds_in
from tenantry.kinds.shards import Shards
from tenantry.protocol import JSONObject
from tenantry.registry.layout import Layout
from tenantry.registry.leaving import blocked_in
from tenantry.registry.outcome import Outcome, Polled
from tenantry.registry.placing import Placement
from tenantry.registry.sharding.assign import astray
from tenantry.registry.slices import Frame, Pins, origin_of, slice_child


def as_observed(layout: Layout, anchor: str) -> dict[str, JSONObject]:
    """The slices that there are, by name, as they are: what a suspended registry's status speaks of."""
    return {
        name: slice_child(
            Frame(layout.registry, found.buckets, found.bucket, anchor),
            found.content,
            sequence=found.sequence,
            origin=origin_of(found),
        )
        for name, found in layout.observed.items()
    }


def would_do(
    previous: Mapping[str, Any], layout: Layout, outcome: Outcome, targets: Pins, spec: TenantRegistrySpec
) -> JSONObject:
    """The counts of ``status.suspended``. Between polls only what would roll can change."""
    if isinstance(outcome, Polled):
        placement = outcome.placement
        counts = {**_differences(layout, placement), "wouldMove": _would_move(layout, placement, spec.shards)}
        # They are booked, and would go with the next sync.
        counts["wouldDeactivate" if seconds_in(spec.safety.grace_period) else "wouldRemove"] += _booked(placement)
    else:
        counts = {key: value for key, value in (previous.get("suspended") or {}).items() if key != "wouldRoll"}
    return {**_NOTHING, **counts, "wouldRoll": _would_roll(layout, targets)}


_NOTHING = dict.fromkeys(("wouldAdd", "wouldUpdate", "wouldDeactivate", "wouldRemove", "wouldBlock", "wouldMove"), 0)


def _differences(layout: Layout, placement: Placement) -> JSONObject:
    counts = {**_NOTHING, "wouldAdd": placement.waiting, "wouldBlock": len(blocked_in(placement.contents.values()))}
    for name, content in placement.contents.items():
        before = {row["uid"]: row for row in layout.contents[name].rows}
        removals = {removal["uid"] for removal in layout.contents[name].removals}
        adopted = layout.observed[name].unlisted if name in layout.observed else {}
        counts["wouldRemove"] += sum(removal["uid"] not in removals for removal in content.removals)
        for row in content.rows:
            old = before.get(row["uid"])
            if old is None:
                counts["wouldAdd"] += row["uid"] not in adopted
            elif old is not row:
                counts["wouldUpdate" if row["active"] else "wouldDeactivate"] += 1
    return counts


def _booked(placement: Placement) -> int:
    return sum("booked" in entry for content in placement.contents.values() for entry in content.missing)


def _would_move(layout: Layout, placement: Placement, shards: Shards | None) -> int:
    present = {row["uid"] for content in layout.contents.values() for row in content.rows}
    return sum(uid in present for content in placement.contents.values() for uid in astray(shards, content.rows))


def _would_roll(layout: Layout, targets: Pins) -> int:
    return sum(
        any((row.get("pins") or {}).get(template) != revision for template, revision in targets.items())
        for content in layout.contents.values()
        for row in content.rows
    )
