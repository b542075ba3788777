"""Rows of the table come, change, leave and come back; tenants follow."""

from __future__ import annotations

from tenantry.names import POLL_NOW_ANNOTATION
from tests.scenarios.harness.world import World


def test_a_new_row_becomes_a_tenant_with_its_objects(world: World) -> None:
    world.shops.insert("acme", plan="pro")
    world.start()
    world.until_ready("acme")
    assert world.plan_of("acme") == "pro"
    before = world.identities("acme")

    world.shops.insert("bravo", plan="basic")

    world.until_ready("bravo")
    assert world.plan_of("bravo") == "basic"
    assert world.identities("acme") == before, "the other tenant is untouched"


def test_the_registry_counts_its_tenants(world: World) -> None:
    for uid in ("acme", "bravo", "chili"):
        world.shops.insert(uid)
    world.start()

    def counts() -> bool:
        status = world.registry().get("status", {})
        tenants = status.get("tenants", {})
        return (tenants.get("desired"), tenants.get("total"), tenants.get("ready")) == (3, 3, 3)

    world.eventually(counts, "the registry counts 3 tenants, all of them ready")


def test_a_changed_row_changes_its_tenant_alone(world: World) -> None:
    world.shops.insert("acme")
    world.shops.insert("bravo")
    world.start()
    world.until_ready("acme", "bravo")
    before = world.identities("bravo")
    namespace = world.namespace("acme")

    world.shops.update("acme", plan="pro")

    world.eventually(lambda: world.plan_of("acme") == "pro", "acme's ConfigMap has the new plan")
    world.until_ready("acme")
    assert world.identities("bravo") == before
    found = world.namespace("acme")
    assert found["metadata"]["uid"] == namespace["metadata"]["uid"]


def test_a_deactivated_row_takes_its_tenant_with_it(world: World) -> None:
    world.shops.insert("acme")
    world.shops.insert("bravo")
    world.start()
    world.until_ready("acme", "bravo")
    before = world.identities("bravo")

    world.shops.update("acme", active=0)

    world.eventually(lambda: not world.tenant("acme") and not world.objects_of("acme"), "acme is gone entirely")
    assert world.identities("bravo") == before


def test_a_reactivated_row_brings_its_tenant_back(world: World) -> None:
    world.shops.insert("acme", active=0)
    world.shops.insert("bravo")
    world.start()
    world.until_ready("bravo")
    assert not world.tenant("acme")

    world.shops.update("acme", active="Yes")

    world.until_ready("acme")


def test_a_removed_row_takes_its_tenant_with_it(world: World) -> None:
    world.shops.insert("acme")
    world.shops.insert("bravo")
    world.start()
    world.until_ready("acme", "bravo")
    before = world.identities("bravo")

    world.shops.delete("acme")

    world.eventually(lambda: not world.tenant("acme") and not world.objects_of("acme"), "acme is gone entirely")
    assert world.identities("bravo") == before


def test_the_annotation_poll_now_asks_the_source_at_once(world: World) -> None:
    world.shops.insert("acme")
    sqlite = {"path": str(world.shops.file), "table": "shops"}
    world.start(source={"syncInterval": "1h", "sqlite": sqlite})
    world.until_ready("acme")
    world.shops.insert("bravo")

    world.edit(world.registry(), {"metadata": {"annotations": {POLL_NOW_ANNOTATION: "please"}}})

    world.until_ready("bravo")


def test_an_integer_uid_column_makes_tenants_of_that_name(world: World) -> None:
    world.shops.create(["id INTEGER", "active INTEGER", "plan TEXT", "replicas INTEGER", "note TEXT"])
    world.shops.insert(17, plan="pro")
    world.start()

    world.until_ready("17")

    tenant = world.tenant("17")
    assert tenant["spec"]["uid"] == "17"
    assert world.plan_of("17") == "pro"


def test_a_uid_that_is_no_dns_label_makes_a_tenant_with_a_clean_name(world: World) -> None:
    world.shops.insert("Café Zürich №1")
    world.start()

    world.until_ready("Café Zürich №1")


def test_braces_in_a_value_arrive_as_text(world: World) -> None:
    text = "{{ 7 * 7 }} {% for x in y %} }} \"quoted\" 'text' \U0001f600"
    world.shops.insert("acme", note=text)
    world.shops.insert("bravo")
    world.start()

    world.until_ready("acme", "bravo")

    config = world.config("acme")
    assert config["data"]["note"] == text


def test_braces_in_a_name_are_refused_and_never_evaluated(world: World) -> None:
    world.shops.insert("acme", note="{{ uid }}")
    world.shops.insert("bravo", note="fine")
    config = world.config_entry(id="named")
    config["object"]["metadata"]["name"] = "{{ note }}"
    world.start(world.namespace_entry(), world.config_entry(), config)

    world.until_ready("bravo")
    assert world.config("bravo", "fine")

    world.eventually(lambda: world.status_of("acme", "named").get("phase") == "Failed", "acme's entry is Failed")
    assert world.status_of("acme", "named")["reason"] == "RenderError"
    assert world.plan_of("acme"), "the others go on"
    assert not world.config("acme", "acme")


def test_braces_in_a_uid_never_are_evaluated(world: World) -> None:
    world.shops.insert("{{ 7 * 7 }}")
    world.start()

    world.until_ready("{{ 7 * 7 }}")

    tenant = world.tenant("{{ 7 * 7 }}")
    assert tenant["spec"]["uid"] == "{{ 7 * 7 }}"
