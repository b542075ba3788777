"""Kinds of a template that are none of a plain cluster's, as a simulation has them: whatever they hold is accepted.

On a cluster they come from definitions of others, and are listed in the controller of Tenants.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Final

from tenantry.names import GROUP
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import Cluster, ResourceType

_DEFINITION: Final = "apiextensions.k8s.io/v1"
_ANYTHING: Final = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def assumed_kinds(cluster: Cluster, template: JSONObject, controller: JSONObject) -> list[ResourceType]:
    """The kinds of a template's objects that the controller of Tenants does not list.

    Of a group that the cluster knows, these are kinds that it serves: any other one is a mistake in the template.
    """
    served = {(kind.api_version, kind.kind): kind for kind in cluster.resource_types()}
    groups = {kind.group for kind in served.values()}
    listed = {(child["apiVersion"], child["resource"]) for child in controller["spec"]["childResources"]}
    objects = [entry["object"] for entry in template["spec"]["resources"]]
    found: dict[tuple[str, str], ResourceType] = {}
    for obj in objects:
        key = (str(obj.get("apiVersion")), str(obj.get("kind")))
        kind = served.get(key) or _made_up(*key, objects)
        if key in served or kind.group not in groups | {GROUP}:
            found[key] = kind
    return [kind for kind in found.values() if (kind.api_version, kind.plural) not in listed and kind.group != GROUP]


def serve(cluster: Cluster, kinds: Iterable[ResourceType], *, field_manager: str) -> None:
    """Define those of these kinds that the cluster does not serve."""
    definitions = cluster.resource_type(_DEFINITION, kind="CustomResourceDefinition")
    served = set(cluster.resource_types())
    for kind in kinds:
        if kind not in served:
            cluster.create(definitions, _definition(kind), field_manager=field_manager)


def managing(controller: JSONObject, kinds: Iterable[ResourceType]) -> JSONObject:
    """The controller of Tenants with these kinds among its children."""
    changed = copy.deepcopy(controller)
    changed["spec"]["childResources"] += [
        {"apiVersion": kind.api_version, "resource": kind.plural, "updateStrategy": {"method": "InPlace"}}
        for kind in kinds
    ]
    return changed


def _made_up(api_version: str, kind: str, objects: Iterable[JSONObject]) -> ResourceType:
    namespaced = any(
        "namespace" in (obj.get("metadata") or {})
        for obj in objects
        if (obj.get("apiVersion"), obj.get("kind")) == (api_version, kind)
    )
    return ResourceType(api_version, kind, f"{kind.lower()}s", namespaced)


def _definition(kind: ResourceType) -> JSONObject:
    version = kind.api_version.rpartition("/")[2]
    return {
        "apiVersion": _DEFINITION,
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.plural}.{kind.group}"},
        "spec": {
            "group": kind.group,
            "scope": "Namespaced" if kind.namespaced else "Cluster",
            "names": {
                "kind": kind.kind,
                "plural": kind.plural,
                "singular": kind.kind.lower(),
                "listKind": f"{kind.kind}List",
            },
            "versions": [{"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": _ANYTHING}}],
        },
    }
