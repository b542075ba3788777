"""``tenantry drain``: an installation goes and comes back, and no tenant notices."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tenantry.cli.parents import FINALIZER
from tenantry.names import API_VERSION, PAUSED_ANNOTATION, SHARD_LABEL, TENANT_LABEL
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import Event
from tests.cluster.interruption import after_each_write
from tests.cluster.site import CONTROLLERS, Site, finalizers_in
from tests.controlplane.product import composite_controllers
from tests.scenarios.harness.world import World

UIDS = ("acme", "bravo")
KINDS = ("TenantRegistry", "TenantTemplate", "TenantSlice", "Tenant", "TenantProbe")
FINALIZED = ("TenantRegistry", "TenantTemplate", "Tenant")
"""Kinds whose controllers have a finalize hook."""
QUICK = ("--settle", "2")


@pytest.fixture
def shops(site: Site, world: World) -> Iterator[World]:
    """Two tenants that are Ready; the installation is put back in the end."""
    for uid in UIDS:
        world.shops.insert(uid)
    world.start(world.namespace_entry(), world.config_entry(), world.web_entry())
    world.until_ready(*UIDS)
    world.quiet()
    yield world
    site.install()
    # Metacontroller 4.17 ends with a panic when a controller is stopped while it puts a finalizer on a parent.
    world.eventually(lambda: all(taken_up(obj) for kind in FINALIZED for obj in world.ours(kind)), "all are taken up")


def taken_up(obj: JSONObject) -> bool:
    """Whether a controller has its finalizer on an object, or the object is on its way out."""
    metadata = obj["metadata"]
    return bool(metadata.get("deletionTimestamp")) or any(f.startswith(FINALIZER) for f in finalizers_in([obj]))


def held(world: World) -> list[str]:
    """Metacontroller's finalizers on objects of ours."""
    found = finalizers_in([obj for kind in KINDS for obj in world.ours(kind)])
    return [finalizer for finalizer in found if finalizer.startswith(FINALIZER)]


def uids(world: World) -> dict[str, str]:
    """uid of every object of the tenants."""
    return {name: identity[0] for name, identity in world.identities(*UIDS).items()}


def controlled(world: World) -> list[JSONObject]:
    """Objects of tenants that a Tenant owns."""
    found = (obj for uid in UIDS for obj in world.objects_of(uid))
    return [obj for obj in found if any(o["kind"] == "Tenant" for o in obj["metadata"].get("ownerReferences", []))]


def test_everything_is_taken_up_again_after_drain_uninstall_and_install(site: Site, shops: World) -> None:
    before, tenants = shops.identities(*UIDS), shops.tenant_uids(*UIDS)
    assert held(shops) != []
    result = site.tenantry("drain", "--yes", *QUICK)
    assert (result.exit_code, held(shops), site.controllers()) == (0, [], [])
    site.helm.uninstall()
    assert shops.identities(*UIDS) == before
    site.install()
    shops.shops.update("acme", plan="pro")
    shops.eventually(lambda: shops.plan_of("acme") == "pro", "a change of a row arrives")
    shops.until_ready(*UIDS)
    assert uids(shops) == {name: identity[0] for name, identity in before.items()}
    assert shops.tenant_uids(*UIDS) == tenants
    shops.eventually(lambda: held(shops) != [], "the finalizers are back")


def test_a_dry_run_changes_nothing(site: Site, shops: World) -> None:
    before = held(shops)
    told = site.told("drain", "--dry-run")
    assert told["controllers"] == site.controllers()
    assert told["finalizers"]["Tenant"] >= len(UIDS)
    assert held(shops) == before


def test_nothing_is_done_while_controllers_run_and_nobody_agrees(site: Site, shops: World) -> None:
    before = site.controllers()
    result = site.tenantry("drain")
    assert (result.exit_code, site.controllers()) == (1, before)
    assert "say --yes" in result.stderr


def test_a_second_drain_finds_nothing_to_do(site: Site, shops: World) -> None:
    site.tenantry("drain", "--yes", *QUICK)
    result = site.tenantry("drain", "--yes", *QUICK)
    assert (result.exit_code, "Nothing to do" in result.stdout) == (0, True)


@pytest.mark.parametrize("arguments", [(), ("--orphan",)], ids=["keeping owners", "orphaning"])
def test_a_drain_interrupted_after_each_of_its_writes_loses_nothing_and_ends(
    site: Site, shops: World, arguments: tuple[str, ...]
) -> None:
    before, tenants = uids(shops), shops.tenant_uids(*UIDS)

    def everything_stands() -> None:
        assert (uids(shops), shops.tenant_uids(*UIDS)) == (before, tenants)

    result = after_each_write(lambda: site.tenantry("drain", "--yes", "--settle", "0.5", *arguments), everything_stands)
    assert (result.exit_code, held(shops), site.controllers()) == (0, [], [])
    site.install()
    shops.shops.update("acme", plan="pro")
    shops.eventually(lambda: shops.plan_of("acme") == "pro", "a change of a row arrives")
    everything_stands()


