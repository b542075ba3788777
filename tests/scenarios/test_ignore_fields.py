"""``ignoreFields``: what somebody else took over is theirs, whatever else the template and the tenant do."""

from __future__ import annotations

import time
from typing import Any

from tenantry.protocol import JSONObject
from tests.scenarios.harness.objects import condition, entry
from tests.scenarios.harness.world import World

AUTOSCALER = "autoscaler"
SCALINGS = 200
IMAGES = "$.spec.template.spec.containers[?@.name != 'ours'].image"


def test_no_scaling_is_lost_while_the_template_changes(world: World) -> None:
    _start_scaled(world, 2)
    started = time.monotonic()

    for step in range(SCALINGS):
        _scale(world, 1 + step % 5)
        if step % 20 == 0:
            world.apply_template(world.namespace_entry(), _web(world, round_=1 + step // 20))
        if step % 7 == 0:
            _wake(world, step)

    last = SCALINGS // 20
    world.eventually(lambda: _round(world) == str(last), "the template's last change arrived")
    world.until_ready("acme")
    wanted = [1 + step % 5 for step in range(SCALINGS)]
    assert _replicas_seen(world, since=started) == _without_repetition([2, *wanted])
    assert world.deployment("acme")["spec"]["replicas"] == wanted[-1]


def test_readiness_does_not_flap_while_somebody_scales(world: World) -> None:
    _start_scaled(world, 2)
    started = time.monotonic()

    for step in range(SCALINGS):
        _scale(world, 1 + step % 5)
        if step % 7 == 0:
            _wake(world, step)

    world.quiet()
    tenants = [change.after for change in _changes(world, since=started) if change.after["kind"] == "Tenant"]
    assert tenants, "the Tenant was touched"
    assert {condition(tenant, "Ready")["status"] for tenant in tenants} == {"True"}


def test_a_value_of_the_template_does_not_reach_a_field_that_somebody_owns(world: World) -> None:
    _start_scaled(world, 4)

    world.shops.update("acme", replicas=3)

    hash_ = "tenantry.io/content-hash"
    before = world.deployment("acme")["metadata"]["annotations"][hash_]
    world.eventually(lambda: world.deployment("acme")["metadata"]["annotations"][hash_] != before, "the row arrived")
    world.until_ready("acme")
    assert world.deployment("acme")["spec"]["replicas"] == 4


def test_several_containers_each_keep_their_own_image(world: World) -> None:
    world.shops.insert("acme", replicas=1, note="1")
    world.start(world.namespace_entry(), _three_containers(world))
    world.until_ready("acme")
    _set_images(world, ours="ours:1", left="left:hotfix", right="right:1")
    world.quiet()

    world.shops.update("acme", note="2")

    def images() -> dict[str, str]:
        containers = world.deployment("acme")["spec"]["template"]["spec"]["containers"]
        return {container["name"]: container["image"] for container in containers}

    wanted = {"ours": "ours:2", "left": "left:hotfix", "right": "right:2"}
    world.eventually(lambda: images() == wanted, "ours and right follow the row, left is as it was set")
    world.until_ready("acme")


def test_a_container_that_somebody_applies_too_keeps_its_name(world: World) -> None:
    world.shops.insert("acme", replicas=1, note="1")
    web = _three_containers(world)
    for container in _containers(web["object"]):
        container["imagePullPolicy"] = "Always"
    world.start(world.namespace_entry(), {**web, "ignoreFields": ["$..containers[?@.name == 'left']"]})
    world.until_ready("acme")
    world.apply(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": world.tenant_namespace("acme")},
            "spec": {"template": {"spec": {"containers": [{"name": "left", "image": "left:hotfix"}]}}},
        }
    )
    world.quiet()

    world.shops.update("acme", note="2")

    def containers() -> dict[str, tuple[str, str]]:
        found = _containers(world.deployment("acme"))
        return {one["name"]: (one["image"], one["imagePullPolicy"]) for one in found}

    wanted = {name: (f"{name}:{tag}", "Always") for name, tag in (("ours", "2"), ("left", "hotfix"), ("right", "2"))}
    world.eventually(lambda: containers() == wanted, "the others follow the row, and the API server takes what is sent")
    world.until_ready("acme")


def test_an_ignored_container_that_is_new_comes_with_its_image(world: World) -> None:
    world.shops.insert("acme", replicas=1, note="1")
    world.start(world.namespace_entry(), _web(world, round_=0, paths=[IMAGES]))
    world.until_ready("acme")

    world.apply_template(world.namespace_entry(), _three_containers(world, id="web"))

    def names() -> list[str]:
        containers = world.deployment("acme")["spec"]["template"]["spec"]["containers"]
        return sorted(container["name"] for container in containers)

    world.eventually(lambda: names() == ["left", "ours", "right"], "all three containers are there")
    world.until_ready("acme")


def test_a_path_that_matches_nothing_is_harmless(world: World) -> None:
    world.shops.insert("acme", replicas=2)
    paths = ["$.spec.nowhere", "$.spec.template.spec.containers[7].image", "$.spec.template.spec.volumes[*].name"]
    world.start(world.namespace_entry(), _web(world, round_=0, paths=paths))

    world.until_ready("acme")

    assert world.deployment("acme")["spec"]["replicas"] == 2


def test_a_template_with_a_bad_path_says_so(world: World) -> None:
    world.apply_template(world.namespace_entry(), _web(world, round_=0, paths=["$.spec["]), registry=False)

    def message() -> str:
        return str(condition(world.template(), "Valid").get("message", ""))

    world.eventually(lambda: "resources[web].ignoreFields" in message() and "$.spec[" in message(), "it is told where")


def _web(world: World, *, round_: int, paths: list[str] | None = None) -> JSONObject:
    web = world.web_entry(ignoreFields=paths or ["$.spec.replicas"])
    web["object"]["spec"]["template"]["metadata"]["annotations"] = {"example.com/round": str(round_)}
    return web


def _three_containers(world: World, *, id: str = "web") -> JSONObject:
    web = world.web_entry()
    containers = [{"name": name, "image": name + ":{{ note }}"} for name in ("ours", "left", "right")]
    web["object"]["spec"]["template"]["spec"]["containers"] = containers
    return entry(id, web["object"], ignoreFields=[IMAGES])


def _containers(deployment: JSONObject) -> list[JSONObject]:
    found: list[JSONObject] = deployment["spec"]["template"]["spec"]["containers"]
    return found


def _start_scaled(world: World, replicas: int) -> None:
    """A tenant at rest, of which somebody else scaled the Deployment."""
    world.shops.insert("acme", replicas=1)
    world.start(world.namespace_entry(), _web(world, round_=0))
    world.until_ready("acme")
    _scale(world, replicas)
    world.quiet()


def _wake(world: World, step: int) -> None:
    """Have the Tenant looked at once more."""
    world.edit(world.tenant("acme"), {"metadata": {"annotations": {"example.com/wake": str(step)}}})


def _scale(world: World, replicas: int) -> None:
    _as_autoscaler(world, {"spec": {"replicas": replicas}})


def _set_images(world: World, **images: str) -> None:
    containers = [{"name": name, "image": image} for name, image in images.items()]
    _as_autoscaler(world, {"spec": {"template": {"spec": {"containers": containers}}}})


def _as_autoscaler(world: World, patch: JSONObject) -> None:
    kind = world.cluster.resource_type("apps/v1", kind="Deployment")
    world.cluster.patch(kind, "web", patch, namespace=world.tenant_namespace("acme"), field_manager=AUTOSCALER)


def _round(world: World) -> str:
    annotations: JSONObject = world.deployment("acme")["spec"]["template"]["metadata"].get("annotations", {})
    return str(annotations.get("example.com/round"))


def _changes(world: World, *, since: float) -> list[Any]:
    return world.backend.recorder.changes(world.belongs, since=since)


def _replicas_seen(world: World, *, since: float) -> list[int]:
    """Every number of replicas that the Deployment had, in order."""
    states = [one.after for one in _changes(world, since=since) if one.after["kind"] == "Deployment"]
    return _without_repetition([2, *(state["spec"]["replicas"] for state in states)])


def _without_repetition(numbers: list[int]) -> list[int]:
    return [number for index, number in enumerate(numbers) if index == 0 or numbers[index - 1] != number]
