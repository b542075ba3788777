"""A new revision reaches the tenants step by step, stops when it fails, and can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from tenantry.protocol import JSONObject
from tests.scenarios.harness.objects import condition
from tests.scenarios.harness.record import Change
from tests.scenarios.harness.world import World

UIDS = ("acme", "bravo", "chili", "delta", "echo")


@pytest.fixture(autouse=True)
def healthy_again(world: World) -> Iterator[None]:
    """Workloads that a scenario let fail are well when it is over."""
    yield
    world.workloads.heal()


def roll(world: World, image: str, **rollout: Any) -> None:
    """Apply the template with this image."""
    world.apply_template(world.namespace_entry(), world.web_entry(image=image), rollout=rollout or {"maxSkew": 1})


def start(world: World, uids: Iterable[str] = UIDS, **rollout: Any) -> None:
    """A registry whose tenants run the first image, Ready."""
    for uid in uids:
        world.shops.insert(uid)
    roll(world, "shop:1", **rollout)
    world.apply_registry()
    world.until_ready(*uids)
    world.eventually(lambda: entry(world).get("phase") in ("Idle", "Complete"), "the registry knows all its tenants")


def entry(world: World) -> JSONObject:
    """What the registry says of the rollout of the usual template."""
    entries = world.registry().get("status", {}).get("templates", [])
    return next((dict(found) for found in entries if found["name"] == world.template_name()), {})


def until_phase(world: World, phase: str) -> JSONObject:
    """Wait for a phase of the rollout."""
    return world.eventually(
        lambda: entry(world) if entry(world).get("phase") == phase else {}, f"the rollout is {phase}", seconds=60
    )


def latest(world: World) -> str:
    """The template's latest revision."""
    return str(world.template()["status"].get("latestRevision", ""))


def until_latest_differs(world: World, before: str) -> str:
    """Wait for another latest revision, and answer it."""
    world.eventually(lambda: latest(world) != before, "there is a new revision")
    return latest(world)


def image_of(world: World, uid: str) -> str:
    """The image that a shop's Deployment runs."""
    deployment = world.deployment(uid)
    return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"]) if deployment else ""


def images(world: World, uids: Iterable[str] = UIDS) -> list[str]:
    """The images of shops, in their order."""
    return [image_of(world, uid) for uid in uids]


def until_image(world: World, image: str) -> None:
    """Wait until the shop acme runs an image."""
    world.eventually(lambda: image_of(world, "acme") == image, f"acme runs {image}")


def runs(image: str) -> Callable[[JSONObject], bool]:
    """Whether a Deployment runs an image."""

    def tells(obj: JSONObject) -> bool:
        if obj["kind"] != "Deployment":
            return False
        return bool(obj["spec"]["template"]["spec"]["containers"][0]["image"] == image)

    return tells


def most_under_way(changes: Iterable[Change]) -> int:
    """How many Tenants had another pin than the revision with which they were Ready, at worst."""
    under_way: set[str] = set()
    worst = 0
    for change in changes:
        if change.after["kind"] != "Tenant":
            continue
        name = change.after["metadata"]["name"]
        told = (change.after.get("status") or {}).get("templates") or [{}]
        pins = change.after["spec"].get("templates") or [{}]
        ready = told[0].get("readyRevision", "")
        if change.type != "DELETED" and ready and pins[0].get("revision") != ready:
            under_way.add(name)
        else:
            under_way.discard(name)
        worst = max(worst, len(under_way))
    return worst


def test_never_more_tenants_are_under_way_than_max_skew(world: World) -> None:
    start(world, maxSkew=2)

    roll(world, "shop:2", maxSkew=2)

    world.eventually(lambda: images(world) == ["shop:2"] * 5, "all run the new image", seconds=60)
    done = until_phase(world, "Complete")
    assert (done["updated"], done["total"], done["underWay"]) == (5, 5, 0)
    assert world.registry()["status"]["rollout"] == {"phase": "Complete", "progress": "5/5"}
    assert 1 <= most_under_way(world.backend.recorder.changes(world.belongs)) <= 2


def test_a_rollout_waits_for_tenants_that_are_not_ready(world: World) -> None:
    start(world)
    world.workloads.hold_when(lambda obj: runs("shop:2")(obj) and world.belongs(obj))

    roll(world, "shop:2")

    world.eventually(lambda: images(world).count("shop:2") == 1, "one is moved")
    world.until_polled(3)
    assert images(world) == ["shop:2", "shop:1", "shop:1", "shop:1", "shop:1"]
    world.workloads.heal()
    world.eventually(lambda: images(world) == ["shop:2"] * 5, "the others follow", seconds=60)
    until_phase(world, "Complete")


def test_a_canary_is_moved_first_and_bakes(world: World) -> None:
    for uid in UIDS:
        world.shops.insert(uid, plan="internal" if uid == "delta" else "basic")
    rollout = {"maxSkew": "100%", "canary": {"when": "{{ plan == 'internal' }}", "bakeSeconds": 2}}
    start(world, (), **rollout)
    world.until_ready(*UIDS)
    world.eventually(lambda: entry(world).get("total") == 5, "the registry knows all its tenants")

    roll(world, "shop:2", **rollout)

    until_phase(world, "Baking")
    assert images(world) == ["shop:1", "shop:1", "shop:1", "shop:2", "shop:1"]
    world.eventually(lambda: images(world) == ["shop:2"] * 5, "the others follow", seconds=60)
    until_phase(world, "Complete")


