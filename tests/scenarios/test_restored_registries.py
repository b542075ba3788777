"""A registry that lost what it remembered, or reads another database by mistake: nobody is rolled, nobody goes."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError
from tests.scenarios.harness.objects import condition
from tests.scenarios.harness.shops import Shops
from tests.scenarios.harness.world import USER, World

UIDS = ("acme", "bravo", "chili", "delta", "echo")


def start_some_tenants(world: World, **spec: object) -> None:
    """A registry with a few tenants that are Ready."""
    for uid in UIDS:
        world.shops.insert(uid)
    world.start(**spec)
    world.until_ready(*UIDS)


def lose_status(world: World, objects: Iterable[JSONObject]) -> None:
    """Empty the statuses, as a restore from Git or of a backup without them does."""
    for obj in objects:
        what = f"{obj['kind']} {obj['metadata']['name']} has no status"
        world.eventually(partial(is_emptied, world, obj), what)


def is_emptied(world: World, obj: JSONObject) -> bool:
    """Empty the status of an object, if nobody writes it at the same moment."""
    kind = world.cluster.resource_type(obj["apiVersion"], kind=obj["kind"])
    with suppress(ApiError):
        world.cluster.update_status(kind, {**world.again(obj), "status": {}}, field_manager=USER)
        return True
    return False


def until_remembered(world: World) -> None:
    """Wait until registry and slices tell of themselves again, and two polls are over."""
    told = [world.registry(), *world.ours("TenantSlice")]
    again = "they have statuses again"
    world.eventually(lambda: all(condition(world.again(obj), "Ready") for obj in told), again, seconds=60)
    world.until_polled()


def losers(world: World, kinds: str) -> list[JSONObject]:
    """The objects that lose their status."""
    registry = [world.registry()] if "registry" in kinds else []
    return registry + (world.ours("TenantSlice") if "slices" in kinds else [])


@pytest.mark.parametrize("lost", ["registry", "registry and slices"])
def test_a_lost_status_removes_nobody_and_touches_nothing(world: World, lost: str) -> None:
    start_some_tenants(world, safety={"maxDeletions": 0})
    world.shops.delete("acme")
    world.shops.delete("bravo")
    blocked = "two tenants wait for approval"
    world.eventually(lambda: world.registry()["status"]["deletions"]["count"] == 2, blocked)
    before, tenants = world.identities(*UIDS), world.tenant_uids(*UIDS)
    deletions = world.registry()["status"]["deletions"]

    lose_status(world, losers(world, lost))

    until_remembered(world)
    assert world.registry()["status"]["deletions"] == deletions
    assert (world.identities(*UIDS), world.tenant_uids(*UIDS)) == (before, tenants)


@pytest.mark.parametrize("lost", ["registry", "registry and slices"])
def test_a_lost_status_rolls_nobody(world: World, lost: str) -> None:
    start_some_tenants(world)
    first = world.template()["status"]["latestRevision"]
    entries = world.namespace_entry(), world.config_entry(data={"plan": "{{ plan }}", "note": "second"})
    world.apply_template(*entries, rollout={"paused": True})
    second = "there is a second revision"
    world.eventually(lambda: world.template()["status"].get("latestRevision", first) != first, second)
    world.until_polled()
    before = world.identities(*UIDS)

    lose_status(world, losers(world, lost))

    until_remembered(world)
    assert world.identities(*UIDS) == before


def test_rows_change_on_after_a_lost_status(world: World) -> None:
    start_some_tenants(world)

    lose_status(world, losers(world, "slices"))
    world.shops.update("acme", plan="pro")
    world.shops.insert("foxtrot")
    world.shops.delete("echo")

    world.eventually(lambda: world.ready("foxtrot"), "the new row has its tenant", seconds=60)
    world.eventually(lambda: world.plan_of("acme") == "pro", "the changed row arrives")
    world.eventually(lambda: not world.tenant("echo"), "the tenant without a row goes")


def test_a_source_that_is_another_database_removes_nobody(world: World, tmp_path: Path) -> None:
    start_some_tenants(world)
    before, tenants = world.identities(*UIDS), world.tenant_uids(*UIDS)
    other = Shops(tmp_path / "other.sqlite")
    other.insert("stranger")

    world.apply_registry(source={"syncInterval": "1s", "sqlite": {"path": str(other.file), "table": "shops"}})

    world.until_ready("stranger")
    blocked = "all old tenants wait for approval"
    world.eventually(lambda: world.registry()["status"]["deletions"]["count"] == len(UIDS), blocked)
    world.until_polled(3)
    assert (world.identities(*UIDS), world.tenant_uids(*UIDS)) == (before, tenants)

    world.apply_registry()
    world.eventually(lambda: world.registry()["status"]["deletions"]["count"] == 0, "the right source lifts the block")
    world.until_polled()
    assert (world.identities(*UIDS), world.tenant_uids(*UIDS)) == (before, tenants)


def test_a_registry_that_is_deleted_without_its_slices_and_made_again_takes_its_tenants_up(world: World) -> None:
    start_some_tenants(world)
    before, tenants = world.identities(*UIDS), world.tenant_uids(*UIDS)

    world.delete(world.registry(), propagation="Orphan")
    world.eventually(lambda: not world.registry(), "the registry is gone")
    world.quiet()
    assert world.identities(*UIDS) == before, "the tenants stand"

    world.apply_registry()
    world.shops.insert("foxtrot")

    world.until_ready(*UIDS, "foxtrot")
    assert (world.identities(*UIDS), world.tenant_uids(*UIDS)) == (before, tenants)
