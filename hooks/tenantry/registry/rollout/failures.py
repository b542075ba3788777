"""Tenants that fail with a new revision."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tenantry.kinds.rollout import Rollout
from tenantry.protocol import JSONObject
from tenantry.registry.moments import moment
from tenantry.registry.rollout.fleet import NOT_IN_TROUBLE, Fleet
from tenantry.registry.rollout.memory import MOVING, Memory, Stage

DEADLINE_EXCEEDED: Final = "ProgressDeadlineExceeded"
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Failure:
    """A tenant that fails, and why."""

    uid: str
    reason: str
    message: str

    def to_json(self) -> JSONObject:
        """As the status lists it."""
        return {"uid": self.uid, "reason": self.reason, "message": self.message}


def failures_in(memory: Memory, settings: Rollout, fleet: Fleet, *, now: datetime) -> list[Failure]:
    """Tenants that fail with the target, by uid: by their own word, or since they are not ready in time.

    Canaries that were ready and are in trouble before the others begin fail as well.
    """
    failures = {}
    for uid, entry in fleet.listed.items():
        if fleet.pin(uid) != memory.target:
            continue
        if entry.get("reason"):
            failures[uid] = Failure(uid, entry["reason"], entry.get("message") or "")
        elif now >= _deadline(entry, memory, settings):
            message = f"is not Ready {settings.progress_deadline_seconds} s after it was moved"
            failures[uid] = Failure(uid, DEADLINE_EXCEEDED, message)
    for uid in _canaries(memory, fleet):
        reason = fleet.crowd.unready.get(uid)
        if uid in fleet.crowd.outdated or uid in fleet.listed:
            continue
        if reason and reason not in NOT_IN_TROUBLE:
            failures[uid] = Failure(uid, reason, "was Ready with this revision, and is not any more")
    return [failures[uid] for uid in sorted(failures)]


def first_deadline(memory: Memory, settings: Rollout, fleet: Fleet) -> datetime | None:
    """When the first tenant will have taken too long; ``None`` if none is on its way to the target."""
    if memory.stage not in MOVING or settings.paused:
        return None
    entries = (entry for uid, entry in fleet.listed.items() if fleet.pin(uid) == memory.target)
    return min((_deadline(entry, memory, settings) for entry in entries), default=None)


def _canaries(memory: Memory, fleet: Fleet) -> Iterable[str]:
    if memory.stage not in (Stage.CANARY, Stage.BAKING):
        return ()
    return fleet.canaries(memory.target, memory.started)


def _deadline(entry: JSONObject, memory: Memory, settings: Rollout) -> datetime:
    """Counted from the move, but not from before the rollout began or was resumed."""
    moments = [found for text in (entry.get("since"), memory.started) if (found := moment(text)) is not None]
    began = max(moments, default=None)
    return began + timedelta(seconds=settings.progress_deadline_seconds) if began else _NEVER
