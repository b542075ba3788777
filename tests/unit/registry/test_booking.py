"""Who passes the guard is booked in the ledger of the first slice, and goes by a sync that sees that on record."""

from __future__ import annotations

from copy import deepcopy

from tenantry.protocol import JSONObject
from tenantry.registry.guard import MAX_ENTRIES, shortened
from tests.unit.registry.world import World, settled, shop

FIRST = "shops-4-0000"


def missed() -> tuple[World, JSONObject]:
    """A world in which a poll just missed a row, and that row."""
    world = settled(shop("acme"), shop("beta"), shop("gamma"))
    gone = world.rows.pop(0)
    world.pass_time(30)
    world.sync()
    return world, gone


def missing(world: World) -> dict[str, JSONObject]:
    return {entry["uid"]: entry for found in world.slices.values() for entry in found["spec"].get("missing", ())}


def test_nobody_goes_by_the_sync_that_decides_it() -> None:
    world, _ = missed()
    assert world.removals_written() == {}
    assert world.rows_written()["acme"]["active"] is True
    (entry,) = world.slices[FIRST]["spec"]["ledger"]
    assert (missing(world)["acme"]["booked"], entry["count"]) == (entry["time"], 1)


def test_who_is_booked_goes_with_the_next_sync_and_without_another_poll() -> None:
    world, _ = missed()
    polls = world.polls
    world.sync()
    assert world.removals_written().keys() == {"acme"}
    assert (missing(world), world.polls) == ({}, polls)


def test_with_a_grace_period_it_turns_inactive_then() -> None:
    world = settled(shop("acme"), shop("beta"), shop("gamma"))
    world.edit(safety={"gracePeriod": "1h"})
    world.settle()
    world.rows.pop(0)
    world.pass_time(30)
    world.sync()
    assert world.rows_written()["acme"]["active"] is True
    world.sync()
    assert world.rows_written()["acme"]["active"] is False
    assert missing(world)["acme"].keys() == {"uid", "missingSince"}


def test_a_booking_that_is_in_no_ledger_stands_for_nothing() -> None:
    world, _ = missed()
    del world.slices[FIRST]["spec"]["ledger"]
    world.sync()
    assert world.removals_written() == {}
    world.next_poll()
    assert world.tenant_uids().keys() == {"beta", "gamma"}


def test_old_states_of_registry_and_slices_let_nobody_else_go() -> None:
    world = settled(*(shop(f"shop-{number}") for number in range(8)))
    world.edit(safety={"maxDeletions": 1})
    world.settle()
    world.pass_time(30)
    before = deepcopy((world.parent, world.slices))
    everybody = world.rows
    for number in range(8):
        world.rows = [row for row in everybody if row["id"] != f"shop-{number}"]
        world.pass_time(0.01)
        world.sync(parent=before[0], children=before[1])
    world.rows = []
    world.settle()
    assert len(world.tenants) >= 7


def test_a_row_that_is_back_ends_its_booking() -> None:
    world, gone = missed()
    world.rows.append(gone)
    world.annotate("poll-now", "1")
    world.sync()
    assert (missing(world), world.removals_written()) == ({}, {})
    assert world.rows_written()["acme"]["active"] is True


def test_after_a_while_only_a_poll_lets_go_who_was_booked() -> None:
    world, _ = missed()
    world.pass_time(11)
    world.sync()
    assert world.removals_written() == {}
    world.next_poll()
    assert world.tenant_uids().keys() == {"beta", "gamma"}


def test_a_poll_that_fails_lets_nobody_go() -> None:
    world, _ = missed()
    world.failure = "the file is gone"
    world.annotate("poll-now", "1")
    world.sync()
    assert world.removals_written() == {}


def test_a_long_ledger_forgets_when_its_oldest_went_and_nobody_who_did() -> None:
    entries: list[JSONObject] = [{"time": f"2026-03-01T12:00:00.{n:06}Z", "count": 1} for n in range(MAX_ENTRIES + 2)]
    short = shortened(entries)
    assert len(short) == MAX_ENTRIES
    assert sum(entry["count"] for entry in short) == len(entries)
    assert short[0] == {"time": entries[2]["time"], "count": 3}
