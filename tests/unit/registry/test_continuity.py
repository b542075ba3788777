"""Slices that are lost, edited, or seen older than they are."""

from __future__ import annotations

import pytest

from tenantry.protocol import TryLater
from tenantry.registry.moments import exactly
from tests.unit.registry.world import World, settled, shop, template


def test_a_slice_deleted_by_hand_costs_no_tenant() -> None:
    world = settled(*(shop(f"shop-{n}") for n in range(12)))
    uids = world.tenant_uids()
    world.pass_time(10)
    world.delete_slice("shops-4-0001")
    world.settle()
    assert world.tenant_uids() == uids
    assert world.rows_written().keys() == uids.keys()


def test_a_slice_made_again_asks_for_a_poll() -> None:
    world = settled(shop("acme"), interval="24h")
    world.pass_time(60)
    for name in list(world.slices):
        world.delete_slice(name)
    world.settle()
    assert world.rows_written().keys() == {"acme"}


def test_a_registry_created_again_takes_its_tenants_up() -> None:
    world = settled(*(shop(f"shop-{n}") for n in range(12)))
    uids = world.tenant_uids()
    world.pass_time(60)
    world.recreate_registry()
    world.settle()
    assert world.tenant_uids() == uids
    assert world.status["tenants"] == {
        "desired": 12,
        "total": 12,
        "ready": 12,
        "degraded": 0,
        "removing": 0,
        "unlisted": 0,
    }


def test_a_tenant_taken_up_keeps_its_pin_while_the_template_has_no_revision_yet() -> None:
    world = settled(shop("acme"))
    world.pass_time(60)
    world.recreate_registry()
    world.templates["webapp"] = template("webapp", "")
    world.settle()
    assert world.rows_written()["acme"]["pins"] == {"webapp": "webapp-1"}


def test_a_registry_created_again_beside_its_old_slices_takes_tenants_and_slices_up() -> None:
    world = settled(*(shop(f"shop-{n}") for n in range(12)))
    uids, slices = world.tenant_uids(), {name: found["metadata"]["uid"] for name, found in world.slices.items()}
    pins = {uid: row["pins"] for uid, row in world.rows_written().items()}
    world.pass_time(60)
    world.recreate_registry(orphan=True)
    world.templates["webapp"] = template("webapp", "")
    world.settle()
    assert world.orphans == {}
    assert {name: found["metadata"]["uid"] for name, found in world.slices.items()} == slices
    assert world.tenant_uids() == uids
    assert {uid: row["pins"] for uid, row in world.rows_written().items()} == pins


@pytest.mark.parametrize("present", [12, 3])
def test_of_tenants_taken_up_from_old_slices_the_guard_lets_only_some_go(present: int) -> None:
    world = settled(*(shop(f"shop-{n:02}") for n in range(12)))
    world.pass_time(60)
    world.recreate_registry(orphan=True)
    world.rows = world.rows[:present]
    world.settle()
    world.next_poll()
    assert len(world.tenants) == min(12, 11 + (present == 12))
    assert world.status["deletions"]["count"] == max(0, 12 - present - 1)


def test_a_slice_whose_status_was_lost_is_written_again_and_speaks() -> None:
    world = settled(*(shop(f"shop-{n}") for n in range(12)), interval="24h")
    name = "shops-4-0001"
    before = world.slices[name]["spec"]
    world.pass_time(120)
    del world.slices[name]["status"]
    world.sync()
    after = world.slices[name]["spec"]
    assert after["sequence"] == before["sequence"] + 1
    assert after["rows"] == before["rows"]
    world.settle()
    assert world.condition("Ready")["status"] == "True"


def test_a_new_slice_has_time_to_speak() -> None:
    world = World(rows=[shop("acme")])
    world.sync()
    before = {found["spec"]["sequence"] for found in world.slices.values()}
    world.pass_time(20)
    answer = world.sync()
    assert {found["spec"]["sequence"] for found in world.slices.values()} == before == {1}
    assert answer["resyncAfterSeconds"] <= 10


def test_slices_older_than_the_status_are_waited_for() -> None:
    world = settled(shop("acme"))
    old = {name: dict(found) for name, found in world.slices.items()}
    world.rows[0]["plan"] = "pro"
    world.pass_time(30)
    world.sync()
    with pytest.raises(TryLater):
        world.sync(children=old)


def test_a_slice_that_somebody_set_back_is_believed_in_the_end() -> None:
    world = settled(shop("acme"))
    name = next(name for name, found in world.slices.items() if found["spec"]["rows"])
    world.slices[name]["spec"]["sequence"] = 1
    world.sync_slice(name)
    world.pass_time(31)
    world.sync()
    assert world.status["slices"]["sequences"][name] == 1


def test_slices_newer_than_the_status_win() -> None:
    world = settled(shop("acme"), shop("beta"))
    stale = {**world.parent, "status": world.status}
    world.rows.pop(0)
    world.pass_time(30)
    world.let_go()
    world.rows.append(shop("acme"))
    world.failure = "away"
    world.sync(parent=stale)
    assert world.removals_written().keys() == {"acme"}


@pytest.mark.parametrize("name", ["shops-4-0009", "shops-4-1", "shops-extra", "other-4-0001", "shops-04-0001"])
def test_a_child_that_is_no_slice_of_this_registry_is_kept(name: str) -> None:
    world = settled(shop("acme"))
    one = world.slices["shops-4-0000"]
    world.slices[name] = {**one, "metadata": {**one["metadata"], "name": name}}
    assert name in {child["metadata"]["name"] for child in world.sync()["children"]}


def test_an_edit_of_a_slice_beside_its_rows_is_undone() -> None:
    world = settled(shop("acme"))
    before = world.slices["shops-4-0000"]["spec"]
    world.slices["shops-4-0000"]["spec"] = {**before, "registry": "pools", "anchor": "nowhere"}
    world.sync()
    changed = {"base": before["sequence"], "sequence": before["sequence"] + 1, "written": exactly(world.now)}
    assert world.slices["shops-4-0000"]["spec"] == {**before, **changed}
