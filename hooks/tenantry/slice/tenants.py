"""The Tenants of a slice: those that its rows make, and those that are there without a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from tenantry.engine.keep import keep
from tenantry.kinds import TENANT, TenantSliceSpec
from tenantry.names import (
    BUCKET_LABEL,
    MANAGED_BY,
    MANAGED_BY_LABEL,
    REGISTRY_LABEL,
    TENANT_LABEL,
    anchor,
    bucket_label,
    bucket_of,
    tenant_name,
)
from tenantry.protocol import JSONObject


def rows_of(spec: TenantSliceSpec) -> list[JSONObject]:
    """The rows as they were decoded: the model does not look at them."""
    return cast("list[JSONObject]", spec.rows)


def listed_tenant(spec: TenantSliceSpec, row: JSONObject, observed: Mapping[str, JSONObject]) -> JSONObject:
    """The Tenant of a row. Every field is written, so that an observed Tenant can be compared with it.

    A row's pins move templates and never take one away: a template that an observed Tenant has beyond them stays, for
    without it the objects that it makes would be removed. A registry that was made again may not know it yet.
    """
    uid = row["uid"]
    name = tenant_name(spec.registry, uid)
    pins = {**_pins_of(observed.get(name)), **(row.get("pins") or {})}
    return {
        "apiVersion": TENANT.api_version,
        "kind": TENANT.name,
        "metadata": {
            "name": name,
            "labels": {
                MANAGED_BY_LABEL: MANAGED_BY,
                REGISTRY_LABEL: spec.registry,
                BUCKET_LABEL: bucket_label(spec.buckets, spec.bucket),
            },
            "ownerReferences": [anchor(spec.anchor)],
        },
        "spec": {
            "uid": uid,
            "registry": spec.registry,
            "selector": {"matchLabels": {TENANT_LABEL: name}},
            "active": row.get("active", True),
            "values": row.get("values") or {},
            "nulls": row.get("nulls") or [],
            "templates": [{"name": template, "revision": pins[template]} for template in sorted(pins)],
        },
    }


def _pins_of(tenant: JSONObject | None) -> dict[str, str]:
    """Template → revision that an observed Tenant is pinned to."""
    templates = (tenant.get("spec") or {}).get("templates") if tenant else None
    return {found["name"]: found["revision"] for found in templates or () if found.get("revision")}


def kept_tenant(anchor_uid: str, selector: Mapping[str, str], tenant: JSONObject) -> JSONObject:
    """An observed Tenant as it was applied last, found by our selector and anchored even if it was only adopted.

    A Tenant without an anchor would be garbage-collected with the slice that adopted it.
    """
    kept = keep(tenant)
    metadata = kept["metadata"]
    return {
        **kept,
        "metadata": {
            **metadata,
            "labels": {**(metadata.get("labels") or {}), MANAGED_BY_LABEL: MANAGED_BY, **selector},
            **({"ownerReferences": [anchor(anchor_uid)]} if anchor_uid else {}),
        },
    }


@dataclass(frozen=True, slots=True)
class Others:
    """Observed Tenants without a row."""

    removing: dict[str, str]
    """uid → name of those that the registry wants to go."""
    unlisted: dict[str, str]
    """uid → name of those that wait for the registry to decide."""
    foreign: tuple[str, ...]
    """Names of those that no row of this registry can ever make: kept, and otherwise ignored."""

    @property
    def kept(self) -> list[str]:
        """Names of all that stay, sorted."""
        return sorted([*self.unlisted.values(), *self.foreign])


def sort_out(spec: TenantSliceSpec, observed: Mapping[str, JSONObject], listed: Mapping[str, JSONObject]) -> Others:
    """What becomes of the observed Tenants that no row makes."""
    removals = {removal["uid"] for removal in cast("list[JSONObject]", spec.removals)}
    removing: dict[str, str] = {}
    unlisted: dict[str, str] = {}
    foreign: list[str] = []
    for name in sorted(observed.keys() - listed.keys()):
        uid = (observed[name].get("spec") or {}).get("uid")
        if not isinstance(uid, str) or tenant_name(spec.registry, uid) != name:
            foreign.append(name)
        elif uid in removals and bucket_of(uid, spec.buckets) == spec.bucket:
            removing[uid] = name
        else:
            unlisted[uid] = name
    return Others(removing, unlisted, tuple(foreign))
