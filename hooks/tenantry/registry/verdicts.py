"""The conditions of a registry: its state in sentences that say what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tenantry.conditions import ConditionType, Reason, condition, find_condition
from tenantry.kinds.registry import Safety
from tenantry.names import APPROVE_DELETIONS_ANNOTATION
from tenantry.protocol import JSONObject
from tenantry.registry.credentials import SECRET_REASONS
from tenantry.registry.layout import Layout
from tenantry.registry.outcome import NotReached, Outcome, Polled
from tenantry.registry.sharding import unserved_problem
from tenantry.words import counted

ROLLING: Final = frozenset(("Canary", "Baking", "Progressing", "RollingBack"))
"""Phases in which tenants are moved, or about to be."""


def conditions_of(
    previous: Mapping[str, Any],
    status: Mapping[str, Any],
    layout: Layout,
    children: Mapping[str, JSONObject],
    outcome: Outcome,
    *,
    template_problems: Sequence[tuple[Reason, str]],
    safety: Safety,
    generation: int,
) -> list[JSONObject]:
    """All conditions of a registry. ``status`` is the new one as far as it is known without them."""
    reachable = _reachable(previous, outcome, generation=generation)
    pending = [
        name
        for name, child in children.items()
        if name not in layout.observed or layout.observed[name].reported != child["spec"]["sequence"]
    ]
    return [
        reachable,
        _deletions_blocked(status, safety, generation=generation),
        *_suspended(previous, status.get("suspended"), generation=generation),
        _ready(status, reachable, pending, layout.obstacle, generation=generation),
        _progressing(status, reachable, pending, layout.obstacle, generation=generation),
        _degraded(status, reachable, template_problems, generation=generation),
    ]


def _reachable(previous: Mapping[str, Any], outcome: Outcome, *, generation: int) -> JSONObject:
    """As the last poll left it: its generation is the one that was polled with."""
    type_ = ConditionType.SOURCE_REACHABLE
    match outcome:
        case Polled():
            return condition(type_, True, Reason.POLL_SUCCEEDED, generation=generation)
        case NotReached(cause=cause, reason=reason, attempted=attempted):
            # Unknown says that this generation of the spec was not polled with yet.
            return condition(type_, False if attempted else None, reason, _sentence(cause), generation=generation)
        case None:
            waiting = "The first poll waits until the slices have reported their tenants."
            return find_condition(previous, type_) or condition(
                type_, None, Reason.NOT_POLLED, waiting, generation=generation
            )


def _deletions_blocked(status: Mapping[str, Any], safety: Safety, *, generation: int) -> JSONObject:
    type_ = ConditionType.DELETIONS_BLOCKED
    deletions = status["deletions"]
    count = deletions["count"]
    if not count:
        return condition(type_, False, Reason.NONE_BLOCKED, generation=generation)
    reason = _blocked_reason(status)
    if reason is Reason.EMPTY_RESULT:
        tenants = "the tenant that is left" if count == 1 else f"any of the {count} tenants"
        cause = f"The source has no active row for {tenants}."
    else:
        limit = f"more than spec.safety.maxDeletions ({safety.max_deletions} in {safety.window}) allows"
        cause = f"The source has no active row for {counted(count, 'tenant')}, {limit}: {_some(deletions)}."
    message = (
        f"{cause} They stay. If exactly these shall go, annotate this registry with "
        f"{APPROVE_DELETIONS_ANNOTATION}={deletions['digest']}. If not, put their rows back."
    )
    return condition(type_, True, reason, message, generation=generation)


def _blocked_reason(status: Mapping[str, Any]) -> Reason:
    return Reason.TOO_MANY_DELETIONS if status["source"]["active"] else Reason.EMPTY_RESULT


def _some(deletions: Mapping[str, Any]) -> str:
    uids = deletions["uids"][:3]
    more = deletions["count"] - len(uids)
    return f"{', '.join(uids)} and {more} more" if more else ", ".join(uids)


def _suspended(
    previous: Mapping[str, Any], suspended: Mapping[str, Any] | None, *, generation: int
) -> list[JSONObject]:
    """What a suspended registry would do; that it does not wait any more, if it did."""
    type_ = ConditionType.SUSPENDED
    if suspended is None:
        before = find_condition(previous, type_)
        return [condition(type_, False, Reason.NOT_SUSPENDED, generation=generation)] if before else []
    told = {
        "wouldAdd": "make {}",
        "wouldUpdate": "change {}",
        "wouldDeactivate": "deactivate {}",
        "wouldRemove": "remove {}",
        "wouldBlock": "block the removal of {}",
        "wouldRoll": "move {} to another revision",
        "wouldMove": "move {} to another shard",
    }
    parts = [text.format(counted(suspended[key], "tenant")) for key, text in told.items() if suspended[key]]
    message = f"spec.suspend is true, so nothing changes. It would {', '.join(parts) or 'do nothing'}."
    return [condition(type_, True, Reason.SUSPENDED, message, generation=generation)]


def _ready(
    status: Mapping[str, Any], reachable: Mapping[str, Any], pending: list[str], obstacle: str, *, generation: int
) -> JSONObject:
    type_ = ConditionType.READY
    tenants = status["tenants"]
    if "lastSuccessTime" not in status["source"]:
        message = reachable["message"] or "The source has not been polled yet."
        return condition(type_, False, Reason.NOT_POLLED, message, generation=generation)
    if obstacle:
        return condition(type_, False, Reason.SLICES_PENDING, obstacle, generation=generation)
    if pending:
        return condition(type_, False, Reason.SLICES_PENDING, _pending(pending), generation=generation)
    if not tenants["desired"]:
        return condition(type_, True, Reason.NO_RESOURCES, "No tenants.", generation=generation)
    if tenants["ready"] < tenants["desired"]:
        return condition(type_, False, Reason.TENANTS_NOT_READY, _told(tenants), generation=generation)
    return condition(type_, True, Reason.ALL_READY, _told(tenants), generation=generation)


def _progressing(
    status: Mapping[str, Any], reachable: Mapping[str, Any], pending: list[str], obstacle: str, *, generation: int
) -> JSONObject:
    type_ = ConditionType.PROGRESSING
    tenants = status["tenants"]
    if obstacle:
        return condition(type_, True, Reason.SLICES_PENDING, obstacle, generation=generation)
    if pending:
        return condition(type_, True, Reason.SLICES_PENDING, _pending(pending), generation=generation)
    if reachable["status"] == "Unknown":
        return condition(type_, True, Reason.NOT_POLLED, reachable["message"], generation=generation)
    if tenants["removing"] or tenants["ready"] + tenants["degraded"] < tenants["desired"]:
        return condition(type_, True, Reason.RECONCILING, _told(tenants), generation=generation)
    if status["rollout"]["phase"] in ROLLING:
        told = f"{status['rollout']['progress']} tenants are on their revisions."
        return condition(type_, True, Reason.ROLLING_OUT, told, generation=generation)
    return condition(type_, False, Reason.CONVERGED, generation=generation)


def _degraded(
    status: Mapping[str, Any],
    reachable: Mapping[str, Any],
    template_problems: Sequence[tuple[Reason, str]],
    *,
    generation: int,
) -> JSONObject:
    """Whatever needs a person, the worst first: its reason is the condition's."""
    problems = _problems(status, reachable, template_problems)
    if not problems:
        return condition(ConditionType.DEGRADED, False, Reason.HEALTHY, generation=generation)
    message = " ".join(message for _, message in problems)
    return condition(ConditionType.DEGRADED, True, problems[0][0], message, generation=generation)


