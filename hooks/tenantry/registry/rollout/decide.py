"""The next step of a rollout: where it goes, whether it stops, and who is moved next.

Nobody is moved by the sync that decides it. A *wave* is put on record first; its rows are moved by the syncs that see
it on record. The API server refuses a record that was made from an older state of the slice that holds it, so waves
follow one upon the other however old the observations are that some of them are decided on. A new one is decided only
when all tenants of the last one were moved and every slice has told who of its tenants is under way. So never are more
of them under way than ``maxSkew``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from tenantry.conditions import parse_timestamp
from tenantry.kinds.amount import rounded_up
from tenantry.kinds.rollout import MAX_REMEMBERED
from tenantry.registry.moments import exactly
from tenantry.registry.rollout.asking import Asked
from tenantry.registry.rollout.canary import next_canaries
from tenantry.registry.rollout.failures import Failure, failures_in
from tenantry.registry.rollout.fleet import Fleet, Remaining, last_wave_of
from tenantry.registry.rollout.memory import AT_REST, MOVING, STOPPED, Memory, Stage, Wave

MAX_WAVE: Final = 500
"""Tenants that one record names at most."""
MAX_FAILED: Final = 20
"""Revisions that failed that are remembered."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a rollout in one sync."""

    memory: Memory
    failures: list[Failure]
    """Tenants that fail with the target."""


def decide(memory: Memory, asked: Asked, fleet: Fleet, *, registry: str, now: datetime) -> Decision:
    """The memory after this sync. Its epoch tells whether anything changed."""
    new = _redirected(memory, asked, now=now)
    new = _resumed(new, asked, now=now)
    failures = failures_in(new, asked.settings, fleet, now=now)
    if failures and new.stage in MOVING and not asked.settings.paused:
        told = tuple(failure.to_json() for failure in failures[:MAX_REMEMBERED])
        new = replace(_stopped(new, asked, now=now), failing=told)
    elif new.target and new.stage in MOVING | AT_REST and not asked.settings.paused and _may_go_on(new, fleet):
        new = _advanced(new, asked, fleet, registry=registry, now=now)
    new = _called_off(new, asked, fleet)
    return Decision(new if new == memory else replace(new, epoch=memory.epoch + 1), failures)


def adopt(asked: Asked, fleet: Fleet, *, now: datetime) -> Memory:
    """What a registry without any memory makes of the tenants that it found.

    Tenants on other revisions stay there: whoever restored the registry did not ask for a rollout.
    """
    wanted = asked.revision
    if fleet.is_on(wanted):
        return Memory(Stage.IDLE, wanted, wanted, wanted, pinned=asked.pinned, epoch=1)
    mostly = most_common(fleet.pins()) or wanted
    return Memory(Stage.HELD, mostly, mostly, wanted, pinned=asked.pinned, finished=exactly(now), epoch=1)


def begin_first(asked: Asked, fleet: Fleet, *, now: datetime) -> Memory:
    """The first rollout of a template that is new to its registry."""
    memory = Memory(Stage.IDLE, good=most_common(fleet.pins()), wanted=asked.revision, pinned=asked.pinned, epoch=1)
    return _begun(memory, asked, now=now)


def most_common(pins: Iterable[str]) -> str:
    """The revision that most tenants have, the first of them by name if there are several; empty without any."""
    counts: dict[str, int] = {}
    for pin in pins:
        counts[pin] = counts.get(pin, 0) + 1
    return min(counts, key=lambda pin: (-counts[pin], pin), default="")


def creation_revision(memory: Memory, asked: Asked) -> str:
    """The revision that new tenants get: the target, or the last good one while the rollout stands still."""
    still = memory.stage in STOPPED or (memory.stage in MOVING and asked.settings.paused)
    return memory.good if still and memory.good else memory.target


def _redirected(memory: Memory, asked: Asked, *, now: datetime) -> Memory:
    """With a new target, if the template asks for something else than before."""
    wanted = asked.revision
    if not wanted or (wanted == memory.wanted and asked.pinned == memory.pinned):
        return memory
    new = replace(memory, wanted=wanted, pinned=asked.pinned)
    if wanted in memory.failed and not asked.pinned:
        return new
    if wanted == memory.target and memory.stage not in STOPPED:
        return new
    return _begun(new, asked, now=now)


def _begun(memory: Memory, asked: Asked, *, now: datetime) -> Memory:
    good = memory.target if memory.stage in AT_REST and memory.target else memory.good
    canary = asked.settings.canary is not None and not asked.pinned
    return replace(
        memory,
        stage=Stage.CANARY if canary else Stage.PROGRESSING,
        target=asked.revision,
        good=good,
        started=exactly(now),
        finished="",
        baking_since="",
        failing=(),
    )


def _resumed(memory: Memory, asked: Asked, *, now: datetime) -> Memory:
    """A rollout that stopped is as new once somebody pauses it: it goes on when the pause ends."""
    if memory.stage not in STOPPED or not asked.settings.paused or not memory.wanted:
        return memory
    if memory.stage is Stage.HELD and asked.revision:
        return _begun(memory, asked, now=now)
    return replace(memory, stage=Stage.PROGRESSING, started=exactly(now), finished="", baking_since="", failing=())


