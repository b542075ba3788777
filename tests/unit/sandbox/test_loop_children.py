from __future__ import annotations

from tenantry.protocol import JSONObject
from tests.unit.sandbox.loop_world import Answer, World, answer, answering, config_map, deployment, thing


def version(world: World, kind: str, name: str) -> str:
    return str(world.get(kind, name, "apps")["metadata"]["resourceVersion"])


def test_desired_children_are_created(world: World) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a", color="red"))})
    world.create(thing())
    world.settle()
    assert world.get("ConfigMap", "a", "apps")["data"] == {"color": "red"}


def test_a_child_is_controlled_by_its_parent(world: World) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a"))})
    parent = world.create(thing())
    world.settle()
    assert world.get("ConfigMap", "a", "apps")["metadata"]["ownerReferences"] == [
        {
            "apiVersion": parent["apiVersion"],
            "kind": "Thing",
            "name": "one",
            "uid": parent["metadata"]["uid"],
            "controller": True,
            "blockOwnerDeletion": True,
        }
    ]


def test_other_owners_named_by_the_hook_stay_beside_the_parent(world: World) -> None:
    anchor = world.get("Namespace", "apps")["metadata"]
    child = config_map("a")
    child["metadata"]["ownerReferences"] = [
        {"apiVersion": "v1", "kind": "Namespace", "name": "apps", "uid": anchor["uid"]}
    ]
    world.add_controller(hooks={"sync": answering(child)})
    world.create(thing())
    world.settle()
    owners = world.get("ConfigMap", "a", "apps")["metadata"]["ownerReferences"]
    assert [(owner["kind"], owner.get("controller", False)) for owner in owners] == [
        ("Namespace", False),
        ("Thing", True),
    ]


def test_a_child_that_the_answer_leaves_out_is_deleted(world: World) -> None:
    world.add_controller(
        hooks={"sync": lambda request: answer(*(config_map(name) for name in request["parent"]["spec"]["names"]))}
    )
    world.create(thing(names=["a", "b"]))
    world.settle()
    world.patch("Thing", "one", {"spec": {"names": ["b"]}})
    world.settle()
    assert (world.exists("ConfigMap", "a", "apps"), world.exists("ConfigMap", "b", "apps")) == (False, True)


def test_deletions_come_before_creations(world: World) -> None:
    world.add_controller(hooks={"sync": lambda request: answer(config_map(request["parent"]["spec"]["child"]))})
    world.create(thing(child="a"))
    world.settle()
    world.writes.clear()
    world.patch("Thing", "one", {"spec": {"child": "b"}})
    world.settle()
    assert [write.verb for write in world.writes if write.kind.kind == "ConfigMap"][:2] == ["delete", "apply"]


def test_a_deleted_child_comes_back(world: World) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a"))})
    world.create(thing())
    world.settle()
    world.delete("ConfigMap", "a", "apps")
    world.settle()
    assert world.exists("ConfigMap", "a", "apps")


def test_the_request_shows_children_by_type_and_key(world: World) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a"))})
    world.create(thing())
    world.settle()
    children = world.backend.calls("/things/sync")[-1]["children"]
    assert {kind: list(named) for kind, named in children.items()} == {
        "ConfigMap.v1": ["apps/a"],
        "Deployment.apps/v1": [],
    }


def test_the_request_carries_the_controller_and_the_parent(world: World) -> None:
    world.add_controller(hooks={"sync": answering()})
    parent = world.create(thing())
    world.settle()
    request = world.backend.calls("/things/sync")[0]
    assert (
        request["controller"]["metadata"]["name"],
        request["parent"]["metadata"]["uid"],
        request["related"],
        request["finalizing"],
    ) == ("things", parent["metadata"]["uid"], {}, False)


def test_a_kind_that_is_not_listed_is_created_and_never_seen(world: World) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a"))}, children=[("apps/v1", "deployments")])
    world.create(thing())
    world.settle()
    world.loop.enqueue("things", "one")
    world.settle()
    assert world.exists("ConfigMap", "a", "apps")
    assert world.backend.calls("/things/sync")[-1]["children"] == {"Deployment.apps/v1": {}}


def test_a_namespaced_parent_lends_its_namespace_to_its_children(world: World) -> None:
    child = config_map("a")
    del child["metadata"]["namespace"]
    world.add_controller(hooks={"sync": answering(child)}, parent="widgets")
    world.create(thing(kind="Widget"))
    world.settle()
    assert world.exists("ConfigMap", "a", "apps")


def test_with_on_delete_a_child_is_never_updated(world: World) -> None:
    world.add_controller(
        hooks={"sync": lambda request: answer(config_map("a", color=request["parent"]["spec"]["color"]))},
        method="OnDelete",
    )
    world.create(thing(color="red"))
    world.settle()
    world.patch("Thing", "one", {"spec": {"color": "blue"}})
    world.settle()
    assert world.get("ConfigMap", "a", "apps")["data"] == {"color": "red"}


def test_a_child_that_is_being_deleted_is_left_alone(world: World) -> None:
    child = config_map("a", color="red")
    child["metadata"]["finalizers"] = ["test.example.com/hold"]
    world.add_controller(
        hooks={"sync": lambda request: answer(config_map("a", color=request["parent"]["spec"]["color"]))}
    )
    world.create(thing(color="red"))
    world.settle()
    world.patch("ConfigMap", "a", {"metadata": {"finalizers": ["test.example.com/hold"]}}, "apps")
    world.settle()
    world.delete("ConfigMap", "a", "apps")
    world.patch("Thing", "one", {"spec": {"color": "blue"}})
    world.settle()
    assert world.get("ConfigMap", "a", "apps")["data"] == {"color": "red"}


