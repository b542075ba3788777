"""A tenant of several templates: they wait for each other, refer to each other, and pass objects on."""

from __future__ import annotations

import pytest

from tenantry.protocol import JSONObject
from tests.scenarios.harness.objects import condition, resource_status, tenant_by_hand
from tests.scenarios.harness.world import World


def apply_tenant(world: World, *templates: str, plan: str = "basic") -> None:
    """Tenant acme by hand, of these templates of the world, in this order."""
    references = [{"name": world.template_name(name)} for name in templates]
    values = {"plan": plan, "note": "", "replicas": 1}
    world.apply(tenant_by_hand(world.tenant_name("acme"), "acme", templates=references, values=values))


def standing(world: World, id: str, template: str) -> str:
    """Phase and reason of an entry of a template."""
    found = resource_status(world.tenant("acme"), f"{world.template_name(template)}/{id}")
    return f"{found.get('phase')}/{found.get('reason', '')}"


def deleted_configs(world: World) -> list[str]:
    """Every ConfigMap of this world that was deleted at any time."""
    changes = world.backend.recorder.changes(world.belongs)
    return [str(change) for change in changes if change.type == "DELETED" and change.after["kind"] == "ConfigMap"]


def reading(world: World, **options: object) -> JSONObject:
    """Entry of a ConfigMap that tells how many replicas of the other template's Deployment are ready."""
    replicas = f"{{{{ templates['{world.template_name('base')}'].resources.web.status.readyReplicas }}}}"
    return world.config_entry(data={"replicas": replicas}, **options)


def test_an_object_is_made_from_what_an_object_of_another_template_became(world: World) -> None:
    world.apply_template(reading(world), name="app")
    world.apply_template(world.namespace_entry(), world.web_entry(), name="base")
    world.shops.insert("acme", replicas=1)
    world.workloads.hold("Deployment", world.tenant_namespace("acme"), "web")
    world.apply_registry()
    world.eventually(lambda: world.deployment("acme"), "the Deployment is made")
    waits = ("Pending/WaitingForValue", "Pending/WaitingForDependency")
    world.eventually(lambda: standing(world, "config", "app") in waits, "the ConfigMap waits for it")
    assert not world.config("acme")

    world.workloads.heal("Deployment", world.tenant_namespace("acme"), "web")

    world.until_ready("acme")
    assert world.config("acme")["data"] == {"replicas": "1"}

    world.shops.update("acme", replicas=3)

    world.eventually(lambda: world.config("acme")["data"]["replicas"] == "3", "it follows the Deployment")
    world.until_ready("acme")


def test_dependents_of_a_template_that_is_not_there_wait_and_keep_what_they_have(world: World) -> None:
    base = world.template_name("base")
    world.apply_template(
        world.namespace_entry(), reading(world), world.config_entry(id="late", dependsOn=[f"{base}/web"]), name="app"
    )
    world.apply_template(world.web_entry(), name="base")
    apply_tenant(world, "app")

    def lacks() -> bool:
        message = condition(world.tenant("acme"), "Ready").get("message", "")
        return f"this tenant has no template {base}" in message

    world.eventually(lacks, "the Tenant says what is missing")
    assert standing(world, "late", "app") == "Pending/WaitingForDependency"
    assert not world.config("acme", "late")

    apply_tenant(world, "app", "base")
    world.until_ready("acme")
    before = {name: world.config("acme", name) for name in ("config", "late")}

    apply_tenant(world, "app")

    world.eventually(lacks, "the Tenant says again what is missing")
    world.eventually(lambda: not world.deployment("acme"), "what the template made goes")
    after = {name: world.config("acme", name) for name in ("config", "late")}
    assert {name: obj["data"] for name, obj in after.items()} == {name: obj["data"] for name, obj in before.items()}
    assert deleted_configs(world) == []


