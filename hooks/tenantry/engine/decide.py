"""What happens to one object: whether it is returned, as what, and how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from tenantry.conditions import parse_timestamp
from tenantry.engine.compiled import APPLY
from tenantry.engine.conflict import with_conflict_policy
from tenantry.engine.draft import NOT_WANTED, WAITING_FOR_DEPENDENCY, WAITING_FOR_VALUE, WHEN_FALSE
from tenantry.engine.dress import dressed, marked
from tenantry.engine.foreign import Foreign
from tenantry.engine.keep import keep
from tenantry.engine.lifecycle import WAITS_FOR_DELETION
from tenantry.engine.observe import Observed, annotation, is_ours
from tenantry.engine.patch import FOREIGN_FIELDS, REMOVING_FIELDS, as_asked, sent_for, told
from tenantry.engine.plan import Planned
from tenantry.engine.retain import is_orphan, with_policy
from tenantry.engine.standing import (
    APPLY_PATIENCE,
    BEING_APPLIED,
    READY,
    Memory,
    Phase,
    Standing,
    has_run,
    standing_of,
    standing_of_missing,
)
from tenantry.names import CONTENT_HASH_ANNOTATION, RESOURCE_ID_ANNOTATION
from tenantry.protocol import JSONObject, Location, ObjectKey


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
    removals: frozenset[Location] = frozenset()
    """Where what is returned has a null, or a text in its place, to remove what somebody added."""


_FAILURES: Final = frozenset((Phase.FAILED, Phase.SKIPPED, Phase.DEGRADED, Phase.BLOCKED))


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
    if planned.failure in NOT_WANTED:
        return Decision(planned, None, None, _not_wanted(planned, observed), "")
    holds = _object_of(planned, observed, claimed)
    live = observed.by_key[holds] if holds is not None else None
    if planned.failure in (WAITING_FOR_DEPENDENCY, WAITING_FOR_VALUE):
        refusal: Standing | None = _waiting_for_value(planned, standings)
    else:
        refusal = _refusal(planned, observed, holds)
    if refusal is not None:
        return Decision(planned, kept(planned, live) if live else None, holds, refusal, "")
    if live is None:
        if has_run(planned, memory):
            return Decision(planned, None, None, READY, planned.content_hash)
        waiting = _waiting(planned, standings)
        if waiting is not None:
            return Decision(planned, None, None, waiting, planned.content_hash)
        standing = standing_of_missing(planned, observed, memory, tenant, now)
        return Decision(planned, planned.object, None, standing, planned.content_hash)
    if planned.entry.once:
        hash_ = annotation(live, CONTENT_HASH_ANNOTATION) or planned.content_hash
        child = dressed(kept(planned, live), id_=planned.id, needs=planned.needs, tenant=tenant, hash_=hash_)
        return Decision(planned, marked(child, live), holds, standing_of(planned, live, hash_, memory, now), hash_)
    if annotation(live, CONTENT_HASH_ANNOTATION) != planned.content_hash:
        waiting = _waiting(planned, standings)
        if waiting is not None:
            return Decision(planned, kept(planned, live), holds, waiting, planned.content_hash)
    obj = planned.object
    if obj is None or (planned.entry.patch == APPLY and not planned.ignored):
        standing = standing_of(planned, live, planned.content_hash, memory, now)
        return Decision(planned, marked(obj, live) if obj else None, holds, standing, planned.content_hash)
    sent = sent_for(planned, obj, live)
    was_ready = memory.get(planned.id, {}).get("readyHash") == planned.content_hash
    asked = as_asked(planned, sent.object, live, was_ready=was_ready)
    standing = standing_of(planned, asked, planned.content_hash, memory, now)
    if standing == READY and sent.foreign:
        standing = _with_additions(sent.foreign, memory.get(planned.id, {}), now)
    return Decision(planned, marked(sent.object, live), holds, standing, planned.content_hash, sent.removals)


def _with_additions(foreign: Foreign, last: JSONObject, now: datetime) -> Standing:
    """The standing of an object that is as wanted, and has more than that, until it is removed."""
    reason, message = told(foreign)
    if reason == REMOVING_FIELDS and _should_be_gone(last, now):
        message = f"{message} since {last['since']}: see the Events of this Tenant for what the API server says"
        return Standing(Phase.READY, FOREIGN_FIELDS, message)
    return Standing(Phase.READY, reason, message)


def _should_be_gone(last: JSONObject, now: datetime) -> bool:
    """Whether what is being removed should be gone by now, or was in the way before."""
    if last.get("reason") not in (REMOVING_FIELDS, FOREIGN_FIELDS) or not last.get("since"):
        return False
    return last["reason"] == FOREIGN_FIELDS or now - parse_timestamp(last["since"]) >= APPLY_PATIENCE


def tolerant(decision: Decision) -> Decision:
    """The decision on an entry that says that nothing shall wait for it when it fails."""
    standing = decision.standing
    if not decision.planned.entry.goes_on or standing.phase not in _FAILURES:
        return decision
    return decision._replace(standing=standing._replace(tolerated=True))


def kept(planned: Planned, live: JSONObject) -> JSONObject:
    """An entry's object with the content that it has; what becomes of it one day is as the revision says now."""
    if not is_ours(live):
        return keep(live)
    return with_conflict_policy(with_policy(keep(live), planned.anchor), force=planned.entry.force)


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


