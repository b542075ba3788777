"""Tenants, registries, everything is deleted: in order, completely, and nothing hangs."""

from __future__ import annotations

import pytest

from tenantry.names import TENANT_LABEL
from tenantry.sandbox.cluster import ApiError
from tests.scenarios.harness.record import OUR_KINDS
from tests.scenarios.harness.world import World


def deletions(world: World, kinds: set[str]) -> list[str]:
    """Kinds of the tenants' deleted objects, in the order in which they went."""
    deleted = [change.after for change in world.backend.recorder.changes(world.belongs) if change.type == "DELETED"]
    ours = [obj["kind"] for obj in deleted if TENANT_LABEL in obj["metadata"].get("labels", {})]
    return [kind for kind in ours if kind in kinds]


def test_a_deleted_tenant_goes_with_its_objects_dependents_first(world: World) -> None:
    world.apply_template(
        world.namespace_entry(), world.config_entry(), world.web_entry(dependsOn=["config"]), registry=False
    )
    tenant = world.apply_tenant("acme", plan="basic", note="", replicas=1)
    world.until_ready("acme")

    world.delete(tenant)

    world.eventually(lambda: not world.tenant("acme"), "the Tenant is gone")
    world.eventually(lambda: not world.namespace("acme"), "its Namespace is gone")
    assert not world.objects_of("acme")
    gone = deletions(world, {"Deployment", "ConfigMap", "Namespace"})
    assert gone.index("Deployment") < gone.index("ConfigMap") < gone.index("Namespace")


def test_a_deletion_in_the_foreground_is_refused_with_the_way_out(world: World) -> None:
    world.apply_template(world.namespace_entry(), registry=False)
    world.apply_registry()
    tenant = world.apply_tenant("acme", plan="basic", note="")
    world.until_ready("acme")

    for obj in (tenant, world.template(), world.registry()):
        with pytest.raises(ApiError, match=r"--cascade=background.*PrunePropagationPolicy=background") as caught:
            world.delete(obj, propagation="Foreground")
        assert caught.value.code == 403

    world.quiet()
    assert all("deletionTimestamp" not in obj["metadata"] for obj in (world.tenant("acme"), world.registry()))


def test_a_tenant_that_still_has_its_row_comes_back(world: World) -> None:
    world.shops.insert("acme")
    world.start()
    world.until_ready("acme")
    tenant = world.tenant("acme")

    world.delete(tenant)

    def back() -> bool:
        found = world.tenant("acme")
        return bool(found) and found["metadata"]["uid"] != tenant["metadata"]["uid"]

    world.eventually(back, "there is a new Tenant")
    world.until_ready("acme")


def test_a_registry_with_the_policy_delete_takes_its_tenants_with_it(world: World) -> None:
    world.shops.insert("acme")
    world.shops.insert("bravo")
    world.start(deletionPolicy="Delete")
    world.until_ready("acme", "bravo")
    registry = world.registry()

    world.delete(registry)

    world.eventually(lambda: not world.registry(), "the registry is gone")
    assert not world.ours("Tenant")
    assert not world.objects_of("acme") + world.objects_of("bravo")
    world.eventually(lambda: not world.ours("TenantSlice"), "the slices are gone")


def test_everything_deleted_in_one_command_leaves_nothing(world: World) -> None:
    world.shops.insert("acme")
    world.shops.insert("bravo")
    world.start()
    world.until_ready("acme", "bravo")

    world.clear()

    def left() -> list[str]:
        found = [obj for _, kind in OUR_KINDS for obj in world.ours(kind)]
        found += world.objects_of("acme") + world.objects_of("bravo")
        return [f"{obj['kind']} {obj['metadata']['name']}" for obj in found]

    world.eventually(lambda: not left(), "nothing of ours is left")


def test_a_namespace_that_goes_together_with_its_tenant_does_not_hang(world: World) -> None:
    world.shops.insert("acme")
    world.shops.insert("bravo")
    world.start()
    world.until_ready("acme", "bravo")
    namespace = world.namespace("acme")

    world.shops.delete("acme")
    world.delete(namespace)

    world.eventually(lambda: not world.tenant("acme"), "the Tenant is gone")
    world.eventually(lambda: not world.namespace("acme"), "its Namespace is gone")
