"""Objects that scenarios apply, and short ways to read the ones they get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tenantry.names import API_VERSION, TENANT_LABEL
from tenantry.protocol import JSONObject

Identity = tuple[str, str]
"""uid and resourceVersion of an object: equal ones mean that nobody touched it."""


def namespace_entry(prefix: str) -> JSONObject:
    """Template entry ``namespace``: the tenant's own Namespace."""
    return entry("namespace", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": prefix + "-{{ slug }}"}})


def config_entry(
    prefix: str, data: Mapping[str, str] | None = None, *, id: str = "config", **options: Any
) -> JSONObject:
    """Template entry of a ConfigMap in the tenant's Namespace, by default with the shop's plan and note."""
    return entry(
        id,
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": id, "namespace": prefix + "-{{ slug }}"},
            "data": dict(data or {"plan": "{{ plan }}", "note": "{{ note }}"}),
        },
        **options,
    )


def web_entry(prefix: str, *, image: str = "shop:1", id: str = "web", **options: Any) -> JSONObject:
    """Template entry of a Deployment in the tenant's Namespace with as many replicas as the row says."""
    labels = {"app": id}
    return entry(
        id,
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": id, "namespace": prefix + "-{{ slug }}"},
            "spec": {
                "replicas": "{{ replicas }}",
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"containers": [{"name": "web", "image": image}]},
                },
            },
        },
        **options,
    )


def entry(id: str, obj: JSONObject, **options: Any) -> JSONObject:
    """An entry of a template; options by their names in the API (``dependsOn=[…]``)."""
    return {"id": id, "object": obj, **options}


def tenant_template(
    name: str, resources: Iterable[JSONObject], *, registry: str = "", variables: JSONObject | None = None
) -> JSONObject:
    """A TenantTemplate."""
    spec: JSONObject = {"resources": list(resources)}
    if variables:
        spec["variables"] = variables
    if registry:
        spec["registry"] = registry
    return {"apiVersion": API_VERSION, "kind": "TenantTemplate", "metadata": {"name": name}, "spec": spec}


def tenant_registry(name: str, *, path: str, table: str, **spec: Any) -> JSONObject:
    """A TenantRegistry over a table of shops, polled every second; ``spec`` replaces fields of its spec."""
    return {
        "apiVersion": API_VERSION,
        "kind": "TenantRegistry",
        "metadata": {"name": name},
        "spec": {
            "source": {"syncInterval": "1s", "sqlite": {"path": path, "table": table}},
            "valueMappings": {"uid": "id", "activate": "active"},
            "extraValueMappings": {"plan": "plan", "replicas": "replicas", "note": "note"},
            "buckets": 2,
            **spec,
        },
    }


def tenant_by_hand(name: str, uid: str, *, templates: Iterable[JSONObject], values: JSONObject) -> JSONObject:
    """A Tenant as a person writes it, without any registry."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Tenant",
        "metadata": {"name": name},
        "spec": {
            "uid": uid,
            "selector": {"matchLabels": {TENANT_LABEL: name}},
            "values": values,
            "templates": list(templates),
        },
    }


def identity(obj: JSONObject) -> Identity:
    """uid and resourceVersion."""
    return obj["metadata"]["uid"], obj["metadata"]["resourceVersion"]


def condition(obj: JSONObject, type_: str) -> JSONObject:
    """A condition of an object; an empty one when it has none."""
    conditions = obj.get("status", {}).get("conditions", [])
    return next((dict(found) for found in conditions if found["type"] == type_), {})


def is_true(obj: JSONObject, type_: str) -> bool:
    """Whether a condition holds for the object as its spec is now."""
    found = condition(obj, type_)
    return (
        found.get("status") == "True"
        and obj["status"].get("observedGeneration") == obj["metadata"]["generation"]
        and "deletionTimestamp" not in obj["metadata"]
    )


def resource_status(tenant: JSONObject, id: str) -> JSONObject:
    """What a Tenant's status says of one entry (``template/id``); empty when it says nothing."""
    resources = tenant.get("status", {}).get("resources", [])
    return next((dict(found) for found in resources if found["id"] == id), {})


def owner_kinds(obj: JSONObject) -> set[str]:
    """Kinds of the owners of an object."""
    return {owner["kind"] for owner in obj["metadata"].get("ownerReferences", [])}


def describe(obj: JSONObject) -> str:
    """Kind, namespace and name in one line."""
    metadata = obj["metadata"]
    place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return f"{obj['kind']} {place}{metadata['name']}"
