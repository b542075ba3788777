"""Rows that cannot be tenants are reported, keep the tenant they had, and stop nobody else."""

from __future__ import annotations

from tests.scenarios.harness.world import World


def invalid_reasons(world: World) -> dict[str, str]:
    """uid → reason of the rows that the registry reports."""
    status = world.registry().get("status", {})
    return {row.get("uid", ""): row["reason"] for row in status.get("invalidRows", [])}


def test_two_rows_with_one_uid_keep_the_tenant_as_it_was(world: World) -> None:
    world.shops.insert("acme", plan="basic")
    world.shops.insert("bravo")
    world.start()
    world.until_ready("acme", "bravo")
    before = world.identities("acme")

    world.shops.insert("acme", plan="pro")
    world.shops.update("bravo", plan="pro")

    world.eventually(lambda: "acme" in invalid_reasons(world), "the registry reports acme")
    bravo = "bravo's change arrives"
    world.eventually(lambda: world.plan_of("bravo") == "pro", bravo)
    assert world.identities("acme") == before


def test_a_duplicate_that_is_resolved_is_obeyed_again(world: World) -> None:
    world.shops.insert("acme", plan="basic")
    world.shops.insert("acme", plan="pro")
    world.shops.insert("bravo")
    world.start()
    world.until_ready("bravo")
    assert not world.tenant("acme"), "nobody knows which row is right"

    world.shops.delete("acme")
    world.shops.insert("acme", plan="pro")

    world.until_ready("acme")
    world.eventually(lambda: not invalid_reasons(world), "nothing is reported any more")


def test_rows_without_uid_are_counted_and_the_others_go_on(world: World) -> None:
    world.shops.insert(None)
    world.shops.insert("")
    world.shops.insert("acme")
    world.start()

    world.until_ready("acme")

    def counted() -> bool:
        source = world.registry().get("status", {}).get("source", {})
        return bool(source.get("invalid") == 2)

    world.eventually(counted, "the registry counts two invalid rows")


def test_an_activate_value_nobody_knows_keeps_the_tenant_as_it_was(world: World) -> None:
    world.shops.insert("acme")
    world.shops.insert("bravo")
    world.start()
    world.until_ready("acme", "bravo")
    before = world.identities("acme")

    world.shops.update("acme", active="perhaps")

    world.eventually(lambda: "acme" in invalid_reasons(world), "the registry reports acme")
    world.until_polled()
    assert world.identities("acme") == before
