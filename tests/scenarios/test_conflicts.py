"""Objects that exist already: somebody else's are left alone or taken by force, another tenant's are never taken."""

from __future__ import annotations

import pytest

from tenantry.names import CONFLICT_POLICY_ANNOTATION, OWNER_ANNOTATION, TENANT_LABEL
from tenantry.protocol import JSONObject
from tests.scenarios.harness.objects import owner_kinds
from tests.scenarios.harness.world import World


def phase(world: World, uid: str, id: str = "config") -> str:
    """Phase and reason of an entry of a shop."""
    found = world.status_of(uid, id)
    return f"{found.get('phase')}/{found.get('reason', '')}"


def namespace(world: World) -> JSONObject:
    """A Namespace that is no tenant's."""
    return world.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"{world.name}-common"}})


def config_map(world: World, **metadata: object) -> JSONObject:
    """A ConfigMap that somebody made by hand."""
    place = {"name": "config", "namespace": namespace(world)["metadata"]["name"]}
    return world.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": place | metadata, "data": {"a": "theirs"}})


def config(world: World, **options: object) -> JSONObject:
    """Entry ``config``: the ConfigMap of that name, in the Namespace that is no tenant's."""
    entry = world.config_entry(data={"plan": "{{ plan }}"}, **options)
    entry["object"]["metadata"]["namespace"] = f"{world.name}-common"
    return entry


def until_conflict(world: World, uid: str) -> JSONObject:
    """Wait until entry ``config`` of a shop is blocked by a conflict. What its Tenant says of it."""
    world.eventually(lambda: phase(world, uid) == "Blocked/Conflict", "the entry is Blocked/Conflict")
    return world.status_of(uid, "config")


def is_taken(world: World, obj: JSONObject, uid: str) -> bool:
    """Whether an object is a shop's now."""
    found = world.again(obj)
    return bool(found) and found["metadata"].get("annotations", {}).get(OWNER_ANNOTATION) == world.tenant_name(uid)


def test_an_object_of_somebody_else_is_left_as_it_is_until_it_is_removed(world: World) -> None:
    theirs = config_map(world)
    world.apply_template(config(world), registry=False)
    world.apply_tenant("acme", plan="pro")

    told = until_conflict(world, "acme")

    assert "delete it, set conflictPolicy: Force, or annotate it" in told["message"]
    world.quiet()
    assert world.again(theirs) == theirs

    world.delete(theirs)

    world.until_ready("acme")
    assert world.again(theirs)["data"] == {"plan": "pro"}


@pytest.mark.parametrize("policy", ["Stuck", "Force"])
def test_an_object_of_another_tenant_is_left_as_it_is(world: World, policy: str) -> None:
    namespace(world)
    world.apply_template(config(world), registry=False)
    first = world.apply_tenant("acme", plan="pro")
    world.until_ready("acme")
    world.apply_template(config(world, conflictPolicy=policy), name="other", registry=False)
    theirs = world.find("v1", "ConfigMap", "config", f"{world.name}-common")
    world.apply_tenant("bravo", template="other", plan="basic")

    def told() -> str:
        resources = world.tenant("bravo").get("status", {}).get("resources", [])
        return " ".join(f"{one['phase']}/{one.get('reason')} {one.get('message')}" for one in resources)

    world.eventually(lambda: "Blocked/Conflict" in told(), "the entry is Blocked/Conflict")
    assert f"belongs to Tenant {world.tenant_name('acme')}" in told()
    world.quiet()
    assert world.again(theirs) == theirs

    world.delete(first)

    world.until_ready("bravo")
    assert world.again(theirs)["data"] == {"plan": "basic"}


def test_an_object_of_somebody_else_is_taken_over_by_force(world: World) -> None:
    theirs = config_map(world)
    world.apply_template(config(world, conflictPolicy="Force"), registry=False)

    world.apply_tenant("acme", plan="pro")

    world.until_ready("acme")
    found = world.again(theirs)
    assert found["metadata"]["uid"] == theirs["metadata"]["uid"]
    assert found["data"] == {"a": "theirs", "plan": "pro"}


def test_a_conflict_ends_when_the_entry_says_force(world: World) -> None:
    theirs = config_map(world)
    world.apply_template(config(world), registry=False)
    world.apply_tenant("acme", plan="pro")
    until_conflict(world, "acme")

    world.apply_template(config(world, conflictPolicy="Force"), registry=False)

    world.until_ready("acme")
    assert is_taken(world, theirs, "acme")


