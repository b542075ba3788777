from __future__ import annotations

import orjson
import pytest

from tenantry.protocol import JSONObject
from tests.unit.sandbox.loop_world import Answer, Hook, World, answer, answering, config_map, thing


def events(world: World) -> list[JSONObject]:
    return [event for event in world.cluster.list(world.kind("Event")) if event["reason"] == "SyncError"]


def one_after_another(*answers: JSONObject | Answer) -> Hook:
    """A hook that gives each of these answers once, and the last one for ever."""
    remaining = list(answers)
    return lambda _: remaining.pop(0) if len(remaining) > 1 else remaining[0]


def test_a_failure_becomes_an_event_on_the_parent(world: World) -> None:
    world.add_controller(hooks={"sync": one_after_another(Answer(500, b"no idea"), answer())})
    parent = world.create(thing())
    world.settle()
    event = events(world)[0]
    assert (event["type"], event["metadata"]["namespace"], event["involvedObject"]["uid"]) == (
        "Warning",
        "default",
        parent["metadata"]["uid"],
    )
    assert event["message"] == (
        "Sync error: sync hook failed for Thing /one: sync hook failed (version=v2): "
        "unsupported status code: 500 body: no idea"
    )


def test_the_event_of_a_namespaced_parent_is_in_its_namespace(world: World) -> None:
    world.add_controller(hooks={"sync": one_after_another(Answer(500), answer())}, parent="widgets")
    world.create(thing(kind="Widget"))
    world.settle()
    assert [event["metadata"]["namespace"] for event in events(world)] == ["apps"]


def test_an_event_that_repeats_itself_is_counted(world: World) -> None:
    failures = [Answer(500, b"no idea")] * 3
    world.add_controller(hooks={"sync": one_after_another(*failures, answer())})
    world.create(thing())
    world.settle()
    assert [event["count"] for event in events(world)] == [3]


def test_a_failing_parent_is_tried_again_until_it_succeeds(world: World) -> None:
    world.add_controller(hooks={"sync": one_after_another(Answer(503), Answer(502), answer(config_map("a")))})
    world.create(thing())
    world.settle()
    assert world.exists("ConfigMap", "a", "apps")


def test_a_parent_that_keeps_failing_is_tried_less_and_less_often(world: World) -> None:
    world.add_controller(hooks={"sync": answering(color="red")})
    world.create(thing())
    world.settle()
    assert len(world.backend.calls("/things/sync")) < 10


@pytest.mark.parametrize(
    "body",
    [b'{"childrens": []}', b"", b"<html></html>", b'{"children": [null]}', b'{"children": [{"apiVersion": "v1"}]}'],
)
def test_an_answer_that_cannot_be_decoded_deletes_nothing(world: World, body: bytes) -> None:
    world.add_controller(hooks={"sync": one_after_another(answer(config_map("a")), Answer(200, body))})
    world.create(thing())
    world.settle()
    world.loop.enqueue("things", "one")
    world.settle()
    assert world.exists("ConfigMap", "a", "apps")
    assert len(events(world)) == 1


@pytest.mark.parametrize("body", [b"{}", b"null", b'{"children": null}'])
def test_an_empty_answer_deletes_every_child(world: World, body: bytes) -> None:
    world.add_controller(hooks={"sync": one_after_another(answer(config_map("a")), Answer(200, body))})
    world.create(thing())
    world.settle()
    world.loop.enqueue("things", "one")
    world.settle()
    assert not world.exists("ConfigMap", "a", "apps")


@pytest.mark.parametrize("code", [201, 204, 301, 304, 404, 412])
def test_every_status_code_but_200_is_a_failure(world: World, code: int) -> None:
    body = b"" if code in (204, 304) else orjson.dumps(answer())
    world.add_controller(hooks={"sync": one_after_another(Answer(code, body), answer(config_map("a")))})
    world.create(thing())
    world.settle()
    assert f"unsupported status code: {code}" in events(world)[0]["message"]


def test_a_busy_hook_is_asked_again_without_an_event(world: World) -> None:
    busy = Answer(429, headers={"Retry-After": "0"})
    world.add_controller(hooks={"sync": one_after_another(busy, answer(config_map("a")))})
    world.create(thing())
    world.settle()
    assert world.exists("ConfigMap", "a", "apps")
    assert events(world) == []


def test_a_busy_hook_is_not_asked_before_the_time_it_named(world: World) -> None:
    world.add_controller(hooks={"sync": answering_busy(3600)})
    world.create(thing())
    world.settle()
    assert len(world.backend.calls("/things/sync")) == 1
    assert not world.loop.is_idle(3601)


def answering_busy(seconds: int) -> Hook:
    return lambda _: Answer(429, headers={"Retry-After": str(seconds)})


def test_an_event_wakes_a_parent_whose_hook_was_busy(world: World) -> None:
    world.add_controller(
        hooks={"sync": one_after_another(Answer(429, headers={"Retry-After": "3600"}), answer(config_map("a")))}
    )
    world.create(thing())
    world.settle()
    world.patch("Thing", "one", {"spec": {"changed": True}})
    world.settle()
    assert world.exists("ConfigMap", "a", "apps")


def test_a_busy_customize_hook_is_asked_again_without_an_event(world: World) -> None:
    busy = Answer(429, headers={"Retry-After": "0"})
    customize = one_after_another(busy, {"relatedResources": []})
    world.add_controller(hooks={"sync": answering(config_map("a")), "customize": customize})
    world.create(thing())
    world.settle()
    assert world.exists("ConfigMap", "a", "apps")
    assert events(world) == []


def test_a_hook_that_cannot_be_reached_is_a_failure(world: World) -> None:
    world.add_controller(hooks={"sync": answering()})
    world.backend.close()
    world.create(thing())
    world.settle()
    assert "http error: Post" in events(world)[0]["message"]


def test_a_resync_is_kept_although_a_child_failed(world: World) -> None:
    lost = config_map("lost")
    lost["metadata"]["namespace"] = "nowhere"
    world.add_controller(hooks={"sync": one_after_another(answer(lost, resyncAfterSeconds=0.2), answer())})
    world.create(thing())
    world.settle()
    assert len(world.backend.calls("/things/sync")) >= 2


def test_a_resync_that_the_hook_asks_for_happens(world: World) -> None:
    world.add_controller(hooks={"sync": one_after_another(answer(resyncAfterSeconds=0.05), answer(config_map("a")))})
    world.create(thing())
    world.settle()
    assert world.exists("ConfigMap", "a", "apps")


def test_labels_that_are_not_strings_fail_the_whole_sync(world: World) -> None:
    child = config_map("a")
    child["metadata"]["labels"]["number"] = 5
    world.add_controller(hooks={"sync": answering(config_map("b"), child)})
    world.create(thing())
    world.settle()
    assert not world.exists("ConfigMap", "b", "apps")
    assert "invalid labels on desired child ConfigMap apps/a" in events(world)[0]["message"]
