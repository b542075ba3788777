"""However late registry and slices are observed, no more tenants than allowed are on their way, and all arrive."""

from __future__ import annotations

from copy import deepcopy

from hypothesis import given, settings
from hypothesis import strategies as st

from tenantry.names import SHARD_LABEL, controller_of
from tenantry.protocol import JSONObject, TryLater
from tenantry.registry.sharding.rendezvous import shard_of
from tests.unit.registry.test_sharding import PREFIX, UIDS, by_count, labels, rounds_until_there, start
from tests.unit.registry.world import World

MAX_MOVES = 2
LATE = ("late registry", "late slices", "late both")
STEPS = st.sampled_from(["registry", "registry", *LATE, "slice", "slice", "take over", "let go", "pause"])


def on_their_way(world: World) -> int:
    """Rows whose Tenant is not yet, or not alone, with the controller of its shard."""
    rows = world.rows_written()
    return sum(
        tenant["metadata"]["labels"].get(SHARD_LABEL, "") != rows[tenant["spec"]["uid"]].get("shard", "")
        or tenant["metadata"]["finalizers"] != [PREFIX + controller_of(rows[tenant["spec"]["uid"]].get("shard", ""))]
        for tenant in world.tenants.values()
    )


def controllers_step(world: World, step: str, index: int) -> None:
    """The new controller puts its finalizer on one Tenant, or the old one takes its own off."""
    metadata: JSONObject = sorted(world.tenants.items())[index % len(world.tenants)][1]["metadata"]
    own = PREFIX + controller_of(metadata["labels"].get(SHARD_LABEL, ""))
    if step == "let go":
        metadata["finalizers"] = [found for found in metadata["finalizers"] if found == own]
    elif own not in metadata["finalizers"]:
        metadata["finalizers"] = [*metadata["finalizers"], own]


@settings(max_examples=25, deadline=None)
@given(
    steps=st.lists(st.tuples(STEPS, st.integers(0, 11)), max_size=60),
    counts=st.lists(st.integers(1, 4), min_size=1, max_size=3),
)
def test_no_more_than_max_moves_are_ever_on_their_way(steps: list[tuple[str, int]], counts: list[int]) -> None:
    world = start(shards={"count": 2, "maxMoves": MAX_MOVES})
    past = [deepcopy((world.parent, world.slices))]
    for number, (step, index) in enumerate(steps):
        if number % 20 == 0:
            world.edit(shards={"count": counts[number // 20 % len(counts)], "maxMoves": MAX_MOVES})
        match step:
            case "registry" | "late registry" | "late slices" | "late both":
                parent, slices = past[-1 - index % len(past)]
                try:
                    world.sync(
                        parent=parent if step in ("late registry", "late both") else None,
                        children=slices if step in ("late slices", "late both") else None,
                    )
                except TryLater:
                    world.pass_time(1)
                past.append(deepcopy((world.parent, world.slices)))
            case "slice":
                world.sync_slice(sorted(world.slices)[index % len(world.slices)])
            case "pause":
                world.pass_time(index)
            case _:
                controllers_step(world, step, index)
        assert on_their_way(world) <= MAX_MOVES
    count = world.parent["spec"]["shards"]["count"]
    rounds_until_there(world, by_count(count))
    assert labels(world) == {uid: shard_of(uid, count) for uid in UIDS}
