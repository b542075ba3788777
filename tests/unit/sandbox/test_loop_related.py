from __future__ import annotations

from typing import Any

import pytest

from tenantry.protocol import JSONObject
from tenantry.sandbox.loop.related import CACHE_SECONDS, RelatedRules, RulesCache
from tests.unit.sandbox.loop_world import World, answering, config_map, thing

SECRETS = {"apiVersion": "v1", "resource": "secrets"}


def secret(name: str, namespace: str = "apps", **labels: str) -> JSONObject:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "data": {},
    }


def relate(world: World, *rules: JSONObject) -> None:
    world.add_controller(
        hooks={"sync": answering(), "customize": lambda _: {"relatedResources": list(rules)}},
        children=[("apps/v1", "deployments")],
    )


def related(world: World) -> dict[str, list[str]]:
    objects = world.backend.calls("/things/sync")[-1]["related"]
    return {kind: sorted(named) for kind, named in objects.items()}


@pytest.mark.parametrize(
    ("rule", "keys"),
    [
        ({"namespace": "apps", "names": ["a", "missing"]}, ["apps/a"]),
        ({"names": ["a"]}, ["apps/a", "more/a"]),
        ({"namespace": "apps"}, ["apps/a", "apps/b"]),
        ({"labelSelector": {"matchLabels": {"color": "red"}}}, ["apps/b", "more/a"]),
        ({"namespace": "more", "labelSelector": {"matchLabels": {"color": "red"}}}, ["more/a"]),
        ({"namespaceSelector": {"matchLabels": {"team": "x"}}}, ["more/a"]),
        ({"labelSelector": {"matchLabels": {"color": "blue"}}}, []),
    ],
)
def test_a_rule_selects_related_objects(world: World, rule: dict[str, Any], keys: list[str]) -> None:
    world.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "more", "labels": {"team": "x"}}})
    for obj in (secret("a"), secret("b", color="red"), secret("a", "more", color="red")):
        world.create(obj)
    relate(world, {**SECRETS, **rule})
    world.create(thing())
    world.settle()
    assert related(world) == {"Secret.v1": keys}


def test_related_objects_may_be_cluster_scoped(world: World) -> None:
    relate(world, {"apiVersion": "v1", "resource": "namespaces", "names": ["apps"]})
    world.create(thing())
    world.settle()
    assert related(world) == {"Namespace.v1": ["apps"]}


def test_rules_of_one_type_add_up(world: World) -> None:
    for name in "abc":
        world.create(secret(name))
    relate(world, *({**SECRETS, "namespace": "apps", "names": [name]} for name in "ab"))
    world.create(thing())
    world.settle()
    assert related(world) == {"Secret.v1": ["apps/a", "apps/b"]}


def test_a_change_of_a_related_object_wakes_the_parent(world: World) -> None:
    world.create(secret("a"))
    relate(world, {**SECRETS, "namespace": "apps", "names": ["a"]})
    world.create(thing())
    world.settle()
    before = len(world.backend.calls("/things/sync"))
    world.patch("Secret", "a", {"data": {"key": "dmFsdWU="}}, "apps")
    world.settle()
    assert len(world.backend.calls("/things/sync")) == before + 1


def test_a_change_of_an_unrelated_object_of_the_type_wakes_nobody(world: World) -> None:
    world.create(secret("a"))
    world.create(secret("b"))
    relate(world, {**SECRETS, "namespace": "apps", "names": ["a"]})
    world.create(thing())
    world.settle()
    before = len(world.backend.calls("/things/sync"))
    world.patch("Secret", "b", {"data": {"key": "dmFsdWU="}}, "apps")
    world.settle()
    assert len(world.backend.calls("/things/sync")) == before


def test_an_object_that_stops_being_related_wakes_the_parent(world: World) -> None:
    world.create(secret("a", color="red"))
    relate(world, {**SECRETS, "labelSelector": {"matchLabels": {"color": "red"}}})
    world.create(thing())
    world.settle()
    world.patch("Secret", "a", {"metadata": {"labels": {"color": "blue"}}}, "apps")
    world.settle()
    assert related(world) == {"Secret.v1": []}


def test_the_customize_hook_gets_controller_and_parent(world: World) -> None:
    relate(world)
    world.create(thing())
    world.settle()
    assert set(world.backend.calls("/things/customize")[0]) == {"controller", "parent"}


def test_the_rules_of_a_parent_are_asked_for_anew_when_its_spec_changes(world: World) -> None:
    world.create(secret("a"))
    world.create(secret("b"))

    def customize(request: JSONObject) -> JSONObject:
        return {"relatedResources": [{**SECRETS, "namespace": "apps", "names": [request["parent"]["spec"]["secret"]]}]}

    world.add_controller(hooks={"sync": answering(), "customize": customize}, children=[("apps/v1", "deployments")])
    world.create(thing(secret="a"))
    world.settle()
    world.patch("Thing", "one", {"spec": {"secret": "b"}})
    world.settle()
    assert related(world) == {"Secret.v1": ["apps/b"]}


def test_labels_and_annotations_do_not_make_the_rules_be_asked_for_again(world: World) -> None:
    relate(world)
    world.create(thing())
    world.settle()
    before = len(world.backend.calls("/things/customize"))
    world.patch("Thing", "one", {"metadata": {"labels": {"new": "label"}}})
    world.settle()
    assert len(world.backend.calls("/things/customize")) == before


def test_a_related_type_that_is_not_served_fails_the_sync(world: World) -> None:
    relate(world, {"apiVersion": "unheard.of/v1", "resource": "things"})
    world.create(thing())
    world.settle()
    messages = [event["message"] for event in world.cluster.list(world.kind("Event"))]
    assert messages[0] == "Sync error: discovery: can't find resource things in apiVersion unheard.of/v1"


def test_a_failing_customize_hook_leaves_the_children_alone(world: World) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a"))})
    world.create(thing())
    world.settle()
    world.add_controller(hooks={"sync": answering(), "customize": lambda _: {"unknown": 1}})
    world.settle()
    assert world.exists("ConfigMap", "a", "apps")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def parent(generation: int = 1) -> JSONObject:
    return {"metadata": {"uid": "u", "generation": generation}}


def test_an_answer_is_believed_for_twenty_minutes() -> None:
    asked: list[JSONObject] = []
    clock = Clock()

    def ask(parent: JSONObject) -> RelatedRules:
        asked.append(parent)
        return RelatedRules.parse([])

    cache = RulesCache(ask, clock)
    cache.rules(parent())
    clock.now = CACHE_SECONDS - 1
    cache.rules(parent())
    after_nineteen = len(asked)
    clock.now = CACHE_SECONDS
    cache.rules(parent())
    assert (after_nineteen, len(asked)) == (1, 2)
