"""spec.buckets changes: one answer replaces all slices, and no Tenant notices."""

from __future__ import annotations

import pytest

from tenantry.names import bucket_of, slice_name
from tenantry.protocol import TryLater
from tests.unit.registry.world import World, settled, shop, template


def shops(count: int) -> World:
    world = settled(*(shop(f"shop-{n}") for n in range(count)))
    world.pass_time(60)
    return world


def test_one_answer_drops_the_old_slices_and_makes_the_new_ones_with_all_rows() -> None:
    world = shops(12)
    rows = world.rows_written()
    world.edit(buckets=2)
    world.sync()
    assert sorted(world.slices) == ["shops-2-0000", "shops-2-0001"]
    assert world.rows_written() == rows


@pytest.mark.parametrize("buckets", [1, 2, 7])
def test_tenants_keep_their_uids(buckets: int) -> None:
    world = shops(12)
    uids = world.tenant_uids()
    world.edit(buckets=buckets)
    world.settle()
    assert world.tenant_uids() == uids
    assert len(world.slices) == buckets


def test_rows_move_to_the_slices_of_their_new_buckets() -> None:
    world = shops(12)
    world.edit(buckets=7)
    world.settle()
    for name, found in world.slices.items():
        assert all(slice_name("shops", 7, bucket_of(row["uid"], 7)) == name for row in found["spec"]["rows"])


def test_pins_are_copied_even_if_their_template_is_gone() -> None:
    world = shops(3)
    world.templates = {"extra": template("extra", "extra-1")}
    world.edit(buckets=2)
    world.failure = "away"
    world.settle()
    assert world.rows_written()["shop-1"]["pins"] == {"extra": "extra-1", "webapp": "webapp-1"}


def test_removals_that_are_under_way_are_copied() -> None:
    world = shops(3)
    gone = world.rows.pop()["id"]
    world.let_go()
    removals = world.removals_written()
    assert removals.keys() == {gone}
    for found in world.slices.values():
        uids = [entry["uid"] for entry in found["spec"]["removals"]]
        found["status"].update(observedSequence=found["spec"]["sequence"], removing=uids)
    world.failure = "away"
    world.edit(buckets=2)
    world.pass_time(10)
    world.sync()
    assert (len(world.slices), world.removals_written()) == (2, removals)


def test_the_change_needs_no_database() -> None:
    world = shops(5)
    uids = world.tenant_uids()
    world.failure = "away"
    world.edit(buckets=3)
    world.settle()
    assert world.rows_written().keys() == uids.keys()
    assert world.tenant_uids() == uids


def test_new_slices_that_are_not_observed_yet_are_not_emptied() -> None:
    world = shops(12)
    world.edit(buckets=2)
    world.sync()
    seen = {name: found for name, found in world.slices.items() if name == "shops-2-0000"}
    with pytest.raises(TryLater):
        world.sync(children=seen)


def test_stale_old_slices_are_waited_for() -> None:
    world = shops(12)
    old = dict(world.slices)
    world.edit(buckets=2)
    world.sync()
    with pytest.raises(TryLater):
        world.sync(children=old)


def test_the_change_waits_while_a_tenant_has_no_row() -> None:
    world = shops(3)
    world.recreate_registry()
    world.rows = []
    world.settle()
    world.edit(buckets=2)
    world.settle()
    assert len(world.slices) == 4
    assert world.condition("Ready")["reason"] == "SlicesPending"
    assert "3 tenants without a row" in world.condition("Progressing")["message"]


def test_the_change_happens_once_the_tenants_without_a_row_are_decided() -> None:
    world = shops(3)
    rows = world.rows
    world.recreate_registry()
    world.rows = []
    world.settle()
    world.edit(buckets=2)
    world.settle()
    world.rows = rows
    world.next_poll()
    world.next_poll()
    assert len(world.slices) == 2
    assert len(world.tenants) == 3


def test_too_few_slices_for_all_rows_are_refused() -> None:
    world = settled(*(shop(f"shop-{n}", plan="x" * 400_000) for n in range(4)), buckets=16)
    world.pass_time(60)
    world.edit(buckets=1)
    world.settle()
    assert len(world.slices) == 16
    assert "would not fit" in world.condition("Ready")["message"]


def test_the_change_waits_until_the_slices_know_of_their_removals() -> None:
    world = shops(3)
    world.rows.pop()
    world.let_go()
    world.edit(buckets=2)
    world.pass_time(10)
    world.sync()
    assert len(world.slices) == 4
    world.settle()
    assert len(world.slices) == 2
    assert world.tenant_uids().keys() == {"shop-0", "shop-1"}


def test_a_row_that_goes_before_its_tenant_was_taken_over_still_takes_its_tenant_along() -> None:
    world = shops(6)
    world.edit(buckets=2)
    world.sync()
    world.rows.pop()
    world.annotate("poll-now", "1")
    world.pass_time(12)
    world.sync()
    assert world.removals_written() == {}
    world.settle()
    world.next_poll()
    assert world.tenant_uids().keys() == {f"shop-{n}" for n in range(5)}


def test_a_registry_deleted_right_after_the_change_leaves_no_tenant_behind() -> None:
    world = shops(6)
    world.edit(buckets=2, deletionPolicy="Delete")
    world.sync()
    world.parent["metadata"]["deletionTimestamp"] = "2026-03-01T12:10:00Z"
    for _ in range(20):
        if world.finalize()["finalized"]:
            break
        for name in list(world.slices):
            world.sync_slice(name)
        world.pass_time(3)
    assert world.tenants == {}
