"""A row chooses which objects its tenant has."""

from __future__ import annotations

from tests.scenarios.harness.objects import condition, identity, is_true
from tests.scenarios.harness.world import World


def test_an_object_comes_and_goes_with_the_plan_of_its_row(world: World) -> None:
    world.shops.insert("acme", plan="basic")
    extra = world.config_entry(id="extra", when="{{ plan == 'pro' }}")
    world.start(world.namespace_entry(), extra, world.config_entry(dependsOn=["extra"]))
    world.until_ready("acme")
    assert not world.config("acme", "extra")
    assert world.status_of("acme", "extra")["reason"] == "WhenFalse"
    config = world.config("acme")["metadata"]["uid"]

    world.shops.update("acme", plan="pro")

    world.eventually(lambda: world.config("acme", "extra"), "the extra is there")
    world.until_ready("acme")

    world.shops.update("acme", plan="basic")

    world.eventually(lambda: not world.config("acme", "extra"), "the extra is gone")
    world.eventually(lambda: is_true(world.tenant("acme"), "Ready"), "the tenant is Ready without it")
    assert world.config("acme")["metadata"]["uid"] == config, "what depended on it stays"


def test_a_row_that_does_not_fit_the_templates_variables_keeps_its_tenant(world: World) -> None:
    variables = {
        "tier": {"type": "string", "enum": ["basic", "pro"]},
        "size": {"type": "integer", "default": 3},
    }
    world.shops.insert("acme", plan="basic")
    data = {"plan": "{{ tier }}", "size": "{{ size }}"}
    world.apply_template(world.namespace_entry(), world.config_entry(data=data), variables=variables)
    world.apply_registry(extraValueMappings={"tier": "plan"})
    world.until_ready("acme")
    assert world.config("acme")["data"] == {"plan": "basic", "size": "3"}
    before = world.identities("acme")

    world.shops.update("acme", plan="gold")

    def misfit() -> str:
        degraded = condition(world.tenant("acme"), "Degraded")
        return str(degraded["message"]) if degraded.get("reason") == "InvalidValues" else ""

    told = world.eventually(misfit, "the Tenant says what does not fit")
    assert 'variable tier from column plan is "gold": one of "basic", "pro" is wanted' in told
    assert world.identities("acme") == before

    world.shops.update("acme", plan="pro")

    world.until_ready("acme")
    assert world.plan_of("acme") == "pro"


def test_a_row_without_what_variables_require_or_match_keeps_its_tenant_and_names_each_of_them(world: World) -> None:
    variables = {
        "note": {"type": "string", "pattern": "^[a-z-]+$"},
        "plan": {"type": "string", "required": True},
        "replicas": {"type": "integer", "required": False},
    }
    world.shops.insert("acme", plan="basic", note="well-known")
    world.apply_template(world.namespace_entry(), world.config_entry(), variables=variables)
    world.apply_registry()
    world.until_ready("acme")
    before = world.identities("acme")

    world.shops.update("acme", plan=None, replicas=None, note="Not Known")

    def misfits() -> str:
        degraded = condition(world.tenant("acme"), "Degraded")
        return str(degraded["message"]) if degraded.get("reason") == "InvalidValues" else ""

    told = world.eventually(misfits, "the Tenant says what does not fit")
    assert 'variable note from column note is "Not Known", which does not match ^[a-z-]+$' in told
    assert "variable plan from column plan has no value" in told
    assert "replicas" not in told
    assert world.identities("acme") == before

    world.shops.update("acme", plan="pro", note="known")

    world.eventually(lambda: world.config("acme")["data"] == {"plan": "pro", "note": "known"}, "the row is obeyed")
    world.until_ready("acme")


def test_each_key_of_a_mapping_in_a_column_has_its_object(world: World) -> None:
    world.shops.insert("acme", note='{"eu": "small", "us": "large"}')
    site = world.config_entry(id="site", data={"size": "{{ item }}"}, forEach="{{ note }}")
    site["object"]["metadata"]["name"] = "site-{{ key }}"
    world.apply_template(world.namespace_entry(), site, variables={"note": {"type": "object"}})
    world.apply_registry()
    world.until_ready("acme")
    assert world.status_of("acme", "site[eu]")["phase"] == "Ready"
    us, before = world.config("acme", "site-us")["metadata"]["uid"], identity(world.config("acme", "site-eu"))

    world.shops.update("acme", note='{"us": "huge", "asia": "small", "eu": "small"}')

    world.eventually(lambda: world.config("acme", "site-asia"), "the new key has its object")
    world.until_ready("acme")
    changed = world.config("acme", "site-us")
    assert (changed["metadata"]["uid"], changed["data"]) == (us, {"size": "huge"})
    assert identity(world.config("acme", "site-eu")) == before, "the key that moved is not touched"

    world.shops.update("acme", note='{"us": "huge", "eu": "small"}')

    world.eventually(lambda: not world.config("acme", "site-asia"), "the object of the key that is gone is gone")
    world.eventually(lambda: not world.status_of("acme", "site[asia]"), "the status lists it no more")


def test_each_item_of_a_list_in_a_column_has_its_object(world: World) -> None:
    world.shops.insert("acme", note='["blue", "red"]')
    site = world.config_entry(id="site", data={"item": "{{ item }}"}, forEach="{{ note }}")
    site["object"]["metadata"]["name"] = "site-{{ key }}"
    after = world.config_entry(data={"plan": "{{ plan }}"}, dependsOn=["site"])
    world.apply_template(world.namespace_entry(), site, after, variables={"note": {"type": "list"}})
    world.apply_registry()
    world.until_ready("acme")
    red = world.config("acme", "site-red")["metadata"]["uid"]

    world.shops.update("acme", note='["red", "green"]')

    world.eventually(lambda: world.config("acme", "site-green"), "the new item has its object")
    world.eventually(lambda: not world.config("acme", "site-blue"), "the object of the item that is gone is gone")
    world.until_ready("acme")
    assert world.config("acme", "site-red")["metadata"]["uid"] == red, "the item that moved kept its object"

    world.shops.update("acme", note="neither list nor mapping")

    reason = "InvalidValues"
    world.eventually(lambda: world.status_of("acme", "site").get("reason") == reason, "the row does not fit")
    assert world.config("acme", "site-red")
    assert world.config("acme", "site-green")


def test_an_object_is_made_from_what_another_became(world: World) -> None:
    world.shops.insert("acme")
    uid = "{{ resources['namespace'].metadata.uid }}"
    config = world.config_entry(data={"namespace-uid": uid, "replicas": "{{ resources.web.status.readyReplicas }}"})
    world.workloads.hold("Deployment", world.tenant_namespace("acme"), "web")
    world.start(config, world.web_entry(), world.namespace_entry())

    def waits() -> bool:
        reason = world.status_of("acme", "config").get("reason", "")
        return bool(world.deployment("acme") and reason in ("WaitingForValue", "WaitingForDependency"))

    world.eventually(waits, "the ConfigMap waits for the Deployment")
    assert not world.config("acme")

    world.workloads.heal("Deployment", world.tenant_namespace("acme"), "web")
    world.until_ready("acme")
    data = world.config("acme")["data"]
    assert data == {"namespace-uid": world.namespace("acme")["metadata"]["uid"], "replicas": "1"}

    world.shops.update("acme", replicas=3)

    world.eventually(lambda: world.config("acme")["data"]["replicas"] == "3", "the ConfigMap follows the Deployment")
    world.until_ready("acme")
