"""Tenants do not go in masses: the guard, grace periods, suspended registries, paused tenants."""

from __future__ import annotations

from tenantry.names import APPROVE_DELETIONS_ANNOTATION, PAUSED_ANNOTATION
from tests.scenarios.harness.objects import condition
from tests.scenarios.harness.world import World

UIDS = ("acme", "bravo", "chili", "delta", "echo", "foxtrot")


def start_some_tenants(world: World, **spec: object) -> None:
    """A registry with six tenants that are Ready."""
    for uid in UIDS:
        world.shops.insert(uid)
    world.start(**spec)
    world.until_ready(*UIDS)


def deletions(world: World) -> tuple[int, str]:
    """How many tenants wait for approval, and the digest that approves their removal."""
    found = world.registry().get("status", {}).get("deletions", {})
    return found.get("count", 0), found.get("digest", "")


def until_blocked(world: World, count: int) -> str:
    """Wait until so many tenants wait for approval; the digest that approves it."""
    world.eventually(lambda: deletions(world)[0] == count, f"{count} tenants wait for approval")
    assert condition(world.registry(), "DeletionsBlocked")["status"] == "True"
    return deletions(world)[1]


def approve(world: World, digest: str) -> None:
    """Approve a removal, as ``kubectl annotate --overwrite``."""
    world.edit(world.registry(), {"metadata": {"annotations": {APPROVE_DELETIONS_ANNOTATION: digest}}})


def test_of_many_rows_that_go_only_as_many_tenants_follow_as_are_allowed(world: World) -> None:
    start_some_tenants(world, safety={"maxDeletions": 2})
    stay = UIDS[3:]
    before = world.identities(*stay)

    world.shops.delete("acme")
    world.shops.update("bravo", active=0)
    world.eventually(lambda: not world.tenant("acme") and not world.tenant("bravo"), "two tenants are gone")
    world.shops.delete("chili")

    until_blocked(world, 1)
    world.until_polled()
    assert world.tenant("chili")
    assert world.identities(*stay) == before


def test_a_source_with_other_rows_removes_nobody(world: World) -> None:
    start_some_tenants(world)
    before, tenants = world.identities(*UIDS), world.tenant_uids(*UIDS)

    world.shops.clear()
    for n in range(5):
        world.shops.insert(f"other-{n}")

    world.until_ready("other-0", "other-4")
    until_blocked(world, len(UIDS))
    world.until_polled()
    assert world.tenant_uids(*UIDS) == tenants
    assert world.identities(*UIDS) == before


def test_approval_lets_exactly_the_blocked_tenants_go(world: World) -> None:
    start_some_tenants(world, safety={"maxDeletions": 0})
    for uid in UIDS[:3]:
        world.shops.delete(uid)
    old = until_blocked(world, 3)
    for uid in UIDS[:3]:
        world.shops.insert(uid)
    world.eventually(lambda: deletions(world) == (0, ""), "rows that are back lift the block")
    for uid in UIDS[:3]:
        world.shops.delete(uid)
    new = until_blocked(world, 3)
    assert new != old

    approve(world, old)
    world.until_polled()
    assert len(world.tenant_uids(*UIDS)) == len(UIDS), "an old approval approves nothing"

    approve(world, new)
    world.eventually(lambda: world.tenant_uids(*UIDS[:3]) == {}, "the approved tenants are gone")
    world.until_ready(*UIDS[3:])
    assert deletions(world) == (0, "")


def test_a_row_that_is_back_within_the_grace_period_saves_its_tenant(world: World) -> None:
    active = world.config_entry(data={"active": "{{ active }}"})
    for uid in UIDS:
        world.shops.insert(uid)
    world.start(world.namespace_entry(), active, safety={"gracePeriod": "1h", "maxDeletions": 1})
    world.until_ready(*UIDS)
    tenants = world.tenant_uids(*UIDS)

    def told(uid: str) -> str:
        return str(world.config(uid).get("data", {}).get("active", "")).lower()

    world.shops.delete("acme")
    world.eventually(lambda: told("acme") == "false", "the tenant's objects see that it is inactive")
    world.until_polled()
    assert told("bravo") == "true"

    world.shops.insert("acme")
    world.eventually(lambda: told("acme") == "true", "the tenant is active again")
    assert world.tenant_uids(*UIDS) == tenants


def test_after_the_grace_period_a_tenant_without_a_row_goes(world: World) -> None:
    start_some_tenants(world, safety={"gracePeriod": "4s"})

    world.shops.delete("acme")

    world.eventually(lambda: world.tenant("acme").get("spec", {}).get("active") is False, "it is inactive first")
    world.eventually(lambda: not world.tenant("acme") and not world.objects_of("acme"), "it is gone entirely")
    world.until_ready(*UIDS[1:])


