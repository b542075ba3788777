"""The sync hook of TenantSlices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tenantry.conditions import Reason
from tenantry.engine.hold import held_status
from tenantry.kinds import TENANT, TenantSliceSpec
from tenantry.kinds.kind import InvalidSpec, parse_spec
from tenantry.protocol import JSONObject, ObjectKey, SyncRequest, SyncResponse
from tenantry.slice.drift import with_labels_restored
from tenantry.slice.finalizers import first_finalizer
from tenantry.slice.status import slice_status
from tenantry.slice.tenants import kept_tenant, listed_tenant, rows_of, sort_out
from tenantry.slice.turns import withheld


def sync(request: SyncRequest, *, now: datetime) -> SyncResponse:
    """One Tenant a row; removals go; whatever else is observed stays as it is."""
    observed = request.children.get(TENANT.type_key, {})
    try:
        spec = parse_spec(TenantSliceSpec, request.parent)
    except InvalidSpec as error:
        return _keep_everything(request.parent, observed, error, now=now)
    finalizer = first_finalizer(request.controller)
    made = [listed_tenant(spec, row, observed, finalizer=finalizer) for row in rows_of(spec)]
    tenants, wait = with_labels_restored(made, observed, spec.written, now=now)
    listed = {tenant["metadata"]["name"]: tenant for tenant in tenants}
    others = sort_out(spec, observed, listed)
    kept = [kept_tenant(spec.anchor, spec.selector.match_labels, observed[name]) for name in others.kept]
    later = withheld(spec, listed, observed)
    status, resync = slice_status(request.parent, spec, listed, observed, others, now=now)
    return SyncResponse(
        children=[*(tenant for name, tenant in listed.items() if name not in later), *kept],
        status=status,
        removed=frozenset(ObjectKey(TENANT.type_key, name) for name in others.removed),
        resync_after_seconds=min(resync or wait, wait or resync),
    )


def _keep_everything(
    parent: JSONObject, observed: Mapping[str, JSONObject], error: InvalidSpec, *, now: datetime
) -> SyncResponse:
    spec = parent.get("spec") or {}
    labels = (spec.get("selector") or {}).get("matchLabels") or {}
    return SyncResponse(
        children=[kept_tenant(spec.get("anchor") or "", labels, observed[name]) for name in sorted(observed)],
        status=held_status(parent, Reason.INVALID_SPEC, str(error), now=now),
    )
