"""What a registry remembers of a rollout, and where.

The memory of each template stands in the first slice and, as a copy, in the registry's status. Its epoch grows with
each change, so of two memories the one with the higher epoch holds: neither a status nor a slice that is observed late
can bring back what was before. Pins are no part of it: they stand in the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from tenantry.protocol import JSONObject


class Stage(StrEnum):
    """Where the rollout of a template stands."""

    ADOPTING = "Adopting"
    """The registry is new, or was restored, and does not know yet what there is."""
    IDLE = "Idle"
    CANARY = "Canary"
    BAKING = "Baking"
    PROGRESSING = "Progressing"
    COMPLETE = "Complete"
    FAILED = "Failed"
    ROLLING_BACK = "RollingBack"
    ROLLED_BACK = "RolledBack"
    HELD = "Held"
    """A restored registry found tenants on other revisions, and leaves them there."""


MOVING = frozenset((Stage.CANARY, Stage.BAKING, Stage.PROGRESSING, Stage.ROLLING_BACK))
AT_REST = frozenset((Stage.IDLE, Stage.COMPLETE, Stage.ROLLED_BACK))
STOPPED = frozenset((Stage.FAILED, Stage.HELD))


@dataclass(frozen=True, slots=True)
class Wave:
    """Tenants that are moved together. It is on record before any of them is moved."""

    time: str
    """When it was decided: the mark that its tenants get. No two waves of a template have the same."""
    revision: str
    """Where they go; empty if the wave was called off. Then they are marked as spared, and stay where they are."""
    uids: tuple[str, ...]
    excused: bool = False
    """Whether they do not count."""

    def to_json(self) -> JSONObject:
        """As a slice holds it."""
        return {"time": self.time, "revision": self.revision, "excused": self.excused, "uids": list(self.uids)}


@dataclass(frozen=True, slots=True)
class Memory:
    """The rollout of one template."""

    stage: Stage = Stage.ADOPTING
    target: str = ""
    good: str = ""
    """The last revision that all tenants were moved to."""
    wanted: str = ""
    """What the template asked for last."""
    pinned: bool = False
    """Whether it asked by ``spec.rollout.revision``."""
    failed: tuple[str, ...] = ()
    """Revisions from which tenants were rolled back."""
    started: str = ""
    finished: str = ""
    baking_since: str = ""
    failing: tuple[JSONObject, ...] = ()
    """The first tenants that stopped it, as the status lists them."""
    epoch: int = 0
    wave: Wave | None = None

    def to_json(self) -> JSONObject:
        """As the status holds it: without the wave, which slices alone have."""
        return {
            "epoch": self.epoch,
            "stage": self.stage.value,
            "target": self.target,
            "good": self.good,
            "wanted": self.wanted,
            "pinned": self.pinned,
            "failed": list(self.failed),
            "started": self.started,
            "finished": self.finished,
            "bakingSince": self.baking_since,
            "failing": list(self.failing),
        }

    def to_record(self, template: str) -> JSONObject:
        """As the first slice holds it."""
        record = {"template": template, **self.to_json()}
        return {**record, "wave": self.wave.to_json()} if self.wave else record


def recall(status: Mapping[str, Any], records: Iterable[Mapping[str, Any]]) -> dict[str, Memory]:
    """Template → what is remembered of its rollout, by the registry's status and the records in its slices.

    A wave is on record in slices alone, and holds until all of its tenants were moved, whatever the status says.
    """
    memories = {entry["name"]: _of_status(entry) for entry in status.get("templates") or ()}
    recorded: dict[str, Memory] = {}
    for record in records:
        memory = _read(record)
        known = recorded.get(record["template"])
        if known is None or memory.epoch >= known.epoch:
            recorded[record["template"]] = memory
    for template, memory in recorded.items():
        told = memories.get(template)
        memories[template] = memory if told is None or told.epoch <= memory.epoch else replace(told, wave=memory.wave)
    return memories


def _of_status(entry: Mapping[str, Any]) -> Memory:
    if entry.get("memory"):
        return _read(entry["memory"])
    # Written before there were rollouts: all tenants had been moved at once.
    revision = entry.get("revision") or ""
    stage = Stage.COMPLETE if revision else Stage.ADOPTING
    return Memory(stage, target=revision, good=revision, wanted=revision)


def _read(record: Mapping[str, Any]) -> Memory:
    wave = record.get("wave")
    return Memory(
        stage=Stage(record.get("stage") or Stage.ADOPTING),
        target=record.get("target") or "",
        good=record.get("good") or "",
        wanted=record.get("wanted") or "",
        pinned=bool(record.get("pinned")),
        failed=tuple(record.get("failed") or ()),
        started=record.get("started") or "",
        finished=record.get("finished") or "",
        baking_since=record.get("bakingSince") or "",
        failing=tuple(record.get("failing") or ()),
        epoch=record.get("epoch") or 0,
        wave=_read_wave(wave) if wave else None,
    )


def _read_wave(wave: Mapping[str, Any]) -> Wave:
    return Wave(
        wave["time"], wave.get("revision") or "", tuple(wave.get("uids") or ()), excused=bool(wave.get("excused"))
    )
