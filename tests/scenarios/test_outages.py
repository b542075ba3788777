"""The database is away, or the webhooks are: nothing is lost, and work goes on when they are back."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tenantry.names import APPROVE_DELETIONS_ANNOTATION
from tests.scenarios.harness.objects import condition
from tests.scenarios.harness.shops import Shops
from tests.scenarios.harness.world import World


def unreachable(world: World) -> str:
    """The cause, when the registry says that it cannot read its source."""
    found = condition(world.registry(), "SourceReachable")
    return str(found["message"]) if found.get("status") == "False" else ""


@pytest.mark.parametrize(
    ("break_source", "mend_source", "cause"),
    [
        pytest.param(Shops.take_away, Shops.put_back, "shops.sqlite", id="file"),
        pytest.param(lambda shops: shops.rename("stores"), lambda shops: shops.rename("shops"), "shops", id="table"),
    ],
)
def test_a_source_that_is_away_changes_nothing(
    world: World, break_source: Callable[[Shops], None], mend_source: Callable[[Shops], None], cause: str
) -> None:
    world.shops.insert("acme")
    world.start()
    world.until_ready("acme")
    before, tenant = world.identities("acme"), world.tenant_uids("acme")

    break_source(world.shops)

    assert cause in world.eventually(lambda: unreachable(world), "SourceReachable is False")
    assert world.identities("acme") == before
    assert world.tenant_uids("acme") == tenant

    mend_source(world.shops)
    world.shops.insert("bravo")

    world.until_ready("bravo")
    world.eventually(lambda: not unreachable(world), "SourceReachable is True again")


def test_a_column_that_is_missing_is_named(world: World) -> None:
    world.shops.insert("acme")
    world.start(extraValueMappings={"plan": "plan", "note": "nonsense"})

    assert "nonsense" in world.eventually(lambda: unreachable(world), "SourceReachable is False")
    assert not world.tenant("acme")


def test_a_table_that_is_suddenly_empty_removes_nobody(world: World) -> None:
    world.shops.insert("acme")
    world.shops.insert("bravo")
    world.start()
    world.until_ready("acme", "bravo")
    before = world.identities("acme", "bravo")

    world.shops.clear()

    def blocked() -> bool:
        return bool(condition(world.registry(), "DeletionsBlocked").get("status") == "True")

    world.eventually(blocked, "DeletionsBlocked is True")
    world.until_polled()
    assert world.identities("acme", "bravo") == before


def test_removals_that_a_person_approves_happen(world: World) -> None:
    world.shops.insert("acme")
    world.shops.insert("bravo")
    world.start()
    world.until_ready("acme", "bravo")
    world.shops.clear()

    def digest() -> str:
        found = condition(world.registry(), "DeletionsBlocked")
        named = re.search(rf"{re.escape(APPROVE_DELETIONS_ANNOTATION)}=([0-9a-f]+)", found.get("message", ""))
        return named.group(1) if named and found["status"] == "True" else ""

    approved = world.eventually(digest, "DeletionsBlocked tells how to approve")
    world.edit(world.registry(), {"metadata": {"annotations": {APPROVE_DELETIONS_ANNOTATION: approved}}})

    world.eventually(lambda: not world.ours("Tenant"), "both Tenants are gone")
    world.eventually(lambda: not world.objects_of("acme") + world.objects_of("bravo"), "their objects are gone")


def test_webhooks_that_restart_midway_lose_nothing(world: World) -> None:
    uids = [f"shop{number}" for number in range(8)]
    for uid in uids:
        world.shops.insert(uid)
    world.start(world.namespace_entry(), world.config_entry(), world.web_entry(dependsOn=["config"]))
    world.eventually(lambda: world.ours("Tenant"), "the first Tenants exist")

    world.backend.webhooks.restart()

    world.until_ready(*uids)
