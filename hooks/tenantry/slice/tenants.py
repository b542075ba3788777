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
    SHARD_LABEL,
    TENANT_LABEL,
    anchor,
    bucket_label,
    bucket_of,
    is_paused,
    row_secret_name,
    slice_name,
    tenant_name,
)
from tenantry.protocol import JSONObject
from tenantry.slice.finalizers import finalizers_of
from tenantry.slice.rollouts import is_behind, references_of


def rows_of(spec: TenantSliceSpec) -> list[JSONObject]:
    """The rows as they were decoded: the model does not look at them."""
    return cast("list[JSONObject]", spec.rows)


def listed_tenant(
    spec: TenantSliceSpec, row: JSONObject, observed: Mapping[str, JSONObject], *, finalizer: str = ""
) -> JSONObject:
    """The Tenant of a row. Every field is written, so that an observed Tenant can be compared with it.

    ``finalizer`` is what new Tenants begin with, if anything.

    A row's pins move templates and never take one away: a template that an observed Tenant has beyond them stays, for
    without it the objects that it makes would be removed. A registry that was made again may not know it yet.
    """
    uid = row["uid"]
    name = tenant_name(spec.registry, uid)
    found = observed.get(name)
    finalizers = finalizers_of(row, found, finalizer)
    return {
        "apiVersion": TENANT.api_version,
        "kind": TENANT.name,
        "metadata": {
            "name": name,
            "labels": {
                **(row.get("labels") or {}),
                MANAGED_BY_LABEL: MANAGED_BY,
                REGISTRY_LABEL: spec.registry,
                BUCKET_LABEL: bucket_label(spec.buckets, spec.bucket),
                **({SHARD_LABEL: row["shard"]} if row.get("shard") else {}),
            },
            "ownerReferences": [anchor(spec.anchor)],
            **({"finalizers": finalizers} if finalizers else {}),
        },
        "spec": {
            "uid": uid,
            "registry": spec.registry,
            "selector": {"matchLabels": {TENANT_LABEL: name}},
            "active": row.get("active", True),
            "values": row.get("values") or {},
            "nulls": row.get("nulls") or [],
            "templates": _references(row, references_of(found)),
            **({"columns": spec.columns} if spec.columns else {}),
            **_secret(spec),
        },
    }


def _secret(spec: TenantSliceSpec) -> JSONObject:
    if not spec.secret_namespace:
        return {}
    name = row_secret_name(slice_name(spec.registry, spec.buckets, spec.bucket))
    return {"secret": {"name": name, "namespace": spec.secret_namespace}}


def _references(row: JSONObject, present: Mapping[str, JSONObject]) -> list[JSONObject]:
    """What the Tenant of a row is made from, by template; ``present`` is what an observed one is made from.

    Only a rollout changes the pin of a Tenant that is there, and that marks the row. A row without a mark, or with an
    older one, does not know what the Tenant has: the registry is told.
    """
    pins, moved = row.get("pins") or {}, row.get("moved") or {}
    wanted = {
        template: {
            "name": template,
            "revision": pins[template],
            **({"since": moved[template]} if template in moved else {}),
        }
        for template in pins
        if template not in present or is_behind(present[template], moved.get(template, ""))
    }
    merged = {**present, **wanted}
    return [merged[template] for template in sorted(merged)]


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
    paused: frozenset[str] = frozenset()
    """uids among the removals that stay for as long as somebody freezes their Tenant."""

    @property
    def kept(self) -> list[str]:
        """Names of all that stay, sorted."""
        return sorted([*self.unlisted.values(), *self.foreign, *(self.removing[uid] for uid in self.paused)])

    @property
    def removed(self) -> list[str]:
        """Names of those that go now."""
        return [name for uid, name in self.removing.items() if uid not in self.paused]


def sort_out(spec: TenantSliceSpec, observed: Mapping[str, JSONObject], listed: Mapping[str, JSONObject]) -> Others:
    """What becomes of the observed Tenants that no row makes."""
    removals = {removal["uid"] for removal in cast("list[JSONObject]", spec.removals)}
    removing: dict[str, str] = {}
    paused: set[str] = set()
    unlisted: dict[str, str] = {}
    foreign: list[str] = []
    for name in sorted(observed.keys() - listed.keys()):
        uid = (observed[name].get("spec") or {}).get("uid")
        if not isinstance(uid, str) or tenant_name(spec.registry, uid) != name:
            foreign.append(name)
        elif uid in removals and bucket_of(uid, spec.buckets) == spec.bucket:
            removing[uid] = name
            if is_paused(observed[name]):
                paused.add(uid)
        else:
            unlisted[uid] = name
    return Others(removing, unlisted, tuple(foreign), frozenset(paused))
