"""A Tenant goes: its objects first, dependents before what they depend on; or another controller takes it over."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from tenantry.conditions import ConditionType, Reason, condition, find_condition
from tenantry.engine.deletion import may_go
from tenantry.engine.dress import foreign
from tenantry.engine.hold import let_go, with_conditions
from tenantry.engine.keep import keep
from tenantry.engine.limits import RENDER_BUDGET_MS
from tenantry.engine.observe import Observed, annotation, is_ours
from tenantry.engine.retain import (
    is_anchored,
    is_namespace_in,
    is_retained,
    is_safe,
    orphan,
    out_of_sight,
    retaining_namespaces,
)
from tenantry.engine.status import memory_of
from tenantry.kinds import TenantSpec
from tenantry.kinds.kind import InvalidSpec, parse_spec
from tenantry.names import RESOURCE_ID_ANNOTATION, SKIP_PRE_DELETE_ANNOTATION, entry_of, resource_id
from tenantry.protocol import JSONObject, ObjectKey, SyncRequest, SyncResponse
from tenantry.tenant.pre_delete import is_skipped, pre_delete, waiting
from tenantry.tenant.templates import Unavailable, known_anchor, templates_of
from tenantry.words import counted


def farewell(request: SyncRequest, *, now: datetime, budget_ms: int = RENDER_BUDGET_MS) -> SyncResponse:
    """The answer of the finalize hook."""
    if not request.deleting:
        return let_go(request)
    observed = Observed.from_children(request.children)
    anchor = _anchor(request)
    before = pre_delete(request, observed, now=now, budget_ms=budget_ms)
    if before.waits:
        return waiting(request, observed, before, anchor=anchor, now=now)
    others = {key: child for key, child in observed.by_key.items() if not is_ours(child)}
    retained = _retained(request, observed)
    going = {key: child for key, child in observed.by_key.items() if key not in others and key not in retained}
    removed = may_go(going)
    stay = (
        {key: keep(child) for key, child in going.items() if key not in removed}
        | {key: orphan(child, anchor) for key, child in retained.items()}
        | {key: foreign(child, anchor) for key, child in others.items()}
    )
    unsafe = sum(not is_safe(child, anchor) for child in retained.values())
    unsafe += sum(not is_anchored(child, anchor) for child in others.values())
    return SyncResponse(
        children=[stay[key] for key in sorted(stay)],
        removed=removed,
        status=_status(request.parent, _told(going, unsafe), now=now),
        finalized=not going and not unsafe,
    )


def _retained(request: SyncRequest, observed: Observed) -> dict[ObjectKey, JSONObject]:
    """Objects of ours that stay: by their own policy, by that of their entry, or as the Namespace of what stays."""
    entries = _retained_entries(request)
    ours = {key: child for key, child in observed.by_key.items() if is_ours(child)}
    staying = {
        key: child
        for key, child in ours.items()
        if is_retained(child) or entry_of(annotation(child, RESOURCE_ID_ANNOTATION)) in entries
    }
    unseen = out_of_sight(memory_of(request.parent.get("status")), observed)
    retaining = retaining_namespaces(staying, unseen)
    return staying | {key: child for key, child in ours.items() if is_namespace_in(key, retaining)}


def _retained_entries(request: SyncRequest) -> frozenset[str]:
    """Entries whose objects are retained, as far as revisions can be seen: it may not have reached the objects yet."""
    try:
        used = templates_of(parse_spec(TenantSpec, request.parent), request.related)
    except (InvalidSpec, Unavailable):
        return frozenset()
    return frozenset(
        resource_id(template.name, entry.id)
        for template in used.templates
        for entry in template.compiled.entries
        if entry.retain
    )


def _anchor(request: SyncRequest) -> str:
    try:
        return known_anchor(parse_spec(TenantSpec, request.parent), request.related)
    except InvalidSpec:
        return ""


def _told(going: Collection[ObjectKey], unsafe: int) -> str:
    if going:
        return counted(len(going), "object is left", "objects are left")
    objects = counted(unsafe, "object that is to stay is", "objects that are to stay are")
    return f"waits until {objects} anchored" if unsafe else ""


def _status(parent: JSONObject, message: str, *, now: datetime) -> JSONObject:
    generation = parent["metadata"].get("generation", 0)
    conditions = [
        condition(ConditionType.READY, False, Reason.DELETING, message, generation=generation),
        condition(ConditionType.PROGRESSING, True, Reason.DELETING, message, generation=generation),
    ]
    if is_skipped(parent):
        told = f"the annotation {SKIP_PRE_DELETE_ANNOTATION} says that nothing shall run before the deletion"
        passed = condition(ConditionType.PRE_DELETE_COMPLETED, True, Reason.SKIPPED, told, generation=generation)
        conditions.append(passed)
    if (find_condition(parent.get("status"), ConditionType.DEGRADED) or {}).get("reason") == Reason.BLOCKED:
        conditions.append(condition(ConditionType.DEGRADED, False, Reason.HEALTHY, generation=generation))
    return with_conditions(parent, conditions, now=now)