def test_a_row_that_cannot_be_used_keeps_its_tenant_and_does_not_count(world: World) -> None:
    start_some_tenants(world, safety={"maxDeletions": 0})
    before = world.identities(*UIDS)

    for uid in UIDS:
        world.shops.update(uid, active="perhaps")

    world.eventually(lambda: world.registry()["status"]["source"]["invalid"] == len(UIDS), "the rows are reported")
    world.until_polled()
    assert deletions(world) == (0, "")
    assert world.identities(*UIDS) == before


def test_a_suspended_registry_changes_nothing_and_tells_what_it_would_do(world: World) -> None:
    start_some_tenants(world)
    world.apply_registry(suspend=True)
    world.until_polled()
    before, tenants = world.identities(*UIDS), world.tenant_uids(*UIDS)

    world.shops.delete("acme")
    world.shops.update("bravo", plan="pro")
    world.shops.insert("golf")
    world.shops.insert("hotel")

    def counts() -> tuple[int, int, int]:
        told = world.registry()["status"].get("suspended", {})
        return told.get("wouldAdd", 0), told.get("wouldUpdate", 0), told.get("wouldRemove", 0)

    world.eventually(lambda: counts() == (2, 1, 1), "the status tells what it would do")
    assert condition(world.registry(), "Suspended")["status"] == "True"
    assert world.identities(*UIDS) == before
    assert world.tenant_uids(*UIDS) == tenants
    assert not world.tenant("golf")

    world.apply_registry(suspend=False)
    world.until_ready("golf", "hotel")
    world.eventually(lambda: not world.tenant("acme"), "what it would do is done")
    world.eventually(lambda: world.plan_of("bravo") == "pro", "all of it")


def test_a_paused_tenant_is_frozen_until_the_pause_ends(world: World) -> None:
    start_some_tenants(world)
    before = world.identities("acme")
    world.edit(world.tenant("acme"), {"metadata": {"annotations": {PAUSED_ANNOTATION: "true"}}})
    paused = "the Tenant says that it is paused"
    world.eventually(lambda: condition(world.tenant("acme"), "Paused").get("status") == "True", paused)

    world.shops.update("acme", plan="pro")
    world.shops.update("bravo", plan="pro")
    world.eventually(lambda: world.plan_of("bravo") == "pro", "another tenant follows its row")
    world.eventually(lambda: world.tenant("acme")["spec"]["values"].get("plan") == "pro", "its row reaches the Tenant")
    world.quiet()
    assert world.tenant("acme")["metadata"]["annotations"][PAUSED_ANNOTATION] == "true"
    assert world.identities("acme") == before

    world.edit(world.tenant("acme"), {"metadata": {"annotations": {PAUSED_ANNOTATION: None}}})
    world.eventually(lambda: world.plan_of("acme") == "pro", "it goes on")
    world.until_ready("acme")
    assert not condition(world.tenant("acme"), "Paused")


def test_a_paused_tenant_outlives_its_row(world: World) -> None:
    start_some_tenants(world)
    before = world.identities("acme")
    world.edit(world.tenant("acme"), {"metadata": {"annotations": {PAUSED_ANNOTATION: "true"}}})

    world.shops.delete("acme")
    removing = "its removal is decided"
    world.eventually(lambda: world.registry()["status"]["tenants"]["removing"] == 1, removing)
    world.until_polled()
    assert "deletionTimestamp" not in world.tenant("acme")["metadata"]
    assert world.identities("acme") == before

    world.edit(world.tenant("acme"), {"metadata": {"annotations": {PAUSED_ANNOTATION: None}}})
    world.eventually(lambda: not world.tenant("acme") and not world.objects_of("acme"), "then it goes")


def test_a_paused_tenant_that_is_deleted_by_hand_waits(world: World) -> None:
    world.apply_template(world.namespace_entry(), world.config_entry(), registry=False)
    tenant = world.apply_tenant("acme", plan="basic", note="", replicas=1)
    world.until_ready("acme")
    before = world.identities("acme")
    world.edit(tenant, {"metadata": {"annotations": {PAUSED_ANNOTATION: "true"}}})
    world.eventually(lambda: condition(world.tenant("acme"), "Paused"), "it says that it is paused")

    world.delete(tenant)

    def waits() -> bool:
        return "deletion of this tenant waits" in condition(world.tenant("acme"), "Paused").get("message", "")

    world.eventually(waits, "it says that its deletion waits")
    world.quiet()
    assert world.identities("acme") == before

    world.edit(tenant, {"metadata": {"annotations": {PAUSED_ANNOTATION: None}}})
    world.eventually(lambda: not world.tenant("acme") and not world.objects_of("acme"), "then it goes")