def test_a_failing_child_stops_neither_its_siblings_nor_the_status(world: World) -> None:
    lost = config_map("lost")
    lost["metadata"]["namespace"] = "nowhere"
    world.add_controller(hooks={"sync": answering(lost, deployment("web"), status={"seen": True})})
    world.create(thing())
    world.settle()
    assert world.exists("Deployment", "web", "apps")
    assert world.get("Thing", "one")["status"]["seen"] is True


def test_labels_that_the_parent_does_not_select_stop_every_write(world: World) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a"), config_map("b", owner="other"))})
    world.create(thing())
    world.settle()
    assert not world.exists("ConfigMap", "a", "apps")


def test_a_generated_selector_labels_children_with_the_parents_uid(world: World) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a"))}, generateSelector=True)
    parent = world.create(thing())
    world.settle()
    labels = world.get("ConfigMap", "a", "apps")["metadata"]["labels"]
    assert labels["controller-uid"] == parent["metadata"]["uid"]


def test_a_parent_without_a_selector_is_not_synced(world: World) -> None:
    world.add_controller(hooks={"sync": answering()})
    world.create({**thing(), "spec": {}})
    world.settle()
    assert world.backend.calls("/things/sync") == []


def test_an_object_that_nobody_owns_is_taken_over(world: World) -> None:
    foreign = config_map("a", owner="nobody", color="red")
    world.create(foreign)
    world.add_controller(hooks={"sync": answering(config_map("a", color="blue"))})
    world.create(thing())
    world.settle()
    assert world.get("ConfigMap", "a", "apps")["data"] == {"color": "blue"}


def test_drift_of_a_field_that_we_applied_is_repaired(world: World) -> None:
    world.add_controller(hooks={"sync": answering(deployment("web", image="shop:1"))})
    world.create(thing())
    world.settle()
    containers = [{"name": "main", "image": "other:9"}]
    world.patch("Deployment", "web", {"spec": {"template": {"spec": {"containers": containers}}}}, "apps")
    world.settle()
    live = world.get("Deployment", "web", "apps")
    assert live["spec"]["template"]["spec"]["containers"][0]["image"] == "shop:1"


def test_nothing_is_applied_when_nothing_has_changed(world: World) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a"), deployment("web"))})
    world.create(thing())
    world.settle()
    world.writes.clear()
    world.loop.enqueue("things", "one")
    world.settle()
    assert world.writes == []


def test_a_stripped_label_of_a_kind_with_generation_stays_away(world: World) -> None:
    child = deployment("web")
    child["metadata"]["annotations"] = {"ours": "yes"}
    world.add_controller(hooks={"sync": answering(child)})
    world.create(thing())
    world.settle()
    before = world.get("Deployment", "web", "apps")["metadata"]["generation"]
    world.patch("Deployment", "web", {"metadata": {"labels": {"extra": "x"}}}, "apps")
    world.settle()
    after = world.get("Deployment", "web", "apps")["metadata"]["generation"]
    assert (before, len(world.written("apply", "Deployment"))) == (after, 1)


def test_drift_of_a_kind_without_generation_is_noticed_by_its_resource_version(world: World) -> None:
    child = config_map("a")
    child["metadata"]["annotations"] = {"ours": "yes"}
    world.add_controller(hooks={"sync": answering(child)})
    world.create(thing())
    world.settle()
    world.patch("ConfigMap", "a", {"metadata": {"annotations": {"ours": None}}}, "apps")
    world.settle()
    assert world.get("ConfigMap", "a", "apps")["metadata"]["annotations"]["ours"] == "yes"


def test_a_new_loop_applies_everything_once_more(world: World) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a"))})
    world.create(thing())
    world.settle()
    before = version(world, "ConfigMap", "a")
    world.loop.stop()
    world.writes.clear()
    world.loop = world.new_loop()
    world.add_controller(hooks={"sync": answering(config_map("a"))})
    world.settle()
    assert len(world.written("apply", "ConfigMap")) == 1
    assert version(world, "ConfigMap", "a") == before


def test_a_name_that_is_not_a_string_is_no_name(world: World) -> None:
    names: list[object] = ["5", 5]

    def sync(_: JSONObject) -> JSONObject:
        child = config_map("a")
        child["metadata"]["name"] = names.pop(0) if len(names) > 1 else names[0]
        return answer(child)

    world.add_controller(hooks={"sync": sync})
    world.create(thing())
    world.settle()
    world.loop.enqueue("things", "one")
    world.settle()
    assert not world.exists("ConfigMap", "5", "apps")


def test_a_child_of_an_unknown_kind_is_reported_and_the_others_are_written(world: World) -> None:
    unknown = {**config_map("x"), "kind": "Unheard"}
    world.add_controller(hooks={"sync": answering(config_map("a"), unknown)})
    world.create(thing())
    world.settle()
    messages = [event["message"] for event in world.cluster.list(world.kind("Event"))]
    assert world.exists("ConfigMap", "a", "apps")
    assert any("can't find kind Unheard in apiVersion v1" in message for message in messages)


def test_an_answer_that_fails_leaves_the_children_alone(world: World) -> None:
    broken = False
    world.add_controller(hooks={"sync": lambda _: Answer(500) if broken else answer(config_map("a"))})
    world.create(thing())
    world.settle()
    broken = True
    world.loop.enqueue("things", "one")
    world.settle()
    assert world.exists("ConfigMap", "a", "apps")
