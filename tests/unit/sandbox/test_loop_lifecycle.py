from __future__ import annotations

import pytest

from tenantry.sandbox.cluster import NotFound
from tests.unit.sandbox.loop_world import World, answering, composite_controller, config_map, deployment, thing


def test_a_controller_added_to_a_running_loop_takes_up_its_parents(world: World) -> None:
    world.create(thing())
    world.loop.start()
    world.add_controller(hooks={"sync": answering(config_map("a"))})
    world.settle()
    assert world.exists("ConfigMap", "a", "apps")


def test_a_removed_controller_does_nothing_any_more(world: World) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a"))})
    world.create(thing())
    world.settle()
    world.loop.remove_controller("things")
    world.delete("ConfigMap", "a", "apps")
    world.settle()
    assert not world.exists("ConfigMap", "a", "apps")


def test_a_controller_added_again_replaces_the_one_of_its_name(world: World) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a"))})
    world.create(thing())
    world.settle()
    world.add_controller(hooks={"sync": answering(deployment("web"))})
    world.settle()
    assert world.exists("Deployment", "web", "apps")


def test_a_stopped_loop_does_nothing_any_more(world: World) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a"))})
    world.settle()
    world.loop.stop()
    world.create(thing())
    assert world.loop.is_idle(3600)
    assert world.backend.calls("/things/sync") == []


def test_a_stopped_loop_can_be_started_again(world: World) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a"))})
    world.settle()
    world.loop.stop()
    world.create(thing())
    world.settle()
    assert world.exists("ConfigMap", "a", "apps")


def test_a_new_loop_goes_on_where_the_old_one_stopped(world: World) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a"), deployment("web"))})
    world.create(thing())
    world.settle()
    world.loop.stop()
    uid = world.get("ConfigMap", "a", "apps")["metadata"]["uid"]
    world.delete("Deployment", "web", "apps")
    world.loop = world.new_loop()
    world.add_controller(hooks={"sync": answering(config_map("a"), deployment("web"))})
    world.settle()
    assert world.get("ConfigMap", "a", "apps")["metadata"]["uid"] == uid
    assert world.exists("Deployment", "web", "apps")


def test_a_resource_that_is_not_served_cannot_be_controlled(world: World) -> None:
    world.loop.start()
    with pytest.raises(NotFound):
        world.loop.add_controller(composite_controller("things", ["sync"], children=[("v1", "unheardofs")]))


def test_every_parent_is_synced_when_a_loop_starts(world: World) -> None:
    for name in ("one", "two", "three"):
        world.create(thing(name))
    world.add_controller(hooks={"sync": answering()})
    world.settle()
    assert dict(world.loop.statistics.snapshot().parent_syncs) == {
        ("things", "one"): 1,
        ("things", "two"): 1,
        ("things", "three"): 1,
    }


def test_all_work_is_counted(world: World) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a"), status={"phase": "Ready"})})
    world.create(thing())
    world.settle()
    statistics = world.loop.statistics.snapshot()
    assert dict(statistics.writes) == {("apply", "ConfigMap"): 1, ("update_status", "Thing"): 1}
    assert statistics.hook_calls[("things", "sync")] == statistics.syncs["things"]


def test_work_since_a_snapshot_can_be_told_apart(world: World) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a"))})
    world.create(thing())
    world.settle()
    before = world.loop.statistics.snapshot()
    world.loop.enqueue("things", "one")
    world.settle()
    since = world.loop.statistics.since(before)
    assert (since.syncs["things"], since.total_writes, since.skipped) == (1, 0, 1)


def test_an_observer_sees_each_write_with_the_object_before_and_after(world: World) -> None:
    world.add_controller(
        hooks={"sync": lambda request: {"children": [config_map("a", **request["parent"]["spec"]["data"])]}}
    )
    world.create(thing(data={"color": "red"}))
    world.settle()
    world.patch("Thing", "one", {"spec": {"data": {"color": "blue"}}})
    world.settle()
    created, changed = world.written("apply", "ConfigMap")
    assert (created.outcome, changed.outcome) == ("created", "changed")
    assert changed.before is not None
    assert changed.after is not None
    assert (changed.before["data"], changed.after["data"]) == ({"color": "red"}, {"color": "blue"})


def test_quiet_is_not_reached_while_a_hook_wants_to_be_asked_soon(world: World) -> None:
    world.add_controller(hooks={"sync": answering(resyncAfterSeconds=1)})
    world.create(thing())
    world.loop.start()
    assert not world.loop.wait_until_quiet(0.5, quiet_for=0.1, horizon=2)


def test_a_resync_period_visits_all_parents_again(world: World) -> None:
    world.add_controller(hooks={"sync": answering()}, resyncPeriodSeconds=1)
    world.create(thing())
    world.settle()
    before = len(world.backend.calls("/things/sync"))
    world.loop.start()
    assert world.backend.wait_for("/things/sync", calls=before + 1)


def test_the_loop_writes_under_the_name_of_metacontroller(world: World) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a", color="red"))})
    world.create(thing())
    world.settle()
    entries = world.get("ConfigMap", "a", "apps")["metadata"]["managedFields"]
    assert [(entry["manager"], entry["operation"]) for entry in entries] == [("metacontroller", "Apply")]
