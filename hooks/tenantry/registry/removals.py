"""Removals that are done: their Tenant is gone, so they are forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tenantry.registry.moments import moment, seconds_apart
from tenantry.registry.slices import Content, ObservedSlice

DOUBT_SECONDS: Final = 2.0
"""How long a removal is kept at least: a Tenant made just before it may not be visible to the slice yet."""


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left of a slice's removals."""

    content: Content
    doubtful: bool
    """Whether a removal looks done, but is too young to be believed."""


def forget_done(content: Content, found: ObservedSlice | None, *, now: datetime) -> Remaining:
    """The content without the removals of which the slice says that their Tenant is gone."""
    if not content.removals or found is None or not found.up_to_date:
        return Remaining(content, doubtful=False)
    written = {removal["uid"] for removal in found.content.removals}
    gone = [r for r in content.removals if r["uid"] in written and r["uid"] not in found.removing]
    done = {removal["uid"] for removal in gone if seconds_apart(now, moment(removal.get("time"))) >= DOUBT_SECONDS}
    if done:
        content = replace(content, removals=[r for r in content.removals if r["uid"] not in done])
    return Remaining(content, doubtful=len(done) < len(gone))


def forget_all_done(
    contents: Mapping[str, Content], observed: Mapping[str, ObservedSlice], *, now: datetime
) -> tuple[dict[str, Content], bool]:
    """``forget_done`` for all slices, and whether any removal is doubtful."""
    remaining = {name: forget_done(content, observed.get(name), now=now) for name, content in contents.items()}
    return (
        {name: found.content for name, found in remaining.items()},
        any(found.doubtful for found in remaining.values()),
    )