def _not_wanted(planned: Planned, observed: Observed) -> Standing:
    """The standing of an entry that shall have no object now."""
    if planned.failure != WAITS_FOR_DELETION:
        return Standing(Phase.SKIPPED, planned.failure, planned.message)
    if planned.entry.type_key not in observed.managed_types:
        return Standing(Phase.FAILED, "UnmanagedKind", _unmanaged(planned.entry.type_key, observed))
    return Standing(Phase.PENDING, WAITS_FOR_DELETION, planned.message)


def _refusal(planned: Planned, observed: Observed, holds: ObjectKey | None) -> Standing | None:
    """Why an entry's object cannot be made as the template says."""
    if planned.failure:
        return Standing(Phase.FAILED, planned.failure, planned.message)
    if planned.entry.type_key not in observed.managed_types:
        return Standing(Phase.FAILED, "UnmanagedKind", _unmanaged(planned.entry.type_key, observed))
    if holds is not None and holds != planned.key:
        renamed = f"was {_called(holds, planned.key)} and would now be {_called(planned.key, holds)}"
        way_out = "restore the name, set onRename: Replace, or remove this entry and add one with another id"
        return Standing(Phase.BLOCKED, "IdentityChanged", f"{renamed}: {way_out}")
    return None


def _called(key: ObjectKey | None, other: ObjectKey | None) -> str:
    """Namespace and name of an object, and its kind where that tells it from another."""
    if key is None:
        return "unknown"
    kind = key.type_key.partition(".")[0]
    return key.key if other is None or key.type_key == other.type_key else f"{kind} {key.key}"


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
    for need in (*planned.needs, *planned.after):
        found = standings.get(need, BEING_APPLIED)
        if found.settled:
            continue
        if found.phase in (Phase.FAILED, Phase.SKIPPED):
            if not planned.entry.skip_on_failure and need not in planned.after:
                continue
            return Standing(Phase.SKIPPED, "DependencyFailed", f"{need} is {found.phase}: {found.reason}")
        pending = pending or Standing(Phase.PENDING, WAITING_FOR_DEPENDENCY, f"waits for {need}")
    return pending


def _waiting_for_value(planned: Planned, standings: Mapping[str, Standing]) -> Standing:
    """The standing of an entry that refers to a field, or depends on an entry, that is not there yet."""
    waiting = _waiting(planned, standings)
    if waiting is not None and waiting.phase is Phase.SKIPPED:
        return waiting
    off = [need for need in planned.needs if standings.get(need, BEING_APPLIED).reason == WHEN_FALSE]
    way_out = f"; {', '.join(off)} is switched off: give this entry the same when" if off else ""
    return Standing(Phase.PENDING, planned.failure, f"{planned.message}{way_out}")
