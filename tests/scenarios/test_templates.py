"""The template changes, waits, fails to render: what becomes of the objects."""

from __future__ import annotations

from tests.scenarios.harness.objects import condition, entry
from tests.scenarios.harness.world import World


def image_of(world: World, uid: str) -> str:
    """The image that a shop's Deployment runs."""
    deployment = world.deployment(uid)
    return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"]) if deployment else ""


def phase_of(world: World, uid: str, id: str) -> str:
    """The phase of an entry of the usual template."""
    return str(world.status_of(uid, id).get("phase", ""))


def test_a_changed_template_reaches_every_tenant(world: World) -> None:
    world.shops.insert("acme")
    world.shops.insert("bravo")
    world.start(world.namespace_entry(), world.web_entry(image="shop:1"))
    world.until_ready("acme", "bravo")
    uid = world.deployment("acme")["metadata"]["uid"]

    world.apply_template(world.namespace_entry(), world.web_entry(image="shop:2"))

    both = "both Deployments run the new image"
    world.eventually(lambda: {image_of(world, shop) for shop in ("acme", "bravo")} == {"shop:2"}, both)
    world.until_ready("acme", "bravo")
    assert world.deployment("acme")["metadata"]["uid"] == uid, "it was updated, not made anew"


def test_an_entry_that_leaves_the_template_takes_its_objects_with_it(world: World) -> None:
    world.shops.insert("acme")
    world.start(world.namespace_entry(), world.config_entry(), world.config_entry(id="extra"))
    world.until_ready("acme")

    world.apply_template(world.namespace_entry(), world.config_entry())

    world.eventually(lambda: not world.config("acme", "extra"), "the ConfigMap of the old entry is gone")
    world.until_ready("acme")
    assert world.config("acme")


def test_numbers_of_the_row_stay_numbers(world: World) -> None:
    world.shops.insert("acme", replicas=3)
    world.start(world.namespace_entry(), world.web_entry())

    world.until_ready("acme")

    deployment = world.deployment("acme")
    assert deployment["spec"]["replicas"] == 3


def test_an_object_waits_for_its_dependency(world: World) -> None:
    world.workloads.hold("Deployment", world.tenant_namespace("acme"), "first")
    world.shops.insert("acme")
    world.start(
        world.namespace_entry(),
        world.web_entry(id="first"),
        world.config_entry(dependsOn=["first"]),
    )
    world.eventually(lambda: phase_of(world, "acme", "first") == "Progressing", "the Deployment is on its way")
    world.eventually(lambda: phase_of(world, "acme", "config") == "Pending", "the ConfigMap waits")
    assert not world.config("acme")

    world.workloads.heal("Deployment", world.tenant_namespace("acme"), "first")

    world.until_ready("acme")
    assert world.config("acme")


def test_a_failing_workload_shows_in_the_tenant(world: World) -> None:
    world.workloads.fail("Deployment", world.tenant_namespace("acme"), "web")
    world.shops.insert("acme")
    world.shops.insert("bravo")
    world.start(world.namespace_entry(), world.web_entry())

    world.until_ready("bravo")

    world.eventually(lambda: phase_of(world, "acme", "web") == "Failed", "acme's Deployment is Failed")
    world.workloads.heal("Deployment", world.tenant_namespace("acme"), "web")
    world.until_ready("acme")


def test_an_expression_that_fails_keeps_the_object_and_names_the_cause(world: World) -> None:
    world.shops.insert("acme", plan="pro")
    world.start()
    world.until_ready("acme")
    before = world.config("acme")

    data = {"plan": "{{ plan }}", "note": "{{ no_such_variable }}"}
    world.apply_template(world.namespace_entry(), world.config_entry(data=data), world.config_entry(id="other"))

    world.eventually(lambda: phase_of(world, "acme", "config") == "Failed", "the entry is Failed")
    found = world.status_of("acme", "config")
    assert found["reason"] == "RenderError"
    assert "no_such_variable" in found["message"]
    assert "data.note" in found["message"]
    world.eventually(lambda: world.config("acme", "other"), "the other entry goes on")
    after = world.config("acme")
    assert after["data"] == before["data"]
    assert after["metadata"]["uid"] == before["metadata"]["uid"]

    world.apply_template(world.namespace_entry(), world.config_entry(data={"plan": "{{ plan }}!"}))

    world.eventually(lambda: world.config("acme").get("data") == {"plan": "pro!"}, "the mended template counts")
    world.until_ready("acme")


