"""A registry goes: its tenants stay, or go first."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.registry.world import World, settled, shop


def deleting(policy: Any = "Retain", *rows: dict[str, Any]) -> World:
    world = settled(*(rows or (shop("acme"), shop("beta"), shop("gamma"))))
    world.pass_time(60)
    world.edit(deletionPolicy=policy)
    world.parent["metadata"]["deletionTimestamp"] = "2026-03-01T12:10:00Z"
    return world


def finish(world: World) -> None:
    for _ in range(20):
        if world.finalize()["finalized"]:
            return
        for name in list(world.slices):
            world.sync_slice(name)
        world.pass_time(1)
    raise AssertionError("never finalized")


def test_retain_is_finalized_at_once() -> None:
    assert deleting("Retain").finalize()["finalized"] is True


def test_delete_moves_every_uid_to_the_removals_first() -> None:
    world = deleting("Delete")
    assert world.finalize()["finalized"] is False
    assert world.rows_written() == {}
    assert world.removals_written().keys() == {"acme", "beta", "gamma"}


def test_delete_is_finalized_when_no_tenant_is_left() -> None:
    world = deleting("Delete")
    finish(world)
    assert world.tenants == {}


def test_delete_removes_tenants_without_a_row_too() -> None:
    world = deleting("Delete")
    world.recreate_registry()
    world.sync()
    finish(world)
    assert world.tenants == {}


def test_delete_makes_a_lost_slice_again_to_find_its_tenants() -> None:
    world = deleting("Delete")
    for name in [name for name, found in world.slices.items() if found["spec"]["rows"]][:1]:
        world.delete_slice(name)
    finish(world)
    assert world.tenants == {}


def test_delete_waits_for_slices_that_have_not_heard_of_it() -> None:
    world = deleting("Delete")
    world.finalize()
    world.pass_time(60)
    assert world.finalize()["finalized"] is False


def test_delete_says_what_it_waits_for() -> None:
    world = deleting("Delete")
    world.finalize()
    assert world.condition("Ready")["reason"] == "Deleting"
    assert "3 are being removed" in world.condition("Progressing")["message"]


def test_delete_polls_nothing() -> None:
    world = deleting("Delete")
    polls = world.polls
    finish(world)
    assert world.polls == polls


def test_delete_without_any_slice_is_finalized_at_once() -> None:
    world = World()
    world.edit(deletionPolicy="Delete")
    world.parent["metadata"]["deletionTimestamp"] = "2026-03-01T12:10:00Z"
    assert world.finalize()["finalized"] is True


@pytest.mark.parametrize("spec", [None, {}, {"deletionPolicy": 5}, "text"])
def test_a_spec_that_makes_no_sense_retains(spec: Any) -> None:
    world = deleting()
    world.parent["spec"] = spec
    assert world.finalize()["finalized"] is True


def test_a_deselected_registry_is_handed_over_untouched() -> None:
    world = settled(shop("acme"))
    world.edit(deletionPolicy="Delete")
    slices = {name: found["spec"] for name, found in world.slices.items()}
    answer = world.finalize()
    assert {child["metadata"]["name"]: child["spec"] for child in answer["children"]} == slices
    assert (answer["status"], answer["finalized"]) == (world.status, True)
