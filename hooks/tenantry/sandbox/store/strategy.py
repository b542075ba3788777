"""What the API server itself decides about an object when it is created and updated: status, addresses, generation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tenantry.protocol import JSONObject
from tenantry.sandbox.store.decoding import empty
from tenantry.sandbox.store.resources import Resource

PVC_FINALIZER: Final = "kubernetes.io/pvc-protection"
_ALLOCATED: Final = ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "healthCheckNodePort")
_SYSTEM_METADATA: Final = (
    "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "resourceVersion",
    "name", "namespace", "generateName",
)  # fmt: skip
# Kinds whose generation grows with their annotations too.
_ANNOTATED_GENERATION: Final = frozenset(["Deployment"])


def prepare_create(obj: JSONObject, resource: Resource, *, uid: str, now: str, address: Callable[[], str]) -> None:
    """Set what only the server decides about a new, decoded object."""
    metadata = obj["metadata"]
    metadata.update(uid=uid, creationTimestamp=now)
    for key in ("deletionTimestamp", "deletionGracePeriodSeconds", "generation", "resourceVersion"):
        metadata.pop(key, None)
    if resource.has_generation:
        metadata["generation"] = 1
    if resource.is_custom:
        if resource.has_status:
            obj.pop("status", None)
        return
    if "status" in resource.schema.fields:
        obj["status"] = empty(resource.schema.fields["status"])
    match obj["kind"]:
        case "Namespace":
            obj["spec"]["finalizers"] = ["kubernetes"]
            obj["status"]["phase"] = "Active"
        case "Pod":
            obj["status"].update(phase="Pending", qosClass=_quality_of_service(obj["spec"]))
            _admit_pod(obj["spec"])
        case "PersistentVolumeClaim":
            metadata.setdefault("finalizers", []).append(PVC_FINALIZER)
            obj["status"]["phase"] = "Pending"
        case "Service":
            _allocate_address(obj["spec"], address)
        case "Job":
            _label_job(obj)
        case "CustomResourceDefinition":
            _establish(obj, now)
        case "APIService" if "service" not in obj["spec"]:
            obj["status"]["conditions"] = [
                _condition("Available", "Local", "Local APIServices are always available", now)
            ]


def _admit_pod(spec: JSONObject) -> None:
    spec.setdefault("priority", 0)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    tolerations = spec.get("tolerations", [])
    for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"):
        if all(item.get("key") != key for item in tolerations):
            added = {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            tolerations = [*tolerations, added]
    spec["tolerations"] = tolerations


def _allocate_address(spec: JSONObject, address: Callable[[], str]) -> None:
    if spec["type"] == "ExternalName":
        return
    spec.setdefault("clusterIP", "")
    if not spec["clusterIP"]:
        spec["clusterIP"] = address()
    spec.setdefault("clusterIPs", [spec["clusterIP"]])
    # A headless service without a selector may get endpoints of either family from whoever makes them.
    anything = spec["clusterIP"] == "None" and not spec.get("selector")
    spec.setdefault("ipFamilies", ["IPv4", "IPv6"] if anything else ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "RequireDualStack" if anything else "SingleStack")


def _label_job(obj: JSONObject) -> None:
    if obj["spec"]["manualSelector"]:
        return
    uid, name = obj["metadata"]["uid"], obj["metadata"]["name"]
    labels = {
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": name,
        "controller-uid": uid,
        "job-name": name,
    }
    template = obj["spec"]["template"]["metadata"]
    template["labels"] = {**template.get("labels", {}), **labels}
    if not obj["metadata"].get("labels"):
        obj["metadata"]["labels"] = dict(template["labels"])
    obj["spec"].setdefault("selector", {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}})


def _condition(kind: str, reason: str, message: str, now: str) -> JSONObject:
    return {"type": kind, "status": "True", "lastTransitionTime": now, "reason": reason, "message": message}


def _establish(definition: JSONObject, now: str) -> None:
    spec = definition["spec"]
    definition["status"] = {
        "conditions": [
            _condition("NamesAccepted", "NoConflicts", "no conflicts found", now),
            _condition("Established", "InitialNamesAccepted", "the initial names have been accepted", now),
        ],
        "acceptedNames": dict(spec["names"]),
        "storedVersions": [version["name"] for version in spec["versions"] if version.get("storage")],
    }


def _quality_of_service(spec: JSONObject) -> str:
    resources = [container["resources"] for container in (*spec.get("initContainers", ()), *(spec["containers"] or ()))]
    if not any(item.get("requests") or item.get("limits") for item in resources):
        return "BestEffort"
    guaranteed = all(
        {"cpu", "memory"} <= item.get("limits", {}).keys() and item["limits"] == item.get("requests")
        for item in resources
    )
    return "Guaranteed" if guaranteed else "Burstable"


def prepare_update(new: JSONObject, old: JSONObject, resource: Resource) -> None:
    """Keep what an update of the object itself cannot change, and raise the generation if its content differs."""
    _keep(new["metadata"], old["metadata"], _SYSTEM_METADATA)
    if resource.has_status:
        _keep(new, old, ("status",))
    if not resource.is_custom:
        _prepare_built_in_update(new, old)
    if resource.has_generation and _content(new, resource) != _content(old, resource):
        new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1


def _prepare_built_in_update(new: JSONObject, old: JSONObject) -> None:
    match new["kind"]:
        case "Namespace":
            new["spec"] = old["spec"]
        case "Pod":
            _admit_pod(new["spec"])
        case "Service" if new["spec"]["type"] != "ExternalName":
            for key in _ALLOCATED:
                if key in old["spec"]:
                    new["spec"].setdefault(key, old["spec"][key])


def _keep(new: JSONObject, old: JSONObject, keys: tuple[str, ...]) -> None:
    for key in keys:
        if key in old:
            new[key] = old[key]
        else:
            new.pop(key, None)


def _content(obj: JSONObject, resource: Resource) -> list[Any]:
    """What the generation counts: everything but metadata, type, and status where that is written apart."""
    ignored = {"apiVersion", "kind", "metadata", *(["status"] if resource.has_status else [])}
    content: list[Any] = [{key: value for key, value in obj.items() if key not in ignored}]
    if not resource.is_custom and obj["kind"] in _ANNOTATED_GENERATION:
        content.append(obj["metadata"].get("annotations"))
    if not resource.is_custom and obj["kind"] == "EndpointSlice":
        content.append(obj["metadata"].get("labels"))
    return content
