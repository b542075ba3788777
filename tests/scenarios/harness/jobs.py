"""Jobs of shop acme that run before it is made, when it is ready, or before it is deleted."""

from __future__ import annotations

from typing import Any

from tenantry.protocol import JSONObject
from tests.scenarios.harness.objects import condition, entry
from tests.scenarios.harness.world import World


def job(world: World, id: str, lifecycle: str, *, say: str = "{{ plan }}", **options: Any) -> JSONObject:
    """Entry of a Job in the tenant's Namespace that runs with this argument."""
    container = {"name": "main", "image": "shop:1", "args": [say]}
    return entry(
        id,
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": id, "namespace": world.name + "-{{ slug }}"},
            "spec": {
                "backoffLimit": 0,
                "template": {"spec": {"restartPolicy": "Never", "containers": [container]}},
            },
        },
        lifecycle=lifecycle,
        **options,
    )


def jobs(world: World, id: str, uid: str = "acme") -> list[JSONObject]:
    """The Jobs there are of an entry."""
    of_tenant = [obj for obj in world.objects_of(uid) if obj["kind"] == "Job"]
    return [obj for obj in of_tenant if obj["metadata"]["name"].rpartition("-")[0] == id]


def completed(found: JSONObject) -> bool:
    """Whether a Job is complete."""
    return condition(found, "Complete").get("status") == "True"


def phase(world: World, id: str) -> str:
    """Phase and reason of an entry of shop acme."""
    found = world.status_of("acme", id)
    return f"{found.get('phase')}/{found.get('reason', '')}"


def tenant_of(world: World, *resources: JSONObject, **values: Any) -> JSONObject:
    """A Tenant by hand, made from a Namespace and these entries."""
    world.apply_template(world.namespace_entry(), *resources, registry=False)
    return world.apply_tenant("acme", **{"plan": "basic", "note": "", "replicas": 1, **values})


def hold(world: World, id: str) -> None:
    """Let the Jobs of an entry of shop acme run on."""
    world.workloads.hold("Job", world.tenant_namespace("acme"), f"{id}-*")


def fail(world: World, id: str) -> None:
    """Let the Jobs of an entry of shop acme fail."""
    world.workloads.fail("Job", world.tenant_namespace("acme"), f"{id}-*")


def heal(world: World, id: str) -> None:
    """Let the Jobs of an entry of shop acme complete; one that failed stays so."""
    world.workloads.heal("Job", world.tenant_namespace("acme"), f"{id}-*")


def until_gone(world: World) -> None:
    """Wait until the Tenant of shop acme is gone."""
    world.eventually(lambda: not world.tenant("acme"), "the Tenant is gone")


def message_of(world: World, type_: str, reason: str) -> str:
    """What a condition of the Tenant says once it has this reason."""

    def told() -> str:
        found = condition(world.tenant("acme"), type_)
        return str(found["message"]) if found.get("reason") == reason else ""

    return world.eventually(told, f"{type_} is {reason}")
