"""Objects whose name changes: with ``onRename: Replace`` the new one works before the old one goes."""

from __future__ import annotations

from typing import Any

from tenantry.names import ORPHANED_LABEL
from tenantry.protocol import JSONObject
from tests.scenarios.harness.world import World


def web(world: World, **options: Any) -> JSONObject:
    """Entry of a Deployment that has the tenant's plan for a name."""
    entry = world.web_entry(onRename="Replace", **options)
    entry["object"]["metadata"]["name"] = "{{ plan }}"
    return entry


def test_a_renamed_object_is_replaced_without_a_gap(world: World) -> None:
    world.apply_template(world.namespace_entry(), web(world), registry=False)
    world.apply_tenant("acme", plan="basic", note="", replicas=1)
    world.until_ready("acme")
    before = world.deployment("acme", "basic")["metadata"]["uid"]
    world.workloads.hold("Deployment", world.tenant_namespace("acme"), "pro")

    world.apply_tenant("acme", plan="pro", note="", replicas=1)

    world.eventually(lambda: world.deployment("acme", "pro"), "the new Deployment is made")
    world.quiet()
    assert world.deployment("acme", "basic")["metadata"]["uid"] == before

    world.workloads.heal("Deployment", world.tenant_namespace("acme"), "pro")

    world.eventually(lambda: not world.deployment("acme", "basic"), "the old Deployment is gone")
    world.until_ready("acme")
    assert world.deployment("acme", "pro")["status"]["availableReplicas"] == 1


def test_a_renamed_object_that_is_retained_stays_beside_the_new_one(world: World) -> None:
    world.apply_template(world.namespace_entry(), web(world, deletionPolicy="Retain"), registry=False)
    world.apply_tenant("acme", plan="basic", note="", replicas=1)
    world.until_ready("acme")
    before = world.deployment("acme", "basic")["metadata"]["uid"]

    world.apply_tenant("acme", plan="pro", note="", replicas=1)

    def orphaned() -> bool:
        return "tenantry.io/orphaned" in world.deployment("acme", "basic")["metadata"]["labels"]

    world.eventually(orphaned, "the old Deployment is marked")
    world.until_ready("acme")
    assert world.deployment("acme", "basic")["metadata"]["uid"] == before
    assert world.deployment("acme", "pro")


def test_a_blocked_rename_leaves_an_orphan_of_the_new_name_alone(world: World) -> None:
    config = world.config_entry(deletionPolicy="Retain")
    config["object"]["metadata"]["name"] = "{{ plan }}"
    world.apply_template(world.namespace_entry(), config, registry=False)
    world.apply_tenant("acme", plan="pro", note="", replicas=1)
    world.until_ready("acme")
    world.apply_template(world.namespace_entry(), registry=False)
    world.eventually(lambda: ORPHANED_LABEL in world.config("acme", "pro")["metadata"]["labels"], "it is an orphan")
    world.apply_tenant("acme", plan="basic", note="", replicas=1)
    world.apply_template(world.namespace_entry(), config, registry=False)
    world.eventually(lambda: world.config("acme", "basic"), "there is an object of the other name")
    world.until_ready("acme")
    before = [world.config("acme", name) for name in ("basic", "pro")]

    world.apply_tenant("acme", plan="pro", note="", replicas=1)

    world.eventually(lambda: world.status_of("acme", "config").get("reason") == "IdentityChanged", "it is blocked")
    world.quiet()
    assert [world.config("acme", name) for name in ("basic", "pro")] == before

    world.delete(before[0])

    world.eventually(lambda: ORPHANED_LABEL not in world.config("acme", "pro")["metadata"]["labels"], "it is taken up")
    world.until_ready("acme")
    assert world.config("acme", "pro")["metadata"]["uid"] == before[1]["metadata"]["uid"]
