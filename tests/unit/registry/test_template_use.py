"""A registry tells which templates its tenants run, so that one can go with its objects."""

from __future__ import annotations

from typing import Any

from tests.unit.registry.world import World, settled, shop


def use(world: World) -> dict[str, tuple[str, bool]]:
    return {found["name"]: (found["state"], found["inUse"]) for found in world.status["templateUse"]}


def delete_template(world: World, policy: str) -> None:
    found = world.templates["webapp"]
    found["spec"]["deletionPolicy"] = policy
    found["metadata"]["deletionTimestamp"] = "2026-03-01T13:00:00Z"


def take_down(world: World, *uids: str) -> None:
    """The Tenants of these have no object of the template any more."""
    for tenant in world.tenants.values():
        if tenant["spec"]["uid"] in uids:
            templates: list[dict[str, Any]] = tenant["spec"]["templates"]
            tenant["status"]["templates"] = [{**found, "withdrawn": True} for found in templates]


def test_a_template_with_tenants_is_in_use() -> None:
    assert use(settled(shop("acme"))) == {"webapp": ("Current", True)}


def test_a_template_without_tenants_is_not() -> None:
    assert use(settled()) == {"webapp": ("Current", False)}


def test_a_template_that_left_its_tenants_behind_is_orphaned() -> None:
    world = settled(shop("acme"))
    del world.templates["webapp"]
    world.settle()
    assert use(world) == {"webapp": ("Orphaned", True)}


def test_an_orphaned_template_that_nobody_runs_is_forgotten() -> None:
    world = settled(shop("acme"))
    del world.templates["webapp"]
    world.rows = []
    world.next_poll()
    assert use(world) == {}


def test_a_template_that_goes_with_its_objects_is_in_use_until_the_last_tenant_has_none() -> None:
    world = settled(shop("acme"), shop("beta"))
    delete_template(world, "Delete")
    world.sync()
    assert use(world) == {"webapp": ("Withdrawing", True)}
    take_down(world, "acme")
    for name in list(world.slices):
        world.sync_slice(name)
    world.sync()
    assert use(world) == {"webapp": ("Withdrawing", True)}
    take_down(world, "acme", "beta")
    for name in list(world.slices):
        world.sync_slice(name)
    world.sync()
    assert use(world) == {"webapp": ("Withdrawing", False)}


def test_a_template_that_goes_is_given_to_no_new_tenant() -> None:
    world = settled(shop("acme"))
    delete_template(world, "Delete")
    world.rows.append(shop("beta"))
    world.next_poll()
    assert world.rows_written()["beta"]["pins"] == {}


def test_a_slice_that_has_not_reported_does_not_free_a_template() -> None:
    world = settled(shop("acme"))
    delete_template(world, "Delete")
    take_down(world, "acme")
    for found in world.slices.values():
        found["status"]["observedSequence"] -= 1
    world.sync()
    assert use(world) == {"webapp": ("Withdrawing", True)}


def test_a_slice_of_an_earlier_version_does_not_free_a_template() -> None:
    world = settled(shop("acme"))
    delete_template(world, "Delete")
    for found in world.slices.values():
        del found["status"]["templates"]
    world.sync()
    assert use(world) == {"webapp": ("Withdrawing", True)}
