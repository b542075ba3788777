"""What the guard blocked goes when a person approves exactly that."""

from __future__ import annotations

from tests.unit.registry.test_guard import guarded, take
from tests.unit.registry.world import settled, shop


def test_the_way_out_is_in_the_message() -> None:
    world = settled(shop("acme"), shop("beta"))
    world.rows = []
    world.next_poll()
    digest = world.status["deletions"]["digest"]
    assert f"tenantry.io/approve-deletions={digest}" in world.condition("DeletionsBlocked")["message"]


def test_the_message_names_some_of_many() -> None:
    world = guarded(20, maxDeletions=0)
    take(world, 5)
    world.next_poll()
    message = world.condition("DeletionsBlocked")["message"]
    assert "5 tenants" in message
    assert "shop-000, shop-001, shop-002 and 2 more" in message


def test_approval_takes_effect_at_once() -> None:
    world = settled(shop("acme"), shop("beta"), interval="24h")
    world.rows = []
    world.annotate("poll-now", "1")
    world.settle()
    world.annotate("approve-deletions", world.status["deletions"]["digest"])
    world.settle()
    assert world.tenants == {}
    assert world.condition("DeletionsBlocked")["status"] == "False"


def test_approval_passes_the_blocked_and_nobody_else() -> None:
    world = guarded(20, maxDeletions=0)
    take(world, 4)
    world.next_poll()
    digest = world.status["deletions"]["digest"]
    take(world, 3)
    world.annotate("approve-deletions", digest)
    world.settle()
    assert world.removed_tenants == {f"shop-{n:03}" for n in range(4)}
    assert world.status["deletions"]["count"] == 3


def test_what_was_approved_does_not_count_against_the_limit() -> None:
    world = guarded(20, maxDeletions=1)
    take(world, 6)
    world.next_poll()
    world.annotate("approve-deletions", world.status["deletions"]["digest"])
    world.pass_time(3600)
    world.settle()
    take(world, 1)
    world.next_poll()
    assert len(world.removed_tenants) == 7


def test_approval_of_another_set_approves_nothing() -> None:
    world = guarded(20, maxDeletions=0)
    take(world, 4)
    world.next_poll()
    world.annotate("approve-deletions", world.status["deletions"]["digest"])
    take(world, 1)
    world.next_poll()
    before = set(world.removed_tenants)
    take(world, 1)
    world.next_poll()
    assert world.removed_tenants == before


def test_an_old_approval_does_not_approve_the_same_set_again() -> None:
    world = guarded(20, maxDeletions=0)
    taken = take(world, 4)
    world.next_poll()
    old = world.status["deletions"]["digest"]
    world.rows += taken
    world.next_poll()
    world.rows = world.rows[:-4]
    world.next_poll()
    assert world.status["deletions"]["digest"] != old
    world.annotate("approve-deletions", old)
    world.next_poll()
    assert world.removed_tenants == set()


def test_a_row_that_is_back_when_the_approval_comes_keeps_its_tenant() -> None:
    world = guarded(20, maxDeletions=0)
    taken = take(world, 4)
    world.next_poll()
    world.rows.append(taken[0])
    world.annotate("approve-deletions", world.status["deletions"]["digest"])
    world.settle()
    assert world.removed_tenants == {"shop-001", "shop-002", "shop-003"}


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


def test_unlisted_tenants_go_when_that_is_approved() -> None:
    world = settled(shop("acme"), shop("beta"))
    world.recreate_registry()
    world.rows = []
    world.pass_time(60)
    world.settle()
    world.annotate("approve-deletions", world.status["deletions"]["digest"])
    world.settle()
    assert world.tenants == {}
