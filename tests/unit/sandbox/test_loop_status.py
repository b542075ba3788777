from __future__ import annotations

from tenantry.protocol import JSONObject
from tests.unit.sandbox.loop_world import World, answer, answering, composite_controller, config_map, thing


def test_the_status_of_the_answer_is_written_with_the_generation_it_is_for(world: World) -> None:
    world.add_controller(hooks={"sync": answering(status={"phase": "Ready", "observedGeneration": 77})})
    world.create(thing())
    world.settle()
    assert world.get("Thing", "one")["status"] == {"phase": "Ready", "observedGeneration": 1}


def test_a_status_is_replaced_wholly(world: World) -> None:
    world.add_controller(hooks={"sync": answering(status={"phase": "Ready"})})
    world.create(thing())
    world.settle()
    live = world.get("Thing", "one")
    live["status"]["foreign"] = True
    world.cluster.update_status(world.kind("Thing"), live, field_manager="user")
    world.loop.enqueue("things", "one")
    world.settle()
    assert "foreign" not in world.get("Thing", "one")["status"]


def test_an_answer_without_status_wipes_what_was_there(world: World) -> None:
    answers: list[JSONObject] = [{"children": [], "status": {"phase": "Ready"}}, {"children": []}]
    world.add_controller(hooks={"sync": lambda _: answers.pop(0)})
    world.create(thing())
    world.settle()
    world.loop.enqueue("things", "one")
    world.settle()
    assert world.get("Thing", "one")["status"] == {"observedGeneration": 1}


def test_an_equal_status_is_not_written_again(world: World) -> None:
    world.add_controller(hooks={"sync": answering(status={"phase": "Ready"})})
    world.create(thing())
    world.settle()
    world.loop.enqueue("things", "one")
    world.settle()
    assert len(world.written("update_status", "Thing")) == 1


def test_one_and_true_are_different_in_a_status(world: World) -> None:
    values = [1, True]
    world.add_controller(hooks={"sync": lambda _: answer(status={"value": values.pop(0)})})
    world.create(thing())
    world.settle()
    world.loop.enqueue("things", "one")
    world.settle()
    assert len(world.written("update_status", "Thing")) == 2


def test_the_status_is_written_after_the_children(world: World) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a"), status={"phase": "Ready"})})
    world.create(thing())
    world.settle()
    assert [write.verb for write in world.writes] == ["apply", "update_status"]


def test_ones_own_status_does_not_wake_a_parent_whose_status_changes_are_ignored(world: World) -> None:
    world.add_controller(hooks={"sync": answering(status={"phase": "Ready"})})
    world.create(thing())
    world.settle()
    assert len(world.backend.calls("/things/sync")) == 1


def test_labels_wake_a_parent_whose_status_changes_are_ignored(world: World) -> None:
    world.add_controller(hooks={"sync": answering()})
    world.create(thing())
    world.settle()
    world.patch("Thing", "one", {"metadata": {"annotations": {"poke": "1"}}})
    world.settle()
    assert len(world.backend.calls("/things/sync")) == 2


def test_a_status_change_wakes_the_parent_where_it_is_not_ignored(world: World) -> None:
    world.backend.hooks["/things/sync"] = answering(status={"phase": "Ready"})
    controller = composite_controller("things", ["sync"])
    del controller["spec"]["parentResource"]["ignoreStatusChanges"]
    world.loop.add_controller(controller)
    world.create(thing())
    world.settle()
    assert len(world.backend.calls("/things/sync")) == 2
