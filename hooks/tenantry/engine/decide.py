"""What happens to one object: whether it is returned, as what, and how it stands.

Phases and their meaning: ``Pending`` waits for a dependency, ``Skipped`` is left out because a dependency failed,
``Progressing`` is being made, ``Ready`` is ready *with the content that is returned now*, ``Degraded`` was that and is
not now, ``Failed`` cannot be made as the template says, ``Blocked`` is returned but was not made so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from tenantry.conditions import parse_timestamp
from tenantry.engine.dress import dressed, marked
from tenantry.engine.keep import keep
from tenantry.engine.observe import Observed, annotation, is_deleting
from tenantry.engine.plan import Planned
from tenantry.engine.readiness import Health, readiness
from tenantry.names import CONTENT_HASH_ANNOTATION
from tenantry.protocol import JSONObject, ObjectKey

APPLY_PATIENCE: Final = timedelta(seconds=30)
"""How long the API server may take to show what was returned before the object counts as blocked."""


class Phase(StrEnum):
    """Where an object stands."""

    PENDING = "Pending"
    SKIPPED = "Skipped"
    PROGRESSING = "Progressing"
    READY = "Ready"
    DEGRADED = "Degraded"
    FAILED = "Failed"
    BLOCKED = "Blocked"


class Standing(NamedTuple):
    """A phase, and unless it is Ready why: a CamelCase reason and a sentence."""

    phase: Phase
    reason: str = ""
    message: str = ""


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
    holds = _object_of(planned, observed, claimed)
    live = observed.by_key[holds] if holds is not None else None
    refusal = _refusal(planned, observed, holds)
    if refusal is not None:
        return Decision(planned, keep(live) if live else None, holds, refusal, "")
    waiting = _waiting(planned, standings)
    if live is None:
        if waiting is not None:
            return Decision(planned, None, None, waiting, planned.content_hash)
        return Decision(planned, planned.object, None, _unapplied(planned.id, memory, now), planned.content_hash)
    if planned.entry.once:
        hash_ = annotation(live, CONTENT_HASH_ANNOTATION) or planned.content_hash
        child = dressed(keep(live), id_=planned.id, needs=planned.needs, tenant=tenant, hash_=hash_)
        return Decision(planned, marked(child, live), holds, _standing(planned, live, hash_, memory, now), hash_)
    if waiting is not None and annotation(live, CONTENT_HASH_ANNOTATION) != planned.content_hash:
        return Decision(planned, keep(live), holds, waiting, planned.content_hash)
    standing = _standing(planned, live, planned.content_hash, memory, now)
    wanted = marked(planned.object, live) if planned.object else None
    return Decision(planned, wanted, holds, standing, planned.content_hash)


def _object_of(planned: Planned, observed: Observed, claimed: frozenset[ObjectKey]) -> ObjectKey | None:
    """The observed object of an entry: one made from it, unless another entry names that; else the one it names.

    So an object stays with its entry through any renaming, and passes to the entry that names it when its own is gone.
    """
    made = observed.by_id.get(planned.id, ())
    if planned.failure == "Duplicate" or planned.key not in observed.by_key:
        return min((key for key in made if key not in claimed), default=None)
    if planned.key in made:
        return planned.key
    return min((key for key in made if key not in claimed), default=planned.key)


def _refusal(planned: Planned, observed: Observed, holds: ObjectKey | None) -> Standing | None:
    """Why an entry's object cannot be made as the template says."""
    if planned.failure:
        return Standing(Phase.FAILED, planned.failure, planned.message)
    if planned.entry.type_key not in observed.managed_types:
        return Standing(Phase.FAILED, "UnmanagedKind", _unmanaged(planned.entry.type_key, observed))
    if holds is not None and holds != planned.key:
        renamed = f"was {holds.key} and would now be {planned.key.key if planned.key else 'unknown'}"
        way_out = "restore the name, or remove this entry and add one with another id"
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
        elif found.phase in (Phase.FAILED, Phase.SKIPPED):
            return Standing(Phase.SKIPPED, "DependencyFailed", f"{need} is {found.phase}: {found.reason}")
        elif found.phase is not Phase.READY:
            pending = pending or Standing(Phase.PENDING, "WaitingForDependency", f"waits for {need}")
    return pending


def _standing(planned: Planned, live: JSONObject, hash_: str, memory: Memory, now: datetime) -> Standing:
    if is_deleting(live):
        return Standing(Phase.PROGRESSING, "Terminating", "is being deleted and will be made again")
    if annotation(live, CONTENT_HASH_ANNOTATION) != hash_:
        return _unapplied(planned.id, memory, now)
    if not planned.entry.wait_for_ready:
        return _READY
    found = readiness(live)
    if found.health is Health.READY:
        return _READY
    if memory.get(planned.id, {}).get("readyHash") == hash_:
        return Standing(Phase.DEGRADED, found.reason, found.message)
    phase = Phase.FAILED if found.health is Health.FAILED else Phase.PROGRESSING
    return Standing(phase, found.reason, found.message)


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