def test_expressions_that_cannot_end_well_fail_alone(world: World) -> None:
    bad = {
        "type-error": "{{ plan + 1 }}",
        "endless-loop": "{% for i in range(1000000000) %}{% for j in range(1000000000) %}{% endfor %}{% endfor %}",
        "huge-output": "{{ 'x' * 10000000000 }}",
        "unsafe": "{{ plan.__class__.__mro__ }}",
    }
    world.shops.insert("acme")
    world.start(world.namespace_entry(), *(world.config_entry(id=key, data={"x": text}) for key, text in bad.items()))

    def reasons() -> set[tuple[str, str]]:
        found = [world.status_of("acme", key) for key in bad]
        return {(status.get("phase", ""), status.get("reason", "")) for status in found}

    world.eventually(lambda: reasons() == {("Failed", "RenderError")}, "all four entries are Failed")
    world.eventually(lambda: phase_of(world, "acme", "namespace") == "Ready", "the Namespace is Ready")
    assert not [obj for obj in world.objects_of("acme") if obj["kind"] == "ConfigMap"]


def test_a_kind_that_the_controller_does_not_manage_is_reported(world: World) -> None:
    lease = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "unmanaged", "namespace": world.name + "-{{ slug }}"},
    }
    world.shops.insert("acme")
    world.start(world.namespace_entry(), world.config_entry(), entry("lease", lease))

    world.eventually(lambda: phase_of(world, "acme", "lease") == "Failed", "the entry is Failed")

    found = world.status_of("acme", "lease")
    assert found["reason"] == "UnmanagedKind"
    world.eventually(lambda: world.config("acme"), "the others go on")
    assert not world.find("coordination.k8s.io/v1", "Lease", "unmanaged", world.tenant_namespace("acme"))


def test_an_object_made_once_keeps_what_a_user_made_of_it(world: World) -> None:
    world.shops.insert("acme", plan="basic")
    world.start(world.namespace_entry(), world.config_entry(id="once", creationPolicy="Once"), world.config_entry())
    world.until_ready("acme")
    once = world.config("acme", "once")
    assert once["data"]["plan"] == "basic"

    world.edit(once, {"data": {"plan": "handmade", "mine": "too"}})
    world.shops.update("acme", plan="pro")

    world.eventually(lambda: world.config("acme")["data"]["plan"] == "pro", "the row's change arrived")
    world.until_ready("acme")
    found = world.config("acme", "once")
    assert found["data"] == {"plan": "handmade", "mine": "too", "note": ""}


def test_a_template_that_is_not_valid_changes_no_tenant(world: World) -> None:
    world.shops.insert("acme")
    world.start()
    world.until_ready("acme")
    before = world.identities("acme")

    world.apply_template(world.namespace_entry(), world.config_entry(data={"plan": "{{ plan "}))

    def cause() -> str:
        found = condition(world.template(), "Valid")
        return str(found["message"]) if found.get("status") == "False" else ""

    assert "resources[config].object.data.plan" in world.eventually(cause, "the template is not Valid")
    world.until_polled()
    assert world.identities("acme") == before

    world.apply_template(world.namespace_entry(), world.config_entry(data={"plan": "{{ plan }}!"}))

    world.eventually(lambda: world.plan_of("acme") == "basic!", "the mended template counts")
    world.until_ready("acme")


def test_a_tenant_is_made_of_all_templates_of_its_registry(world: World) -> None:
    world.shops.insert("acme")
    world.start()
    world.apply_template(world.config_entry(id="extra"), name="more")
    world.eventually(lambda: world.config("acme") and world.config("acme", "extra"), "both ConfigMaps are there")
    world.until_ready("acme")

    world.delete(world.template("more"))

    world.eventually(lambda: not world.template("more"), "the second template is gone")
    world.until_polled()
    assert world.config("acme", "extra"), "what it made stays"


def test_a_template_that_is_deleted_and_made_again_touches_no_tenant(world: World) -> None:
    world.shops.insert("acme")
    world.start()
    world.until_ready("acme")
    before = world.identities("acme")
    template = world.template()

    world.delete(template)
    world.eventually(lambda: not world.template(), "the template is gone")
    world.until_polled()
    assert world.identities("acme") == before
    assert world.ours("TenantTemplateRevision"), "the revision that is in use stays"

    world.apply_template(world.namespace_entry(), world.config_entry())

    def current() -> bool:
        return bool(world.template().get("status", {}).get("latestRevision"))

    world.eventually(current, "the template has a revision again")
    world.until_polled()
    world.until_ready("acme")
    assert world.identities("acme") == before
