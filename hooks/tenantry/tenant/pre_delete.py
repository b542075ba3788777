"""``lifecycle: PreDelete``: what runs when a Tenant is deleted, and completes before anything of it goes.

Whether it completed is written into the Tenant's status as a condition, and nothing is removed before that is seen
there: the objects that prove it go with the rest, and must not be made again then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum
from typing import Final, NamedTuple

from tenantry.conditions import ConditionType, Reason, condition, find_condition, parse_timestamp, timestamp
from tenantry.engine.decide import Decision
from tenantry.engine.draft import RENDER_ERROR, WAITING_FOR_DEPENDENCY, WAITING_FOR_VALUE
from tenantry.engine.dress import foreign
from tenantry.engine.hold import with_conditions
from tenantry.engine.keep import keep
from tenantry.engine.lifecycle import NAMESPACE_GONE, PRE_DELETE
from tenantry.engine.observe import Observed, is_deleting, is_ours
from tenantry.engine.plan import Plan, Planned
from tenantry.engine.reconcile import decide_all, removals_of
from tenantry.engine.retain import NAMESPACE_TYPE, namespace_of
from tenantry.engine.standing import APPLYING, Memory, Phase
from tenantry.engine.status import counts_of, memory_of, resource_status
from tenantry.kinds import TenantSpec
from tenantry.kinds.kind import InvalidSpec, parse_spec
from tenantry.names import SKIP_PRE_DELETE_ANNOTATION, entry_of
from tenantry.protocol import JSONObject, SyncRequest, SyncResponse, object_key
from tenantry.tenant.plans import plan_of, variables_of
from tenantry.tenant.templates import TemplatesOfTenant, Unavailable, templates_of

CONFIRM_SECONDS: Final = 1.0
"""When to look whether the status has arrived that says that all completed."""
LOOK_AGAIN_SECONDS: Final = 10.0
"""When to look again at what a person must put right: most ways to do so wake the Tenant anyway."""
_APPLIED_SECONDS: Final = 31.0
_TOLD: Final = 200
"""Characters of what is told of one entry: the way out must fit into a condition too."""
_MOVING: Final = frozenset((Phase.PENDING, Phase.PROGRESSING))


class State(Enum):
    """How far a Tenant is that is being deleted."""

    NONE = "has nothing to run"
    PASSED = "may go: all completed, or a person said so"
    RUNNING = "waits for what runs"
    BLOCKED = "waits for a person"
    COMPLETED = "may go as soon as its status says so"


class PreDelete(NamedTuple):
    """What became of the PreDelete entries of a Tenant."""

    state: State
    message: str = ""
    decisions: tuple[Decision, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether nothing may go yet."""
        return self.state not in (State.NONE, State.PASSED)


def pre_delete(request: SyncRequest, observed: Observed, *, now: datetime, budget_ms: int) -> PreDelete:
    """How far the PreDelete entries of a Tenant are that is being deleted."""
    parent = request.parent
    if is_skipped(parent) or _has_completed(parent):
        return PreDelete(State.PASSED)
    try:
        spec = parse_spec(TenantSpec, parent)
        used = templates_of(spec, request.related)
        variables = variables_of(spec, parent, request.related)
    except (InvalidSpec, Unavailable) as error:
        if _has_none(request, observed):
            return PreDelete(State.NONE)
        return PreDelete(State.BLOCKED, f"{error}. {_way_out(parent)}")
    if not _runs_any(used):
        return PreDelete(State.NONE)
    deletion = str(parent["metadata"].get("uid") or parent["metadata"]["name"])
    plan = plan_of(used, variables, observed, deletion=deletion, budget_ms=budget_ms)
    found = _judged(_decisions(plan, observed, parent, now), parent)
    return PreDelete(State.NONE) if found.state is State.BLOCKED and _made_nothing(parent, observed) else found


def is_skipped(parent: JSONObject) -> bool:
    """Whether a person said that a Tenant shall go although its PreDelete entries did not complete."""
    return (parent["metadata"].get("annotations") or {}).get(SKIP_PRE_DELETE_ANNOTATION) == "true"