def test_a_failing_canary_stops_the_rollout_until_the_template_changes(world: World) -> None:
    start(world)
    world.workloads.fail_when(lambda obj: runs("shop:2")(obj) and world.belongs(obj))

    roll(world, "shop:2", canary={"count": 1})

    stopped = until_phase(world, "Failed")
    assert (stopped["failing"][0]["uid"], stopped["updated"]) == ("acme", 1)
    world.eventually(lambda: condition(world.registry(), "Degraded").get("reason") == "RolloutFailed", "it is told")
    world.shops.insert("foxtrot")
    world.until_ready("foxtrot")
    assert image_of(world, "foxtrot") == "shop:1", "a new tenant gets the last good revision"
    roll(world, "shop:3", canary={"count": 1})
    world.eventually(lambda: images(world, (*UIDS, "foxtrot")) == ["shop:3"] * 6, "all are well again", seconds=60)
    until_phase(world, "Complete")


def test_a_failing_revision_is_rolled_back_and_not_tried_again(world: World) -> None:
    start(world, maxSkew=2, onFailure="Rollback")
    good = latest(world)
    world.workloads.fail_when(lambda obj: runs("shop:2")(obj) and obj["metadata"]["namespace"].endswith("-bravo"))

    roll(world, "shop:2", maxSkew=2, onFailure="Rollback")
    bad = until_latest_differs(world, good)

    back = until_phase(world, "RolledBack")
    assert (back["revision"], back["failedRevisions"], back["failing"][0]["uid"]) == (good, [bad], "bravo")
    world.eventually(lambda: images(world) == ["shop:1"] * 5, "all run the old image")
    world.until_polled(3)
    assert images(world) == ["shop:1"] * 5


def test_a_revision_that_is_named_takes_everybody_back(world: World) -> None:
    start(world)
    first = latest(world)
    roll(world, "shop:2")
    until_latest_differs(world, first)
    world.eventually(lambda: images(world) == ["shop:2"] * 5, "all run the new image", seconds=60)
    until_phase(world, "Complete")

    world.edit(world.template(), {"spec": {"rollout": {"revision": first}}})

    world.eventually(lambda: images(world) == ["shop:1"] * 5, "all run the old image again", seconds=60)
    assert until_phase(world, "Complete")["revision"] == first
    world.edit(world.template(), {"spec": {"rollout": {"revision": ""}}})
    world.eventually(lambda: images(world) == ["shop:2"] * 5, "all run the latest again", seconds=60)


def test_a_paused_rollout_moves_nobody_until_the_pause_ends(world: World) -> None:
    start(world)
    first = latest(world)

    roll(world, "shop:2", maxSkew=1, paused=True)
    until_latest_differs(world, first)

    until_phase(world, "Paused")
    world.until_polled(2)
    assert images(world) == ["shop:1"] * 5
    roll(world, "shop:2", maxSkew=1)
    world.eventually(lambda: images(world) == ["shop:2"] * 5, "all run the new image", seconds=60)


def test_settings_of_rollouts_move_nobody(world: World) -> None:
    start(world)
    identities = world.identities(*UIDS)

    roll(world, "shop:1", maxSkew="50%", canary={"percent": 20}, onFailure="Rollback", historyLimit=3)
    world.until_polled(3)

    assert world.identities(*UIDS) == identities
    assert len(world.ours("TenantTemplateRevision")) == 1


def test_a_new_target_in_the_middle_is_reached_by_all(world: World) -> None:
    start(world)
    world.workloads.hold_when(lambda obj: runs("shop:2")(obj) and world.belongs(obj))
    roll(world, "shop:2")
    world.eventually(lambda: images(world).count("shop:2") == 1, "one is moved, and gets stuck")

    roll(world, "shop:3")

    world.eventually(lambda: images(world) == ["shop:3"] * 5, "all run the newest image", seconds=60)
    until_phase(world, "Complete")
    assert most_under_way(world.backend.recorder.changes(world.belongs)) <= 1


def test_revisions_that_nobody_needs_are_pruned(world: World) -> None:
    start(world, ("acme",), historyLimit=1)
    first = latest(world)
    world.apply_tenant("hand", revision=first, plan="basic", note="", replicas=1)
    for image in ("shop:2", "shop:3", "shop:4", "shop:5"):
        before = latest(world)
        roll(world, image, historyLimit=1)
        until_latest_differs(world, before)
        until_image(world, image)
        until_phase(world, "Complete")

    def names() -> set[str]:
        return {found["metadata"]["name"] for found in world.ours("TenantTemplateRevision")}

    world.eventually(lambda: len(names()) == 3, "the one in use stays, that of the Tenant by hand, and one more")
    assert {first, latest(world)} < names()
    world.delete(world.tenant("hand"))
    world.eventually(lambda: first not in names(), "the first one goes when its Tenant is gone")


def test_a_registry_made_again_rolls_nothing(world: World) -> None:
    start(world)
    first = latest(world)
    roll(world, "shop:2", maxSkew=1, paused=True)
    until_latest_differs(world, first)
    world.delete(world.registry())
    world.eventually(lambda: not world.registry() and not world.ours("TenantSlice"), "registry and slices are gone")
    roll(world, "shop:2", maxSkew=1)

    world.apply_registry()

    until_phase(world, "Paused")
    world.until_polled(3)
    assert images(world) == ["shop:1"] * 5
    roll(world, "shop:3", maxSkew=1)
    world.eventually(lambda: images(world) == ["shop:3"] * 5, "a new content moves them", seconds=60)
