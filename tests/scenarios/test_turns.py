"""Many new rows become Tenants in turns: nobody waits for all others."""

from __future__ import annotations

from tests.scenarios.harness.world import World

UIDS = [f"shop-{number:03d}" for number in range(160)]
"""More than are made at one time."""


def test_the_first_of_many_tenants_are_looked_at_before_the_last_are_made(world: World) -> None:
    for uid in UIDS:
        world.shops.insert(uid)

    world.start(world.namespace_entry(), buckets=20)

    world.eventually(lambda: ready(world) == len(UIDS), "all are ready", seconds=180)
    seen = [change for change in world.backend.recorder.changes(world.belongs) if change.after["kind"] == "Tenant"]
    looked_at = next(place for place, change in enumerate(seen) if change.after.get("status"))
    made_last = max(place for place, change in enumerate(seen) if change.before is None)
    assert looked_at < made_last
    world.eventually(lambda: waiting(world) == [], "no slice waits any more")
    world.quiet()


def ready(world: World) -> int:
    """Ready tenants, as the registry tells."""
    found: int = world.registry().get("status", {}).get("tenants", {}).get("ready", 0)
    return found


def waiting(world: World) -> list[str]:
    """The slices that make no new Tenants."""
    return [found["metadata"]["name"] for found in world.ours("TenantSlice") if found["spec"].get("waits")]
