"""Objects as a hook observes them after Metacontroller applied them, made without a cluster.

This stands in for the API server where a test is about one decision; scenarios use a real one.
"""

from __future__ import annotations

import copy
import json
from typing import Any

from tenantry.names import FIELD_MANAGER
from tenantry.protocol import JSONObject, SyncRequest, object_key, type_key

LIST_KEYS = {
    "containers": ("name",),
    "initContainers": ("name",),
    "env": ("name",),
    "ports": ("containerPort", "protocol"),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "imagePullSecrets": ("name",),
    "ownerReferences": ("uid",),
}
"""Associative lists: the fields that tell their items apart."""
SERVICE_PORT_KEYS = ("port", "protocol")
SETS = frozenset({"finalizers"})
APPLIED_AT = "2026-01-02T03:04:05Z"


def observed(child: JSONObject, *, status: JSONObject | None = None, owner_uid: str = "parent-uid") -> JSONObject:
    """A child that a hook returned, as the API server shows it afterwards."""
    live = copy.deepcopy(child)
    metadata = live["metadata"]
    owners = metadata.setdefault("ownerReferences", [])
    owners.append({"apiVersion": "tenantry.io/v1", "kind": "Tenant", "name": "p", "uid": owner_uid, "controller": True})
    fields = fields_of({key: value for key, value in live.items() if key not in ("apiVersion", "kind")})
    for identity in ("f:name", "f:namespace"):
        fields["f:metadata"].pop(identity, None)
    metadata |= {
        "uid": f"uid-of-{type_key(live)}-{metadata['name']}",
        "resourceVersion": "7",
        "generation": 1,
        "creationTimestamp": APPLIED_AT,
        "managedFields": [
            {
                "manager": FIELD_MANAGER,
                "operation": "Apply",
                "apiVersion": live["apiVersion"],
                "time": APPLIED_AT,
                "fieldsType": "FieldsV1",
                "fieldsV1": fields,
            }
        ],
    }
    found = status if status is not None else healthy_status(live)
    if found:
        live["status"] = found
    return live


def fields_of(value: Any, name: str = "") -> Any:
    """The fieldsV1 tree of an applied value."""
    if isinstance(value, dict) and value:
        return {f"f:{key}": fields_of(item, key) for key, item in value.items()}
    if isinstance(value, list) and name in SETS:
        return {f"v:{json.dumps(item)}": {} for item in value}
    keys = LIST_KEYS.get(name)
    if name == "ports" and isinstance(value, list) and all("port" in item for item in value):
        keys = SERVICE_PORT_KEYS
    if isinstance(value, list) and value and keys and all(isinstance(item, dict) for item in value):
        tree = {}
        for item in value:
            if "protocol" in keys:
                item.setdefault("protocol", "TCP")
            identity = {key: item[key] for key in keys if key in item}
            tree["k:" + json.dumps(identity, separators=(",", ":"))] = {".": {}} | fields_of(item)
        return tree
    return {}


def healthy_status(obj: JSONObject) -> JSONObject:
    """The status of a healthy object of this kind, as far as its kind has one."""
    if obj["kind"] == "Namespace":
        return {"phase": "Active"}
    if obj["kind"] == "Job":
        return {"conditions": [{"type": "Complete", "status": "True"}]}
    if obj["kind"] == "Deployment":
        count = obj["spec"].get("replicas", 1)
        fields = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
        return {"observedGeneration": 1, **dict.fromkeys(fields, count)}
    return {}


def children_of(objects: list[JSONObject], *, managed: tuple[str, ...] = ()) -> dict[str, dict[str, JSONObject]]:
    """Observed objects as a request holds them; ``managed`` are further types that the controller lists."""
    children: dict[str, dict[str, JSONObject]] = {type_: {} for type_ in managed}
    for obj in objects:
        key = object_key(obj)
        children.setdefault(key.type_key, {})[key.key] = obj
    return children


def request(
    parent: JSONObject,
    *,
    children: dict[str, dict[str, JSONObject]] | None = None,
    related: list[JSONObject] | None = None,
    finalizing: bool = False,
) -> SyncRequest:
    """A hook request."""
    return SyncRequest(
        controller={"metadata": {"name": "test"}},
        parent=parent,
        children=children or {},
        related=children_of(related or []),
        finalizing=finalizing,
    )
