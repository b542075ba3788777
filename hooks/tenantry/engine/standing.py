"""How one object stands, by what is observed of it and what the status said last.

Phases and their meaning: ``Pending`` waits for a dependency, ``Skipped`` is switched off or a dependency failed,
``Progressing`` is being made, ``Ready`` is ready *with the content that is returned now*, ``Degraded`` was that and is
not now, ``Failed`` cannot be made as the template says, ``Blocked`` is returned but was not made so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from tenantry.conditions import parse_timestamp
from tenantry.engine.draft import NOT_WANTED
from tenantry.engine.keep import applied_entry
from tenantry.engine.lifecycle import SYNC
from tenantry.engine.observe import Observed, annotation, is_deleting
from tenantry.engine.plan import Planned
from tenantry.engine.probes import refusal, sighting
from tenantry.engine.readiness import Health
from tenantry.names import CONTENT_HASH_ANNOTATION
from tenantry.protocol import JSONObject

APPLY_PATIENCE: Final = timedelta(seconds=30)
"""How long the API server may take to show what was returned before the object counts as blocked."""
PROBE_PATIENCE: Final = timedelta(seconds=5)
"""How long an object may be missing before a probe looks what is in its way."""
CONFLICT: Final = "Conflict"
TIMEOUT: Final = "Timeout"


class Phase(StrEnum):
    """Where an object stands."""

    PENDING = "Pending"
    SKIPPED = "Skipped"
    PROGRESSING = "Progressing"
    READY = "Ready"
    DEGRADED = "Degraded"
    FAILED = "Failed"
    BLOCKED = "Blocked"
    RETAINED = "Retained"
    """Of no entry any more: an object that stays by its deletion policy, or a Namespace with objects of entries."""
    FOREIGN = "Foreign"
    """Of no entry: an object of somebody else that carries the tenant's label, and is left alone."""


class Standing(NamedTuple):
    """A phase and why: a CamelCase reason and a sentence. For Ready they tell what somebody added, if anything."""

    phase: Phase
    reason: str = ""
    message: str = ""
    deadline: datetime | None = None
    """When it will have failed, if nothing happens until then."""
    tolerated: bool = False
    """Whether it failed and nothing waits for it: ``onFailure: Continue``."""

    @property
    def settled(self) -> bool:
        """Whether there is nothing to wait for: ready, not wanted, or failed without being needed."""
        return self.phase is Phase.READY or self.reason in NOT_WANTED or self.tolerated


Memory = Mapping[str, JSONObject]
"""Entry → what the Tenant's status said of it last."""


READY: Final = Standing(Phase.READY)
APPLYING: Final = "Applying"
"""Reason of an object that does not show yet what is returned now."""
NOT_APPLIED: Final = "NotApplied"
"""Reason of one that does not show it after ``APPLY_PATIENCE``."""
BEING_APPLIED: Final = Standing(Phase.PROGRESSING, APPLYING, "is being applied")


def has_run(planned: Planned, memory: Memory) -> bool:
    """Whether a Job completed with this content: it need not be there any more, and does not run again.

    So it is of one with a lifecycle, and of one that says itself that it goes when it is done.
    """
    entry = planned.entry
    if entry.type_key != "Job.batch/v1" or (entry.lifecycle == SYNC and not _goes_when_done(planned)):
        return False
    return bool(planned.content_hash) and memory.get(planned.id, {}).get("readyHash") == planned.content_hash


def _is_complete_run(planned: Planned, live: JSONObject) -> bool:
    """Whether a Job with a lifecycle completed: its name tells with which content, whoever stripped our marks."""
    entry = planned.entry
    if entry.lifecycle == SYNC or entry.type_key != "Job.batch/v1" or planned.key is None:
        return False
    return live["metadata"]["name"] == planned.key.key.rpartition("/")[2] and (
        planned.readiness(live).health is Health.READY
    )


def _goes_when_done(planned: Planned) -> bool:
    spec = planned.object.get("spec") if planned.object is not None else None
    return isinstance(spec, dict) and "ttlSecondsAfterFinished" in spec


def standing_of(planned: Planned, live: JSONObject, hash_: str, memory: Memory, now: datetime) -> Standing:
    """The standing of an object that is there, when content of this hash is returned for it."""
    if is_deleting(live) and not has_run(planned, memory):
        return Standing(Phase.PROGRESSING, "Terminating", "is being deleted and will be made again")
    if annotation(live, CONTENT_HASH_ANNOTATION) != hash_ and not _is_complete_run(planned, live):
        return _unapplied(planned.id, memory, now)
    if not planned.entry.wait_for_ready:
        return READY
    found = planned.readiness(live)
    if found.health is Health.READY:
        return READY
    if memory.get(planned.id, {}).get("readyHash") == hash_:
        return Standing(Phase.DEGRADED, found.reason, found.message)
    if found.health is Health.FAILED:
        return Standing(Phase.FAILED, found.reason, found.message)
    deadline = _deadline(live, planned.entry.timeout)
    if deadline is None or now < deadline:
        return Standing(Phase.PROGRESSING, found.reason, found.message, deadline)
    seconds = int(planned.entry.timeout.total_seconds())
    return Standing(Phase.FAILED, TIMEOUT, f"is not ready after {seconds} s: {found.reason}: {found.message}")


def _deadline(live: JSONObject, timeout: timedelta) -> datetime | None:
    """When an object that is not ready yet counts as failed; never if the API server does not tell its last apply."""
    applied = (applied_entry(live) or {}).get("time")
    return parse_timestamp(applied) + timeout if applied else None


def is_overdue(last: JSONObject | None, now: datetime) -> bool:
    """Whether somebody should look why an object does not appear, going by what the status said of it last."""
    if not last or last.get("reason") not in (APPLYING, NOT_APPLIED, CONFLICT) or not last.get("since"):
        return False
    return last["reason"] != APPLYING or now - parse_timestamp(last["since"]) >= PROBE_PATIENCE


def standing_of_missing(planned: Planned, observed: Observed, memory: Memory, tenant: str, now: datetime) -> Standing:
    """The standing of an object that is returned and not there."""
    found = sighting(planned.key, observed, tenant)
    if found is not None and planned.key is not None:
        why = refusal(found, planned.key, tenant, force=planned.entry.force)
        if why:
            return Standing(Phase.BLOCKED, CONFLICT, why)
    return _unapplied(planned.id, memory, now)


def _unapplied(id_: str, memory: Memory, now: datetime) -> Standing:
    """The standing of an object that does not show yet what was returned."""
    last = memory.get(id_)
    if last is None or last.get("reason") not in (APPLYING, NOT_APPLIED) or not last.get("since"):
        return BEING_APPLIED
    if last["reason"] == APPLYING and now - parse_timestamp(last["since"]) < APPLY_PATIENCE:
        return BEING_APPLIED
    return Standing(
        Phase.BLOCKED, NOT_APPLIED, "the API server has not made it so: see the Events of this Tenant for its answer"
    )
