"""A poll without tenants is more often a mistake than a wish."""

from __future__ import annotations

import pytest

from tenantry.registry.guard import digest_of, judge
from tests.unit.registry.world import World, settled, shop


def test_an_empty_result_removes_no_tenant() -> None:
    world = settled(shop("acme"), shop("beta"))
    world.rows = []
    world.next_poll()
    assert world.tenant_uids().keys() == {"acme", "beta"}
    blocked = world.condition("DeletionsBlocked")
    assert (blocked["status"], blocked["reason"]) == ("True", "EmptyResult")
    assert world.status["deletions"] == {"count": 2, "digest": digest_of({"acme", "beta"})}


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


def test_the_way_out_is_in_the_message() -> None:
    world = settled(shop("acme"), shop("beta"))
    world.rows = []
    world.next_poll()
    digest = world.status["deletions"]["digest"]
    assert f"tenantry.io/approve-deletions={digest}" in world.condition("DeletionsBlocked")["message"]


def test_approval_takes_effect_at_once() -> None:
    world = settled(shop("acme"), shop("beta"), interval="24h")
    world.rows = []
    world.annotate("poll-now", "1")
    world.settle()
    world.annotate("approve-deletions", world.status["deletions"]["digest"])
    world.settle()
    assert world.tenants == {}
    assert world.condition("DeletionsBlocked")["status"] == "False"


def test_approval_of_another_set_approves_nothing() -> None:
    world = settled(shop("acme"), shop("beta"))
    world.rows = []
    world.annotate("approve-deletions", digest_of({"acme"}))
    world.next_poll()
    assert world.tenant_uids().keys() == {"acme", "beta"}


def test_an_approved_poll_that_fails_is_not_repeated_at_once() -> None:
    world = settled(shop("acme"), shop("beta"))
    world.rows = []
    world.next_poll()
    world.annotate("approve-deletions", world.status["deletions"]["digest"])
    world.failure = "away"
    world.sync()
    polls = world.polls
    world.sync()
    assert world.polls == polls


def test_a_block_outlasts_a_failed_poll() -> None:
    world = settled(shop("acme"), shop("beta"))
    world.rows = []
    world.next_poll()
    world.failure = "away"
    world.next_poll()
    assert world.condition("DeletionsBlocked")["status"] == "True"


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


def test_unlisted_tenants_go_when_that_is_approved() -> None:
    world = settled(shop("acme"), shop("beta"))
    world.recreate_registry()
    world.rows = []
    world.pass_time(60)
    world.settle()
    world.annotate("approve-deletions", world.status["deletions"]["digest"])
    world.settle()
    assert world.tenants == {}


@pytest.mark.parametrize(
    ("missing", "existing", "allowed"),
    [
        ({"a"}, {"a", "b"}, {"a"}),
        ({"a", "b"}, {"a", "b"}, set()),
        ({"a"}, {"a"}, {"a"}),
        (set(), set(), set()),
        (set(), {"a", "b"}, set()),
    ],
)
def test_only_the_removal_of_all_tenants_is_blocked(missing: set[str], existing: set[str], allowed: set[str]) -> None:
    assert judge(missing, existing, approved="").allowed == allowed


def test_an_unusable_row_is_no_empty_result() -> None:
    world = World(rows=[shop("acme"), shop("beta"), shop("gamma")])
    world.settle()
    world.rows = [shop("gamma", active="perhaps")]
    world.next_poll()
    assert world.tenant_uids().keys() == {"gamma"}
