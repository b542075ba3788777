from __future__ import annotations

from tenantry.protocol import JSONObject
from tests.unit.sandbox.loop_world import World, answer, answering, config_map, deployment, thing

FINALIZER = "metacontroller.io/compositecontroller-things"


def when_empty(request: JSONObject) -> JSONObject:
    """Let all children go, and the parent after them."""
    return answer(finalized=not any(request["children"].values()))


def test_the_finalizer_is_there_before_the_first_sync(world: World) -> None:
    world.add_controller(hooks={"sync": answering(), "finalize": when_empty})
    world.create(thing())
    world.settle()
    assert world.backend.calls("/things/sync")[0]["parent"]["metadata"]["finalizers"] == [FINALIZER]


def test_without_a_finalize_hook_there_is_no_finalizer(world: World) -> None:
    world.add_controller(hooks={"sync": answering()})
    world.create(thing())
    world.settle()
    assert world.get("Thing", "one")["metadata"].get("finalizers", []) == []


def test_a_finalizer_of_a_hook_that_is_gone_is_removed(world: World) -> None:
    parent = thing()
    parent["metadata"]["finalizers"] = [FINALIZER]
    world.add_controller(hooks={"sync": answering()})
    world.create(parent)
    world.settle()
    assert world.get("Thing", "one")["metadata"].get("finalizers", []) == []


def test_finalize_goes_on_until_the_hook_agrees(world: World) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a"), deployment("web")), "finalize": when_empty})
    world.create(thing())
    world.settle()
    world.delete("Thing", "one")
    world.settle()
    assert not world.exists("Thing", "one")
    assert [call["finalizing"] for call in world.backend.calls("/things/finalize")][-1] is True
    assert [write.kind.kind for write in world.writes if write.verb == "delete"] == ["ConfigMap", "Deployment"]


def test_children_that_finalize_returns_are_still_written(world: World) -> None:
    world.add_controller(
        hooks={"sync": answering(config_map("a", step="run")), "finalize": answering(config_map("a", step="drain"))}
    )
    world.create(thing())
    world.settle()
    world.delete("Thing", "one")
    world.settle()
    assert world.get("ConfigMap", "a", "apps")["data"] == {"step": "drain"}


def test_status_is_written_while_finalizing(world: World) -> None:
    world.add_controller(hooks={"sync": answering(), "finalize": answering(status={"phase": "Leaving"})})
    world.create(thing())
    world.settle()
    world.delete("Thing", "one")
    world.settle()
    assert world.get("Thing", "one")["status"]["phase"] == "Leaving"


def test_the_children_of_the_answer_that_ends_a_deletion_are_ignored(world: World) -> None:
    world.add_controller(hooks={"sync": answering(), "finalize": answering(config_map("late"), finalized=True)})
    world.create(thing())
    world.settle()
    world.delete("Thing", "one")
    world.settle()
    assert (world.exists("Thing", "one"), world.exists("ConfigMap", "late", "apps")) == (False, False)


def test_without_a_finalize_hook_sync_is_asked_about_a_parent_that_leaves_and_its_children_are_ignored(
    world: World,
) -> None:
    parent = thing()
    parent["metadata"]["finalizers"] = ["test.example.com/hold"]
    world.add_controller(hooks={"sync": lambda request: answer(*leaving_children(request), status={"asked": True})})
    world.create(parent)
    world.settle()
    world.delete("Thing", "one")
    world.settle()
    assert world.backend.calls("/things/sync")[-1]["parent"]["metadata"]["deletionTimestamp"]
    assert not world.exists("ConfigMap", "late", "apps")


def leaving_children(request: JSONObject) -> list[JSONObject]:
    return [config_map("late")] if "deletionTimestamp" in request["parent"]["metadata"] else []


def test_beside_the_garbage_collector_finalize_is_asked_and_children_are_not_managed(world: World) -> None:
    held = config_map("held")
    held["metadata"]["finalizers"] = ["test.example.com/hold"]  # the foreground deletion cannot get beyond it
    world.add_controller(hooks={"sync": answering(held), "finalize": answering(held, config_map("late"))})
    world.create(thing())
    world.settle()
    world.delete("Thing", "one", propagation="Foreground")
    world.settle()
    assert world.backend.calls("/things/finalize")[-1]["finalizing"] is True
    assert not world.exists("ConfigMap", "late", "apps")


def test_a_parent_that_is_no_longer_selected_is_finalized_without_being_deleted(world: World) -> None:
    world.add_controller(
        hooks={"sync": answering(config_map("a")), "finalize": answering(config_map("a"), finalized=True)},
        label_selector={"matchLabels": {"shard": "a"}},
    )
    world.create(thing(labels={"shard": "a"}))
    world.settle()
    world.patch("Thing", "one", {"metadata": {"labels": {"shard": "b"}}})
    world.settle()
    request = world.backend.calls("/things/finalize")[-1]
    assert (request["finalizing"], "deletionTimestamp" in request["parent"]["metadata"]) == (True, False)
    assert world.get("Thing", "one")["metadata"].get("finalizers", []) == []


def test_a_deselected_parent_loses_the_children_that_finalize_leaves_out(world: World) -> None:
    world.add_controller(
        hooks={"sync": answering(config_map("a")), "finalize": answering(finalized=True)},
        label_selector={"matchLabels": {"shard": "a"}},
    )
    world.create(thing(labels={"shard": "a"}))
    world.settle()
    world.patch("Thing", "one", {"metadata": {"labels": {"shard": "b"}}})
    world.settle()
    assert not world.exists("ConfigMap", "a", "apps")


def test_a_parent_moves_between_two_controllers_without_disruption(world: World) -> None:
    for shard in ("a", "b"):
        world.add_controller(
            f"shard-{shard}",
            hooks={"sync": answering(config_map("a")), "finalize": answering(config_map("a"), finalized=True)},
            label_selector={"matchLabels": {"shard": shard}},
        )
    world.create(thing(labels={"shard": "a"}))
    world.settle()
    before = world.get("ConfigMap", "a", "apps")["metadata"]
    world.patch("Thing", "one", {"metadata": {"labels": {"shard": "b"}}})
    world.settle()
    after = world.get("ConfigMap", "a", "apps")["metadata"]
    assert (after["uid"], after["resourceVersion"]) == (before["uid"], before["resourceVersion"])
    assert world.get("Thing", "one")["metadata"]["finalizers"] == ["metacontroller.io/compositecontroller-shard-b"]


def test_two_controllers_share_the_parents_by_label(world: World) -> None:
    selectors = {
        "first": {"matchLabels": {"shard": "a"}},
        "rest": {"matchExpressions": [{"key": "shard", "operator": "NotIn", "values": ["a"]}]},
    }
    for name, selector in selectors.items():
        world.add_controller(name, hooks={"sync": answering()}, label_selector=selector)
    world.create(thing("one", labels={"shard": "a"}))
    world.create(thing("two"))
    world.settle()

    def asked(controller: str) -> set[str]:
        return {call["parent"]["metadata"]["name"] for call in world.backend.calls(f"/{controller}/sync")}

    assert (asked("first"), asked("rest")) == ({"one"}, {"two"})