def waiting(request: SyncRequest, observed: Observed, found: PreDelete, *, anchor: str, now: datetime) -> SyncResponse:
    """The answer while nothing may go: everything as it is, and what has to run."""
    made = {object_key(one.child): one.child for one in found.decisions if one.child is not None}
    others = {key: child for key, child in observed.by_key.items() if key not in made}
    children = made | {key: keep(child) if is_ours(child) else foreign(child, anchor) for key, child in others.items()}
    return SyncResponse(
        children=[children[key] for key in sorted(children)],
        removals=removals_of(found.decisions),
        status=_status(request.parent, found, now=now),
        resync_after_seconds=_look_again(found, now),
    )


def _has_completed(parent: JSONObject) -> bool:
    found = find_condition(parent.get("status"), ConditionType.PRE_DELETE_COMPLETED)
    return found is not None and found["status"] == "True"


def _made_nothing(parent: JSONObject, observed: Observed) -> bool:
    """Whether a Tenant never had an object, as far as anybody knows: what cannot run need not run for it."""
    if any(map(is_ours, observed.by_key.values())):
        return False
    return not any("readyHash" in entry for entry in memory_of(parent.get("status")).values())


def _runs_any(used: TemplatesOfTenant) -> bool:
    return any(entry.lifecycle == PRE_DELETE for one in used.templates for entry in one.compiled.entries)


def _has_none(request: SyncRequest, observed: Observed) -> bool:
    """Whether a Tenant whose templates cannot be seen is known to have nothing to run.

    Its status tells what its templates consisted of when they were seen last. A Tenant of which no template was ever
    seen has made nothing.
    """
    status: JSONObject = request.parent.get("status") or {}
    if any(entry.get("lifecycle") == PRE_DELETE for entry in status.get("resources") or ()):
        return False
    known = {(one["name"], one.get("revision", "")) for one in status.get("templates") or ()}
    if not known:
        return not any(map(is_ours, observed.by_key.values()))
    try:
        wanted = parse_spec(TenantSpec, request.parent).templates
    except InvalidSpec:
        return True
    names = {name for name, _ in known}
    return all((one.name, one.revision) in known if one.revision else one.name in names for one in wanted)


def _decisions(plan: Plan, observed: Observed, parent: JSONObject, now: datetime) -> tuple[Decision, ...]:
    """Decisions on PreDelete entries alone: whatever else they depend on is as it is, and stays so."""
    memory = memory_of(parent.get("status"))
    gone = _namespaces_gone(plan, observed)
    running = [one for one in plan.entries if one.entry.lifecycle == PRE_DELETE]
    entries = [_without_place(one) if namespace_of(one.key) in gone else one for one in running]
    unfinished = {one.id for one in running if memory.get(one.id, {}).get("phase") != Phase.READY}
    entries = [_given_up(one) if _waits_in_vain(one, unfinished) else one for one in entries]
    mine = {id_ for one in running for id_ in (one.id, entry_of(one.id))}
    passed = {id_ for one in plan.entries for id_ in (one.id, entry_of(one.id))} - mine
    decisions = decide_all(
        plan._replace(entries=tuple(entries)),
        observed,
        memory,
        tenant=parent["metadata"]["name"],
        now=now,
        passed=passed,
    )
    deleted = parse_timestamp(parent["metadata"]["deletionTimestamp"])
    return tuple([_patient(one, deleted, now) for one in decisions])


def _patient(decision: Decision, deleted: datetime, now: datetime) -> Decision:
    """A decision that passes nothing that could not even be made, before its time is over: the cause may pass first."""
    planned, standing = decision.planned, decision.standing
    deadline = deleted + planned.entry.timeout
    if not (standing.tolerated and planned.failure and now < deadline):
        return decision
    return decision._replace(standing=standing._replace(tolerated=False, deadline=deadline))


def _namespaces_gone(plan: Plan, observed: Observed) -> frozenset[str]:
    """Names of the tenant's own Namespaces that are gone or going: nothing can be made in them any more."""
    own = [one.key for one in plan.entries if one.entry.type_key == NAMESPACE_TYPE and one.key is not None]
    inhabited = {namespace_of(key) for key in observed.by_key}
    found = set()
    for key in own:
        live = observed.by_key.get(key)
        if is_deleting(live) if live is not None else key.key not in inhabited:
            found.add(key.key)
    return frozenset(found)


