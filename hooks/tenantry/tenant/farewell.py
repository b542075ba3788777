"""A Tenant goes: its objects first, dependents before what they depend on; or another controller takes it over."""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter

from tenantry.conditions import ConditionType, Reason, condition
from tenantry.engine.deletion import may_go
from tenantry.engine.dress import foreign
from tenantry.engine.hold import let_go, with_conditions
from tenantry.engine.keep import keep
from tenantry.engine.observe import Observed, is_ours
from tenantry.kinds import TenantSpec
from tenantry.kinds.kind import InvalidSpec, parse_spec
from tenantry.names import ANCHOR_NAMESPACE
from tenantry.protocol import JSONObject, SyncRequest, SyncResponse
from tenantry.tenant.templates import known_anchor


def farewell(request: SyncRequest, *, now: datetime) -> SyncResponse:
    """The answer of the finalize hook."""
    if not request.deleting:
        return let_go(request)
    observed = Observed.from_children(request.children)
    children = sorted(observed.by_key.items(), key=itemgetter(0))
    ours = {key: child for key, child in children if is_ours(child)}
    others = [child for key, child in children if key not in ours]
    anchor = _anchor(request)
    removed = may_go(ours)
    stay = [keep(child) for key, child in ours.items() if key not in removed]
    message = f"{len(ours)} objects are left" if ours else ""
    unanchored = [child for child in others if not _anchored(child)]
    if unanchored and not ours:
        message = f"waits until {len(unanchored)} objects that others made are anchored, so that they stay"
    return SyncResponse(
        children=stay + [foreign(child, anchor) for child in others],
        removed=removed,
        status=_status(request.parent, message, now=now),
        finalized=not ours and not unanchored,
    )


def _anchor(request: SyncRequest) -> str:
    try:
        return known_anchor(parse_spec(TenantSpec, request.parent), request.related)
    except InvalidSpec:
        return ""


def _anchored(child: JSONObject) -> bool:
    owners = child["metadata"].get("ownerReferences") or ()
    return any(owner.get("kind") == "Namespace" and owner.get("name") == ANCHOR_NAMESPACE for owner in owners)


def _status(parent: JSONObject, message: str, *, now: datetime) -> JSONObject:
    generation = parent["metadata"].get("generation", 0)
    conditions = [
        condition(ConditionType.READY, False, Reason.DELETING, message, generation=generation),
        condition(ConditionType.PROGRESSING, True, Reason.DELETING, message, generation=generation),
    ]
    return with_conditions(parent, conditions, now=now)
