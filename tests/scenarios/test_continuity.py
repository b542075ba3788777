"""What lies between row and tenant is lost, moved or made anew: tenants do not notice."""

from __future__ import annotations

from tenantry.names import BUCKET_LABEL, SHARD_LABEL
from tests.scenarios.harness.backend import OTHER_SHARD
from tests.scenarios.harness.objects import condition
from tests.scenarios.harness.world import World

UIDS = ("acme", "bravo", "chili", "delta", "echo")


def start_some_tenants(world: World) -> None:
    """A registry with a few tenants that are Ready."""
    for uid in UIDS:
        world.shops.insert(uid)
    world.start()
    world.until_ready(*UIDS)


def test_a_slice_that_is_deleted_costs_no_tenant(world: World) -> None:
    start_some_tenants(world)
    tenants, identities = world.tenant_uids(*UIDS), world.identities(*UIDS)
    lost = world.ours("TenantSlice")[0]

    world.delete(lost)

    def back() -> bool:
        found = world.again(lost)
        return bool(found) and found["metadata"]["uid"] != lost["metadata"]["uid"]

    world.eventually(back, "the slice is there again")
    world.quiet()
    world.until_ready(*UIDS)
    assert world.tenant_uids(*UIDS) == tenants
    assert world.identities(*UIDS) == identities


def test_all_slices_deleted_at_once_cost_no_tenant(world: World) -> None:
    start_some_tenants(world)
    tenants, identities = world.tenant_uids(*UIDS), world.identities(*UIDS)
    lost = world.ours("TenantSlice")

    for slice_ in lost:
        world.delete(slice_)

    def back() -> bool:
        old = {slice_["metadata"]["uid"] for slice_ in lost}
        new = {slice_["metadata"]["uid"] for slice_ in world.ours("TenantSlice")}
        return len(new) == len(lost) and not old & new

    world.eventually(back, "there are as many slices again")
    world.quiet()
    world.until_ready(*UIDS)
    assert world.tenant_uids(*UIDS) == tenants
    assert world.identities(*UIDS) == identities


def test_another_number_of_buckets_moves_tenants_untouched(world: World) -> None:
    start_some_tenants(world)
    tenants, identities = world.tenant_uids(*UIDS), world.identities(*UIDS)

    world.apply_registry(buckets=3)

    def moved() -> bool:
        labels = [tenant["metadata"]["labels"][BUCKET_LABEL] for tenant in world.ours("Tenant")]
        return len(labels) == len(UIDS) and all(label.startswith("3-") for label in labels)

    world.eventually(moved, "all Tenants are in one of three buckets")
    world.eventually(lambda: len(world.ours("TenantSlice")) == 3, "there are three slices")
    world.quiet()
    world.until_ready(*UIDS)
    assert world.tenant_uids(*UIDS) == tenants
    assert world.identities(*UIDS) == identities


def test_a_registry_that_is_deleted_and_made_again_takes_its_tenants_up(world: World) -> None:
    start_some_tenants(world)
    tenants, identities = world.tenant_uids(*UIDS), world.identities(*UIDS)
    registry = world.registry()

    world.delete(registry)
    world.eventually(lambda: not world.registry() and not world.ours("TenantSlice"), "registry and slices are gone")
    world.quiet()
    assert world.identities(*UIDS) == identities, "the tenants stand"

    world.apply_registry()
    world.shops.insert("foxtrot")

    world.until_ready(*UIDS, "foxtrot")
    assert world.tenant_uids(*UIDS) == tenants
    assert world.identities(*UIDS) == identities


def test_a_registry_made_again_over_an_empty_table_removes_nobody(world: World) -> None:
    start_some_tenants(world)
    tenants, identities = world.tenant_uids(*UIDS), world.identities(*UIDS)
    registry = world.registry()

    world.delete(registry)
    world.eventually(lambda: not world.registry() and not world.ours("TenantSlice"), "registry and slices are gone")
    world.shops.clear()
    world.apply_registry()

    def blocked() -> bool:
        return bool(condition(world.registry(), "DeletionsBlocked").get("status") == "True")

    world.eventually(blocked, "DeletionsBlocked is True")
    world.until_polled()
    assert world.tenant_uids(*UIDS) == tenants
    assert world.identities(*UIDS) == identities


def test_a_tenant_that_moves_to_another_controller_keeps_every_object(world: World) -> None:
    world.apply_template(world.namespace_entry(), world.config_entry(), world.web_entry(), registry=False)
    tenant = world.apply_tenant("acme", plan="basic", note="", replicas=1)
    world.until_ready("acme")
    identities = world.identities("acme")

    world.edit(tenant, {"metadata": {"labels": {SHARD_LABEL: OTHER_SHARD}}})

    def handed_over() -> bool:
        found = world.again(tenant)
        finalizers = found.get("metadata", {}).get("finalizers", [])
        return len(finalizers) == 1 and finalizers[0].endswith(OTHER_SHARD)

    world.eventually(handed_over, "the other controller has the Tenant")
    world.quiet()
    assert world.identities("acme") == identities

    world.edit(tenant, {"metadata": {"labels": {SHARD_LABEL: None}}})

    def handed_back() -> bool:
        found = world.again(tenant)
        finalizers = found.get("metadata", {}).get("finalizers", [])
        return len(finalizers) == 1 and not finalizers[0].endswith(OTHER_SHARD)

    world.eventually(handed_back, "the first controller has the Tenant again")
    world.quiet()
    assert world.identities("acme") == identities