def _stopped(memory: Memory, asked: Asked, *, now: datetime) -> Memory:
    at = exactly(now)
    back = asked.settings.on_failure == "Rollback" and memory.stage is not Stage.ROLLING_BACK
    if not back or memory.good in ("", memory.target):
        return replace(memory, stage=Stage.FAILED, finished=at)
    failed = tuple(revision for revision in memory.failed if revision != memory.target)
    return replace(
        memory,
        stage=Stage.ROLLING_BACK,
        target=memory.good,
        failed=(*failed, memory.target)[-MAX_FAILED:],
        started=at,
        baking_since="",
    )


def _may_go_on(memory: Memory, fleet: Fleet) -> bool:
    """Whether all is known: every slice has told, and the last wave was moved."""
    return fleet.crowd.fresh and (memory.wave is None or _is_done(memory.wave, fleet))


def _is_done(wave: Wave, fleet: Fleet) -> bool:
    rows = fleet.crowd.rows
    return all(last_wave_of(rows[uid], fleet.template) >= wave.time for uid in wave.uids if uid in rows)


def _advanced(memory: Memory, asked: Asked, fleet: Fleet, *, registry: str, now: datetime) -> Memory:
    """The next stage, or the next wave."""
    remaining = fleet.remaining(memory.target)
    if memory.stage in AT_REST:
        if remaining.nobody:
            return memory
        stage = Stage.ROLLING_BACK if memory.stage is Stage.ROLLED_BACK else Stage.PROGRESSING
        memory = replace(memory, stage=stage, started=exactly(now), finished="")
    if memory.stage is Stage.CANARY:
        memory, wave = _canary_step(memory, asked, fleet, remaining, registry=registry, now=now)
        if memory.stage is Stage.CANARY:
            return _with_wave(memory, wave, now=now) if wave else memory
    if memory.stage is Stage.BAKING:
        if now < baked_at(memory, asked):
            return memory
        memory = replace(memory, stage=Stage.PROGRESSING, baking_since="")
    if remaining.nobody:
        return memory if fleet.under_way else _completed(memory, now=now)
    wave = _next_wave(memory, asked, fleet, remaining)
    return _with_wave(memory, wave, now=now) if wave else memory


def baked_at(memory: Memory, asked: Asked) -> datetime:
    """When the canaries have been ready for long enough."""
    canary = asked.settings.canary
    return parse_timestamp(memory.baking_since) + timedelta(seconds=canary.bake_seconds if canary else 0)


def _canary_step(
    memory: Memory, asked: Asked, fleet: Fleet, remaining: Remaining, *, registry: str, now: datetime
) -> tuple[Memory, Wave | None]:
    canary = asked.settings.canary
    if canary is None:
        return replace(memory, stage=Stage.PROGRESSING), None
    moved = len(fleet.canaries(memory.target, memory.started))
    chosen = next_canaries(canary, fleet, remaining.counted, moved + len(remaining.interrupted), registry)
    if not chosen and not remaining.interrupted:
        if fleet.under_way:
            return memory, None
        if remaining.nobody or not moved or not canary.bake_seconds:
            return replace(memory, stage=Stage.PROGRESSING), None
        return replace(memory, stage=Stage.BAKING, baking_since=exactly(now)), None
    return memory, _next_wave(memory, asked, fleet, Remaining(remaining.interrupted, chosen, []))


def _next_wave(memory: Memory, asked: Asked, fleet: Fleet, remaining: Remaining) -> Wave | None:
    """Whom ``maxSkew`` lets go now. Those who were under way already take no place that they had not taken."""
    places = rounded_up(asked.settings.max_skew, fleet.total)
    uids = remaining.interrupted + remaining.counted[: max(places - fleet.under_way, 0)]
    if uids:
        return Wave("", memory.target, tuple(uids[:MAX_WAVE]))
    if remaining.counted or fleet.under_way or not remaining.excused:
        return None
    return Wave("", memory.target, tuple(remaining.excused[: min(places, MAX_WAVE)]), excused=True)


def _with_wave(memory: Memory, wave: Wave, *, now: datetime) -> Memory:
    before = memory.wave.time if memory.wave else ""
    at = exactly(now)
    if at <= before:
        at = exactly(parse_timestamp(before) + timedelta(microseconds=1))
    return replace(memory, wave=replace(wave, time=at))


def _completed(memory: Memory, *, now: datetime) -> Memory:
    back = memory.stage is Stage.ROLLING_BACK
    return replace(
        memory,
        stage=Stage.ROLLED_BACK if back else Stage.COMPLETE,
        good=memory.target,
        failed=tuple(revision for revision in memory.failed if revision != memory.target),
        finished=exactly(now),
    )


def _called_off(memory: Memory, asked: Asked, fleet: Fleet) -> Memory:
    """A wave that is not to go any more stays on record: a sync that does not know yet must not move its rows."""
    wave = memory.wave
    if wave is None or not wave.revision or _is_done(wave, fleet):
        return memory
    if wave.revision == memory.target and memory.stage in MOVING and not asked.settings.paused:
        return memory
    return replace(memory, wave=replace(wave, revision=""))
