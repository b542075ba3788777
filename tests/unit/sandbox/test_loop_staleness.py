"""The loop's caches lag behind the cluster, as Metacontroller's do: here, for as long as a test wants."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tenantry.sandbox.cluster import Event, ResourceType
from tenantry.sandbox.store import InProcessCluster
from tests.unit.sandbox.loop_world import World, answer, answering, config_map, thing


class LaggingCluster(InProcessCluster):
    """A cluster whose watches of one kind can be held back."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()
        self._held_kind = ""
        self._held: list[Callable[[], Any]] = []

    def hold(self, kind: str) -> None:
        with self._lock:
            self._held_kind = kind

    def release(self) -> None:
        with self._lock:
            self._held_kind = ""
            for deliver in self._held:
                deliver()
            self._held.clear()

    def watch(self, kind: ResourceType, handler: Callable[[Event], Any]) -> Callable[[], None]:
        def receive(event: Event) -> None:
            with self._lock:
                if kind.kind == self._held_kind:
                    self._held.append(lambda: handler(event))
                else:
                    handler(event)

        return super().watch(kind, receive)


@pytest.fixture
def cluster() -> LaggingCluster:
    return LaggingCluster()


@pytest.fixture
def world(cluster: LaggingCluster) -> Iterator[World]:
    with World(cluster) as world:
        yield world


def test_a_hook_gets_the_parent_as_the_cache_has_it(world: World, cluster: LaggingCluster) -> None:
    world.add_controller(hooks={"sync": answering(status={"phase": "Ready"})})
    world.create(thing())
    world.settle()
    cluster.hold("Thing")
    world.patch("Thing", "one", {"spec": {"new": True}})
    world.loop.enqueue("things", "one")
    world.settle()
    assert "new" not in world.backend.calls("/things/sync")[-1]["parent"]["spec"]


def test_a_child_that_the_cache_does_not_show_yet_is_applied_again_without_harm(
    world: World, cluster: LaggingCluster
) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a", color="red"))})
    cluster.hold("ConfigMap")
    world.create(thing())
    world.settle()
    uid = world.get("ConfigMap", "a", "apps")["metadata"]["uid"]
    world.loop.enqueue("things", "one")
    world.settle()
    cluster.release()
    world.settle()
    assert world.get("ConfigMap", "a", "apps")["metadata"]["uid"] == uid
    assert len(world.written("apply", "ConfigMap")) == 2


def test_a_deletion_that_the_cache_does_not_show_yet_is_tried_again_without_harm(
    world: World, cluster: LaggingCluster
) -> None:
    world.add_controller(hooks={"sync": lambda request: answer(*map(config_map, request["parent"]["spec"]["names"]))})
    world.create(thing(names=["a"]))
    world.settle()
    cluster.hold("ConfigMap")
    world.patch("Thing", "one", {"spec": {"names": []}})
    world.settle()
    world.loop.enqueue("things", "one")
    world.settle()
    cluster.release()
    world.settle()
    assert not world.exists("ConfigMap", "a", "apps")
    assert world.loop.statistics.snapshot().sync_errors["things"] == 0


def test_a_parent_that_was_replaced_behind_the_cache_gets_no_status_of_its_forerunner(
    world: World, cluster: LaggingCluster
) -> None:
    world.add_controller(hooks={"sync": lambda request: answer(status={"uid": request["parent"]["metadata"]["uid"]})})
    world.create(thing())
    world.settle()
    cluster.hold("Thing")
    world.delete("Thing", "one")
    world.create(thing())
    world.loop.enqueue("things", "one")
    world.settle()
    assert world.get("Thing", "one").get("status") is None


def test_nothing_is_adopted_for_a_parent_that_is_gone_behind_the_cache(world: World, cluster: LaggingCluster) -> None:
    world.add_controller(hooks={"sync": answering(config_map("a"))})
    world.create(thing())
    world.settle()
    cluster.hold("Thing")
    world.delete("Thing", "one")
    world.create(config_map("b"))
    world.settle()
    assert "ownerReferences" not in world.get("ConfigMap", "b", "apps")["metadata"]
