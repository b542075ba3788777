"""The hooks of the TenantProbe controller."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from tenantry.kinds import TenantProbeSpec
from tenantry.kinds.kind import InvalidSpec, parse_spec
from tenantry.names import CONFLICT_POLICY_ANNOTATION, FORCE, ORPHANED_LABEL, OWNER_ANNOTATION, TENANT_LABEL
from tenantry.protocol import CustomizeRequest, CustomizeResponse, JSONObject, RelatedRule, SyncRequest, SyncResponse

ASK_AGAIN_SECONDS: Final = 5.0
"""When to look again while Metacontroller does not know objects of this kind yet."""


def sync(request: SyncRequest, *, now: datetime) -> SyncResponse:
    """What there is of the object that the probe looks for."""
    del now
    previous = request.parent.get("status") or {}
    try:
        spec = parse_spec(TenantProbeSpec, request.parent)
    except InvalidSpec:
        return SyncResponse(children=[], status={})
    named = request.related.get(f"{spec.kind}.{spec.api_version}")
    if named is None:
        return SyncResponse(children=[], status=previous, resync_after_seconds=ASK_AGAIN_SECONDS)
    found = named.get(f"{spec.namespace}/{spec.name}" if spec.namespace else spec.name)
    generation = request.parent["metadata"].get("generation", 0)
    return SyncResponse(children=[], status={"observedGeneration": generation, **_described(found)})


def customize(request: CustomizeRequest) -> CustomizeResponse:
    """The one object that the probe looks for."""
    try:
        spec = parse_spec(TenantProbeSpec, request.parent)
    except InvalidSpec:
        return CustomizeResponse()
    return CustomizeResponse(
        (RelatedRule(spec.api_version, spec.resource, names=(spec.name,), namespace=spec.namespace),)
    )


def _described(found: JSONObject | None) -> JSONObject:
    if found is None:
        return {"exists": False, "tenant": "", "orphaned": False, "forced": False, "controller": ""}
    metadata = found["metadata"]
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    controllers = (owner for owner in metadata.get("ownerReferences") or () if owner.get("controller"))
    controller = next((f"{owner['kind']} {owner['name']}" for owner in controllers), "")
    return {
        "exists": True,
        "tenant": labels.get(TENANT_LABEL) or annotations.get(OWNER_ANNOTATION, ""),
        "orphaned": labels.get(ORPHANED_LABEL) == "true",
        "forced": annotations.get(CONFLICT_POLICY_ANNOTATION) == FORCE,
        "controller": controller,
    }
