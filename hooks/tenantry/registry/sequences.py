"""Telling old observations from news: each change of a slice's spec grows its sequence by one.

Metacontroller often hands over a parent that is older than its children, and sometimes children older than the last
answer. The registry's status keeps the sequences that were written last, with their time. A slice that is observed
older than that is waited for; a slice that is newer shows that the status is the old one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tenantry.conditions import timestamp
from tenantry.protocol import JSONObject, TryLater
from tenantry.registry.layout import Layout
from tenantry.registry.moments import exactly, moment, seconds_apart
from tenantry.registry.slices import SILENCE_SECONDS, Content, Frame, is_unchanged, origin_of, slice_child

BELIEVED_SECONDS: Final = 30.0
"""How long the status is believed that a slice is newer than observed. Later it counts as edited by somebody."""

CREATION_SECONDS: Final = 5.0
"""How long a slice that was just made may be out of sight before it counts as deleted."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a registry's status says of the slices that it wrote last."""

    sequences: Mapping[str, int]
    time: datetime | None

    @classmethod
    def of(cls, status: Mapping[str, Any]) -> Written:
        """Read it from a registry's status."""
        slices = status.get("slices") or {}
        return cls(slices.get("sequences") or {}, moment(slices.get("time")))

    def age(self, now: datetime) -> float:
        """Seconds since the slices were written; infinite if that is not known."""
        return seconds_apart(now, self.time)


def refuse_stale(layout: Layout, written: Written, *, now: datetime) -> None:
    """Raise ``TryLater`` while observed slices are older than what was written last."""
    if written.age(now) <= BELIEVED_SECONDS:
        for name, found in layout.observed.items():
            if found.sequence < written.sequences.get(name, 0):
                raise TryLater(f"TenantSlice {name} is observed older than it was written")
    missing = layout.missing
    if not missing:
        return
    if seconds_apart(now, layout.newest) < CREATION_SECONDS:
        raise TryLater(f"TenantSlice {missing[0]} is not observed yet, others are as young as it would be")
    if written.age(now) < CREATION_SECONDS and any(name in written.sequences for name in missing):
        raise TryLater(f"TenantSlice {missing[0]} was just written and is not observed yet")


def slice_children(
    layout: Layout,
    contents: Mapping[str, Content],
    anchor: str,
    written: Written,
    *,
    secret_namespace: str = "",
    columns: Mapping[str, str] | None = None,
    writer: str = "",
    waiting: Collection[str] = (),
    now: datetime,
) -> dict[str, JSONObject]:
    """The slices with these contents, by name: those that change with a sequence above all that was seen or written.

    A change names the sequence that it was based on. The API server refuses it if the slice has another one by then
    (a rule of the CRD), so what was decided on an old observation never replaces what is newer.
    """
    children: dict[str, JSONObject] = {}
    for name, (buckets, bucket) in layout.places.items():
        frame = Frame(
            layout.registry, buckets, bucket, anchor, secret_namespace, columns or {}, writer, name in waiting
        )
        content = contents[name]
        found = layout.observed.get(name)
        origin: JSONObject = {"base": found.sequence if found else 0, "written": exactly(now)}
        if found is None:
            sequence = max(1, written.sequences.get(name, 0))
        elif is_unchanged(found, frame, content) and not found.is_silent(now):
            sequence, origin = max(1, found.sequence), origin_of(found)
        else:
            sequence = max(found.sequence, written.sequences.get(name, 0)) + 1
        children[name] = slice_child(frame, content, sequence=sequence, origin=origin)
    return children


def until_silent(layout: Layout, *, now: datetime) -> float | None:
    """Seconds until a slice that has said nothing yet is to be written again; ``None`` if all have said something."""
    ages = [found.written_ago(now) for found in layout.observed.values() if not found.reported]
    return min((SILENCE_SECONDS - age if age <= SILENCE_SECONDS else SILENCE_SECONDS for age in ages), default=None)


def written_status(children: Mapping[str, JSONObject], previous: Mapping[str, Any], *, now: datetime) -> JSONObject:
    """What the status remembers of these slices; its time moves with the sequences alone."""
    sequences = {name: child["spec"]["sequence"] for name, child in children.items()}
    before: JSONObject = previous.get("slices") or {}
    if before.get("sequences") == sequences and before.get("time"):
        return before
    return {"sequences": sequences, "time": timestamp(now)}
