"""What is in the cluster, and what became different between two looks at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tenantry.names import API_VERSION, GROUP, REGISTRY_LABEL, TENANT_LABEL
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import Cluster

BOOKKEEPING: Final = frozenset({"TenantRegistry", "TenantSlice", "TenantTemplate", "Event"})
"""Kinds in which Tenantry writes down what it does; the demo is about what comes of it."""
_VOLATILE: Final = frozenset({"managedFields", "resourceVersion", "generation", "deletionTimestamp", "finalizers"})


class ObjectName(NamedTuple):
    """An object, and the Tenant that it belongs to (empty if to none)."""

    tenant: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Difference:
    """What happened between two snapshots."""

    created: frozenset[ObjectName] = frozenset()
    changed: frozenset[ObjectName] = frozenset()
    deleted: frozenset[ObjectName] = frozenset()
    details: Mapping[ObjectName, tuple[str, ...]] = field(default_factory=dict)
    """Changed object → its changed fields, as ``path: before → after``."""


Snapshot = dict[ObjectName, JSONObject]
"""Every object, without its status and what changes with every write."""


def take_snapshot(cluster: Cluster) -> Snapshot:
    """All objects of all kinds, bookkeeping and what Kubernetes puts into each Namespace by itself left out."""
    objects = [
        obj
        for kind in cluster.resource_types()
        if kind.kind not in BOOKKEEPING and _preferred(kind.api_version, kind.kind)
        for obj in cluster.list(kind)
    ]
    return {object_name(obj): _content(obj) for obj in objects if not _is_furniture(obj)}


def compare(before: Snapshot, after: Snapshot) -> Difference:
    """The difference. An object that was deleted and made again under its name counts as both."""
    both = before.keys() & after.keys()
    replaced = {name for name in both if _uid(before[name]) != _uid(after[name])}
    changed = frozenset(name for name in both - replaced if before[name] != after[name])
    return Difference(
        created=frozenset((after.keys() - both) | replaced),
        changed=changed,
        deleted=frozenset((before.keys() - both) | replaced),
        details={name: changed_fields(before[name], after[name]) for name in changed},
    )


def changed_fields(before: JSONObject, after: JSONObject) -> tuple[str, ...]:
    """Fields that differ, as ``path: before → after``; Tenantry's own annotations are left out."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    return tuple(
        f"{path}: {old.get(path, 'nothing')} → {new.get(path, 'nothing')}"
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path) and f"annotations.{GROUP}/" not in path
    )


def object_name(obj: JSONObject) -> ObjectName:
    """How the demo speaks of an object. A Tenant belongs to itself."""
    metadata = obj["metadata"]
    ours = obj["apiVersion"] == API_VERSION and obj["kind"] == "Tenant"
    tenant = metadata["name"] if ours else (metadata.get("labels") or {}).get(TENANT_LABEL, "")
    return ObjectName(tenant, obj["kind"], metadata.get("namespace", ""), metadata["name"])


def _is_furniture(obj: JSONObject) -> bool:
    """Whether Kubernetes made the object in a Namespace of a tenant: a default ServiceAccount and the like."""
    metadata = obj["metadata"]
    labels = metadata.get("labels") or {}
    return bool(metadata.get("namespace")) and TENANT_LABEL not in labels and REGISTRY_LABEL not in labels


def _preferred(api_version: str, kind: str) -> bool:
    """Kinds that are served in two versions are looked at once."""
    return (api_version, kind) != ("events.k8s.io/v1", "Event")


def _content(obj: JSONObject) -> JSONObject:
    metadata = {key: value for key, value in obj["metadata"].items() if key not in _VOLATILE}
    return {**{key: value for key, value in obj.items() if key != "status"}, "metadata": metadata}


def _uid(obj: JSONObject) -> str:
    return str(obj["metadata"]["uid"])


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every single value in an object with its path, ``spec.containers[0].image`` for example."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _leaves(child, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _leaves(child, f"{path}[{index}]")
    else:
        yield path, value
