"""Rows get shards, and move between them a few at a time."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tenantry.names import SHARD_LABEL, controller_of
from tenantry.protocol import JSONObject
from tenantry.registry.sharding.rendezvous import shard_of
from tests.unit.registry.world import World, settled, shop

UIDS = [f"shop-{number:02d}" for number in range(12)]
PREFIX = "metacontroller.io/compositecontroller-"


def start(*, rows: list[dict[str, Any]] | None = None, **spec: Any) -> World:
    world = World(rows=rows or [shop(uid) for uid in UIDS])
    world.parent["spec"].update(spec)
    world.settle()
    hand_over(world)
    world.settle()
    return world


def hand_over(world: World, *, without: tuple[str, ...] = ()) -> int:
    """What the Tenant controllers do: those that there are take over what carries the label of their shard."""
    changed = 0
    for tenant in world.tenants.values():
        label = tenant["metadata"]["labels"].get(SHARD_LABEL, "")
        wanted = [] if label in without else [PREFIX + controller_of(label)]
        changed += tenant["metadata"].get("finalizers", []) != wanted
        tenant["metadata"]["finalizers"] = wanted
    return changed


def labels(world: World) -> dict[str, str]:
    tenants = world.tenants.values()
    return {tenant["spec"]["uid"]: tenant["metadata"]["labels"].get(SHARD_LABEL, "") for tenant in tenants}


def shards(world: World) -> dict[str, JSONObject]:
    return {shard["name"]: shard for shard in world.status.get("shards", [])}


def rounds_until_there(world: World, expected: dict[str, str]) -> list[int]:
    """How many Tenants changed hands in each round, until all are where they belong."""
    rounds: list[int] = []
    while labels(world) != expected or not rounds or rounds[-1]:
        world.settle()
        rounds.append(hand_over(world))
        assert len(rounds) < 50
    world.settle()
    return rounds


def by_count(count: int) -> dict[str, str]:
    return {uid: shard_of(uid, count) for uid in UIDS}


def test_without_shards_no_tenant_has_the_label_and_nothing_is_told() -> None:
    world = start()
    assert set(labels(world).values()) == {""}
    assert "shards" not in world.status
    assert all("shard" not in row for row in world.rows_written().values())


def test_new_tenants_begin_in_their_shard_at_once() -> None:
    assert labels(start(shards={"count": 4, "maxMoves": 1})) == by_count(4)


def test_existing_tenants_move_no_more_than_max_moves_at_a_time() -> None:
    world = start()
    world.edit(shards={"count": 3, "maxMoves": 2})
    rounds = rounds_until_there(world, by_count(3))
    assert max(rounds) == 2
    assert sum(rounds) == len(UIDS)


def test_an_added_shard_moves_only_tenants_to_it() -> None:
    world = start(shards={"count": 3})
    world.edit(shards={"count": 4})
    rounds = rounds_until_there(world, by_count(4))
    assert sum(rounds) == sum(by_count(3)[uid] != by_count(4)[uid] for uid in UIDS)


def test_a_shard_is_drained_when_the_count_shrinks() -> None:
    world = start(shards={"count": 3})
    assert shards(world)["2"]["tenants"]
    world.edit(shards={"count": 2})
    rounds_until_there(world, by_count(2))
    assert set(shards(world)) == {"0", "1"}


def test_a_shard_counts_as_left_only_when_its_controller_let_go() -> None:
    world = start(shards={"count": 1})
    world.edit(shards={"column": "plan"}, extraValueMappings={})
    for row in world.rows:
        row["plan"] = "gold"
    world.next_poll()
    told = shards(world)
    assert (told["0"]["tenants"], told["0"]["leaving"], told["gold"]["moving"]) == (0, 12, 12)
    hand_over(world)
    world.settle()
    assert set(shards(world)) == {"gold"}


def test_removing_the_shards_brings_all_tenants_back_a_few_at_a_time() -> None:
    world = start(shards={"count": 2})
    del world.parent["spec"]["shards"]
    world.edit()
    rounds_until_there(world, dict.fromkeys(UIDS, ""))
    assert "shards" not in world.status
    assert all("shard" not in row for row in world.rows_written().values())


def test_a_shard_without_a_controller_stops_moves_and_changing_ones_mind_does_not_wait() -> None:
    world = start()
    world.edit(shards={"count": 1, "maxMoves": 3})
    for _ in range(5):
        world.settle()
        hand_over(world, without=("0",))
    assert Counter(labels(world).values()) == {"": 9, "0": 3}
    assert shards(world)["0"]["moving"] == 3

    del world.parent["spec"]["shards"]
    world.edit()
    world.settle()
    assert set(labels(world).values()) == {""}


def test_nobody_moves_while_a_slice_has_not_told_of_what_it_got() -> None:
    world = start()
    world.edit(shards={"count": 1, "maxMoves": 2})
    world.next_poll()
    before = labels(world)
    for found in world.slices.values():
        found["status"]["observedSequence"] -= 1
        found["status"]["handovers"], found["status"]["shards"] = [], []
    world.pass_time(40)
    world.sync()
    moved = {uid for uid, row in world.rows_written().items() if row.get("shard", "") != before[uid]}
    assert moved == set()


def test_a_column_names_the_shard() -> None:
    rows = [shop("a", region="eu"), shop("b", region="us"), shop("c", region=None), shop("d", region="default")]
    world = start(rows=rows, shards={"column": "region"})
    assert labels(world) == {"a": "eu", "b": "us", "c": "", "d": ""}
    assert {name: found["tenants"] for name, found in shards(world).items()} == {"default": 2, "eu": 1, "us": 1}


def test_a_changed_column_moves_the_tenant_even_if_it_has_to_wait() -> None:
    world = start(rows=[shop(uid, region="eu") for uid in UIDS], shards={"column": "region", "maxMoves": 5})
    for row in world.rows:
        row["region"] = "us"
    world.next_poll()
    polls = world.polls
    assert Counter(labels(world).values()) == {"eu": 7, "us": 5}
    rounds_until_there(world, dict.fromkeys(UIDS, "us"))
    assert world.polls == polls, "no poll is needed for the others to follow"
    assert all("toShard" not in row for row in world.rows_written().values())


def test_a_column_that_names_no_shard_leaves_the_tenant_where_it_is_and_is_told() -> None:
    world = start(rows=[shop("a", region="eu")], shards={"column": "region"})
    world.rows[0]["region"] = "Not a shard!"
    world.rows.append(shop("b", region="x" * 27))
    world.next_poll()
    assert labels(world) == {"a": "eu", "b": ""}
    told = world.status["unusableLabels"]
    assert told["count"] == 2
    assert told["labels"][0]["label"] == SHARD_LABEL
    assert "'region' names no shard" in told["labels"][0]["message"]
    assert world.condition("Degraded")["reason"] == "UnusableLabels"


@pytest.mark.parametrize(
    ("priority", "shard"),
    [(100, "gold"), (250, "gold"), (99, "silver"), (10, "silver"), (9.5, ""), (None, ""), (-5, "")],
)
def test_a_tenant_is_in_the_highest_class_that_its_priority_reaches(priority: float | None, shard: str) -> None:
    mappings = {"uid": "id", "activate": "active", "priority": "rank"}
    classes = {"byPriority": {"100": "gold", "10": "silver"}}
    world = start(rows=[shop("a", rank=priority)], valueMappings=mappings, shards=classes)
    assert labels(world) == {"a": shard}


def test_classes_are_listed_while_they_are_empty() -> None:
    mappings = {"uid": "id", "activate": "active", "priority": "rank"}
    world = start(rows=[shop("a", rank=1)], valueMappings=mappings, shards={"byPriority": {"100": "gold"}})
    nobody = dict.fromkeys(("wanted", "tenants", "leaving", "moving", "unserved"), 0)
    assert shards(world)["gold"] == {"name": "gold", **nobody}


def test_lost_slices_leave_tenants_in_their_shards() -> None:
    world = start(shards={"count": 3})
    before = labels(world)
    for name in list(world.slices):
        world.delete_slice(name)
    world.pass_time(60)
    world.settle()
    world.next_poll()
    assert labels(world) == before


def test_a_registry_made_again_with_other_shards_moves_its_tenants_a_few_at_a_time() -> None:
    world = start(shards={"count": 3})
    world.recreate_registry()
    world.parent["spec"]["shards"] = {"count": 1, "maxMoves": 2}
    rounds = rounds_until_there(world, by_count(1))
    assert max(rounds) <= 2


def test_another_number_of_buckets_keeps_every_shard() -> None:
    world = start(shards={"count": 3})
    before = labels(world)
    world.edit(buckets=8)
    world.settle()
    assert labels(world) == before


def test_a_suspended_registry_moves_nobody_and_tells_whom_it_would() -> None:
    world = start()
    world.rows.append(shop("new"))
    world.edit(suspend=True, shards={"count": 2})
    world.settle()
    assert set(labels(world).values()) == {""}
    assert world.status["suspended"]["wouldMove"] == len(UIDS)
    assert "move 12 tenants to another shard" in world.condition("Suspended")["message"]


def test_tenants_that_nobody_serves_for_five_minutes_are_told_of() -> None:
    world = start(shards={"count": 2})
    world.tenants["shops.shop-00"]["status"]["observedGeneration"] = 0
    name = next(name for name, found in world.slices.items() if "shop-00" in str(found["spec"]["rows"]))
    wait = world.sync_slice(name)["resyncAfterSeconds"]
    assert 0 < wait <= 300
    world.pass_time(wait)
    world.sync_slice(name)
    world.sync()
    shard = shard_of("shop-00", 2)
    assert shards(world)[shard]["unserved"] == 1
    degraded = world.condition("Degraded")
    assert degraded["reason"] == "TenantsUnserved"
    assert degraded["message"].endswith(f"tenantry-tenants-{shard}.")


def test_tenants_without_any_controller_are_told_of() -> None:
    world = start(shards={"count": 2})
    hand_over(world, without=("1",))
    world.pass_time(301)
    for name in world.slices:
        world.sync_slice(name)
    world.sync()
    told = shards(world)
    assert (told["0"]["unserved"], told["1"]["unserved"]) == (0, told["1"]["tenants"])


def test_shards_at_rest_write_nothing() -> None:
    world = start(shards={"count": 3})
    before = world.sync()
    assert world.sync() == before


def test_settled_worlds_are_the_same_with_and_without_a_shard_spec_that_changes_nothing() -> None:
    plain = settled(*[shop(uid) for uid in UIDS])
    assert all("labels" not in row for row in plain.rows_written().values())
