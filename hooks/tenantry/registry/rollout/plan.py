"""All rollouts of a registry in one sync: what is remembered, what is decided, and what goes into the slices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from tenantry.protocol import JSONObject
from tenantry.registry.layout import Layout
from tenantry.registry.rollout.asking import Asked, asked_of
from tenantry.registry.rollout.decide import (
    Decision,
    adopt,
    baked_at,
    begin_first,
    creation_revision,
    decide,
    most_common,
)
from tenantry.registry.rollout.failures import Failure, failures_in, first_deadline
from tenantry.registry.rollout.fleet import Crowd, Fleet, crowd_of
from tenantry.registry.rollout.memory import MOVING, Memory, Stage, recall
from tenantry.registry.rollout.moves import with_found_pins, with_new_tenants, with_wave
from tenantry.registry.slices import Content

LOOK_AGAIN_SECONDS: Final = 5.0
"""How long a rollout on its way waits for news before it is looked at again."""


@dataclass(frozen=True, slots=True)
class Course:
    """The rollout of one template after a sync."""

    asked: Asked
    memory: Memory
    fleet: Fleet
    failures: list[Failure]


@dataclass(frozen=True, slots=True)
class Rolled:
    """All rollouts after a sync."""

    contents: Mapping[str, Content]
    """Name → what goes into each slice."""
    courses: Mapping[str, Course]
    """By template."""
    others: Mapping[str, Memory] = field(default_factory=dict)
    """Memories of templates that are gone and have tenants still."""

    def wanted(self) -> dict[str, str]:
        """Template → the revision that is asked for."""
        return {template: course.asked.revision for template, course in self.courses.items()}


def roll(
    templates: Iterable[JSONObject],
    previous: Mapping[str, Any],
    layout: Layout,
    contents: Mapping[str, Content],
    *,
    now: datetime,
) -> Rolled:
    """Take every rollout one step on. ``previous`` is the registry's status, ``contents`` what slices get otherwise."""
    memories = _recalled(previous, layout)
    contents = with_found_pins(layout, contents)
    crowd = crowd_of(layout, contents, now=now)
    asked = asked_of(templates)
    known = _has_past(previous)
    settled = known and not (previous["source"].get("waiting") or layout.pending)
    courses = {}
    for template, wish in asked.items():
        fleet = Fleet(template, crowd)
        old = memories.get(template)
        decision = _decided(old, wish, fleet, registry=layout.registry, known=known, settled=settled, now=now)
        courses[template] = Course(wish, decision.memory, fleet, decision.failures)
        if old and old.wave and decision.memory.wave == old.wave and _is_safe(old.wave.revision, wish, previous):
            contents = with_wave(contents, template, old.wave)
    pins = {template: pin for template, course in courses.items() if (pin := _creation_pin(course))}
    others = {template: memories[template] for template in _orphaned(memories, asked, crowd)}
    rolled = Rolled(with_new_tenants(contents, pins), courses, others)
    return replace(rolled, contents=_with_records(layout, rolled))


def look(templates: Iterable[JSONObject], previous: Mapping[str, Any], layout: Layout, *, now: datetime) -> Rolled:
    """The rollouts as they are, without a step: for a registry that is suspended."""
    memories = _recalled(previous, layout)
    crowd = crowd_of(layout, layout.contents, now=now)
    courses = {}
    for template, wish in asked_of(templates).items():
        fleet = Fleet(template, crowd)
        memory = memories.get(template) or Memory()
        courses[template] = Course(wish, memory, fleet, failures_in(memory, wish.settings, fleet, now=now))
    others = {template: memories[template] for template in _orphaned(memories, courses, crowd)}
    return Rolled(layout.contents, courses, others)


def next_look(rolled: Rolled, *, now: datetime) -> float | None:
    """Seconds until something about a rollout is due by the clock; ``None`` if nothing is."""
    moments: list[datetime | None] = []
    for course in rolled.courses.values():
        if course.memory.stage in MOVING - {Stage.BAKING} and not course.asked.settings.paused:
            moments.append(now + timedelta(seconds=LOOK_AGAIN_SECONDS))
        moments.append(first_deadline(course.memory, course.asked.settings, course.fleet))
        if course.memory.stage is Stage.BAKING and not course.asked.settings.paused:
            moments.append(baked_at(course.memory, course.asked))
    return min(((moment - now).total_seconds() for moment in moments if moment is not None), default=None)


def _recalled(previous: Mapping[str, Any], layout: Layout) -> dict[str, Memory]:
    memories = recall(previous, (record for content in layout.contents.values() for record in content.rollouts))
    if _has_past(previous):
        return memories
    # The registry was restored without its status: what was on its way stays where it is.
    return {
        template: replace(memory, stage=Stage.HELD, epoch=memory.epoch + 1) if memory.stage in MOVING else memory
        for template, memory in memories.items()
    }


def _has_past(previous: Mapping[str, Any]) -> bool:
    """Whether the registry ever read its source, by its status."""
    return "lastSuccessTime" in (previous.get("source") or {})


def _decided(
    memory: Memory | None, asked: Asked, fleet: Fleet, *, registry: str, known: bool, settled: bool, now: datetime
) -> Decision:
    """The next step; ``known`` tells whether the registry has a past, ``settled`` whether it knows all its tenants.

    A template that a registry with a past does not remember is a new one.
    """
    if memory is None and settled and asked.revision:
        return Decision(begin_first(asked, fleet, now=now), [])
    if memory is None:
        stage = Stage.IDLE if known else Stage.ADOPTING
        return Decision(Memory(stage, target=_found(asked, fleet)), [])
    if memory.stage is Stage.ADOPTING:
        ready = settled and asked.revision
        return Decision(adopt(asked, fleet, now=now) if ready else replace(memory, target=_found(asked, fleet)), [])
    if not known:
        # A pause would begin anew what was just held, in every sync until the source is read.
        return Decision(memory, [])
    return decide(memory, asked, fleet, registry=registry, now=now)


def _found(asked: Asked, fleet: Fleet) -> str:
    """What new tenants get while it is not known yet what there is."""
    return most_common(fleet.pins()) or asked.revision


def _creation_pin(course: Course) -> str:
    return creation_revision(course.memory, course.asked)


def _is_safe(revision: str, asked: Asked, previous: Mapping[str, Any]) -> bool:
    """Whether a revision cannot be pruned before somebody gets it: its template wants it, or the status says so."""
    if revision in ("", asked.latest, asked.settings.revision):
        return True
    entries = (entry for entry in previous.get("templates") or () if entry.get("name") == asked.template)
    return any(revision in (entry.get("inUse") or ()) for entry in entries)


def _orphaned(memories: Mapping[str, Memory], present: Mapping[str, Any], crowd: Crowd) -> list[str]:
    gone = [template for template in memories if template not in present]
    if not gone:
        return []
    pinned = {template for row in crowd.rows.values() for template in row.get("pins") or ()}
    return sorted(pinned.intersection(gone))


def _with_records(layout: Layout, rolled: Rolled) -> dict[str, Content]:
    """The contents with what is remembered in the first slice, and nowhere else."""
    memories = {template: course.memory for template, course in rolled.courses.items()} | dict(rolled.others)
    records = [memories[name].to_record(name) for name in sorted(memories) if memories[name].epoch]
    first = next(iter(layout.places), "")
    contents = {}
    for name, content in rolled.contents.items():
        wanted = records if name == first else []
        before = layout.contents[name].rollouts
        contents[name] = replace(content, rollouts=before if before == wanted else wanted)
    return contents