def _problems(
    status: Mapping[str, Any], reachable: Mapping[str, Any], template_problems: Sequence[tuple[Reason, str]]
) -> list[tuple[Reason, str]]:
    source, tenants = status["source"], status["tenants"]
    blocked = status["deletions"]["count"]
    problems: list[tuple[Reason, str]] = []
    if reachable["status"] == "False" or reachable["reason"] in SECRET_REASONS:
        problems.append((Reason(reachable["reason"]), reachable["message"]))
    if blocked:
        message = f"The removal of {counted(blocked, 'tenant')} waits: see DeletionsBlocked."
        problems.append((_blocked_reason(status), message))
    problems += template_problems
    if source["unplaced"]:
        rows = counted(source["unplaced"], "row finds", "rows find")
        message = f"{rows} no room in a slice, which may have 1 MB. Raise spec.buckets."
        problems.append((Reason.SLICE_FULL, message))
    if source["invalid"]:
        message = f"{counted(source['invalid'], 'row')} cannot be used: see status.invalidRows."
        problems.append((Reason.INVALID_ROWS, message))
    if tenants["degraded"]:
        needy = counted(tenants["degraded"], "tenant needs", "tenants need")
        message = f"{needy} a person: see the Degraded condition there."
        problems.append((Reason.TENANTS_FAILED, message))
    if tenants["unlisted"] and not blocked and "lastSuccessTime" in source:
        lost = counted(tenants["unlisted"], "tenant has", "tenants have")
        message = f"{lost} no row that can be used. Nothing of theirs changes."
        problems.append((Reason.UNLISTED_TENANTS, message))
    problems += unserved_problem(status.get("shards") or ())
    if unusable := (status.get("unusableLabels") or {}).get("count"):
        values = counted(unusable, "value of a row", "values of rows")
        message = f"{values} cannot be a label of a Tenant: see status.unusableLabels."
        problems.append((Reason.UNUSABLE_LABELS, message))
    return problems


def _pending(names: list[str]) -> str:
    slices = counted(len(names), "slice has", "slices have")
    return f"{slices} not reported yet: {names[0]}{' and others' if names[1:] else ''}."


def _told(tenants: Mapping[str, Any]) -> str:
    leaving = f" {counted(tenants['removing'], 'is', 'are')} being removed." if tenants["removing"] else ""
    return f"{tenants['ready']} of {tenants['desired']} tenants are ready.{leaving}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
