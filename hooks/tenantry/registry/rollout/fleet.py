"""The tenants of a registry as a rollout sees them: which revision each is to have, and who is on the way to it.

Rows and pins are those of the observed slices; who is under way or not ready, each slice says of its own tenants.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from tenantry.protocol import JSONObject
from tenantry.registry.layout import Layout
from tenantry.registry.slices import Content

MISSING: Final = "Missing"
NOT_IN_TROUBLE: Final = frozenset((MISSING, "NeverReady", "Paused", "Deleting"))
"""Reasons for which a tenant is moved last and that say nothing of its revision."""

HIDDEN_SECONDS: Final = 30.0
"""After so long, a Tenant that its slice does not see is hidden: it has the label of a bucket that is gone."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """All tenants of a registry."""

    rows: Mapping[str, JSONObject]
    """uid → row."""
    unready: Mapping[str, str]
    """uid → why a tenant is moved last: never ready, in trouble, paused, or on its way out."""
    under_way: Mapping[str, Mapping[str, JSONObject]]
    """Template → uid → what its slice says of a tenant that was moved and is not ready."""
    counts: Mapping[str, int]
    """Template → how many are under way, those included for which there was no room in a list."""
    hidden: frozenset[str]
    """uids of rows whose Tenant is out of sight: only the mark of a rollout lets their slice write it."""
    outdated: frozenset[str]
    """uids of tenants of which their slice has not told since it was changed."""
    fresh: bool
    """Whether every slice speaks of the rows that it has now, and none is missing or about to change."""
    _pins: dict[str, list[str]] = field(default_factory=dict, repr=False, compare=False)

    def pins(self, template: str) -> list[str]:
        """The pin of each row, in their order: looked up once, for a registry of thousands asks again and again."""
        if template not in self._pins:
            self._pins[template] = pins_of(self.rows.values(), template)
        return self._pins[template]

    def in_order(self, uids: Iterable[str]) -> list[str]:
        """In the order in which tenants are moved: by priority, then by uid."""
        return sorted(uids, key=lambda uid: (-(self.rows[uid].get("priority") or 0), uid))


class Remaining(NamedTuple):
    """Tenants that are not on a revision, in the order in which they are moved."""

    interrupted: list[str]
    """They were under way to another one, and count already."""
    counted: list[str]
    excused: list[str]
    """They are not ready as it is: moved last, and not counted."""

    @property
    def nobody(self) -> bool:
        """Whether all are on the revision."""
        return not (self.interrupted or self.counted or self.excused)


def crowd_of(layout: Layout, contents: Mapping[str, Content], *, now: datetime) -> Crowd:
    """The tenants as observed; ``contents`` is what is about to be written into the slices."""
    rows = {row["uid"]: row for name in layout.observed for row in layout.contents[name].rows}
    unready: dict[str, str] = {}
    under_way: dict[str, dict[str, JSONObject]] = {}
    counts: dict[str, int] = {}
    hidden: set[str] = set()
    outdated: set[str] = set()
    for found in layout.observed.values():
        told = {entry["uid"]: entry.get("reason") or "" for entry in found.status.get("unready") or ()}
        unready |= told
        if not found.up_to_date:
            outdated.update(row["uid"] for row in found.content.rows)
        if not found.waits and found.written_ago(now) > HIDDEN_SECONDS:
            hidden.update(uid for uid, reason in told.items() if reason == MISSING)
        for rollout in found.status.get("rollouts") or ():
            template = rollout["template"]
            counts[template] = counts.get(template, 0) + (rollout.get("underWay") or 0)
            listed = under_way.setdefault(template, {})
            entries = {entry["uid"]: entry for entry in rollout.get("tenants") or ()}
            listed |= entries
    fresh = _is_fresh(layout, contents)
    return Crowd(rows, unready, under_way, counts, frozenset(hidden), frozenset(outdated), fresh)


def _is_fresh(layout: Layout, contents: Mapping[str, Content]) -> bool:
    if layout.missing or layout.outdated:
        return False
    return all(
        found.up_to_date
        and "unready" in found.status
        and contents[name].rows is found.content.rows
        and contents[name].removals is found.content.removals
        for name, found in layout.observed.items()
    )


@dataclass(frozen=True, slots=True)
class Fleet:
    """All tenants of a registry with regard to one template."""

    template: str
    crowd: Crowd

    @property
    def total(self) -> int:
        """Number of tenants."""
        return len(self.crowd.rows)

    @property
    def under_way(self) -> int:
        """Number of tenants that were moved, are not ready yet, and count."""
        return self.crowd.counts.get(self.template, 0)

    @property
    def listed(self) -> Mapping[str, JSONObject]:
        """uid → what its slice says, for tenants that are under way as their row is now."""
        listed, outdated = self.crowd.under_way.get(self.template, {}), self.crowd.outdated
        return {uid: listed[uid] for uid in sorted(listed) if uid in self.crowd.rows and uid not in outdated}

    def pin(self, uid: str) -> str:
        """The revision that a tenant is pinned to; empty if it is to none."""
        return pin_of(self.crowd.rows[uid], self.template)

    def updated(self, target: str) -> int:
        """How many tenants are pinned to a revision."""
        return self.crowd.pins(self.template).count(target)

    def is_on(self, revision: str) -> bool:
        """Whether all tenants that have any template have this revision of this one."""
        return all(pin_of(row, self.template) == revision for row in self.crowd.rows.values() if row.get("pins"))

    def pins(self) -> Iterable[str]:
        """The revision of each tenant that has one."""
        return filter(None, self.crowd.pins(self.template))

    def canaries(self, target: str, since: str) -> list[str]:
        """Tenants that count and were moved to a revision since a time."""
        return self.crowd.in_order(
            uid
            for (uid, row), pin in zip(self.crowd.rows.items(), self.crowd.pins(self.template), strict=True)
            if pin == target
            and mark_of(row, self.template) >= since
            and self.template not in (row.get("excused") or ())
        )

    def remaining(self, target: str) -> Remaining:
        """Tenants that are not on a revision."""
        listed, unready = self.crowd.under_way.get(self.template, {}), self.crowd.unready
        rows, pins = self.crowd.rows, self.crowd.pins(self.template)
        elsewhere = [uid for uid, pin in zip(rows, pins, strict=True) if pin != target]
        hidden = [uid for uid in self.crowd.hidden if uid in rows and not mark_of(rows[uid], self.template)]
        remaining = Remaining([], [], [])
        for uid in self.crowd.in_order({*elsewhere, *(uid for uid in hidden if uid not in listed)}):
            if uid in listed:
                remaining.interrupted.append(uid)
            else:
                (remaining.excused if uid in unready else remaining.counted).append(uid)
        return remaining


def pin_of(row: Mapping[str, Any], template: str) -> str:
    """The revision of a template that a row is pinned to; empty if it is to none."""
    return (row.get("pins") or {}).get(template) or ""


def pins_of(rows: Iterable[Mapping[str, Any]], template: str) -> list[str]:
    """``pin_of`` each row. A registry of thousands asks this in every sync."""
    return [(pins.get(template) or "") if (pins := row.get("pins")) else "" for row in rows]


def mark_of(row: Mapping[str, Any], template: str) -> str:
    """When a rollout of a template moved a row last; empty if none did."""
    return (row.get("moved") or {}).get(template) or ""


def last_wave_of(row: Mapping[str, Any], template: str) -> str:
    """The last wave of a template that is over for a row: it was moved, or spared since the wave was called off."""
    return max(mark_of(row, template), (row.get("spared") or {}).get(template) or "")