def test_a_cycle_through_templates_is_told_and_mended(world: World) -> None:
    app, base = world.template_name("app"), world.template_name("base")
    world.apply_template(
        world.namespace_entry(), world.config_entry(id="one", dependsOn=[f"{base}/two"]), name="app", registry=False
    )
    world.apply_template(world.config_entry(id="two", dependsOn=[f"{app}/one"]), name="base", registry=False)
    apply_tenant(world, "app", "base")

    world.eventually(lambda: standing(world, "one", "app") == "Failed/DependencyCycle", "the cycle is told")
    assert f"{app}/one → {base}/two → {app}/one" in condition(world.tenant("acme"), "Ready")["message"]

    world.apply_template(world.config_entry(id="two"), name="base", registry=False)

    world.until_ready("acme")
    assert world.config("acme", "one")


def test_objects_of_several_templates_go_in_reverse_order(world: World) -> None:
    base = world.template_name("base")
    world.apply_template(world.config_entry(id="late", dependsOn=[f"{base}/early"]), name="app", registry=False)
    world.apply_template(world.namespace_entry(), world.config_entry(id="early"), name="base", registry=False)
    apply_tenant(world, "app", "base")
    world.until_ready("acme")

    world.delete(world.tenant("acme"))

    world.eventually(lambda: not world.tenant("acme"), "the Tenant is gone")
    changes = world.backend.recorder.changes(world.belongs)
    gone = [change.after["metadata"]["name"] for change in changes if change.type == "DELETED"]
    assert [name for name in gone if name in ("late", "early")] == ["late", "early"]


def same_object(world: World, id: str, owner: str) -> JSONObject:
    """Entry of ConfigMap ``shared``, which says which template made it."""
    made = world.config_entry(id=id, data={"owner": owner})
    made["object"]["metadata"]["name"] = "shared"
    return made


def owner_of(world: World) -> str:
    """Which template made ConfigMap ``shared``."""
    return str(world.config("acme", "shared").get("data", {}).get("owner", ""))


@pytest.mark.parametrize("change", ["order", "entry", "template"])
def test_an_object_passes_from_one_template_to_the_other_untouched(world: World, change: str) -> None:
    world.apply_template(same_object(world, "here", "one"), name="one", registry=False)
    world.apply_template(world.namespace_entry(), same_object(world, "there", "two"), name="two", registry=False)
    apply_tenant(world, "one", "two")
    world.eventually(lambda: standing(world, "there", "two") == "Failed/Duplicate", "the second is told")
    world.eventually(lambda: owner_of(world) == "one", "the first has the object")
    uid = world.config("acme", "shared")["metadata"]["uid"]

    if change == "order":
        apply_tenant(world, "two", "one")
    elif change == "entry":
        world.apply_template(world.config_entry(id="other"), name="one", registry=False)
    else:
        apply_tenant(world, "two")

    world.eventually(lambda: owner_of(world) == "two", "the other template has the object")
    world.eventually(lambda: standing(world, "there", "two") == "Ready/", "its entry is Ready")
    assert world.config("acme", "shared")["metadata"]["uid"] == uid
    assert deleted_configs(world) == []


def test_templates_of_a_registry_pass_an_object_on(world: World) -> None:
    world.apply_template(same_object(world, "here", "one"), name="one")
    world.apply_template(world.namespace_entry(), same_object(world, "there", "two"), name="two")
    world.shops.insert("acme")
    world.apply_registry()
    world.eventually(lambda: standing(world, "there", "two") == "Failed/Duplicate", "the second is told")
    world.eventually(lambda: owner_of(world) == "one", "the first has the object")
    uid = world.config("acme", "shared")["metadata"]["uid"]

    world.apply_template(world.config_entry(id="other"), name="one")

    world.eventually(lambda: owner_of(world) == "two", "the other template has the object")
    world.until_ready("acme")
    assert world.config("acme", "shared")["metadata"]["uid"] == uid
    assert deleted_configs(world) == []
