"""What happens to one object: whether it is returned, as what, and how it stands.

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
from tenantry.engine.draft import WAITING_FOR_VALUE, WHEN_FALSE
from tenantry.engine.dress import dressed, marked
from tenantry.engine.keep import applied_entry, keep
from tenantry.engine.observe import Observed, annotation, is_deleting, is_ours
from tenantry.engine.plan import Planned
from tenantry.engine.readiness import Health
from tenantry.engine.retain import is_orphan, with_policy
from tenantry.names import CONTENT_HASH_ANNOTATION, RESOURCE_ID_ANNOTATION
from tenantry.protocol import JSONObject, ObjectKey

APPLY_PATIENCE: Final = timedelta(seconds=30)
"""How long the API server may take to show what was returned before the object counts as blocked."""

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
    """Of no entry any more: an object that stays by its deletion policy."""


class Standing(NamedTuple):
    """A phase, and unless it is Ready why: a CamelCase reason and a sentence."""

    phase: Phase
    reason: str = ""
    message: str = ""
    deadline: datetime | None = None
    """When it will have failed, if nothing happens until then."""

    @property
    def settled(self) -> bool:
        """Whether there is nothing to wait for: ready, or switched off."""
        return self.phase is Phase.READY or self.reason == WHEN_FALSE


class Decision(NamedTuple):
    """What happens to one entry's object."""

    planned: Planned
    child: JSONObject | None
    """What is returned; none if the object shall not be made yet."""
    holds: ObjectKey | None
    """The observed object that belongs to this entry, and is therefore not removed."""
    standing: Standing
    content_hash: str
    """Hash of the content that is returned."""


Memory = Mapping[str, JSONObject]
"""Entry → what the Tenant's status said of it last."""

_READY: Final = Standing(Phase.READY)
_APPLYING: Final = Standing(Phase.PROGRESSING, "Applying", "is being applied")


def decide(
    planned: Planned,
    observed: Observed,
    standings: Mapping[str, Standing],
    claimed: frozenset[ObjectKey],
    memory: Memory,
    *,
    tenant: str,
    now: datetime,
) -> Decision:
    """The decision on one entry, given how the entries before it stand."""
    if planned.failure == WHEN_FALSE:
        return Decision(planned, None, None, Standing(Phase.SKIPPED, WHEN_FALSE, planned.message), "")
    holds = _object_of(planned, observed, claimed)
    live = observed.by_key[holds] if holds is not None else None
    if planned.failure == WAITING_FOR_VALUE:
        refusal: Standing | None = _waiting_for_value(planned, standings)
    else:
        refusal = _refusal(planned, observed, holds)
    if refusal is not None:
        return Decision(planned, kept(planned, live) if live else None, holds, refusal, "")
    waiting = _waiting(planned, standings)
    if live is None:
        if waiting is not None:
            return Decision(planned, None, None, waiting, planned.content_hash)
        return Decision(planned, planned.object, None, _unapplied(planned.id, memory, now), planned.content_hash)
    if planned.entry.once:
        hash_ = annotation(live, CONTENT_HASH_ANNOTATION) or planned.content_hash
        child = dressed(kept(planned, live), id_=planned.id, needs=planned.needs, tenant=tenant, hash_=hash_)
        return Decision(planned, marked(child, live), holds, _standing(planned, live, hash_, memory, now), hash_)
    if waiting is not None and annotation(live, CONTENT_HASH_ANNOTATION) != planned.content_hash:
        return Decision(planned, kept(planned, live), holds, waiting, planned.content_hash)
    standing = _standing(planned, live, planned.content_hash, memory, now)
    wanted = marked(planned.object, live) if planned.object else None
    return Decision(planned, wanted, holds, standing, planned.content_hash)


def kept(planned: Planned, live: JSONObject) -> JSONObject:
    """An entry's object with the content that it has; what becomes of it one day is as the revision says now."""
    return with_policy(keep(live), planned.anchor) if is_ours(live) else keep(live)


def _object_of(planned: Planned, observed: Observed, claimed: frozenset[ObjectKey]) -> ObjectKey | None:
    """The observed object of an entry: one made from it, unless another entry names that; else the one it names.

    So an object stays with its entry through any renaming, and passes to the entry that names it when its own is gone.
    """
    if planned.entry.replace and _may_begin_anew(planned, observed):
        return planned.key if planned.key in observed.by_key else None
    made = observed.by_id.get(planned.id, ())
    if planned.failure == "Duplicate" or planned.key not in observed.by_key:
        return min((key for key in made if key not in claimed), default=None)
    if planned.key in made:
        return planned.key
    return min((key for key in made if key not in claimed), default=planned.key)


