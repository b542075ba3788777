"""A Tenant's status: one entry an object, counts and conditions, byte-identical as long as nothing happens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Final

from tenantry.conditions import ConditionType, Reason, condition, parse_timestamp, set_conditions, timestamp
from tenantry.engine.decide import APPLYING, Decision, Memory, Phase
from tenantry.engine.draft import INVALID_VALUES, NOT_WANTED, WAITING_FOR_DEPENDENCY, WAITING_FOR_VALUE
from tenantry.engine.lifecycle import SYNC
from tenantry.engine.observe import annotation
from tenantry.engine.patch import FOREIGN_FIELDS
from tenantry.engine.reconcile import Outcome
from tenantry.names import RESOURCE_ID_ANNOTATION
from tenantry.protocol import JSONObject
from tenantry.words import counted

MESSAGE_LIMIT: Final = 256
STATUS_PACE: Final = timedelta(seconds=2)
"""While objects are on their way and nothing failed, the status moves at most this often: every move is a write, and a
sync of everything that watches Tenants."""
APPLYING_PACE: Final = timedelta(seconds=10)
"""The same while an answer makes or changes objects itself: their own events bring the next sync, which can tell more.
On a busy cluster more than ``STATUS_PACE`` passes until then."""

_DYNAMIC_APPLY: Final = (
    "Metacontroller applies objects with dynamic-apply, under which some of them cannot be updated: start it with "
    "--apply-strategy=server-side-apply"
)
_TROUBLE: Final = {
    Phase.FAILED: Reason.RESOURCES_FAILED,
    Phase.BLOCKED: Reason.RESOURCES_BLOCKED,
    Phase.DEGRADED: Reason.RESOURCES_DEGRADED,
}
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
            previous, _conditions(outcome, unsettled, generation, has_templates=bool(revisions)), now=now
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


def paced(status: JSONObject, previous: JSONObject | None, *, now: datetime) -> tuple[JSONObject, float]:
    """The status to write now, and after how many seconds to look again because of that (0: no need).

    A status that only tells of progress waits until the last move is ``STATUS_PACE`` ago, or ``APPLYING_PACE`` while
    objects are being applied, and then for no clock: their own events, or the refusal, bring the next sync. One that
    says something new of success, of trouble, of another generation, or of what has run does not wait.
    """
    if not previous or status == previous or previous.get("observedGeneration") != status["observedGeneration"]:
        return status, 0.0
    if _verdicts(status) != _verdicts(previous) or status["templates"] != previous.get("templates"):
        return status, 0.0
    if _completed(status) != _completed(previous):
        return status, 0.0
    if not _in_motion(status):
        return status, 0.0
    applying = _is_applying(status)
    pace = APPLYING_PACE if applying else STATUS_PACE
    age = now - max((parse_timestamp(moment) for moment in _moments(previous)), default=now - pace)
    if timedelta() <= age < pace:
        return previous, 0.0 if applying else pace.total_seconds()
    return status, 0.0


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


def _conditions(
    outcome: Outcome, unsettled: Sequence[Decision], generation: int, *, has_templates: bool
) -> list[JSONObject]:
    decisions = outcome.decisions
    trouble = [one for one in decisions if one.standing.phase in _TROUBLE]
    moving = sum(one.standing.phase in (Phase.PROGRESSING, Phase.PENDING) for one in unsettled)
    needed = [one for one in trouble if not one.standing.tolerated]
    ready, reason, message = _readiness(decisions, needed, unsettled, has_templates=has_templates)
    in_motion = bool(moving or outcome.removing)
    parts = [counted(moving, "object is on its way", "objects are on their way")] if moving else []
    if outcome.removing:
        parts.append(f"{counted(outcome.removing, 'object is', 'objects are')} being removed")
    return [
        condition(ConditionType.READY, ready, reason, message, generation=generation),
        condition(
            ConditionType.PROGRESSING,
            in_motion,
            Reason.RECONCILING if in_motion else Reason.CONVERGED,
            "; ".join(parts),
            generation=generation,
        ),
        _degraded(outcome, (reason, message) if needed else _complaint(trouble) or _additions(decisions), generation),
    ]


def _complaint(trouble: Sequence[Decision]) -> tuple[Reason, str] | None:
    """The worst of what is wrong, in a sentence; nothing if nothing is."""
    phases = {one.standing.phase for one in trouble}
    found = next((reason for phase, reason in _TROUBLE.items() if phase in phases), None)
    return (found, _told(trouble)) if found is not None else None


def _additions(decisions: Sequence[Decision]) -> tuple[Reason, str] | None:
    """What somebody added to objects that are as wanted, and stays there; nothing if there is none."""
    found = [one for one in decisions if one.standing.phase is Phase.READY and one.standing.reason == FOREIGN_FIELDS]
    return (Reason.FOREIGN_FIELDS, _told(found)) if found else None


def _degraded(outcome: Outcome, trouble: tuple[Reason, str] | None, generation: int) -> JSONObject:
    """What needs a person: trouble with objects first, then with Metacontroller itself."""
    reason, message = trouble or (Reason.HEALTHY, "")
    if outcome.dynamically_applied:
        reason = reason if trouble else Reason.UNSUPPORTED_APPLY_STRATEGY
        message = f"{message}; {_DYNAMIC_APPLY}" if trouble else _DYNAMIC_APPLY
    needs_a_person = reason is not Reason.HEALTHY
    return condition(ConditionType.DEGRADED, needs_a_person, reason, message, generation=generation)


def _readiness(
    decisions: Sequence[Decision], trouble: Sequence[Decision], unsettled: Sequence[Decision], *, has_templates: bool
) -> tuple[bool, Reason, str]:
    """Whether the tenant is as wanted, why, and in a sentence."""
    total = sum(one.standing.reason not in NOT_WANTED for one in decisions)
    ready = sum(one.standing.phase is Phase.READY for one in decisions)
    count = f"{ready} of {total} objects are ready"
    if not has_templates:
        return False, Reason.NO_TEMPLATES, "spec.templates is empty: nothing says what this tenant consists of"
    misfits = dict.fromkeys(one.standing.message for one in trouble if one.standing.reason == INVALID_VALUES)
    if misfits:
        told = f"{'; '.join(misfits)}. Correct the row, or spec.values; until then these objects stay as they are."
        return False, Reason.INVALID_VALUES, told
    complaint = _complaint(trouble)
    if complaint is not None:
        return False, *complaint
    if unsettled:
        return False, Reason.RESOURCES_NOT_READY, "; ".join([count, *_lacking(decisions)])
    return True, Reason.ALL_READY if total else Reason.NO_RESOURCES, count


def _lacking(decisions: Sequence[Decision]) -> list[str]:
    """What a person must do so that an entry ever gets what it depends on."""
    lacking = [one for one in decisions if one.standing.phase is Phase.PENDING and _is_in_vain(one)]
    return [f"{one.planned.id} {one.standing.message}" for one in lacking[:3]]


def _is_in_vain(decision: Decision) -> bool:
    """Whether an entry waits for what is nowhere, or for a value of what is switched off: its message says so."""
    failure, message = decision.planned.failure, decision.planned.message
    return failure == WAITING_FOR_DEPENDENCY or (failure == WAITING_FOR_VALUE and decision.standing.message != message)


def _told(trouble: Sequence[Decision]) -> str:
    first = [f"{one.planned.id}: {one.standing.reason}: {one.standing.message}" for one in trouble[:3]]
    if len(trouble) > 3:
        first.append(f"and {len(trouble) - 3} more")
    return "; ".join(first)


def _verdicts(status: JSONObject) -> list[Any]:
    """What a condition says that does not wait: whether it holds, why, and in which words unless it only counts."""
    counting = (ConditionType.PROGRESSING.value, Reason.RESOURCES_NOT_READY.value)
    return [
        (
            found["type"],
            found["status"],
            found["reason"],
            "" if found["type"] in counting or found["reason"] in counting else found["message"],
        )
        for found in status.get("conditions") or ()
    ]


def _completed(status: JSONObject) -> list[tuple[str, str]]:
    """What has run, and with which content: a Job that is gone before this is written would run again."""
    return [
        (entry["id"], entry["readyHash"])
        for entry in status.get("resources") or ()
        if ("lifecycle" in entry or entry["kind"] == "Job") and "readyHash" in entry
    ]


def _in_motion(status: JSONObject) -> bool:
    return any(
        found["type"] == ConditionType.PROGRESSING and found["status"] == "True" for found in status["conditions"]
    )


def _is_applying(status: JSONObject) -> bool:
    return any(entry.get("reason") == APPLYING for entry in status["resources"])


def _moments(status: JSONObject) -> Iterable[str]:
    for entry in status.get("resources") or ():
        if entry.get("since"):
            yield entry["since"]
    for found in status.get("conditions") or ():
        if found.get("lastTransitionTime"):
            yield found["lastTransitionTime"]
