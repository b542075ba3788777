"""All that a cluster knows of one tenant, from its registry down to the Events of its objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from tenantry.cli.cluster import EVENTS, FORBIDDEN, METADATA, REGISTRIES, REVISIONS, SLICES, TEMPLATES, Cluster, Refused
from tenantry.cli.output import condition_of, told_by
from tenantry.engine.compile import compile_resources
from tenantry.engine.compiled import TemplateError
from tenantry.names import RESOURCE_ID_ANNOTATION, TENANT_LABEL, entry_of
from tenantry.protocol import JSONObject

EVENTS_SHOWN: Final = 5
CLUSTER_EVENTS: Final = "default"
"""Namespace of the Events of cluster-scoped objects."""
MAKES_PODS: Final = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"})
_MADE: Final = frozenset({"Pod", "ReplicaSet", "Job", "PersistentVolumeClaim"})


def traced(cluster: Cluster, tenant: JSONObject) -> dict[str, Any]:
    """Everything about a tenant, as plain data with the entries in order of dependency."""
    metadata, spec, status = tenant["metadata"], tenant["spec"], tenant.get("status") or {}
    registry = cluster.get(REGISTRIES, spec["registry"]) if spec.get("registry") else None
    hidden: list[str] = []
    objects = _objects_of(cluster, metadata["name"], status.get("resources") or (), hidden)
    events = _events_of(cluster, metadata["name"], status.get("resources") or (), hidden)
    return {
        "name": metadata["name"],
        "uid": spec.get("uid", ""),
        "created": metadata.get("creationTimestamp", ""),
        "deleting": metadata.get("deletionTimestamp", ""),
        "active": spec.get("active", True),
        "registry": _registry(spec.get("registry", ""), registry),
        "slice": _slice(cluster, tenant),
        "templates": _templates(tenant, registry),
        "conditions": [
            {key: found.get(key, "") for key in ("type", "status", "reason", "message", "lastTransitionTime")}
            for found in status.get("conditions") or ()
        ],
        "events": _shown(event for event in events if event["kind"] == "Tenant"),
        "entries": [
            _entry(found, needs, objects.get(found["id"]), events) for found, needs in _in_order(cluster, tenant)
        ],
        "hidden": sorted(set(hidden)),
    }


def _allowed(found: Iterable[JSONObject], hidden: list[str]) -> list[JSONObject]:
    """Objects that may be read; why others may not goes into ``hidden``: whoever traces may see one namespace alone."""
    try:
        return list(found)
    except Refused as refusal:
        if refusal.code != FORBIDDEN:
            raise
        hidden.append(refusal.message)
        return []


def _registry(name: str, registry: JSONObject | None) -> dict[str, Any] | None:
    if not name:
        return None
    exists, registry = registry is not None, registry or {"spec": {}}
    source = (registry.get("status") or {}).get("source") or {}
    return {
        "name": name,
        "exists": exists,
        "ready": condition_of(registry, "Ready").get("status", "Unknown"),
        "reachable": condition_of(registry, "SourceReachable").get("status", "Unknown"),
        "message": told_by(condition_of(registry, "SourceReachable")),
        "polled": source.get("lastSuccessTime", ""),
        "suspended": bool(registry["spec"].get("suspend")),
    }


def _slice(cluster: Cluster, tenant: JSONObject) -> dict[str, Any] | None:
    owners = tenant["metadata"].get("ownerReferences") or ()
    name = next((owner["name"] for owner in owners if owner["kind"] == "TenantSlice"), "")
    found = cluster.get(SLICES, name) if name else None
    if found is None:
        return None
    uid, spec, status = tenant["spec"].get("uid"), found["spec"], found.get("status") or {}
    missing = next((one for one in spec.get("missing") or () if one["uid"] == uid), None)
    removal = next((one for one in spec.get("removals") or () if one["uid"] == uid), None)
    return {
        "name": name,
        "row": any(row["uid"] == uid for row in spec.get("rows") or ()),
        "missingSince": missing["missingSince"] if missing else "",
        "deletionBlocked": bool(missing and missing.get("blocked")),
        "removedSince": removal["time"] if removal else "",
        "upToDate": status.get("observedSequence", 0) >= spec.get("sequence", 0),
    }


def _templates(tenant: JSONObject, registry: JSONObject | None) -> list[dict[str, Any]]:
    known = {found["name"]: found for found in (tenant.get("status") or {}).get("templates") or ()}
    rollouts = {found["name"]: found for found in ((registry or {}).get("status") or {}).get("templates") or ()}
    return [
        {
            "name": reference["name"],
            "revision": reference.get("revision", "") or known.get(reference["name"], {}).get("revision", ""),
            "readyRevision": known.get(reference["name"], {}).get("readyRevision", ""),
            "moved": reference.get("since", ""),
            "rollout": rollouts.get(reference["name"], {}).get("phase", ""),
            "target": rollouts.get(reference["name"], {}).get("revision", ""),
        }
        for reference in tenant["spec"].get("templates") or ()
    ]


def _in_order(cluster: Cluster, tenant: JSONObject) -> list[tuple[JSONObject, list[str]]]:
    """The entries of a Tenant's status in order of dependency, each with the entries that it needs."""
    order: dict[str, tuple[int, list[str]]] = {}
    for reference in _templates(tenant, None):
        for id_, needs in _graph(cluster, reference["name"], reference["revision"]).items():
            order[id_] = (len(order), needs)
    entries = (tenant.get("status") or {}).get("resources") or ()
    last = (len(order), list[str]())
    placed = [(entry, order.get(entry_of(entry["id"]), last)) for entry in entries]
    return [(entry, place[1]) for entry, place in sorted(placed, key=lambda one: (one[1][0], one[0]["id"]))]


