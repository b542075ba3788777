"""What there is to do before Tenantry, or one of its shards, can go.

Metacontroller takes a finalizer off when a hook answers that all is done, and never when the controller itself is
deleted. So controllers go first, so that nobody acts any more; then the finalizers that they leave behind.

A Tenant controls its objects: when it goes, the garbage collector takes them. While it stays, nothing happens to them.
Therefore a Tenant that is being deleted keeps its finalizer, unless its objects were given away before.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tenantry.cli.cluster import CONNECTIONS, METADATA, OURS, TENANTS, Cluster, Resource
from tenantry.cli.parents import TENANT_CONTROLLER, all_ours, controllers_of, held_by, shard_controller, shipped
from tenantry.names import API_VERSION, GROUP, TENANT_LABEL
from tenantry.protocol import JSONObject

Placed = tuple[Resource, JSONObject]
"""An object without its content, and where it is served."""
PROBE = "TenantProbe"


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to do."""

    controllers: list[JSONObject]
    """The CompositeControllers that go."""
    owned: list[Placed]
    """Objects that a Tenant controls, to be given away."""
    held: list[Placed]
    """Objects of ours that carry a finalizer of a controller."""
    probes: list[Placed]
    """TenantProbes: they only look, and nobody is left to look for."""
    shard: str = ""

    @property
    def names(self) -> list[str] | None:
        """The controllers whose finalizers come off; none means all."""
        return [shard_controller(self.shard)] if self.shard else None

    @property
    def leaving(self) -> list[str]:
        """Names of the Tenants that are being deleted."""
        held = (obj["metadata"] for resource, obj in self.held if resource == TENANTS)
        return sorted(metadata["name"] for metadata in held if metadata.get("deletionTimestamp"))

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.controllers or self.owned or self.held or self.probes)

    def to_json(self) -> dict[str, Any]:
        """Names and numbers."""
        held: dict[str, int] = {}
        for resource, _ in self.held:
            held[resource.kind] = held.get(resource.kind, 0) + 1
        return {
            "controllers": [found["metadata"]["name"] for found in self.controllers],
            "orphanedObjects": len(self.owned),
            "finalizers": held,
            "probes": len(self.probes),
            "tenantsBeingDeleted": self.leaving,
        }


def plan_of(cluster: Cluster, *, shard: str = "", orphan: bool = False) -> Plan:
    """What there is to do for all of Tenantry, or for the controller of one shard."""
    controllers = controllers_of(cluster)
    if shard:
        controllers = [found for found in controllers if found["metadata"]["name"] == shard_controller(shard)]
    ours = list(all_ours(cluster))
    names = [shard_controller(shard)] if shard else None
    return Plan(
        controllers=controllers,
        owned=owned_objects(cluster, controllers) if orphan else [],
        held=[(resource, obj) for resource, obj in ours if held_by(obj, names)],
        probes=[] if shard else [(resource, obj) for resource, obj in ours if resource.kind == PROBE],
        shard=shard,
    )


def owned_objects(cluster: Cluster, controllers: list[JSONObject]) -> list[Placed]:
    """All objects that a Tenant owns.

    Those of the kinds that controllers list are found by their owner alone: somebody may have stripped the label. For
    all other kinds that are served, the label tells.
    """
    listed = {
        (child["apiVersion"], child["resource"])
        for controller in [*controllers, *shipped("compositecontrollers")]
        if controller["metadata"]["name"].startswith(TENANT_CONTROLLER)
        for child in controller["spec"].get("childResources") or ()
    }
    resources = list(_ownable(cluster))

    def owned(resource: Resource) -> list[Placed]:
        labels = "" if (resource.api_version, resource.plural) in listed else TENANT_LABEL
        found = cluster.items(resource, labels=labels, accept=METADATA)
        return [(resource, obj) for obj in found if len(owners_besides(obj)) < len(owners_of(obj))]

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return [placed for batch in pool.map(owned, resources) for placed in batch]


def owners_of(obj: JSONObject) -> list[JSONObject]:
    """The owner references of an object."""
    return list(obj["metadata"].get("ownerReferences") or ())


def owners_besides(obj: JSONObject) -> list[JSONObject]:
    """The owner references of an object but those to Tenants; the anchor is one that stays."""
    tenant = (API_VERSION, OURS["Tenant"].kind)
    return [owner for owner in owners_of(obj) if (owner["apiVersion"], owner["kind"]) != tenant]


def _ownable(cluster: Cluster) -> Iterator[Resource]:
    """Kinds of which a Tenant may own objects, each in one version."""
    seen = set()
    for resource in cluster.resources():
        key = (resource.group, resource.plural)
        if key not in seen and resource.group != GROUP and {"list", "patch"} <= set(resource.verbs):
            seen.add(key)
            yield resource