def _may_begin_anew(planned: Planned, observed: Observed) -> bool:
    """Whether an entry can have an object of the name that it has now: no other entry has one of that name."""
    if planned.failure or planned.key is None:
        return False
    there = observed.by_key.get(planned.key)
    return there is None or annotation(there, RESOURCE_ID_ANNOTATION) in ("", planned.id) or is_orphan(there)


def _refusal(planned: Planned, observed: Observed, holds: ObjectKey | None) -> Standing | None:
    """Why an entry's object cannot be made as the template says."""
    if planned.failure:
        return Standing(Phase.FAILED, planned.failure, planned.message)
    if planned.entry.type_key not in observed.managed_types:
        return Standing(Phase.FAILED, "UnmanagedKind", _unmanaged(planned.entry.type_key, observed))
    if holds is not None and holds != planned.key:
        renamed = f"was {holds.key} and would now be {planned.key.key if planned.key else 'unknown'}"
        way_out = "restore the name, set onRename: Replace, or remove this entry and add one with another id"
        return Standing(Phase.BLOCKED, "IdentityChanged", f"{renamed}: {way_out}")
    return None


def _unmanaged(type_key: str, observed: Observed) -> str:
    kind, _, api_version = type_key.partition(".")
    others = sorted(known.partition(".")[2] for known in observed.managed_types if known.partition(".")[0] == kind)
    if others:
        return f"this controller manages {kind} in {', '.join(others)}, not in {api_version}: change the apiVersion"
    way_out = "add it to childResources of the CompositeController"
    return f"this controller does not manage {kind} of {api_version}: {way_out}"


def _waiting(planned: Planned, standings: Mapping[str, Standing]) -> Standing | None:
    """The standing of an entry whose dependencies do not let it go on yet."""
    pending = None
    for need in planned.needs:
        found = standings.get(need)
        if found is None:
            pending = pending or Standing(Phase.PENDING, "WaitingForDependency", f"waits for {need}")
        elif found.settled:
            continue
        elif found.phase in (Phase.FAILED, Phase.SKIPPED):
            if not planned.entry.skip_on_failure:
                continue
            return Standing(Phase.SKIPPED, "DependencyFailed", f"{need} is {found.phase}: {found.reason}")
        else:
            pending = pending or Standing(Phase.PENDING, "WaitingForDependency", f"waits for {need}")
    return pending


def _waiting_for_value(planned: Planned, standings: Mapping[str, Standing]) -> Standing:
    """The standing of an entry that refers to a field that is not there yet, or never will be."""
    waiting = _waiting(planned, standings)
    if waiting is not None and waiting.phase is Phase.SKIPPED:
        return waiting
    off = [need for need in planned.needs if standings.get(need, _APPLYING).reason == WHEN_FALSE]
    way_out = f"; {', '.join(off)} is switched off: give this entry the same when" if off else ""
    return Standing(Phase.PENDING, WAITING_FOR_VALUE, f"{planned.message}{way_out}")


def _standing(planned: Planned, live: JSONObject, hash_: str, memory: Memory, now: datetime) -> Standing:
    if is_deleting(live):
        return Standing(Phase.PROGRESSING, "Terminating", "is being deleted and will be made again")
    if annotation(live, CONTENT_HASH_ANNOTATION) != hash_:
        return _unapplied(planned.id, memory, now)
    if not planned.entry.wait_for_ready:
        return _READY
    found = planned.readiness(live)
    if found.health is Health.READY:
        return _READY
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


def _unapplied(id_: str, memory: Memory, now: datetime) -> Standing:
    """The standing of an object that does not show yet what was returned."""
    last = memory.get(id_)
    if last is None or last.get("reason") not in ("Applying", "NotApplied") or not last.get("since"):
        return _APPLYING
    if last["reason"] == "Applying" and now - parse_timestamp(last["since"]) < APPLY_PATIENCE:
        return _APPLYING
    return Standing(
        Phase.BLOCKED, "NotApplied", "the API server has not made it so: see the Events of this Tenant for its answer"
    )
