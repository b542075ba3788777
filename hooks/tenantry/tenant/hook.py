"""The hooks of the Tenant controller."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from hashlib import sha256
from operator import itemgetter
from threading import Lock
from typing import Final

import orjson
from cachetools import LRUCache, cached

from tenantry.conditions import Reason
from tenantry.engine.decide import Memory
from tenantry.engine.draft import Seen, TenantTemplate
from tenantry.engine.hold import hold_everything
from tenantry.engine.observe import Observed
from tenantry.engine.plan import Plan, make_plan
from tenantry.engine.reconcile import Outcome, reconcile
from tenantry.engine.render import template_context
from tenantry.engine.status import memory_of, paced, tenant_status
from tenantry.kinds import TenantSpec
from tenantry.kinds.kind import InvalidSpec, parse_spec
from tenantry.names import entry_of, resource_id
from tenantry.protocol import CustomizeRequest, CustomizeResponse, JSONObject, SyncRequest, SyncResponse
from tenantry.tenant.farewell import farewell
from tenantry.tenant.templates import Unavailable, rules_for, templates_of

NO_TEMPLATES_HELD: Final = (
    "spec.templates is empty, which does not say that this tenant shall have nothing: its objects stay as they are. "
    "Name its templates again, or delete the Tenant"
)
ASK_AGAIN_SECONDS: Final = 10.0
"""When to look again for a template that is missing: its arrival wakes the Tenant anyway, this is for the rest."""
APPLY_CHECK_SECONDS: Final = 31.0
CACHED_PLANS: Final = 512
"""Plans of tenants that a process remembers: some 20 KiB each."""


def sync(request: SyncRequest, *, now: datetime) -> SyncResponse:
    """What a Tenant's objects shall be, given what they are."""
    parent = request.parent
    try:
        spec = parse_spec(TenantSpec, parent)
        used = templates_of(spec, request.related)
        variables = _variables(spec, parent)
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
    plan = _plan(used.templates, variables, used.anchor, _seen(used.templates, observed))
    outcome = reconcile(plan, observed, memory, tenant=name, anchor=used.anchor, now=now)
    status, look_again = paced(
        tenant_status(
            outcome,
            memory,
            previous,
            revisions=used.revisions,
            generation=parent["metadata"].get("generation", 0),
            now=now,
        ),
        previous,
        now=now,
    )
    return SyncResponse(
        children=outcome.children,
        removed=outcome.removed,
        status=status,
        resync_after_seconds=_soonest(look_again, _apply_check(outcome, memory), _next_deadline(outcome, now)),
    )


def finalize(request: SyncRequest, *, now: datetime) -> SyncResponse:
    """What remains of a Tenant that is deleted, or handed over to another controller."""
    return farewell(request, now=now)


def customize(request: CustomizeRequest) -> CustomizeResponse:
    """The revisions and templates that the Tenant's spec names."""
    try:
        return CustomizeResponse(rules_for(parse_spec(TenantSpec, request.parent)))
    except InvalidSpec:
        return CustomizeResponse()


def _seen(templates: tuple[TenantTemplate, ...], observed: Observed) -> Seen:
    """Observed objects of the entries to which expressions of others refer."""
    if not any(template.compiled.referenced for template in templates):
        return {}
    referenced = {resource_id(template.name, id_) for template in templates for id_ in template.compiled.referenced}
    return {
        id_: {key: observed.by_key[key] for key in keys}
        for id_, keys in observed.by_id.items()
        if entry_of(id_) in referenced
    }


def _plan_key(templates: tuple[TenantTemplate, ...], variables: bytes, anchor: str, seen: Seen) -> Hashable:
    return templates, variables, anchor, _digest(seen) if seen else b""


def _digest(seen: Seen) -> bytes:
    listed = [(id_, *key, obj) for id_, objects in seen.items() for key, obj in objects.items()]
    return sha256(orjson.dumps(sorted(listed, key=itemgetter(0, 1, 2)))).digest()


@cached(LRUCache(CACHED_PLANS), key=_plan_key, lock=Lock())
def _plan(templates: tuple[TenantTemplate, ...], variables: bytes, anchor: str, seen: Seen) -> Plan:
    """The plan of a tenant: remembered, since a tenant is synced several times while its objects come up."""
    known = orjson.loads(variables)
    return make_plan(templates, template_context(**known), tenant=known["name"], anchor=anchor, seen=seen)


def _variables(spec: TenantSpec, parent: JSONObject) -> bytes:
    """All that a tenant's expressions can see, as the arguments of ``template_context``."""
    metadata = parent["metadata"]
    variables = {
        "uid": spec.uid,
        "name": metadata["name"],
        "values": spec.values,
        "nulls": spec.nulls,
        "active": spec.active,
        "labels": metadata.get("labels") or {},
    }
    try:
        return orjson.dumps(variables)
    except orjson.JSONEncodeError as error:
        message = f"spec.values: {error}. Correct these values; until then everything stays as it is."
        raise InvalidSpec(message) from error


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
        decision.standing.reason == "Applying" and memory.get(decision.planned.id, {}).get("reason") == "Applying"
        for decision in outcome.decisions
    )
    return APPLY_CHECK_SECONDS if repeated else 0.0
