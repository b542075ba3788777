"""Objects that carry a tenant's label and are not Tenantry's: listed, never changed in content, never removed."""

from __future__ import annotations

from tenantry.names import FIELD_MANAGER, MANAGED_BY, MANAGED_BY_LABEL, TENANT_LABEL
from tenantry.protocol import JSONObject
from tests.scenarios.harness.objects import entry, resource_status
from tests.scenarios.harness.world import World


def elsewhere(world: World) -> str:
    """Name of a Namespace that is no tenant's."""
    name = f"{world.name}-common"
    world.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return name


def in_common(world: World, made: JSONObject) -> JSONObject:
    """An entry whose object lives in the Namespace that is no tenant's."""
    made["object"]["metadata"]["namespace"] = elsewhere(world)
    return made


def copied_labels(world: World) -> dict[str, str]:
    """What a controller that copies labels copies."""
    return {TENANT_LABEL: world.tenant_name("acme"), MANAGED_BY_LABEL: MANAGED_BY}


def claim(world: World) -> JSONObject:
    """A PersistentVolumeClaim as an operator makes it that copies the labels of what it works for."""
    metadata = {"name": "data-db-0", "namespace": elsewhere(world), "labels": copied_labels(world)}
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return world.apply({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec})


def exposed(world: World) -> JSONObject:
    """A Service as ``kubectl expose deployment`` makes it: with the Deployment's labels."""
    metadata = {"name": "exposed", "namespace": elsewhere(world), "labels": copied_labels(world)}
    spec = {"selector": {"app": "web"}, "ports": [{"port": 80, "protocol": "TCP", "targetPort": 8080}]}
    return world.apply({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})


def is_listed(world: World, obj: JSONObject) -> bool:
    """Whether the Tenant lists an object as foreign."""
    metadata = obj["metadata"]
    id_ = f"{obj['kind']}.{obj['apiVersion']} {metadata['namespace']}/{metadata['name']}"
    return resource_status(world.tenant("acme"), id_).get("phase") == "Foreign"


def slices(world: World) -> list[JSONObject]:
    """The EndpointSlices of this world that carry the tenant's label."""
    kind = world.cluster.resource_type("discovery.k8s.io/v1", kind="EndpointSlice")
    return world.cluster.list(kind, labels=f"{TENANT_LABEL}={world.tenant_name('acme')}")


def teams(world: World) -> list[str]:
    """A label of theirs on each of these."""
    return [found["metadata"]["labels"].get("team", "") for found in slices(world)]


def test_what_others_label_as_the_tenants_is_listed_and_outlives_it(world: World) -> None:
    world.apply_template(world.namespace_entry(), world.config_entry(), registry=False)
    tenant = world.apply_tenant("acme", plan="pro", note="")
    world.until_ready("acme")

    theirs = [claim(world), exposed(world)]

    world.eventually(lambda: all(is_listed(world, obj) for obj in theirs), "they are listed as foreign")
    world.quiet()
    assert world.tenant("acme")["status"]["counts"]["foreign"] == 2
    assert world.ready("acme")
    assert [world.again(obj)["spec"] for obj in theirs] == [obj["spec"] for obj in theirs]

    world.delete(tenant)

    world.eventually(lambda: not world.tenant("acme") and not world.namespace("acme"), "the Tenant is gone")
    world.quiet()
    left = [world.again(obj) for obj in theirs]
    assert [obj["metadata"]["uid"] for obj in left] == [obj["metadata"]["uid"] for obj in theirs]
    assert [obj["spec"] for obj in left] == [obj["spec"] for obj in theirs]


def test_what_others_label_as_the_tenants_may_be_changed_by_them(world: World) -> None:
    world.apply_template(world.namespace_entry(), registry=False)
    world.apply_tenant("acme")
    world.until_ready("acme")
    service = exposed(world)
    world.eventually(lambda: is_listed(world, service), "it is listed as foreign")

    ports = [{"port": 81, "protocol": "TCP", "targetPort": 8080}]
    world.edit(service, {"spec": {"ports": ports}, "metadata": {"labels": {"team": "blue"}}})

    world.quiet()
    found = world.again(service)
    assert found["spec"]["ports"] == ports
    assert found["metadata"]["labels"]["team"] == "blue"

    world.edit(service, {"metadata": {"labels": {TENANT_LABEL: None}}})

    world.eventually(lambda: not is_listed(world, service), "it is not the Tenant's any more")
    assert world.again(service)


def test_what_metacontroller_made_for_others_is_no_obstacle_when_it_is_labelled_as_the_tenants(world: World) -> None:
    metadata = {"name": "other", "namespace": elsewhere(world), "labels": {"team": "red"}}
    kind = world.cluster.resource_type("v1", kind="ConfigMap")
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "1"}}
    theirs = world.cluster.apply(kind, made, field_manager=FIELD_MANAGER, force=True)
    world.apply_template(world.namespace_entry(), world.config_entry(), registry=False)
    world.apply_tenant("acme", plan="basic", note="")
    world.until_ready("acme")

    world.edit(theirs, {"metadata": {"labels": {TENANT_LABEL: world.tenant_name("acme")}}})
    world.eventually(lambda: is_listed(world, theirs), "it is listed as foreign")
    world.apply_tenant("acme", plan="pro", note="")

    world.eventually(lambda: world.plan_of("acme") == "pro", "the Tenant goes on")
    world.until_ready("acme")
    assert world.again(theirs)["data"] == {"a": "1"}


def test_controllers_that_copy_labels_are_not_hindered(world: World) -> None:
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": elsewhere(world)},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
    }
    world.apply_template(in_common(world, entry("web", service)), registry=False)
    tenant = world.apply_tenant("acme")
    world.until_ready("acme")
    live = world.find("v1", "Service", "web", elsewhere(world))
    world.eventually(lambda: slices(world), "the EndpointSlice has the Service's labels")

    world.edit(live, {"metadata": {"labels": {"team": "blue"}}})

    world.eventually(lambda: teams(world) == ["blue"], "the EndpointSlice follows the Service's labels")
    world.quiet()
    assert {owner["kind"] for found in slices(world) for owner in found["metadata"]["ownerReferences"]} == {"Service"}

    world.delete(tenant)

    world.eventually(lambda: not world.again(live), "the Service goes with its Tenant")
    world.eventually(lambda: not slices(world), "and its EndpointSlice with the Service")