def test_a_conflict_ends_when_the_object_says_force(world: World) -> None:
    theirs = config_map(world)
    world.apply_template(config(world), registry=False)
    world.apply_tenant("acme", plan="pro")
    until_conflict(world, "acme")

    world.edit(theirs, {"metadata": {"annotations": {CONFLICT_POLICY_ANNOTATION: "Force"}}})

    world.until_ready("acme")
    assert is_taken(world, theirs, "acme")


def test_a_retained_object_of_another_tenant_may_be_taken_by_force(world: World) -> None:
    namespace(world)
    world.apply_template(config(world, deletionPolicy="Retain"), registry=False)
    first = world.apply_tenant("acme", plan="pro")
    world.until_ready("acme")
    kept = world.find("v1", "ConfigMap", "config", f"{world.name}-common")
    world.delete(first)
    world.eventually(lambda: not world.tenant("acme"), "the first Tenant is gone")
    world.eventually(lambda: owner_kinds(world.again(kept)) == {"Namespace"}, "only the anchor holds it")

    world.apply_template(config(world, conflictPolicy="Force"), name="other", registry=False)
    world.apply_tenant("bravo", template="other", plan="basic")

    world.until_ready("bravo")
    assert is_taken(world, kept, "bravo")
    assert world.again(kept)["metadata"]["uid"] == kept["metadata"]["uid"]
    assert world.again(kept)["data"] == {"plan": "basic"}


def test_an_object_that_lost_all_that_is_ours_is_somebody_elses(world: World) -> None:
    world.apply_template(world.namespace_entry(), world.config_entry(data={"plan": "{{ plan }}"}), registry=False)
    world.apply_tenant("acme", plan="pro")
    world.until_ready("acme")
    ours = world.config("acme")

    clean = {**ours, "metadata": {"name": "config", "namespace": ours["metadata"]["namespace"]}, "data": {"a": "clean"}}
    replaced = world.cluster.update(world.cluster.resource_type("v1", kind="ConfigMap"), clean, field_manager="kubectl")
    # Nothing on it tells Metacontroller any more whose it was: the next sync of the Tenant finds out.
    world.apply_tenant("acme", plan="basic")

    told = until_conflict(world, "acme")
    assert CONFLICT_POLICY_ANNOTATION in told["message"]
    world.quiet()
    assert world.config("acme") == replaced

    world.delete(replaced)

    world.until_ready("acme")
    assert world.config("acme")["data"] == {"plan": "basic"}


def test_an_object_that_the_api_server_refuses_is_no_conflict(world: World) -> None:
    web = world.web_entry()
    web["object"]["spec"]["selector"] = {"matchLabels": {"app": "another"}}
    world.apply_template(world.namespace_entry(), web, registry=False)

    world.apply_tenant("acme", plan="pro", replicas=1)

    world.eventually(lambda: phase(world, "acme", "web") == "Blocked/NotApplied", "it is Blocked", seconds=60)
    assert not world.deployment("acme")


def test_an_object_that_somebody_else_controls_is_left_as_it_is(world: World) -> None:
    owner = world.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "owner", "namespace": namespace(world)["metadata"]["name"]},
        }
    )
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"]}
    labels = {TENANT_LABEL: world.tenant_name("acme")}
    theirs = config_map(world, ownerReferences=[{**reference, "controller": True}], labels=labels)
    world.apply_template(config(world, conflictPolicy="Force"), registry=False)

    world.apply_tenant("acme", plan="pro")

    assert "is controlled by ConfigMap owner" in until_conflict(world, "acme")["message"]
    world.quiet()
    assert world.again(theirs) == theirs


def test_a_tenant_that_a_person_wrote_is_not_taken_by_a_registry(world: World) -> None:
    world.apply_template(world.namespace_entry(), name="own", registry=False)
    by_hand = world.apply_tenant("acme", template="own", plan="mine")
    world.until_ready("acme")
    by_hand = world.again(by_hand)
    world.shops.insert("acme", plan="theirs")
    world.shops.insert("bravo")

    world.start()

    world.until_ready("bravo")
    world.until_polled(2)
    found = world.tenant("acme")
    assert found["spec"] == by_hand["spec"]
    assert not found["metadata"].keys() & {"labels", "ownerReferences"}

    world.delete(by_hand)

    world.eventually(
        lambda: world.tenant("acme").get("spec", {}).get("registry") == world.name,
        "the row's Tenant is made",
        seconds=60,
    )
    world.until_ready("acme")
