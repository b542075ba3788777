"""Somebody changes objects of a tenant by hand: what is ours comes back, what is theirs stays."""

from __future__ import annotations

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
