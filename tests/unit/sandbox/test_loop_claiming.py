from __future__ import annotations

from typing import Any

from tenantry.protocol import JSONObject
from tests.unit.sandbox.loop_world import World, answer, answering, config_map, thing


def owners(world: World, name: str) -> list[str]:
    references = world.get("ConfigMap", name, "apps")["metadata"].get("ownerReferences") or []
    return [reference["name"] for reference in references]


def controlled(obj: JSONObject, parent: JSONObject) -> JSONObject:
    reference = {"apiVersion": parent["apiVersion"], "kind": parent["kind"], "controller": True}
    metadata = parent["metadata"]
    obj["metadata"]["ownerReferences"] = [{**reference, "name": metadata["name"], "uid": metadata["uid"]}]
    return obj


def keeping(request: JSONObject) -> JSONObject:
    """A hook that wants of each ConfigMap it sees just what identifies it."""
    seen = request["children"]["ConfigMap.v1"].values()
    return answer(*(config_map(obj["metadata"]["name"]) for obj in seen))


def test_an_orphan_that_matches_is_adopted_before_the_hook_is_asked(world: World) -> None:
    world.create(config_map("a"))
    world.add_controller(hooks={"sync": keeping})
    world.create(thing())
    world.settle()
    assert owners(world, "a") == ["one"]
    assert list(world.backend.calls("/things/sync")[0]["children"]["ConfigMap.v1"]) == ["apps/a"]


def test_an_orphan_that_comes_later_wakes_the_parent_that_selects_it(world: World) -> None:
    world.add_controller(hooks={"sync": keeping})
    world.create(thing())
    world.settle()
    world.create(config_map("a"))
    world.settle()
    assert owners(world, "a") == ["one"]


def test_adoption_keeps_the_other_owners(world: World) -> None:
    anchor = world.get("Namespace", "apps")["metadata"]
    orphan = config_map("a")
    orphan["metadata"]["ownerReferences"] = [
        {"apiVersion": "v1", "kind": "Namespace", "name": "apps", "uid": anchor["uid"]}
    ]
    world.create(orphan)
    world.add_controller(hooks={"sync": keeping})
    world.create(thing())
    world.settle()
    assert owners(world, "a") == ["apps", "one"]


def test_an_orphan_of_another_label_is_none_of_our_business(world: World) -> None:
    world.create(config_map("a", owner="two"))
    world.add_controller(hooks={"sync": keeping})
    world.create(thing())
    world.settle()
    assert owners(world, "a") == []


def test_an_object_under_another_controller_is_left_alone(world: World) -> None:
    other = world.get("Namespace", "apps")
    world.create(controlled(config_map("a"), {"apiVersion": "v1", "kind": "Namespace", "metadata": other["metadata"]}))
    world.add_controller(hooks={"sync": keeping})
    world.create(thing())
    world.settle()
    assert owners(world, "a") == ["apps"]
    assert world.backend.calls("/things/sync")[-1]["children"]["ConfigMap.v1"] == {}


def test_a_child_that_no_longer_matches_is_released(world: World) -> None:
    world.add_controller(hooks={"sync": keeping})
    parent = world.create(thing())
    world.settle()
    world.create(controlled(config_map("a"), parent))
    world.settle()
    world.patch("ConfigMap", "a", {"metadata": {"labels": {"thing": "two"}}}, "apps")
    world.settle()
    assert owners(world, "a") == []


def test_a_released_child_is_adopted_by_the_parent_that_selects_it_now(world: World) -> None:
    world.add_controller(hooks={"sync": lambda request: relabelled(request)})
    parent = world.create(thing("one"))
    world.create(thing("two"))
    world.settle()
    world.create(controlled(config_map("a", owner="two"), parent))
    world.settle()
    assert owners(world, "a") == ["two"]


def relabelled(request: JSONObject) -> JSONObject:
    seen = request["children"]["ConfigMap.v1"].values()
    return answer(*(config_map(obj["metadata"]["name"], request["parent"]["metadata"]["name"]) for obj in seen))


def test_an_orphan_that_is_being_deleted_is_not_adopted(world: World) -> None:
    orphan = config_map("a")
    orphan["metadata"]["finalizers"] = ["test.example.com/hold"]
    world.create(orphan)
    world.delete("ConfigMap", "a", "apps")
    world.add_controller(hooks={"sync": keeping})
    world.create(thing())
    world.settle()
    assert owners(world, "a") == []


def test_a_parent_that_is_being_deleted_adopts_nothing(world: World) -> None:
    world.add_controller(hooks={"sync": answering(), "finalize": answering(finalized=False)})
    world.create(thing())
    world.settle()
    world.delete("Thing", "one")
    world.settle()
    world.create(config_map("a"))
    world.settle()
    assert owners(world, "a") == []


def test_a_parent_that_comes_back_under_its_name_adopts_what_was_left(world: World) -> None:
    world.add_controller(hooks={"sync": keeping})
    world.create(thing())
    world.create(config_map("a"))
    world.settle()
    world.loop.stop()
    world.patch("ConfigMap", "a", {"metadata": {"ownerReferences": None}}, "apps")
    world.delete("Thing", "one")
    again: dict[str, Any] = world.create(thing())
    world.loop = world.new_loop()
    world.add_controller(hooks={"sync": keeping})
    world.settle()
    references = world.get("ConfigMap", "a", "apps")["metadata"]["ownerReferences"]
    assert [reference["uid"] for reference in references] == [again["metadata"]["uid"]]
