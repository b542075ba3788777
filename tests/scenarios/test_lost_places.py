"""Every way to lose a place: what is retained lives on and is taken up again, the rest goes in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tenantry.names import ORPHANED_LABEL
from tenantry.protocol import JSONObject
from tests.scenarios.harness.world import World


class Way(NamedTuple):
    """How the objects of shop acme get their place, lose it, and have it again."""

    get: Callable[[World], object]
    lose: Callable[[World], object]
    suffix: str = ""
    """What the names of the objects end in."""


def stack(world: World, *, suffix: str = "", **options: Any) -> list[JSONObject]:
    """A Namespace, ``data`` that is retained, ``base``, and ``top`` that depends on it; other names with ``suffix``."""
    tail = f"-{suffix}" if suffix else ""
    data = world.config_entry(id=f"data{tail}", deletionPolicy="Retain", **options)
    base = world.config_entry(id=f"base{tail}", dependsOn=[f"data{tail}"], **options)
    top = world.config_entry(id=f"top{tail}", dependsOn=[f"base{tail}"], **options)
    return [world.namespace_entry(), data, base, top]


def with_items(world: World) -> list[JSONObject]:
    """The same with one object for each item of ``hosts``."""
    entries = stack(world, forEach="{{ hosts }}")
    for found in entries[1:]:
        found["object"]["metadata"]["name"] += "-{{ key }}"
    return entries


def by_hand(world: World, *entries: JSONObject, **values: Any) -> None:
    world.apply_template(*entries, registry=False)
    world.apply_tenant("acme", **{"plan": "pro", "note": "", **values})


def by_row(world: World, **registry: Any) -> None:
    """The row of acme, beside others that stay: losing one of few is no mass deletion."""
    if not world.registry():
        for shop in ("bravo", "charlie"):
            world.shops.insert(shop)
        world.shops.insert("acme", plan="pro")
        world.start(*stack(world), **registry)


def deactivate(world: World) -> None:
    world.shops.update("acme", active=0)


def reactivate(world: World) -> None:
    by_row(world)
    world.shops.update("acme", active=1)


def row_again(world: World) -> None:
    by_row(world)
    world.shops.delete("acme")
    world.shops.insert("acme", plan="pro")


def registry_again(world: World) -> None:
    if world.template():
        world.apply_registry(deletionPolicy="Delete")
    else:
        by_row(world, deletionPolicy="Delete")


def when_of(world: World, plan: str) -> None:
    by_hand(world, *stack(world, when="{{ plan == 'pro' }}"), plan=plan)


WAYS = {
    "its entry is removed": Way(lambda w: by_hand(w, *stack(w)), lambda w: by_hand(w, w.namespace_entry())),
    "its when is false": Way(lambda w: when_of(w, "pro"), lambda w: when_of(w, "basic")),
    "its item is gone": Way(
        lambda w: by_hand(w, *with_items(w), hosts=["a", "b"]),
        lambda w: by_hand(w, *with_items(w), hosts=["a"]),
        suffix="b",
    ),
    "its id and its name change": Way(lambda w: by_hand(w, *stack(w)), lambda w: by_hand(w, *stack(w, suffix="other"))),
    "its row is deactivated": Way(reactivate, deactivate),
    "its row is deleted": Way(row_again, lambda w: w.shops.delete("acme")),
    "its tenant is deleted": Way(lambda w: by_hand(w, *stack(w)), lambda w: w.delete(w.tenant("acme"))),
    "its registry is deleted with its tenants": Way(registry_again, lambda w: w.delete(w.registry())),
}


def is_orphan(obj: JSONObject) -> bool:
    return ORPHANED_LABEL in obj["metadata"].get("labels", {})


def gone(world: World, *names: str) -> list[str]:
    """Those of these ConfigMaps that were deleted, in that order."""
    changes = world.backend.recorder.changes(world.belongs)
    deleted = [change.after for change in changes if change.type == "DELETED" and change.after["kind"] == "ConfigMap"]
    mine = [obj["metadata"] for obj in deleted if obj["metadata"]["namespace"] == world.tenant_namespace("acme")]
    return [metadata["name"] for metadata in mine if metadata["name"] in names]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_what_loses_its_place_lives_on_or_goes_in_order_by_its_policy(world: World, way: Way) -> None:
    data, base, top = (f"{name}-{way.suffix}" if way.suffix else name for name in ("data", "base", "top"))
    way.get(world)
    world.until_ready("acme")
    before = world.eventually(lambda: world.config("acme", data), "the object is there")

    way.lose(world)

    world.eventually(lambda: not world.config("acme", base), "what is not retained is gone")
    world.eventually(lambda: is_orphan(world.config("acme", data)), "what is retained is marked")
    world.quiet()
    assert gone(world, data, base, top) == [top, base]
    after = world.config("acme", data)
    assert (after["metadata"]["uid"], after["data"]) == (before["metadata"]["uid"], before["data"])

    way.get(world)

    world.eventually(lambda: world.config("acme", top), "what went is made again")
    world.until_ready("acme")
    world.eventually(lambda: not is_orphan(world.config("acme", data)), "what was retained is taken up")
    assert world.config("acme", data)["metadata"]["uid"] == before["metadata"]["uid"]


def test_a_registry_that_is_deleted_and_retains_leaves_everything_as_it_is(world: World) -> None:
    by_row(world)
    world.until_ready("acme")
    before = world.config("acme", "data")["metadata"]["uid"]
    tenants = world.tenant_uids("acme", "bravo", "charlie")

    world.delete(world.registry())

    world.eventually(lambda: not world.registry(), "the registry is gone")
    world.eventually(lambda: not world.ours("TenantSlice"), "its slices are gone")
    world.quiet()
    assert world.tenant_uids("acme", "bravo", "charlie") == tenants
    assert not is_orphan(world.config("acme", "data"))

    world.apply_registry()

    world.until_polled()
    world.until_ready("acme")
    assert world.tenant_uids("acme", "bravo", "charlie") == tenants
    assert world.config("acme", "data")["metadata"]["uid"] == before
    assert gone(world, "data", "base", "top") == []
