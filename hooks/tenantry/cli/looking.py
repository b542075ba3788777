"""Finds tenants, by name or by uid, and tells why one is not there."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Final

from tenantry.cli.cluster import REGISTRIES, SLICES, TENANTS, Cluster, ClusterError
from tenantry.cli.output import age
from tenantry.names import bucket_of, slice_name, slug, tenant_name
from tenantry.protocol import JSONObject

SHOWN: Final = 3
"""Registries that are told of where none of them knows the tenant."""


def find_tenant(cluster: Cluster, wanted: str, registry: str = "") -> JSONObject:
    """The Tenant of this name, or of the row with this uid. Raises ``ClusterError`` that tells why there is none."""
    registries = [found for found in cluster.items(REGISTRIES) if registry in ("", found["metadata"]["name"])]
    if registry and not registries:
        raise ClusterError(f"There is no TenantRegistry {registry}: kubectl get tenantregistries lists them.")
    found = [] if registry else _existing(cluster, [wanted])
    if not found:
        likely = [tenant_name(each["metadata"]["name"], wanted) for each in registries]
        found = [
            tenant
            for tenant in _existing(cluster, likely if registry else [*likely, slug(wanted)])
            if tenant["spec"].get("uid") == wanted
        ]
    names: list[str] = []
    if not found and not registry:
        for tenant in cluster.items(TENANTS):
            names.append(tenant["metadata"]["name"])
            found += [tenant] if tenant["spec"].get("uid") == wanted else []
    if len(found) > 1:
        several = sorted(tenant["metadata"]["name"] for tenant in found)
        raise ClusterError(f"{len(several)} Tenants have the uid {wanted}: name one of {', '.join(several)}.")
    if found:
        return found[0]
    raise ClusterError(_why_absent(cluster, wanted, registries, names))


def _existing(cluster: Cluster, names: Iterable[str]) -> list[JSONObject]:
    found = (cluster.get(TENANTS, name) for name in dict.fromkeys(names))
    return [tenant for tenant in found if tenant is not None]


def _why_absent(cluster: Cluster, wanted: str, registries: Sequence[JSONObject], names: Sequence[str]) -> str:
    told = [text for registry in registries for text in _told_by(cluster, wanted, registry)]
    if not told:
        uids = [name.partition(".")[2] for name in names]
        meant = difflib.get_close_matches(wanted, [*names, *uids], n=1)
        told += [f"Did you mean {meant[0]}?"] if meant else []
        told += [_without_row(registry) for registry in registries[:SHOWN]]
    return " ".join([f"There is no Tenant of the name or uid {wanted}.", *told])


def _without_row(registry: JSONObject) -> str:
    name, source = registry["metadata"]["name"], (registry.get("status") or {}).get("source") or {}
    if not source.get("lastSuccessTime"):
        return f"TenantRegistry {name} has not read its table yet: tenantry status {name} tells why."
    return f"TenantRegistry {name} found no active row of it {age(source['lastSuccessTime'])} ago."


def _told_by(cluster: Cluster, uid: str, registry: JSONObject) -> Iterable[str]:
    name, spec = registry["metadata"]["name"], registry["spec"]
    uid = uid.removeprefix(f"{name}.")
    for row in (registry.get("status") or {}).get("invalidRows") or ():
        if row.get("uid") == uid:
            yield f"Its row in TenantRegistry {name} cannot be used: {row['reason']}: {row.get('message', '')}"
    buckets = int(spec.get("buckets") or 64)
    slice_ = cluster.get(SLICES, slice_name(name, buckets, bucket_of(uid, buckets)))
    if slice_ is None:
        return
    told = slice_["metadata"]["name"]
    if any(row["uid"] == uid for row in slice_["spec"].get("rows") or ()):
        if slice_["spec"].get("waits"):
            yield f"Its row is in TenantSlice {told}, which has its turn soon: new tenants are made slice by slice."
        else:
            yield f"Its row is in TenantSlice {told}: kubectl describe tenantslice {told} tells why it is not made."
    elif any(removal["uid"] == uid for removal in slice_["spec"].get("removals") or ()):
        yield f"TenantRegistry {name} removed it: its row is gone or inactive."