def _without_place(planned: Planned) -> Planned:
    told = f"Namespace {namespace_of(planned.key)} is gone: there is nothing left to run for"
    return planned._replace(object=None, failure=NAMESPACE_GONE, message=told)


def _waits_in_vain(planned: Planned, unfinished: Iterable[str]) -> bool:
    """Whether an entry waits for a value that nothing will bring any more."""
    if planned.failure not in (WAITING_FOR_VALUE, WAITING_FOR_DEPENDENCY):
        return False
    return not any(need in (id_, entry_of(id_)) for id_ in unfinished for need in planned.needs)


def _given_up(planned: Planned) -> Planned:
    return planned._replace(failure=RENDER_ERROR)


def _judged(decisions: tuple[Decision, ...], parent: JSONObject) -> PreDelete:
    unsettled = [one for one in decisions if not one.standing.settled]
    if not unsettled:
        return PreDelete(State.COMPLETED, "all that runs before the deletion completed", decisions)
    failed = [one for one in unsettled if one.standing.phase not in _MOVING]
    told = "; ".join(_told(one) for one in (failed or unsettled)[:3])
    if not failed:
        return PreDelete(State.RUNNING, f"nothing is deleted before this completes: {told}", decisions)
    return PreDelete(State.BLOCKED, f"nothing is deleted before this completes: {told}. {_way_out(parent)}", decisions)


def _told(decision: Decision) -> str:
    standing = decision.standing
    told = f"{decision.planned.id} is {standing.phase}: {standing.reason}: {standing.message}"
    return told if len(told) <= _TOLD else f"{told[: _TOLD - 1]}…"


def _way_out(parent: JSONObject) -> str:
    name = parent["metadata"]["name"]
    return (
        "Put that right (a failed Job runs again when it is deleted), or let the Tenant go without it: "
        f"kubectl annotate tenant {name} {SKIP_PRE_DELETE_ANNOTATION}=true"
    )


def _status(parent: JSONObject, found: PreDelete, *, now: datetime) -> JSONObject:
    at, memory = timestamp(now), memory_of(parent.get("status"))
    status = with_conditions(parent, _conditions(parent, found), now=now)
    if not found.decisions:
        return status
    entries: dict[str, JSONObject] = {**memory, **_entries(found.decisions, memory, at)}
    resources = [entries[id_] for id_ in sorted(entries)]
    return {**status, "resources": resources, "counts": counts_of(resources)}


def _entries(decisions: Sequence[Decision], memory: Memory, at: str) -> Memory:
    return {one.planned.id: resource_status(one, memory, at) for one in decisions}


def _conditions(parent: JSONObject, found: PreDelete) -> list[JSONObject]:
    generation = parent["metadata"].get("generation", 0)
    blocked, completed = found.state is State.BLOCKED, found.state is State.COMPLETED
    reason = Reason.BLOCKED if blocked else Reason.DELETING
    degraded = Reason.BLOCKED if blocked else Reason.HEALTHY
    result = Reason.COMPLETED if completed else reason
    return [
        condition(ConditionType.READY, False, reason, found.message, generation=generation),
        condition(ConditionType.PROGRESSING, not blocked, reason, found.message, generation=generation),
        condition(ConditionType.DEGRADED, blocked, degraded, found.message if blocked else "", generation=generation),
        condition(ConditionType.PRE_DELETE_COMPLETED, completed, result, found.message, generation=generation),
    ]


def _look_again(found: PreDelete, now: datetime) -> float:
    """Seconds until it must be looked at again although nothing happens."""
    if found.state is State.COMPLETED:
        return CONFIRM_SECONDS
    if found.state is State.BLOCKED and not found.decisions:
        return LOOK_AGAIN_SECONDS
    deadlines = [one.standing.deadline for one in found.decisions if one.standing.deadline is not None]
    seconds = [max(1.0, (deadline - now).total_seconds()) for deadline in deadlines]
    seconds += [_APPLIED_SECONDS for one in found.decisions if one.standing.reason == APPLYING]
    return min(seconds, default=0.0)
