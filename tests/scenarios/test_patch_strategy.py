"""``patchStrategy``: what becomes of fields that the template does not have (any more)."""

from __future__ import annotations

from typing import Any

from tenantry.protocol import JSONObject
from tests.scenarios.harness.objects import condition, identity
from tests.scenarios.harness.world import World

ADDED_BY_HAND = {"example.com/note": "by hand"}
SIDE = {"name": "side", "image": "side:1"}


def test_apply_leaves_what_somebody_added(world: World) -> None:
    _start(world, "apply")

    _add_everything(world)
    world.quiet()

    config, web = world.config("acme"), world.deployment("acme")
    assert config["data"] == {"a": "1", "foreign": "x"}
    assert web["spec"]["paused"] is True
    assert web["spec"]["template"]["spec"]["nodeSelector"] == {"disk": "ssd"}


def test_replace_removes_what_somebody_added(world: World) -> None:
    _start(world, "replace")

    _add_everything(world)

    world.eventually(lambda: _is_clean(world), "what was added is gone")
    world.until_ready("acme")


def test_replace_comes_to_rest_and_does_it_again(world: World) -> None:
    _start(world, "replace")
    for _ in range(2):
        _add_everything(world)
        world.eventually(lambda: _is_clean(world), "what was added is gone")
        world.quiet()

    before = {kind: identity(obj) for kind, obj in _objects(world).items()}
    world.edit(world.tenant("acme"), {"metadata": {"annotations": {"example.com/wake": "1"}}})
    world.quiet()
    assert {kind: identity(obj) for kind, obj in _objects(world).items()} == before


def test_replace_leaves_what_kubernetes_and_ignored_fields_hold(world: World) -> None:
    path = "$.metadata.annotations['example.com/note']"
    _start(world, "replace", ignoreFields=[path])
    revision = {"deployment.kubernetes.io/revision": "7"}

    world.edit(world.deployment("acme"), {"metadata": {"annotations": {**revision, **ADDED_BY_HAND}}})
    world.quiet()

    annotations = world.deployment("acme")["metadata"]["annotations"]
    assert {key: annotations.get(key) for key in (*revision, *ADDED_BY_HAND)} == {**revision, **ADDED_BY_HAND}


def test_a_container_that_somebody_added_is_reported(world: World) -> None:
    _start(world, "replace")
    containers = world.deployment("acme")["spec"]["template"]["spec"]["containers"]

    world.edit(world.deployment("acme"), {"spec": {"template": {"spec": {"containers": [*containers, SIDE]}}}})

    world.eventually(lambda: world.status_of("acme", "web").get("reason") == "ForeignFields", "it is reported")
    assert "spec.template.spec.containers.side" in world.status_of("acme", "web")["message"]
    assert condition(world.tenant("acme"), "Degraded")["reason"] == "ForeignFields"
    assert world.ready("acme"), "everything that the template has is there"


def test_the_report_ends_when_the_container_is_removed(world: World) -> None:
    _start(world, "replace")
    containers = world.deployment("acme")["spec"]["template"]["spec"]["containers"]
    world.edit(world.deployment("acme"), {"spec": {"template": {"spec": {"containers": [*containers, SIDE]}}}})
    world.eventually(lambda: world.status_of("acme", "web").get("reason") == "ForeignFields", "it is reported")

    world.edit(world.deployment("acme"), {"spec": {"template": {"spec": {"containers": containers}}}})

    world.eventually(lambda: "reason" not in world.status_of("acme", "web"), "nothing is reported any more")
    assert condition(world.tenant("acme"), "Degraded")["status"] == "False"


def test_merge_keeps_what_left_the_template(world: World) -> None:
    _start(world, "merge")

    _shrink(world, "merge")

    config, web = world.config("acme"), world.deployment("acme")
    assert config["data"] == {"a": "2", "b": "1"}
    assert config["metadata"]["labels"]["example.com/old"] == "yes"
    assert web["spec"]["minReadySeconds"] == 5
    env = web["spec"]["template"]["spec"]["containers"][0]["env"]
    assert [variable["name"] for variable in env] == ["NEW", "OLD"]


def test_apply_removes_what_left_the_template(world: World) -> None:
    _start(world, "apply", full=True)

    _shrink(world, "apply")

    config, web = world.config("acme"), world.deployment("acme")
    assert config["data"] == {"a": "2"}
    assert "example.com/old" not in config["metadata"]["labels"]
    assert "minReadySeconds" not in web["spec"]


def _start(world: World, strategy: str, *, full: bool | None = None, **options: Any) -> None:
    world.shops.insert("acme", replicas=1)
    rich = strategy == "merge" if full is None else full
    world.start(world.namespace_entry(), *_entries(world, strategy, rich=rich, value="1", **options))
    world.until_ready("acme")
    world.quiet()


def _shrink(world: World, strategy: str) -> None:
    world.apply_template(world.namespace_entry(), *_entries(world, strategy, rich=False, value="2", variable="NEW"))
    world.eventually(lambda: world.config("acme")["data"]["a"] == "2", "the new content arrived")
    world.until_ready("acme")
    world.quiet()


def _entries(
    world: World, strategy: str, *, rich: bool, value: str, variable: str = "OLD", **options: Any
) -> list[JSONObject]:
    config = world.config_entry(data={"a": value} | ({"b": "1"} if rich else {}), patchStrategy=strategy)
    web = world.web_entry(patchStrategy=strategy, **options)
    if rich:
        config["object"]["metadata"]["labels"] = {"example.com/old": "yes"}
        web["object"]["spec"]["minReadySeconds"] = 5
    if rich or variable == "NEW":
        container = web["object"]["spec"]["template"]["spec"]["containers"][0]
        container["env"] = [{"name": variable, "value": "1"}]
    return [config, web]


def _add_everything(world: World) -> None:
    """An annotation, a label, a key of a ConfigMap, single values, and a map."""
    metadata = {"annotations": ADDED_BY_HAND, "labels": {"example.com/team": "blue"}}
    world.edit(world.config("acme"), {"metadata": metadata, "data": {"foreign": "x"}})
    pod = {"metadata": {"annotations": ADDED_BY_HAND}, "spec": {"nodeSelector": {"disk": "ssd"}}}
    spec = {"paused": True, "minReadySeconds": 9, "template": pod}
    world.edit(world.deployment("acme"), {"metadata": metadata, "spec": spec})


def _is_clean(world: World) -> bool:
    config, web = world.config("acme"), world.deployment("acme")
    template = web["spec"]["template"]
    marks = [*config["metadata"]["annotations"], *web["metadata"]["annotations"]]
    marks += [*config["metadata"]["labels"], *web["metadata"]["labels"], *template["metadata"].get("annotations", {})]
    return (
        not any(mark.startswith("example.com/") for mark in marks)
        and config["data"] == {"a": "1"}
        and not {"paused", "minReadySeconds"} & web["spec"].keys()
        and "nodeSelector" not in template["spec"]
    )


def _objects(world: World) -> dict[str, JSONObject]:
    return {"config": world.config("acme"), "web": world.deployment("acme")}
