"""A tenant without a row is inactive for a while before it goes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tenantry.conditions import parse_timestamp
from tests.unit.registry.world import World, settled, shop


def in_grace(period: str = "10m", *, interval: str = "30s") -> World:
    """A world of twenty shops in which the first has just lost its row."""
    world = settled(*(shop(f"shop-{n:03}") for n in range(20)), interval=interval)
    world.edit(safety={"gracePeriod": period})
    world.settle()
    world.rows = world.rows[1:]
    world.annotate("poll-now", "gone")
    world.settle()
    return world


def active(world: World) -> bool:
    return bool(world.tenants["shops.shop-000"]["spec"]["active"])


def missing(world: World) -> list[dict[str, str]]:
    return [entry for found in world.slices.values() for entry in found["spec"].get("missing", [])]


def test_a_tenant_without_a_row_turns_inactive_first() -> None:
    world = in_grace()
    assert not active(world)
    assert world.removals_written() == {}


def test_the_slice_tells_since_when_it_is_missing() -> None:
    world = in_grace()
    assert missing(world) == [{"missingSince": world.status["source"]["lastAttemptTime"], "uid": "shop-000"}]


def test_its_values_stay_as_they_were() -> None:
    world = in_grace()
    assert world.tenants["shops.shop-000"]["spec"]["values"]["url"] == "https://shop-000.example"


def test_a_deactivated_row_turns_its_tenant_inactive_too() -> None:
    world = in_grace()
    world.rows[0]["active"] = 0
    world.next_poll()
    assert not world.tenants["shops.shop-001"]["spec"]["active"]


def test_it_goes_after_the_grace_period() -> None:
    world = in_grace()
    world.pass_time(600)
    world.settle()
    assert world.removed_tenants == {"shop-000"}
    assert missing(world) == []


def test_the_answer_asks_for_a_resync_when_the_grace_period_ends() -> None:
    world = in_grace("10m", interval="24h")
    answer = world.sync()
    end = parse_timestamp(missing(world)[0]["missingSince"]) + timedelta(minutes=10)
    assert answer["resyncAfterSeconds"] == (end - world.now).total_seconds()


def test_the_end_of_the_grace_period_asks_the_source_again() -> None:
    world = in_grace("10m", interval="24h")
    polls = world.polls
    world.pass_time(600)
    world.settle()
    assert world.polls == polls + 1
    assert world.removed_tenants == {"shop-000"}


def test_a_row_that_is_back_in_time_ends_it() -> None:
    world = in_grace("10m", interval="24h")
    world.rows.append(shop("shop-000"))
    world.pass_time(600)
    world.settle()
    assert active(world)
    assert missing(world) == []
    assert world.removed_tenants == set()


@pytest.mark.parametrize("other", ["SHOP-000", "shop-000 ", " shop-000"])
def test_a_row_that_is_back_under_another_spelling_is_another_tenant(other: str) -> None:
    world = in_grace("10m", interval="24h")
    world.rows.append(shop(other))
    world.annotate("poll-now", "back")
    world.settle()
    assert (active(world), world.tenant_uids().keys() >= {"shop-000", other}) == (False, True)
    world.pass_time(600)
    world.settle()
    assert world.removed_tenants == {"shop-000"}
    assert other in world.tenant_uids()


def test_nobody_goes_while_the_source_is_away() -> None:
    world = in_grace()
    world.failure = "away"
    for _ in range(3):
        world.pass_time(600)
        world.next_poll()
    assert world.removed_tenants == set()
    world.failure = ""
    world.next_poll()
    assert world.removed_tenants == {"shop-000"}


def test_a_row_that_cannot_be_used_stops_the_way_out_where_it_is() -> None:
    world = in_grace()
    world.rows.append(shop("shop-000", active="perhaps"))
    world.pass_time(700)
    world.next_poll()
    assert not active(world)
    assert world.removed_tenants == set()
    world.rows[-1]["active"] = 0
    world.next_poll()
    assert world.removed_tenants == {"shop-000"}


def test_a_shorter_grace_period_counts_at_once() -> None:
    world = in_grace("24h")
    world.pass_time(120)
    world.edit(safety={"gracePeriod": "1m"})
    world.settle()
    assert world.removed_tenants == {"shop-000"}


def test_the_grace_period_begins_when_the_guard_lets_the_tenant_pass() -> None:
    world = settled(*(shop(f"shop-{n:03}") for n in range(20)))
    world.edit(safety={"gracePeriod": "10m", "maxDeletions": 0})
    world.settle()
    world.rows = world.rows[1:]
    world.next_poll()
    world.pass_time(3600)
    world.annotate("approve-deletions", world.status["deletions"]["digest"])
    world.settle()
    assert not active(world)
    world.pass_time(600)
    world.settle()
    assert world.removed_tenants == {"shop-000"}


def test_a_tenant_passes_the_guard_once() -> None:
    world = in_grace()
    world.edit(safety={"gracePeriod": "10m", "maxDeletions": 1, "window": "7d"})
    world.settle()
    world.pass_time(600)
    world.settle()
    assert world.removed_tenants == {"shop-000"}


def test_a_tenant_without_a_row_in_a_new_registry_has_its_grace_period_too() -> None:
    world = settled(*(shop(f"shop-{n:03}") for n in range(20)))
    world.edit(safety={"gracePeriod": "10m"})
    world.recreate_registry()
    world.rows = world.rows[1:]
    world.pass_time(60)
    world.settle()
    assert world.removed_tenants == set()
    world.pass_time(600)
    world.settle()
    assert world.removed_tenants == {"shop-000"}


def test_nothing_is_written_while_a_grace_period_runs() -> None:
    world = in_grace("24h", interval="1h")
    before = {name: found["spec"] for name, found in world.slices.items()}
    world.next_poll()
    assert {name: found["spec"] for name, found in world.slices.items()} == before