def _graph(cluster: Cluster, template: str, revision: str) -> dict[str, list[str]]:
    """The entries of a revision, in order of dependency, with those that each needs; all by template/id."""
    found = cluster.get(REVISIONS, revision) if revision else cluster.get(TEMPLATES, template)
    if found is None:
        return {}
    try:
        compiled = compile_resources(found["spec"]["resources"], found["spec"].get("variables") or {})
    except TemplateError:
        return {}
    return {
        f"{template}/{entry.id}": [need if "/" in need else f"{template}/{need}" for need in entry.depends_on]
        for entry in compiled.entries
    }


def _entry(
    found: JSONObject, needs: list[str], obj: JSONObject | None, events: Iterable[dict[str, Any]]
) -> dict[str, Any]:
    place = (found.get("kind", ""), found.get("namespace", ""), found.get("name", ""))
    return {
        "id": found["id"],
        "kind": place[0],
        "namespace": place[1],
        "name": place[2],
        "phase": found["phase"],
        "reason": found.get("reason", ""),
        "message": found.get("message", ""),
        "since": found.get("since", ""),
        "created": (obj or {}).get("metadata", {}).get("creationTimestamp", ""),
        "deleting": (obj or {}).get("metadata", {}).get("deletionTimestamp", ""),
        "needs": needs,
        "events": _shown(event for event in events if place[2] and _is_about(event, place)),
    }


def _is_about(event: Mapping[str, Any], place: tuple[str, str, str]) -> bool:
    """Whether an Event is about an object, or about a Pod and the like that was made for it."""
    kind, namespace, name = place
    if event["namespace"] != namespace:
        return False
    if event["kind"] == kind and event["name"] == name:
        return True
    return kind in MAKES_PODS and event["kind"] in _MADE and str(event["name"]).startswith(f"{name}-")


def _objects_of(
    cluster: Cluster, tenant: str, entries: Iterable[JSONObject], hidden: list[str]
) -> dict[str, JSONObject]:
    """The tenant's objects in the cluster by the ids of their entries, without their content."""
    kinds = {entry["kind"] for entry in entries if entry.get("name")}
    resources = {
        (resource.group, resource.kind): resource
        for resource in reversed(cluster.resources())
        if resource.kind in kinds and "list" in resource.verbs
    }
    return {
        id_: obj
        for resource in resources.values()
        for obj in _allowed(cluster.items(resource, labels=f"{TENANT_LABEL}={tenant}", accept=METADATA), hidden)
        if (id_ := (obj["metadata"].get("annotations") or {}).get(RESOURCE_ID_ANNOTATION))
    }


def _events_of(cluster: Cluster, tenant: str, entries: Iterable[JSONObject], hidden: list[str]) -> list[dict[str, Any]]:
    placed = [(entry.get("namespace", ""), entry["name"]) for entry in entries if entry.get("name")]
    names = dict.fromkeys([("Tenant", tenant), *(("", name) for namespace, name in placed if not namespace)])
    found = []
    for kind, name in names:
        about = f"involvedObject.name={name}" + (f",involvedObject.kind={kind}" if kind else "")
        events = _allowed(cluster.items(EVENTS, namespace=CLUSTER_EVENTS, fields=about), hidden)
        found += [event for event in events if not event["involvedObject"].get("namespace")]
    for namespace in sorted({namespace for namespace, _ in placed if namespace}):
        found += _allowed(cluster.items(EVENTS, namespace=namespace), hidden)
    return [_event(event) for event in found]


def _event(event: JSONObject) -> dict[str, Any]:
    about, series = event["involvedObject"], event.get("series") or {}
    times = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    return {
        "kind": about.get("kind", ""),
        "namespace": about.get("namespace", ""),
        "name": about.get("name", ""),
        "type": event.get("type", ""),
        "reason": event.get("reason", ""),
        "message": " ".join(str(event.get("message", "")).split()),
        "count": series.get("count") or event.get("count") or 1,
        "last": next((str(time) for time in times if time), event["metadata"].get("creationTimestamp", "")),
    }


def _shown(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(events, key=lambda event: str(event["last"]))[-EVENTS_SHOWN:]
