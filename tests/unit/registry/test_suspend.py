"""A suspended registry looks, tells, and changes nothing."""

from __future__ import annotations

from copy import deepcopy

from tests.unit.registry.world import World, settled, shop, template


def suspended(count: int = 20, **safety: object) -> World:
    world = settled(*(shop(f"shop-{n:03}") for n in range(count)))
    world.edit(suspend=True, safety=safety)
    world.settle()
    return world


def would(world: World) -> dict[str, int]:
    """What it would do, without what it would not."""
    return {key: count for key, count in world.status["suspended"].items() if count}


def test_nothing_changes() -> None:
    world = suspended()
    slices, tenants = deepcopy(world.slices), deepcopy(world.tenants)
    world.rows = [shop("new"), shop("shop-000", plan="pro"), *world.rows[2:]]
    world.templates["webapp"] = template("webapp", "webapp-2")
    world.next_poll()
    assert (world.slices, world.tenants) == (slices, tenants)


def test_it_tells_what_it_would_do() -> None:
    world = suspended(20, maxDeletions=3)
    world.rows = [shop("new"), shop("shop-000", plan="pro"), *world.rows[3:]]
    world.next_poll()
    assert would(world) == {"wouldAdd": 1, "wouldUpdate": 1, "wouldRemove": 2}


def test_it_tells_whom_it_would_deactivate_and_whom_it_would_keep() -> None:
    world = suspended(20, maxDeletions=2, gracePeriod="1h")
    world.rows = world.rows[5:]
    world.next_poll()
    assert would(world) == {"wouldDeactivate": 2, "wouldBlock": 3}


def test_it_tells_whom_it_would_move_to_another_revision() -> None:
    world = suspended(20)
    world.templates["webapp"] = template("webapp", "webapp-2")
    world.sync()
    assert would(world) == {"wouldRoll": 20}


def test_the_condition_says_it_in_a_sentence() -> None:
    world = suspended()
    world.rows = [*world.rows, shop("new")]
    world.next_poll()
    told = world.condition("Suspended")
    assert told["status"] == "True"
    assert told["message"].endswith("It would make 1 tenant.")


def test_between_polls_it_is_quiet() -> None:
    world = suspended()
    world.rows = world.rows[1:]
    world.next_poll()
    first = world.sync()
    world.pass_time(5)
    second = world.sync()
    assert (first["children"], first["status"]) == (second["children"], second["status"])


def test_a_new_registry_makes_no_slice() -> None:
    world = World(rows=[shop("acme"), shop("beta")])
    world.edit(suspend=True)
    world.settle()
    assert world.slices == {}
    assert would(world) == {"wouldAdd": 2}


def test_an_approval_waits_too() -> None:
    world = settled(*(shop(f"shop-{n:03}") for n in range(20)))
    world.edit(safety={"maxDeletions": 0})
    world.rows = world.rows[5:]
    world.settle()
    world.edit(suspend=True)
    world.settle()
    world.annotate("approve-deletions", world.status["deletions"]["digest"])
    world.settle()
    assert world.status["deletions"]["count"] == 5
    assert len(world.tenants) == 20


def test_another_number_of_buckets_waits_too() -> None:
    world = suspended()
    world.edit(buckets=2)
    world.settle()
    assert len(world.slices) == 4


def test_it_goes_on_when_it_is_resumed() -> None:
    world = suspended()
    world.rows = [*world.rows[1:], shop("new")]
    world.next_poll()
    world.edit(suspend=False)
    world.settle()
    assert world.tenant_uids().keys() == {str(row["id"]) for row in world.rows}
    assert "suspended" not in world.status
    assert world.condition("Suspended")["status"] == "False"


def test_a_source_that_cannot_be_read_shows() -> None:
    world = suspended()
    world.failure = "away"
    world.next_poll()
    assert world.condition("SourceReachable")["status"] == "False"


def test_its_deletion_waits_if_its_tenants_were_to_go() -> None:
    world = suspended()
    world.edit(deletionPolicy="Delete")
    world.parent["metadata"]["deletionTimestamp"] = "2026-03-01T12:10:00Z"
    assert world.finalize()["finalized"] is False
    assert len(world.rows_written()) == 20
    assert "spec.suspend" in world.condition("Ready")["message"]
