"""A template is deleted: its objects stay with the tenants, or go with it."""

from __future__ import annotations

from typing import Any

from tenantry.protocol import JSONObject
from tests.scenarios.harness.objects import condition
from tests.scenarios.harness.world import World


def apply_template(world: World, *resources: JSONObject, name: str = "web", registry: bool = True, **spec: Any) -> None:
    """Apply a template with these fields beside its entries."""
    template = {
        "apiVersion": "tenantry.io/v1",
        "kind": "TenantTemplate",
        "metadata": {"name": world.template_name(name)},
        "spec": {"resources": list(resources), **({"registry": world.name} if registry else {}), **spec},
    }
    world.apply(template)


def use_of(world: World, name: str) -> str:
    """What the registry says of a template: its state, in capitals when tenants run it."""
    for found in world.registry()["status"].get("templateUse", []):
        if found["name"] == world.template_name(name):
            return str(found["state"]).upper() if found.get("inUse") else str(found["state"])
    return ""


def start(world: World, policy: str) -> None:
    """A tenant of two templates, the second with this policy and something retained."""
    world.shops.insert("acme")
    apply_template(world, world.namespace_entry(), world.config_entry())
    apply_template(
        world,
        world.config_entry(id="extra"),
        world.config_entry(id="last", dependsOn=["extra"]),
        world.config_entry(id="data", deletionPolicy="Retain"),
        name="more",
        deletionPolicy=policy,
    )
    world.apply_registry()
    world.until_ready("acme")
    world.eventually(lambda: world.config("acme", "last") and world.config("acme", "data"), "both templates are there")
    world.until_ready("acme")


def test_a_template_that_retains_leaves_its_objects(world: World) -> None:
    start(world, "Retain")
    before = world.identities("acme")

    world.delete(world.template("more"))

    world.eventually(lambda: not world.template("more"), "the template is gone")
    world.eventually(lambda: use_of(world, "more") == "ORPHANED", "the registry tells of the orphaned template")
    world.until_polled()
    assert world.identities("acme") == before
    world.shops.update("acme", plan="pro")
    changed = "a tenant of an orphaned template still follows its row"
    world.eventually(lambda: world.config("acme", "extra")["data"]["plan"] == "pro", changed)


def test_a_template_that_deletes_takes_its_objects_with_it_and_nothing_else(world: World) -> None:
    start(world, "Delete")
    config = world.config("acme")["metadata"]["uid"]

    world.delete(world.template("more"))

    world.eventually(lambda: not world.template("more"), "the template is gone")
    assert not world.config("acme", "extra"), "it goes after its objects"
    assert not world.config("acme", "last")
    assert world.config("acme", "data")["metadata"]["labels"]["tenantry.io/orphaned"] == "true"
    assert world.config("acme")["metadata"]["uid"] == config
    revisions = [found for found in world.ours("TenantTemplateRevision") if found["spec"].get("withdrawn")]
    assert len(revisions) == 1, "its revision stays"
    world.until_ready("acme")


def test_a_namespace_of_a_template_that_deletes_stays_for_the_objects_of_others(world: World) -> None:
    world.shops.insert("acme")
    apply_template(world, world.namespace_entry(), deletionPolicy="Delete")
    apply_template(world, world.config_entry(), name="more")
    world.apply_registry()
    world.eventually(lambda: world.config("acme"), "both templates are there")
    world.until_ready("acme")
    before = [found["metadata"]["uid"] for found in (world.namespace("acme"), world.config("acme"))]

    world.delete(world.template())

    world.eventually(lambda: not world.template(), "the template is gone")
    world.until_ready("acme")
    assert [found["metadata"]["uid"] for found in (world.namespace("acme"), world.config("acme"))] == before
    assert world.status_of("acme", "namespace")["reason"] == "Inhabited"

    world.shops.delete("acme")

    world.eventually(lambda: not world.namespace("acme"), "the Namespace goes with its tenant")


def test_the_same_template_made_again_brings_its_objects_back(world: World) -> None:
    start(world, "Delete")
    template = world.template("more")
    uid = world.config("acme", "data")["metadata"]["uid"]
    world.delete(template)
    world.eventually(lambda: not world.template("more"), "the template is gone")

    apply_template(world, *template["spec"]["resources"], name="more", deletionPolicy="Delete")

    world.eventually(lambda: world.config("acme", "last"), "the objects are back")
    world.until_ready("acme")
    kept = world.config("acme", "data")["metadata"]
    assert kept["uid"] == uid
    assert "tenantry.io/orphaned" not in kept["labels"]


def test_a_tenant_whose_only_template_was_withdrawn_has_nothing_and_says_so(world: World) -> None:
    world.shops.insert("acme")
    apply_template(world, world.namespace_entry(), world.config_entry(), deletionPolicy="Delete")
    world.apply_registry()
    world.until_ready("acme")

    world.delete(world.template())

    world.eventually(lambda: not world.template(), "the template is gone")
    assert not world.objects_of("acme")
    found = condition(world.tenant("acme"), "Ready")
    assert found["reason"] == "TemplatesWithdrawn"


def test_a_template_waits_for_a_paused_tenant(world: World) -> None:
    start(world, "Delete")
    world.edit(world.tenant("acme"), {"metadata": {"annotations": {"tenantry.io/paused": "true"}}})
    world.eventually(lambda: condition(world.tenant("acme"), "Paused"), "the Tenant is paused")

    world.delete(world.template("more"))

    world.eventually(lambda: use_of(world, "more") == "WITHDRAWING", "the registry knows of it")
    in_use = "the template tells what it waits for"
    world.eventually(lambda: condition(world.template("more"), "Ready").get("reason") == "TemplateInUse", in_use)
    assert world.config("acme", "extra")

    world.edit(world.tenant("acme"), {"metadata": {"annotations": {"tenantry.io/paused": None}}})
    world.eventually(lambda: not world.template("more"), "the template is gone")
    assert not world.config("acme", "extra")


def test_a_template_waits_for_tenants_without_a_registry(world: World) -> None:
    apply_template(world, world.namespace_entry(), world.config_entry(), registry=False, deletionPolicy="Delete")
    latest = "there is a revision"
    world.eventually(lambda: world.template().get("status", {}).get("latestRevision"), latest)
    world.apply_tenant("acme", plan="basic", note="", replicas=1)
    pinned = world.template()["status"]["latestRevision"]
    world.apply_tenant("bravo", revision=pinned, plan="basic", note="", replicas=1)
    world.until_ready("acme", "bravo")

    world.delete(world.template())

    world.eventually(lambda: not world.template(), "the template is gone")
    assert world.objects_of("acme") + world.objects_of("bravo") == []
