"""Objects with ``deletionPolicy: Retain`` outlive whatever takes their place away, and are taken up again."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from tenantry.names import ANCHOR_NAMESPACE, ORPHANED_LABEL
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import Propagation
from tests.scenarios.harness.objects import owner_kinds
from tests.scenarios.harness.world import World


def stack(world: World) -> list[JSONObject]:
    """Entries of a Namespace, of a ConfigMap ``data`` that is retained, and of one that is not."""
    data = world.config_entry(id="data", deletionPolicy="Retain")
    return [world.namespace_entry(), data, world.config_entry(dependsOn=["data"])]


def is_orphan(obj: JSONObject) -> bool:
    return ORPHANED_LABEL in obj["metadata"].get("labels", {})


def uids(world: World, shop: str) -> tuple[str, str]:
    """The Kubernetes uids of a shop's Namespace and of its retained ConfigMap; they must exist."""
    return world.namespace(shop)["metadata"]["uid"], world.config(shop, "data")["metadata"]["uid"]


def until_left_alone(world: World, shop: str) -> None:
    """Wait until the Tenant is gone, and garbage collection has looked at what it left."""
    world.eventually(lambda: not world.tenant(shop), "the Tenant is gone")
    left = (world.namespace, lambda uid: world.config(uid, "data"))
    world.eventually(lambda: all(owner_kinds(find(shop)) == {"Namespace"} for find in left), "only the anchor holds it")


def until_taken_up(world: World, shop: str) -> None:
    """Wait until the Tenant is Ready again and its objects are no orphans any more."""
    world.until_ready(shop)
    world.eventually(lambda: not is_orphan(world.config(shop, "data")), "the ConfigMap has its place again")
    world.eventually(lambda: not is_orphan(world.namespace(shop)), "the Namespace has its place again")


def test_a_retained_object_outlives_its_row_and_is_taken_up_when_the_row_returns(world: World) -> None:
    world.shops.insert("acme", plan="pro")
    world.shops.insert("bravo")
    world.start(*stack(world))
    world.until_ready("acme", "bravo")
    before = uids(world, "acme")
    assert ANCHOR_NAMESPACE in [owner["name"] for owner in world.namespace("acme")["metadata"]["ownerReferences"]]

    world.shops.delete("acme")

    until_left_alone(world, "acme")
    assert is_orphan(world.config("acme", "data"))
    assert is_orphan(world.namespace("acme"))
    assert world.config("acme", "data")["data"]["plan"] == "pro"
    assert not world.config("acme")
    assert uids(world, "acme") == before

    world.shops.insert("acme", plan="basic")

    until_taken_up(world, "acme")
    assert uids(world, "acme") == before
    assert world.config("acme", "data")["data"]["plan"] == "basic"


@pytest.mark.parametrize("propagation", ["Background", "Foreground", "Orphan"])
def test_a_retained_object_outlives_its_tenant_however_that_is_deleted(world: World, propagation: Propagation) -> None:
    world.apply_template(*stack(world), registry=False)
    tenant = world.apply_tenant("acme", plan="pro", note="")
    world.until_ready("acme")
    before = uids(world, "acme")

    with world.without_guard() if propagation == "Foreground" else nullcontext():
        world.delete(tenant, propagation=propagation)

    until_left_alone(world, "acme")
    assert uids(world, "acme") == before

    world.apply_tenant("acme", plan="pro", note="")

    until_taken_up(world, "acme")
    assert uids(world, "acme") == before


def test_a_retained_object_outlives_its_entry_and_is_taken_up_when_the_entry_returns(world: World) -> None:
    world.apply_template(*stack(world), registry=False)
    world.apply_tenant("acme", plan="pro", note="")
    world.until_ready("acme")
    before = uids(world, "acme")

    world.apply_template(world.namespace_entry(), registry=False)

    world.eventually(lambda: world.status_of("acme", "data").get("phase") == "Retained", "the status lists it")
    world.eventually(lambda: is_orphan(world.config("acme", "data")), "it is marked")
    world.eventually(lambda: not world.config("acme"), "what is not retained is gone")
    world.quiet()

    world.apply_template(*stack(world), registry=False)

    until_taken_up(world, "acme")
    assert uids(world, "acme") == before


def test_a_retained_object_outlives_template_registry_and_tenant(world: World) -> None:
    world.shops.insert("acme")
    world.start(*stack(world), deletionPolicy="Delete")
    world.until_ready("acme")
    before = uids(world, "acme")

    world.clear()

    until_left_alone(world, "acme")
    assert uids(world, "acme") == before


def test_a_policy_that_changes_to_retain_reaches_what_exists(world: World) -> None:
    world.apply_template(world.namespace_entry(), world.config_entry(id="data", creationPolicy="Once"), registry=False)
    tenant = world.apply_tenant("acme", plan="pro", note="")
    world.until_ready("acme")
    before = uids(world, "acme")
    once = world.config_entry(id="data", creationPolicy="Once", deletionPolicy="Retain")

    world.apply_template(world.namespace_entry(), once, registry=False)

    world.eventually(lambda: "Namespace" in owner_kinds(world.config("acme", "data")), "the ConfigMap is anchored")
    world.eventually(lambda: "Namespace" in owner_kinds(world.namespace("acme")), "its Namespace is anchored")
    world.until_ready("acme")
    world.delete(tenant)
    until_left_alone(world, "acme")
    assert uids(world, "acme") == before
