"""A Tenant is never Ready for content that is not there yet: whoever watches all its versions sees no such moment."""

from __future__ import annotations

from tenantry.protocol import JSONObject
from tests.scenarios.harness.objects import condition
from tests.scenarios.harness.world import World

BROKEN = "shop:broken"


def image(obj: JSONObject) -> str:
    return str(obj["spec"]["template"]["spec"]["containers"][0]["image"]) if obj else ""


def hold_broken_image(world: World) -> None:
    """Deployments of acme never become ready with the broken image; with any other they do."""
    namespace = world.tenant_namespace("acme")
    world.workloads.hold_when(
        lambda obj: (
            obj["kind"] == "Deployment" and obj["metadata"].get("namespace") == namespace and image(obj) == BROKEN
        )
    )


def versions(world: World) -> list[JSONObject]:
    """Every version of Tenant acme that a watch has shown."""
    name = world.tenant_name("acme")
    changes = world.backend.recorder.changes(lambda obj: obj["kind"] == "Tenant" and obj["metadata"]["name"] == name)
    return [change.after for change in changes]


def says_ready(tenant: JSONObject) -> bool:
    return condition(tenant, "Ready").get("status") == "True"


def until_it_hangs(world: World) -> None:
    """Wait until the Deployment has the broken image, and everything has come to rest."""
    world.eventually(lambda: image(world.deployment("acme")) == BROKEN, "the new image is applied")
    world.eventually(lambda: world.status_of("acme", "web").get("phase") == "Progressing", "it is on its way")
    world.quiet()


def test_a_tenant_is_never_ready_for_an_image_that_never_starts(world: World) -> None:
    world.apply_template(world.namespace_entry(), world.web_entry(image="shop:{{ plan }}"), registry=False)
    hold_broken_image(world)
    world.apply_tenant("acme", plan="good", note="", replicas=1)
    world.until_ready("acme")

    generation = world.apply_tenant("acme", plan="broken", note="", replicas=1)["metadata"]["generation"]

    until_it_hangs(world)
    later = [one for one in versions(world) if one.get("status", {}).get("observedGeneration", 0) >= generation]
    assert later
    assert [one["status"] for one in later if says_ready(one)] == []

    world.workloads.heal("Deployment", world.tenant_namespace("acme"))

    world.until_ready("acme")


def test_a_tenant_of_a_registry_is_never_ready_for_a_revision_that_never_starts(world: World) -> None:
    world.shops.insert("acme")
    hold_broken_image(world)
    world.start(world.namespace_entry(), world.web_entry(image="shop:good"))
    world.until_ready("acme")
    generation = world.tenant("acme")["metadata"]["generation"]

    world.apply_template(world.namespace_entry(), world.web_entry(image=BROKEN))

    until_it_hangs(world)
    later = [one for one in versions(world) if one.get("status", {}).get("observedGeneration", 0) > generation]
    assert later
    assert [one["status"] for one in later if says_ready(one)] == []

    world.workloads.heal("Deployment", world.tenant_namespace("acme"))

    world.until_ready("acme")


def known_revision(world: World) -> str:
    """The revision that Tenant acme runs, once its template has given it a name."""
    found = str(world.tenant("acme")["status"]["templates"][0].get("revision", ""))
    return found if found == world.template()["status"].get("latestRevision") else ""


def test_a_tenant_that_follows_a_template_is_never_ready_for_a_revision_that_never_starts(world: World) -> None:
    world.apply_template(world.namespace_entry(), world.web_entry(image="shop:good"), registry=False)
    hold_broken_image(world)
    world.apply_tenant("acme", plan="good", note="", replicas=1)
    world.until_ready("acme")
    revision = world.eventually(lambda: known_revision(world), "the Tenant knows the revision that it follows")

    world.apply_template(world.namespace_entry(), world.web_entry(image=BROKEN), registry=False)

    until_it_hangs(world)
    told = [one for one in versions(world) if one.get("status", {}).get("templates")]
    later = [one for one in told if one["status"]["templates"][0]["revision"] != revision]
    assert later
    assert [one["status"] for one in later if says_ready(one)] == []

    world.workloads.heal("Deployment", world.tenant_namespace("acme"))

    world.until_ready("acme")
