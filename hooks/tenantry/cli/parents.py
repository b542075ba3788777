"""Our controllers in a cluster, and the finalizers that Metacontroller puts on their parents for them.

A controller with a finalize hook has the finalizer ``metacontroller.io/compositecontroller-<name>`` put on each of its
parents, before their first sync. It comes off when the hook says that the parent is finalized. When the controller is
deleted, it stays: nobody is left who would take it off, and a deletion of the parent waits for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import yaml

from tenantry import cli
from tenantry.cli.cluster import CONTROLLERS, METADATA, OURS, Cluster, Resource
from tenantry.names import GROUP
from tenantry.protocol import JSONObject

FINALIZER: Final = "metacontroller.io/compositecontroller-"
TENANT_CONTROLLER: Final = "tenantry-tenants"
SHIPPED: Final = Path(cli.__file__).parent
_BOTTOM_UP: Final = (
    "Tenant",
    "TenantProbe",
    "TenantSlice",
    "TenantTemplateRevision",
    "TenantTemplate",
    "TenantRegistry",
)


def shipped(folder: str) -> list[JSONObject]:
    """The objects that this version comes with: ``compositecontrollers`` or ``policies``."""
    files = sorted((SHIPPED / folder).glob("*.yaml"))
    return [obj for file in files for obj in yaml.safe_load_all(file.read_text(encoding="utf-8")) if obj]


def controllers_of(cluster: Cluster) -> list[JSONObject]:
    """The CompositeControllers of our kinds; none where Metacontroller is not installed."""
    if cluster.resource(CONTROLLERS.api_version, plural=CONTROLLERS.plural) is None:
        return []
    return [found for found in cluster.items(CONTROLLERS) if is_ours(found)]


def is_ours(controller: JSONObject) -> bool:
    """Whether a CompositeController's parents are of a kind of ours."""
    return str(controller["spec"]["parentResource"]["apiVersion"]).partition("/")[0] == GROUP


def kinds_served(cluster: Cluster) -> list[Resource]:
    """Our kinds as far as the cluster knows them, children before parents."""
    order = [name for name in OURS if name not in _BOTTOM_UP] + [name for name in _BOTTOM_UP if name in OURS]
    return [OURS[name] for name in order if cluster.resource(OURS[name].api_version, plural=OURS[name].plural)]


def all_ours(cluster: Cluster) -> Iterator[tuple[Resource, JSONObject]]:
    """All objects of our kinds without their contents, children before parents."""
    for resource in kinds_served(cluster):
        for obj in cluster.items(resource, accept=METADATA):
            yield resource, obj


def held_by(obj: JSONObject, controllers: Iterable[str] | None = None) -> list[str]:
    """The finalizers of controllers on an object: of all, or of these."""
    finalizers = [one for one in obj["metadata"].get("finalizers") or () if one.startswith(FINALIZER)]
    if controllers is None:
        return finalizers
    wanted = {FINALIZER + name for name in controllers}
    return [one for one in finalizers if one in wanted]


def shard_controller(shard: str) -> str:
    """Name of the CompositeController of a shard's Tenants."""
    return f"{TENANT_CONTROLLER}-{shard}"
