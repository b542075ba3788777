"""Tenants that a person writes, without registry and database: the same engine, the same rules."""

from __future__ import annotations

from tests.scenarios.harness.objects import condition
from tests.scenarios.harness.world import World


def test_a_tenant_by_hand_gets_its_objects(world: World) -> None:
    world.apply_template(world.namespace_entry(), world.config_entry(), registry=False)
    world.apply_tenant("acme", plan="pro", note="by hand")

    world.until_ready("acme")

    config = world.config("acme")
    assert config["data"] == {"plan": "pro", "note": "by hand"}


def test_a_tenant_by_hand_follows_its_template(world: World) -> None:
    world.apply_template(world.namespace_entry(), world.config_entry(), registry=False)
    world.apply_tenant("acme", plan="pro", note="")
    world.until_ready("acme")

    world.apply_template(world.namespace_entry(), world.config_entry(data={"plan": "{{ plan }}!"}), registry=False)

    world.eventually(lambda: world.config("acme").get("data") == {"plan": "pro!"}, "the new content is there")
    world.until_ready("acme")


def test_a_tenant_whose_template_is_missing_says_so_and_starts_when_it_comes(world: World) -> None:
    world.apply_tenant("acme", plan="pro", note="")

    def missing() -> bool:
        found = condition(world.tenant("acme"), "Ready")
        return found.get("status") == "False" and world.template_name() in found["message"]

    world.eventually(missing, "the Tenant names the missing template")

    world.apply_template(world.namespace_entry(), world.config_entry(), registry=False)

    world.until_ready("acme")


def test_a_tenant_pinned_to_a_missing_revision_keeps_its_objects(world: World) -> None:
    world.apply_template(world.namespace_entry(), world.config_entry(), registry=False)
    world.apply_tenant("acme", plan="basic", note="")
    world.until_ready("acme")
    before = world.identities("acme")

    nonsense = f"{world.template_name()}-0123456789"
    world.apply_tenant("acme", plan="pro", note="", revision=nonsense)

    def missing() -> bool:
        tenant = world.tenant("acme")
        found = condition(tenant, "Degraded")
        return found.get("status") == "True" and nonsense in found["message"]

    world.eventually(missing, "the Tenant names the missing revision")
    assert world.identities("acme") == before
