"""The hooks of the Tenant controller."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from tenantry.conditions import Reason
from tenantry.engine.hold import hold_everything
from tenantry.engine.limits import RENDER_BUDGET_MS
from tenantry.engine.observe import Observed
from tenantry.engine.reconcile import Outcome, reconcile
from tenantry.engine.standing import APPLYING, Memory
from tenantry.engine.status import memory_of, tenant_status
from tenantry.engine.status_pace import paced
from tenantry.kinds import TenantSpec
from tenantry.kinds.kind import InvalidSpec, parse_spec
from tenantry.protocol import CustomizeRequest, CustomizeResponse, SyncRequest, SyncResponse
from tenantry.tenant.farewell import farewell
from tenantry.tenant.pausing import awake, frozen
from tenantry.tenant.plans import plan_of, variables_of
from tenantry.tenant.templates import Unavailable, rules_for, templates_of
from tenantry.tenant.withdrawal import told

NO_TEMPLATES_HELD: Final = (
    "spec.templates is empty, which does not say that this tenant shall have nothing: its objects stay as they are. "
    "Name its templates again, or delete the Tenant"
)
ASK_AGAIN_SECONDS: Final = 10.0
"""When to look again for a template that is missing: its arrival wakes the Tenant anyway, this is for the rest."""
APPLY_CHECK_SECONDS: Final = 31.0


def sync(request: SyncRequest, *, now: datetime, budget_ms: int = RENDER_BUDGET_MS) -> SyncResponse:
    """What a Tenant's objects shall be, given what they are.

    ``budget_ms`` is how long the tenant may take to be rendered, as counted in steps.
    """
    if (paused := frozen(request, now=now)) is not None:
        return paused
    request = awake(request)
    parent = request.parent
    try:
        spec = parse_spec(TenantSpec, parent)
        used = templates_of(spec, request.related)
        variables = variables_of(spec, parent, request.related)
    except InvalidSpec as error:
        return hold_everything(request, Reason.INVALID_SPEC, str(error), now=now)
    except Unavailable as error:
        return hold_everything(request, error.reason, str(error), now=now, ask_again=ASK_AGAIN_SECONDS)
    if not spec.templates and any(request.children.values()):
        return hold_everything(request, Reason.NO_TEMPLATES, NO_TEMPLATES_HELD, now=now)
    name = parent["metadata"]["name"]
    previous = parent.get("status")
    memory = memory_of(previous)
    observed = Observed.from_children(request.children)
    plan = plan_of(used, variables, observed, budget_ms=budget_ms)
    outcome = reconcile(
        plan,
        observed,
        memory,
        tenant=name,
        anchor=used.anchor,
        now=now,
        controller=request.controller,
        budget_ms=budget_ms,
    )
    status = tenant_status(
        outcome,
        memory,
        previous,
        revisions=used.revisions,
        generation=parent["metadata"].get("generation", 0),
        now=now,
    )
    status = told(status, previous, used.withdrawn, observed, outcome, now=now)
    status, look_again = paced(status, previous, now=now)
    return SyncResponse(
        children=outcome.children,
        removed=outcome.removed,
        removals=outcome.removals,
        status=status,
        resync_after_seconds=_soonest(look_again, _apply_check(outcome, memory), _next_deadline(outcome, now)),
    )


def finalize(request: SyncRequest, *, now: datetime, budget_ms: int = RENDER_BUDGET_MS) -> SyncResponse:
    """What remains of a Tenant that is deleted, or handed over to another controller."""
    return frozen(request, now=now) or farewell(awake(request), now=now, budget_ms=budget_ms)


def customize(request: CustomizeRequest) -> CustomizeResponse:
    """The revisions and templates that the Tenant's spec names."""
    try:
        return CustomizeResponse(rules_for(parse_spec(TenantSpec, request.parent)))
    except InvalidSpec:
        return CustomizeResponse()


def _soonest(*seconds: float) -> float:
    """The least of these that is not 0."""
    return min((one for one in seconds if one), default=0.0)


def _next_deadline(outcome: Outcome, now: datetime) -> float:
    """Seconds until the first object will have taken too long to become ready; 0 if none is on its way."""
    deadlines = [one.standing.deadline for one in outcome.decisions if one.standing.deadline is not None]
    return max(1.0, (min(deadlines) - now).total_seconds()) if deadlines else 0.0


def _apply_check(outcome: Outcome, memory: Memory) -> float:
    """Seconds until an object that is being applied for the second time must show it, or count as blocked.

    The first time needs no clock: the object's own event brings the next sync.
    """
    repeated = any(
        decision.standing.reason == APPLYING and memory.get(decision.planned.id, {}).get("reason") == APPLYING
        for decision in outcome.decisions
    )
    return APPLY_CHECK_SECONDS if repeated else 0.0
