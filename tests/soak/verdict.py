"""Whether a cluster is exactly what rows and templates say."""

from __future__ import annotations

from collections.abc import Iterable

from tenantry.names import TENANT_LABEL, tenant_name
from tenantry.protocol import JSONObject
from tests.scenarios.harness.objects import is_true
from tests.scenarios.harness.world import World
from tests.soak.model import KEPT_IN, Fleet, looked_at

KINDS = (("v1", "Namespace"), ("v1", "ConfigMap"), ("apps/v1", "Deployment"))
REPORTED = 20


def differences(world: World, fleet: Fleet) -> list[str]:
    """What is not as it shall be; nothing if all is."""
    return [*_of_registry(world, fleet), *_of_tenants(world, fleet), *_of_objects(world, fleet)]


def _of_tenants(world: World, fleet: Fleet) -> Iterable[str]:
    wanted = {tenant_name(world.name, uid) for uid in fleet.shops}
    latest = world.template().get("status", {}).get("latestRevision")
    found = {tenant["metadata"]["name"]: tenant for tenant in world.ours("Tenant")}
    yield from (f"Tenant {name} is missing" for name in sorted(wanted - found.keys()))
    yield from (f"Tenant {name} is there, and should not be" for name in sorted(found.keys() - wanted))
    for name in sorted(wanted & found.keys()):
        if not is_true(found[name], "Ready"):
            yield f"Tenant {name} is not Ready"
        if [pinned.get("revision") for pinned in found[name]["spec"]["templates"]] != [latest]:
            yield f"Tenant {name} is not on {latest}"


def _of_objects(world: World, fleet: Fleet) -> Iterable[str]:
    expected = fleet.expected()
    for (kind, namespace, name), obj in sorted(_observed(world).items()):
        wanted = expected.pop((kind, namespace, name), None)
        told = f"{kind} {namespace}/{name}"
        if wanted is None:
            if not _is_left_behind(obj):
                yield f"{told} is there, and should not be"
        elif "deletionTimestamp" in obj["metadata"]:
            yield f"{told} is being deleted"
        elif looked_at(obj) != wanted:
            yield f"{told} is {looked_at(obj)}, and should be {wanted}"
    yield from (f"{kind} {namespace}/{name} is missing" for kind, namespace, name in sorted(expected))


def _observed(world: World) -> dict[tuple[str, str, str], JSONObject]:
    """All objects that carry the label of a tenant of this world."""
    observed = {}
    for api_version, kind in KINDS:
        for obj in world.cluster.list(world.cluster.resource_type(api_version, kind=kind), labels=TENANT_LABEL):
            metadata = obj["metadata"]
            if metadata["labels"][TENANT_LABEL].startswith(f"{world.name}."):
                observed[kind, metadata.get("namespace", ""), metadata["name"]] = obj
    return observed


def _is_left_behind(obj: JSONObject) -> bool:
    """Whether an object is the retained one of a tenant that is gone."""
    metadata = obj["metadata"]
    return bool(metadata.get("namespace") == KEPT_IN and metadata["name"].endswith("-keepsake"))


def _of_registry(world: World, fleet: Fleet) -> Iterable[str]:
    registry, number = world.registry(), len(fleet.shops)
    told = registry.get("status", {}).get("tenants", {})
    counts = {name: told.get(name) for name in ("desired", "total", "ready", "degraded", "removing")}
    if counts != {"desired": number, "total": number, "ready": number, "degraded": 0, "removing": 0}:
        yield f"the registry says {counts}, and there should be {number} tenants"
    if not is_true(registry, "Ready"):
        yield "the registry is not Ready"
    for template in registry.get("status", {}).get("templates", []):
        if template.get("failing"):
            yield f"the rollout of {template['name']} is {template['phase']}: {template['failing']}"
