"""A Tenant's status: one entry an object, counts and conditions, byte-identical as long as nothing happens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Final

from tenantry.conditions import set_conditions, timestamp
from tenantry.engine.decide import Decision
from tenantry.engine.lifecycle import SYNC
from tenantry.engine.observe import annotation
from tenantry.engine.reconcile import Outcome
from tenantry.engine.standing import Memory, Phase
from tenantry.engine.tenant_conditions import tenant_conditions
from tenantry.names import RESOURCE_ID_ANNOTATION
from tenantry.protocol import JSONObject

MESSAGE_LIMIT: Final = 256
_COUNTER: Final = {phase: phase.lower() for phase in Phase}
_SPELLING: Final = {phase: phase.value for phase in Phase}
_ORPHANED: Final = {
    "reason": "Orphaned",
    "message": "has no place any more and stays by its deletion policy: delete it by hand when it is not needed",
}
_INHABITED: Final = {
    "reason": "Inhabited",
    "message": "has no place any more and stays as long as objects of this tenant live in it: give it its place back, "
    "or take them out too",
}
_NOT_OURS: Final = {
    "reason": "NotOurs",
    "message": "was made by somebody else and carries this tenant's label: it is left alone, and stays when the tenant "
    "goes. Remove the label tenantry.io/tenant if that is not meant",
}
_NO_COUNTS: Final = dict.fromkeys(_COUNTER.values(), 0)


def memory_of(status: JSONObject | None) -> Memory:
    """Entry → what the status said of it last."""
    return {entry["id"]: entry for entry in (status or {}).get("resources") or ()}


def counts_of(resources: Iterable[JSONObject]) -> JSONObject:
    """Entries of a status by phase."""
    counts = {"total": 0, **_NO_COUNTS}
    for entry in resources:
        counts[_COUNTER[Phase(entry["phase"])]] += 1
        counts["total"] += entry["phase"] != Phase.RETAINED
    return counts


def tenant_status(
    outcome: Outcome,
    memory: Memory,
    previous: JSONObject | None,
    *,
    revisions: Sequence[tuple[str, str]],
    generation: int,
    now: datetime,
) -> JSONObject:
    """The whole status. ``revisions`` are the templates that were rendered, each with its revision."""
    at = timestamp(now)
    decisions = outcome.decisions
    unsettled = [one for one in decisions if not one.standing.settled]
    return {
        "observedGeneration": generation,
        "conditions": set_conditions(
            previous, tenant_conditions(outcome, unsettled, generation, has_templates=bool(revisions)), now=now
        ),
        "counts": _counts(decisions) | {"retained": _count_of_retained(outcome), "foreign": len(outcome.foreign)},
        "templates": [_template_status(name, revision, unsettled, previous) for name, revision in revisions],
        "resources": sorted(
            [resource_status(one, memory, at) for one in decisions]
            + _retained(outcome, memory, at)
            + _foreign(outcome, memory, at),
            key=itemgetter("id"),
        ),
    }


def _count_of_retained(outcome: Outcome) -> int:
    return len(outcome.retained) + len(outcome.inhabited) + len(outcome.out_of_sight)


def resource_status(decision: Decision, memory: Memory, at: str) -> JSONObject:
    """What the status says of one entry, at this time (RFC 3339)."""
    planned, standing = decision.planned, decision.standing
    previous = memory.get(planned.id)
    is_ready = standing.phase is Phase.READY and not standing.reason
    if previous is not None and is_ready and _says_ready(previous, decision.content_hash):
        return previous
    entry: JSONObject = {"id": planned.id, "kind": planned.entry.kind}
    key = planned.key or decision.holds
    if key is not None:
        namespace, separator, name = key.key.rpartition("/")
        entry["name"] = name
        if separator:
            entry["namespace"] = namespace
    if planned.entry.lifecycle != SYNC:
        entry["lifecycle"] = planned.entry.lifecycle
    entry["phase"] = _SPELLING[standing.phase]
    if standing.tolerated:
        entry["tolerated"] = True
    if standing.reason:
        entry["reason"] = standing.reason
        entry["message"] = _shortened(standing.message)
    if standing.phase is Phase.READY:
        entry["readyHash"] = decision.content_hash
    elif previous is not None and "readyHash" in previous and not standing.settled:
        entry["readyHash"] = previous["readyHash"]
    same = (
        previous is not None
        and previous.get("phase") == entry["phase"]
        and previous.get("reason", "") == standing.reason
        and "since" in previous
    )
    entry["since"] = previous["since"] if previous is not None and same else at
    return entry


def _retained(outcome: Outcome, memory: Memory, at: str) -> list[JSONObject]:
    """Entries of what stays without a place. Ids are unique in a status, hence the object's name where one is taken."""
    if not _count_of_retained(outcome):
        return []
    taken = {decision.planned.id for decision in outcome.decisions}
    entries = []
    listed = [(*one, _ORPHANED) for one in outcome.retained] + [(*one, _INHABITED) for one in outcome.inhabited]
    for key, child, why in listed:
        id_ = annotation(child, RESOURCE_ID_ANNOTATION)
        if id_ in taken:
            id_ = f"{id_} ({child['kind']} {key.key})"
        taken.add(id_)
        entries.append(_placeless(id_, child, Phase.RETAINED, why, memory, at))
    return entries + [entry for entry in outcome.out_of_sight if entry["id"] not in taken]


def _foreign(outcome: Outcome, memory: Memory, at: str) -> list[JSONObject]:
    """Entries of what somebody else made, called by type and name: it has no id of ours."""
    return [
        _placeless(f"{key.type_key} {key.key}", child, Phase.FOREIGN, _NOT_OURS, memory, at)
        for key, child in outcome.foreign
    ]


def _placeless(id_: str, child: JSONObject, phase: Phase, why: JSONObject, memory: Memory, at: str) -> JSONObject:
    """The status of an object of no entry."""
    previous, metadata = memory.get(id_, {}), child["metadata"]
    since = previous.get("since", at) if previous.get("phase") == phase else at
    home = {"namespace": metadata["namespace"]} if metadata.get("namespace") else {}
    entry = {"id": id_, "kind": child["kind"], **home, "name": metadata["name"]}
    return {**entry, "phase": phase.value, **why, "since": since}


def _says_ready(entry: JSONObject, hash_: str) -> bool:
    return (
        entry.get("phase") == Phase.READY
        and entry.get("readyHash") == hash_
        and "reason" not in entry
        and "since" in entry
    )


def _shortened(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= MESSAGE_LIMIT else line[: MESSAGE_LIMIT - 1] + "…"


def _counts(decisions: Sequence[Decision]) -> JSONObject:
    counts = {"total": len(decisions), **_NO_COUNTS}
    for decision in decisions:
        counts[_COUNTER[decision.standing.phase]] += 1
    return counts


def _template_status(
    name: str, revision: str, unsettled: Iterable[Decision], previous: JSONObject | None
) -> JSONObject:
    entry = {"name": name, "revision": revision}
    prefix = f"{name}/"
    if not any(one.planned.id.startswith(prefix) for one in unsettled):
        entry["readyRevision"] = revision
    else:
        for earlier in (previous or {}).get("templates") or ():
            if earlier.get("name") == name and earlier.get("readyRevision"):
                entry["readyRevision"] = earlier["readyRevision"]
    return entry
