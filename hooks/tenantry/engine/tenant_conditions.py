"""The conditions of a Tenant: whether it is as wanted, whether it is on its way, and what needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tenantry.conditions import ConditionType, Reason, condition
from tenantry.engine.decide import Decision
from tenantry.engine.draft import INVALID_VALUES, NOT_WANTED, WAITING_FOR_DEPENDENCY, WAITING_FOR_VALUE
from tenantry.engine.patch import FOREIGN_FIELDS
from tenantry.engine.reconcile import Outcome
from tenantry.engine.standing import Phase
from tenantry.protocol import JSONObject
from tenantry.words import counted

_DYNAMIC_APPLY: Final = (
    "Metacontroller applies objects with dynamic-apply, under which some of them cannot be updated: start it with "
    "--apply-strategy=server-side-apply"
)
_TROUBLE: Final = {
    Phase.FAILED: Reason.RESOURCES_FAILED,
    Phase.BLOCKED: Reason.RESOURCES_BLOCKED,
    Phase.DEGRADED: Reason.RESOURCES_DEGRADED,
}


def tenant_conditions(
    outcome: Outcome, unsettled: Sequence[Decision], generation: int, *, has_templates: bool
) -> list[JSONObject]:
    """Ready, Progressing and Degraded; ``unsettled`` are the decisions on what is not yet as wanted."""
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
