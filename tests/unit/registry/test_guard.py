"""A poll that misses many tenants is more often a mistake than a wish."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.conditions import timestamp
from tests.unit.registry.world import World, settled, shop


def shops(count: int, **options: Any) -> World:
    return settled(*(shop(f"shop-{n:03}") for n in range(count)), **options)


def guarded(count: int, **safety: Any) -> World:
    world = shops(count)
    world.edit(safety=safety)
    world.settle()
    return world


def take(world: World, count: int) -> list[dict[str, Any]]:
    """Take the rows of that many shops out of the table."""
    taken, world.rows = world.rows[:count], world.rows[count:]
    return taken


def test_an_empty_result_removes_no_tenant() -> None:
    world = settled(shop("acme"), shop("beta"))
    world.rows = []
    world.next_poll()
    assert world.tenant_uids().keys() == {"acme", "beta"}
    blocked = world.condition("DeletionsBlocked")
    assert (blocked["status"], blocked["reason"]) == ("True", "EmptyResult")
    deletions = world.status["deletions"]
    assert (deletions["count"], deletions["uids"]) == (2, ["acme", "beta"])


@pytest.mark.parametrize(("count", "told"), [(1, "for the tenant that is left."), (3, "for any of the 3 tenants.")])
def test_an_empty_result_is_told_in_words_that_fit(count: int, told: str) -> None:
    world = guarded(count, maxDeletions=0)
    take(world, count)
    world.next_poll()
    assert told in world.condition("DeletionsBlocked")["message"]


def test_an_empty_result_removes_no_tenant_even_within_a_generous_number() -> None:
    world = guarded(3, maxDeletions=10)
    take(world, 3)
    world.next_poll()
    assert len(world.tenants) == 3


def test_whoever_allows_everything_gets_an_empty_fleet() -> None:
    world = guarded(3, maxDeletions="100%")
    take(world, 3)
    world.next_poll()
    assert world.tenants == {}


def test_an_all_inactive_result_removes_no_tenant() -> None:
    world = settled(shop("acme"), shop("beta"))
    for row in world.rows:
        row["active"] = 0
    world.next_poll()
    assert world.tenant_uids().keys() == {"acme", "beta"}


def test_the_last_tenant_may_go() -> None:
    world = settled(shop("acme"))
    world.rows = []
    world.next_poll()
    assert world.tenants == {}


def test_a_tenth_of_the_tenants_may_go_and_the_rest_stays() -> None:
    world = shops(30)
    take(world, 5)
    world.next_poll()
    assert world.removed_tenants == {"shop-000", "shop-001", "shop-002"}
    assert world.status["deletions"]["count"] == 2
    assert world.condition("DeletionsBlocked")["reason"] == "TooManyDeletions"


def test_at_least_one_may_go() -> None:
    world = shops(3)
    take(world, 2)
    world.next_poll()
    assert world.removed_tenants == {"shop-000"}


def test_deactivating_counts_like_deleting() -> None:
    world = shops(20)
    take(world, 2)
    for row in world.rows[:2]:
        row["active"] = 0
    world.next_poll()
    assert world.removed_tenants == {"shop-000", "shop-001"}
    assert world.status["deletions"]["uids"] == ["shop-002", "shop-003"]


def test_a_purge_that_takes_nine_percent_a_poll_is_caught() -> None:
    world = shops(100)
    for _ in range(5):
        take(world, 9)
        world.next_poll()
    assert len(world.removed_tenants) == 9
    assert world.status["deletions"]["count"] == 36


def test_zero_lets_nobody_go() -> None:
    world = guarded(20, maxDeletions=0)
    take(world, 1)
    world.next_poll()
    assert world.removed_tenants == set()


def test_the_ledger_outlives_the_tenants_that_it_counts() -> None:
    world = guarded(20, maxDeletions=2)
    take(world, 2)
    world.next_poll()
    world.settle()
    assert world.removals_written() == {}
    assert len(world.tenants) == 18
    take(world, 1)
    world.next_poll()
    assert len(world.tenants) == 18


def test_the_ledger_outlives_a_lost_status() -> None:
    world = guarded(20, maxDeletions=2)
    take(world, 2)
    world.next_poll()
    take(world, 2)
    world.parent.pop("status")
    world.settle()
    assert len(world.tenants) == 18


def test_the_ledger_outlives_another_number_of_buckets() -> None:
    world = guarded(20, maxDeletions=2)
    take(world, 2)
    world.next_poll()
    world.pass_time(60)
    world.edit(buckets=2)
    world.settle()
    take(world, 1)
    world.next_poll()
    assert (len(world.slices), len(world.tenants)) == (2, 18)


def test_a_row_that_comes_back_leaves_its_removal_in_the_ledger() -> None:
    world = guarded(20, maxDeletions=1)
    taken = take(world, 1)
    world.next_poll()
    world.rows += taken
    world.next_poll()
    world.rows = world.rows[1:]
    world.next_poll()
    assert world.removed_tenants == {"shop-000"}
    assert world.status["deletions"]["uids"] == ["shop-001"]


def test_after_the_window_others_may_go() -> None:
    world = guarded(20, maxDeletions=2, window="10m")
    take(world, 2)
    world.next_poll()
    world.pass_time(600)
    take(world, 2)
    world.next_poll()
    assert len(world.removed_tenants) == 4


def test_what_was_blocked_goes_by_itself_when_all_of_it_fits_into_a_window() -> None:
    world = guarded(20, maxDeletions=2, window="10m")
    take(world, 3)
    world.next_poll()
    assert len(world.removed_tenants) == 2
    world.pass_time(600)
    world.next_poll()
    assert len(world.removed_tenants) == 3
    assert world.condition("DeletionsBlocked")["status"] == "False"


def test_what_was_blocked_does_not_trickle_out() -> None:
    world = guarded(20, maxDeletions=2, window="10m")
    take(world, 8)
    for _ in range(6):
        world.next_poll()
        world.pass_time(600)
    assert len(world.removed_tenants) == 2
    assert world.status["deletions"]["count"] == 6


def test_the_blocked_stay_exactly_as_they_are() -> None:
    world = guarded(20, maxDeletions=0, gracePeriod="1h")
    before = {name: tenant["spec"] for name, tenant in world.tenants.items()}
    take(world, 10)
    world.next_poll()
    assert {name: tenant["spec"] for name, tenant in world.tenants.items()} == before


def test_a_source_with_other_rows_removes_no_tenant() -> None:
    world = shops(10)
    before = world.tenant_uids()
    world.rows = [shop(f"other-{n:03}") for n in range(300)]
    for _ in range(3):
        world.next_poll()
        world.pass_time(3600)
    assert world.removed_tenants == set()
    assert before.items() <= world.tenant_uids().items()
    assert world.condition("DeletionsBlocked")["status"] == "True"


def test_new_rows_do_not_raise_the_limit_of_the_poll_that_brings_them() -> None:
    world = shops(20)
    world.rows = [*world.rows[10:], *(shop(f"other-{n:03}") for n in range(300))]
    world.next_poll()
    assert len(world.removed_tenants) == 2


def test_a_block_outlasts_a_failed_poll() -> None:
    world = settled(shop("acme"), shop("beta"))
    world.rows = []
    world.next_poll()
    world.failure = "away"
    world.next_poll()
    assert world.condition("DeletionsBlocked")["status"] == "True"


def test_a_block_outlasts_a_lost_status() -> None:
    world = guarded(20, maxDeletions=0)
    take(world, 4)
    world.next_poll()
    deletions = world.status["deletions"]
    world.parent.pop("status")
    world.settle()
    assert world.status["deletions"] == deletions


def test_a_block_outlasts_another_number_of_buckets() -> None:
    world = guarded(20, maxDeletions=0)
    take(world, 4)
    world.next_poll()
    deletions = world.status["deletions"]
    world.pass_time(60)
    world.edit(buckets=2)
    world.settle()
    assert (len(world.slices), world.status["deletions"]) == (2, deletions)


def test_rows_that_are_back_lift_the_block() -> None:
    world = settled(shop("acme"), shop("beta"))
    rows, world.rows = world.rows, []
    world.next_poll()
    world.rows = rows
    world.next_poll()
    assert world.condition("DeletionsBlocked")["status"] == "False"
    assert world.status["deletions"] == {"count": 0, "digest": ""}


def test_a_registry_created_again_over_an_empty_table_removes_no_tenant() -> None:
    world = settled(shop("acme"), shop("beta"))
    uids = world.tenant_uids()
    world.recreate_registry()
    world.rows = []
    world.pass_time(60)
    world.settle()
    assert world.tenant_uids() == uids
    assert world.status["tenants"]["unlisted"] == 2
    assert world.condition("DeletionsBlocked")["status"] == "True"


def test_unlisted_tenants_pass_the_guard_like_others() -> None:
    world = shops(20)
    world.recreate_registry()
    take(world, 5)
    world.pass_time(60)
    world.settle()
    assert world.removed_tenants == {"shop-000", "shop-001"}
    assert world.status["deletions"]["count"] == 3


def test_an_unusable_row_is_no_empty_result() -> None:
    world = World(rows=[shop("acme"), shop("beta"), shop("gamma")])
    world.settle()
    world.rows = [shop("gamma", active="perhaps"), shop("beta")]
    world.next_poll()
    assert world.tenant_uids().keys() == {"beta", "gamma"}


def test_an_unusable_row_is_not_missing() -> None:
    world = guarded(20, maxDeletions=0)
    world.rows[0]["active"] = "perhaps"
    world.next_poll()
    assert world.status["deletions"]["count"] == 0
    assert len(world.tenants) == 20


@pytest.mark.parametrize("since", ["2030-01-01T00:00:00Z", "yesterday", ""])
def test_an_entry_with_a_time_that_cannot_be_removes_nobody(since: str) -> None:
    world = guarded(20, gracePeriod="1h")
    take(world, 1)
    world.next_poll()
    for found in world.slices.values():
        for entry in found["spec"].get("missing", []):
            entry["missingSince"] = since
    world.pass_time(7200)
    world.next_poll()
    assert world.removed_tenants == set()


def test_blocked_since_tells_the_first() -> None:
    world = guarded(20, maxDeletions=0)
    take(world, 1)
    world.next_poll()
    first = world.status["source"]["lastAttemptTime"]
    take(world, 1)
    world.next_poll()
    assert world.status["deletions"]["since"] == first < timestamp(world.now)


def test_a_registry_restored_without_status_removes_nobody() -> None:
    world = shops(20)
    uids = world.tenant_uids()
    world.parent.pop("status")
    world.settle()
    world.next_poll()
    assert world.tenant_uids() == uids