def test_probes_go_with_the_controllers(site: Site, shops: World) -> None:
    spec = {"apiVersion": "v1", "kind": "ConfigMap", "resource": "configmaps", "namespace": "default", "name": "none"}
    metadata = {"name": f"{shops.name}-probe"}
    shops.apply({"apiVersion": API_VERSION, "kind": "TenantProbe", "metadata": metadata, "spec": spec})
    shops.eventually(lambda: "status" in shops.ours("TenantProbe")[0], "the probe has looked")
    assert site.tenantry("drain", "--yes", *QUICK).exit_code == 0
    assert shops.ours("TenantProbe") == []


def test_objects_outlive_their_tenants_after_an_orphaning_drain(site: Site, shops: World) -> None:
    before = uids(shops)
    result = site.tenantry("drain", "--orphan", "--yes", *QUICK)
    assert (result.exit_code, controlled(shops)) == (0, [])
    for kind in ("TenantRegistry", "TenantTemplate", "TenantSlice", "Tenant"):
        for obj in shops.ours(kind):
            shops.delete(obj)
    shops.eventually(lambda: not shops.ours("Tenant"), "the Tenants are gone")
    assert uids(shops) == before
    site.install()
    shops.start(shops.namespace_entry(), shops.config_entry(), shops.web_entry())
    shops.until_ready(*UIDS)
    assert uids(shops) == before
    assert len(controlled(shops)) == len(before)


def test_a_tenant_that_is_being_deleted_holds_the_drain_up(site: Site, shops: World) -> None:
    shops.edit(shops.tenant("acme"), {"metadata": {"annotations": {PAUSED_ANNOTATION: "true"}}})
    shops.delete(shops.tenant("acme"))
    shops.eventually(lambda: "deletionTimestamp" in shops.tenant("acme")["metadata"], "acme is being deleted")
    refused = site.tenantry("drain", "--yes", *QUICK)
    assert (refused.exit_code, shops.tenant_name("acme") in refused.stderr) == (1, True)
    assert site.controllers() != []
    before = uids(shops)
    assert site.tenantry("drain", "--orphan", "--yes", *QUICK).exit_code == 0
    shops.eventually(lambda: shops.tenant("acme") == {}, "the Tenant goes")
    assert uids(shops) == before


def test_a_controller_that_somebody_applies_again_is_told(site: Site, shops: World) -> None:
    kind = site.cluster.resource_type(CONTROLLERS[0], kind=CONTROLLERS[1])
    slices = next(
        c for c in composite_controllers(site.backend.webhooks.url) if c["metadata"]["name"].endswith("slices")
    )

    def stubborn(event: Event) -> None:
        if event.type == "DELETED" and event.object["metadata"]["name"] == slices["metadata"]["name"]:
            site.cluster.apply(kind, slices, field_manager="argocd")

    stop = site.cluster.watch(kind, stubborn)
    result = site.tenantry("drain", "--yes", *QUICK)
    stop()
    assert (result.exit_code, "tenantry-slices came back" in result.stderr) == (1, True)


def test_one_shard_is_drained_and_its_tenants_go_to_the_permanent_controller(site: Site, shops: World) -> None:
    kind = site.cluster.resource_type(CONTROLLERS[0], kind=CONTROLLERS[1])
    permanent = next(
        c for c in composite_controllers(site.backend.webhooks.url) if c["metadata"]["name"].endswith("tenants")
    )
    gold = {**permanent, "metadata": {"name": "tenantry-tenants-gold"}}
    for controller, operator in ((permanent, "NotIn"), (gold, "In")):
        selector = {"matchExpressions": [{"key": SHARD_LABEL, "operator": operator, "values": ["gold"]}]}
        spec = controller["spec"] | {
            "parentResource": controller["spec"]["parentResource"] | {"labelSelector": selector}
        }
        site.cluster.apply(kind, {**controller, "spec": spec}, field_manager="setup", force=True)
    name = "by-hand-" + shops.name
    template = {"name": shops.template_name()}
    spec = {"uid": "gold", "selector": {"matchLabels": {TENANT_LABEL: name}}, "templates": [template]}
    spec["values"] = {"plan": "basic", "note": "", "replicas": 1}
    metadata = {"name": name, "labels": {SHARD_LABEL: "gold"}}
    shops.apply({"apiVersion": API_VERSION, "kind": "Tenant", "metadata": metadata, "spec": spec})

    def finalizers() -> list[str]:
        return finalizers_in([shops.find(API_VERSION, "Tenant", name)])

    shops.eventually(lambda: f"{FINALIZER}tenantry-tenants-gold" in finalizers(), "gold has taken the Tenant")
    others = held(shops)
    result = site.tenantry("drain", "--shard", "gold", "--yes", *QUICK)
    assert (result.exit_code, finalizers()) == (0, [])
    assert "tenantry-tenants-gold" not in site.controllers()
    assert held(shops) == others
    site.cluster.apply(kind, permanent, field_manager="setup", force=True)
    shops.eventually(lambda: f"{FINALIZER}tenantry-tenants" in finalizers(), "the permanent controller has it")
    shops.delete(shops.find(API_VERSION, "Tenant", name))
