"""Many new tenants are made in turns, slice by slice, and nobody waits for ever."""

from __future__ import annotations

import pytest

from tenantry.registry import turns
from tests.unit.registry.world import World, settled, shop

UIDS = [f"shop-{number:02d}" for number in range(40)]


@pytest.fixture(autouse=True)
def few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "AT_A_TIME", 4)


def polled() -> World:
    """A registry of 8 slices of about 5 rows that were just put into them."""
    world = World(rows=[shop(uid) for uid in UIDS], buckets=8)
    world.sync()
    sync_slices(world)
    world.pass_time(6.0)
    world.sync()
    assert world.rows_written().keys() == set(UIDS)
    return world


def sync_slices(world: World) -> None:
    for name in list(world.slices):
        world.sync_slice(name)


def waiting(world: World) -> list[str]:
    return [name for name, found in world.slices.items() if found["spec"].get("waits")]


def test_the_first_slices_make_their_tenants_and_the_others_wait() -> None:
    world = polled()
    sync_slices(world)
    made = {tenant["metadata"]["labels"]["tenantry.io/bucket"] for tenant in world.tenants.values()}
    assert sorted(world.slices)[len(made) :] == waiting(world)
    assert 4 <= len(world.tenants) < 12


def test_the_next_slice_has_its_turn_when_tenants_were_looked_at() -> None:
    world = polled()
    sync_slices(world)
    before = waiting(world)
    world.sync()
    assert waiting(world) == before
    world.make_ready()
    sync_slices(world)
    world.sync()
    assert waiting(world) == before[len(before) - len(waiting(world)) :] != before


def test_all_are_made_in_the_end_and_no_slice_waits() -> None:
    world = polled()
    world.settle()
    assert (len(world.tenants), waiting(world)) == (40, [])


def test_tenants_that_nobody_looks_at_hold_up_others_for_a_while() -> None:
    world = polled()
    for _ in range(8):
        sync_slices(world)
        world.pass_time(31.0)
        sync_slices(world)
        world.sync()
    sync_slices(world)
    assert len(world.tenants) == 40


def test_tenants_that_are_not_ready_hold_up_nobody() -> None:
    world = polled()
    for _ in range(16):
        sync_slices(world)
        for tenant in world.tenants.values():
            tenant["status"] = {"observedGeneration": 1, "conditions": [{"type": "Ready", "status": "False"}]}
        sync_slices(world)
        world.sync()
    assert len(world.tenants) == 40


def test_one_new_row_of_many_tenants_waits_for_nobody() -> None:
    world = settled(*[shop(uid) for uid in UIDS], buckets=8)
    world.rows.append(shop("new"))
    world.next_poll()
    assert ("new" in world.tenant_uids(), waiting(world)) == (True, [])


def test_a_change_of_all_rows_waits_for_nobody() -> None:
    world = settled(*[shop(uid) for uid in UIDS], buckets=8)
    world.rows[:] = [shop(uid, plan="pro") for uid in UIDS]
    world.pass_time(31.0)
    world.sync()
    assert {row["values"]["plan"] for row in world.rows_written().values()} == {"pro"}
    assert waiting(world) == []


def test_another_number_of_buckets_makes_nobody_wait() -> None:
    world = settled(*[shop(uid) for uid in UIDS], buckets=8)
    world.edit(buckets=2)
    world.sync()
    assert (len(world.slices), waiting(world)) == (2, [])


def test_a_slice_that_does_not_say_anything_holds_up_others_for_a_while() -> None:
    world = polled()
    first = min(world.slices)
    for _ in range(20):
        for name in list(world.slices):
            if name != first:
                world.sync_slice(name)
        world.make_ready()
        world.pass_time(31.0)
        world.sync()
    assert waiting(world) == []


def long_waits(world: World) -> None:
    """Two turns that nobody looks at."""
    for _ in range(2):
        sync_slices(world)
        sync_slices(world)
        world.pass_time(31.0)
        world.sync()


def test_tenants_that_wait_long_are_not_taken_for_hidden_ones() -> None:
    world = polled()
    long_waits(world)
    for _ in range(4):  # A move takes a few: it is put on record first.
        sync_slices(world)
        world.sync()
    assert len(waiting(world)) > 2
    assert [uid for uid, row in world.rows_written().items() if row.get("moved") or row.get("excused")] == []


def test_nobody_is_removed_from_a_slice_that_waits_to_take_over_its_tenants() -> None:
    world = polled()
    long_waits(world)
    name = waiting(world)[-1]
    gone = world.slices[name]["spec"]["rows"][0]["uid"]
    world.rows[:] = [row for row in world.rows if row["id"] != gone]
    world.edit(safety={"gracePeriod": "0s"})
    world.let_go()
    assert (name in waiting(world), world.removals_written()) == (True, {})


@pytest.mark.parametrize("age", [0.0, 61.0])
def test_a_registry_that_is_deleted_makes_nobody_who_still_waits(age: float) -> None:
    world = polled()
    sync_slices(world)
    world.pass_time(age)
    made = set(world.tenants)
    world.edit(deletionPolicy="Delete")
    world.parent["metadata"]["deletionTimestamp"] = "2026-03-01T12:10:00Z"
    for _ in range(80):
        if world.finalize()["finalized"]:
            break
        sync_slices(world)
        assert set(world.tenants) <= made
        world.pass_time(1.0)
    assert (world.parent["status"]["tenants"]["desired"], world.tenants) == (0, {})
