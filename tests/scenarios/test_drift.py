"""Somebody changes objects of a tenant by hand: what is ours comes back, what is theirs stays."""

from __future__ import annotations

from tenantry.names import TENANT_LABEL
from tests.scenarios.harness.objects import identity
from tests.scenarios.harness.world import World


def test_a_field_that_somebody_changed_is_put_right(world: World) -> None:
    world.shops.insert("acme")
    world.start(world.namespace_entry(), world.web_entry(image="shop:1"))
    world.until_ready("acme")
    deployment = world.deployment("acme")

    containers = [{"name": "web", "image": "evil:1"}]
    world.edit(deployment, {"spec": {"template": {"spec": {"containers": containers}}}})

    def repaired() -> bool:
        found = world.deployment("acme")
        generation: int = found["metadata"]["generation"]
        image: str = found["spec"]["template"]["spec"]["containers"][0]["image"]
        return generation > deployment["metadata"]["generation"] and image == "shop:1"

    world.eventually(repaired, "the image is the template's again")
    world.until_ready("acme")


def test_a_label_that_somebody_added_stays(world: World) -> None:
    world.shops.insert("acme")
    world.start()
    world.until_ready("acme")
    config = world.config("acme")

    labelled = world.edit(config, {"metadata": {"labels": {"example.com/team": "blue"}}})

    world.quiet()
    found = world.config("acme")
    assert identity(found) == identity(labelled), "nobody touched it since"


def test_an_object_of_somebody_else_that_carries_our_label_is_never_changed_nor_removed(world: World) -> None:
    world.apply_template(world.namespace_entry(), registry=False)
    tenant = world.apply_tenant("acme")
    world.until_ready("acme")
    theirs = f"{world.name}-theirs"
    world.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": theirs}})
    labels = {TENANT_LABEL: world.tenant_name("acme")}
    metadata = {"name": "theirs", "namespace": theirs, "labels": labels}
    config = world.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "b"}})
    world.eventually(lambda: "ownerReferences" in world.again(config)["metadata"], "the Tenant adopted it")

    world.delete(tenant)

    world.eventually(lambda: not world.tenant("acme") and not world.namespace("acme"), "the Tenant is gone")
    world.quiet()
    found = world.again(config)
    assert found["metadata"]["uid"] == config["metadata"]["uid"]
    assert found["data"] == {"a": "b"}


def test_an_object_that_somebody_deleted_comes_back(world: World) -> None:
    world.shops.insert("acme")
    world.start()
    world.until_ready("acme")
    config = world.config("acme")

    world.delete(config)

    def back() -> bool:
        found = world.config("acme")
        return bool(found) and found["metadata"]["uid"] != config["metadata"]["uid"]

    world.eventually(back, "the ConfigMap is there again")
    world.until_ready("acme")


def test_a_namespace_that_somebody_deleted_comes_back_with_its_content(world: World) -> None:
    world.shops.insert("acme")
    world.start()
    world.until_ready("acme")
    namespace = world.namespace("acme")

    world.delete(namespace)

    def back() -> bool:
        found = world.namespace("acme")
        return bool(found) and found["metadata"]["uid"] != namespace["metadata"]["uid"]

    world.eventually(back, "the Namespace is there again")
    world.eventually(lambda: world.config("acme"), "the ConfigMap is there again")
    world.until_ready("acme")
