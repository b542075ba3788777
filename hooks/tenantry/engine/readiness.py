"""Whether an observed object does what it is there for, by the rules of its kind.

The rules are those of kstatus (kubernetes-sigs/cli-utils, package kstatus), which users of kubectl, Argo CD and Flux
know. They differ where others wait for what an object is there for: a Job must be complete, not just begun, and a
Service of type LoadBalancer must have an address. A workload scaled to zero is ready, since that is what was asked for,
and so is one whose surplus Pods are still on their way out: an autoscaler may have asked for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tenantry.protocol import JSONObject


class Health(StrEnum):
    """How an object is."""

    READY = "Ready"
    WAITING = "Waiting"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class Readiness:
    """How an object is and, unless it is ready, why: a CamelCase reason and a sentence."""

    health: Health
    reason: str = ""
    message: str = ""


READY: Final = Readiness(Health.READY)
NOT_OBSERVED: Final = Readiness(Health.WAITING, "NotObserved", "its controller has not seen the change yet")


def readiness(obj: JSONObject) -> Readiness:
    """How an observed object is. Raises nothing, whatever its status holds."""
    status = obj.get("status")
    if not isinstance(status, dict):
        status = {}
    if "observedGeneration" in status and is_outdated(obj, status):
        return NOT_OBSERVED
    rule = _RULES.get((obj["kind"], obj["apiVersion"].rpartition("/")[0]), _by_conditions)
    return rule(obj, status)


def is_outdated(obj: JSONObject, status: JSONObject) -> bool:
    """Whether a status says that it is about an earlier generation of its object: then it tells nothing."""
    observed = status.get("observedGeneration")
    generation = obj["metadata"].get("generation")
    return isinstance(observed, int) and isinstance(generation, int) and observed < generation


def _waiting(reason: str, message: str) -> Readiness:
    return Readiness(Health.WAITING, reason, message)


def _failed(reason: str, message: str) -> Readiness:
    return Readiness(Health.FAILED, reason, message)


def _conditions(status: JSONObject) -> dict[str, JSONObject]:
    listed = status.get("conditions")
    if not isinstance(listed, list):
        return {}
    return {str(found["type"]): found for found in listed if isinstance(found, dict) and "type" in found}


def _holds(conditions: Mapping[str, JSONObject], type_: str) -> bool:
    return conditions.get(type_, {}).get("status") == "True"


def _because(condition: JSONObject) -> str:
    text = " ".join(str(condition.get(field) or "") for field in ("reason", "message")).strip()
    return text or f"{condition.get('type')} is {condition.get('status')}"


def _count(container: JSONObject, field: str, default: int = 0) -> int:
    value = container.get(field, default)
    return value if isinstance(value, int) else default


def _mapping(container: JSONObject, field: str) -> JSONObject:
    value = container.get(field)
    return value if isinstance(value, dict) else {}


def _spec(obj: JSONObject) -> JSONObject:
    return _mapping(obj, "spec")


def _exists(obj: JSONObject, status: JSONObject) -> Readiness:
    return READY


def _by_conditions(obj: JSONObject, status: JSONObject) -> Readiness:
    """Any other kind: what its conditions say; one without conditions is ready as soon as it exists."""
    conditions = _conditions(status)
    if _holds(conditions, "Stalled"):
        return _failed("Stalled", _because(conditions["Stalled"]))
    if _holds(conditions, "Reconciling"):
        return _waiting("Reconciling", _because(conditions["Reconciling"]))
    for type_ in ("Ready", "Available"):
        if type_ in conditions:
            if _holds(conditions, type_):
                return READY
            return _waiting(f"Not{type_}", _because(conditions[type_]))
    return READY


def _deployment(obj: JSONObject, status: JSONObject) -> Readiness:
    progressing = _conditions(status).get("Progressing", {})
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return _failed(
            "ProgressDeadlineExceeded", str(progressing.get("message") or "the Deployment makes no progress")
        )
    wanted = _count(_spec(obj), "replicas", 1)
    if "observedGeneration" not in status:
        return _waiting("NotObserved", "its controller has not seen it yet")
    if _count(status, "updatedReplicas") < wanted:
        return _replicas(_count(status, "updatedReplicas"), wanted, "updated")
    if _count(status, "replicas") > _count(status, "updatedReplicas"):
        return _waiting("OldReplicas", f"{_count(status, 'replicas') - wanted} old replicas are still running")
    if _count(status, "availableReplicas") < wanted:
        return _replicas(_count(status, "availableReplicas"), wanted, "available")
    return READY


def _stateful_set(obj: JSONObject, status: JSONObject) -> Readiness:
    wanted = _count(_spec(obj), "replicas", 1)
    strategy = _mapping(_spec(obj), "updateStrategy")
    if "observedGeneration" not in status:
        return _waiting("NotObserved", "its controller has not seen it yet")
    if _count(status, "readyReplicas") < wanted:
        return _replicas(_count(status, "readyReplicas"), wanted, "ready")
    if strategy.get("type") == "OnDelete":
        return READY
    expected = wanted - _count(_mapping(strategy, "rollingUpdate"), "partition")
    if _count(status, "updatedReplicas") < expected:
        return _replicas(_count(status, "updatedReplicas"), expected, "updated")
    return READY


def _daemon_set(obj: JSONObject, status: JSONObject) -> Readiness:
    if "observedGeneration" not in status:
        return _waiting("NotObserved", "its controller has not seen it yet")
    wanted = _count(status, "desiredNumberScheduled")
    for field, word in (("updatedNumberScheduled", "updated"), ("numberAvailable", "available")):
        if _count(status, field) < wanted:
            return _replicas(_count(status, field), wanted, word)
    return READY


def _replica_set(obj: JSONObject, status: JSONObject) -> Readiness:
    wanted = _count(_spec(obj), "replicas", 1)
    if _count(status, "availableReplicas") < wanted:
        return _replicas(_count(status, "availableReplicas"), wanted, "available")
    return READY


def _replicas(count: int, wanted: int, word: str) -> Readiness:
    return _waiting("ReplicasNotReady", f"{count} of {wanted} replicas are {word}")


def _job(obj: JSONObject, status: JSONObject) -> Readiness:
    conditions = _conditions(status)
    if _holds(conditions, "Failed"):
        return _failed("JobFailed", _because(conditions["Failed"]))
    if _holds(conditions, "Complete"):
        return READY
    if _holds(conditions, "Suspended") or _spec(obj).get("suspend") is True:
        return _waiting("Suspended", "the Job is suspended")
    return _waiting("JobRunning", "the Job is not complete")


def _pod(obj: JSONObject, status: JSONObject) -> Readiness:
    phase = status.get("phase")
    if phase == "Succeeded" or (phase == "Running" and _holds(_conditions(status), "Ready")):
        return READY
    if phase == "Failed":
        return _failed("PodFailed", str(status.get("message") or status.get("reason") or "the Pod failed"))
    return _waiting("PodNotReady", f"the Pod is {phase or 'not scheduled'}")


def _claim(obj: JSONObject, status: JSONObject) -> Readiness:
    phase = status.get("phase")
    if phase == "Bound":
        return READY
    if phase == "Lost":
        return _failed("VolumeLost", "the volume of this claim is lost")
    return _waiting("NotBound", f"the claim is {phase or 'Pending'}; with WaitForFirstConsumer a Pod must use it first")


def _service(obj: JSONObject, status: JSONObject) -> Readiness:
    spec = _spec(obj)
    if spec.get("type") == "LoadBalancer" and not _mapping(status, "loadBalancer").get("ingress"):
        return _waiting("NoLoadBalancer", "no load balancer address has been assigned")
    return READY


def _namespace(obj: JSONObject, status: JSONObject) -> Readiness:
    if status.get("phase") == "Terminating":
        return _waiting("Terminating", "the Namespace is being deleted")
    return READY if status.get("phase") == "Active" else _waiting("NotActive", "the Namespace is not active yet")


def _disruption_budget(obj: JSONObject, status: JSONObject) -> Readiness:
    if "observedGeneration" not in status:
        return _waiting("NotObserved", "its controller has not seen it yet")
    return READY


def _custom_resource_definition(obj: JSONObject, status: JSONObject) -> Readiness:
    conditions = _conditions(status)
    if conditions.get("NamesAccepted", {}).get("status") == "False":
        return _failed("NamesNotAccepted", _because(conditions["NamesAccepted"]))
    if _holds(conditions, "Established"):
        return READY
    return _waiting("NotEstablished", "the API server does not serve it yet")


def _api_service(obj: JSONObject, status: JSONObject) -> Readiness:
    available = _conditions(status).get("Available", {})
    return READY if available.get("status") == "True" else _waiting("NotAvailable", _because(available))


_RULES: Final[dict[tuple[str, str], Callable[[JSONObject, JSONObject], Readiness]]] = {
    ("APIService", "apiregistration.k8s.io"): _api_service,
    ("ConfigMap", ""): _exists,
    ("CronJob", "batch"): _exists,
    ("CustomResourceDefinition", "apiextensions.k8s.io"): _custom_resource_definition,
    ("DaemonSet", "apps"): _daemon_set,
    ("Deployment", "apps"): _deployment,
    # Scaling waits for metrics, which a cluster may never deliver: an autoscaler is ready as soon as it exists.
    ("HorizontalPodAutoscaler", "autoscaling"): _exists,
    ("Ingress", "networking.k8s.io"): _exists,
    ("Job", "batch"): _job,
    ("Namespace", ""): _namespace,
    ("PersistentVolumeClaim", ""): _claim,
    ("Pod", ""): _pod,
    ("PodDisruptionBudget", "policy"): _disruption_budget,
    ("ReplicaSet", "apps"): _replica_set,
    ("Secret", ""): _exists,
    ("Service", ""): _service,
    ("ServiceAccount", ""): _exists,
    ("StatefulSet", "apps"): _stateful_set,
}
