"""The status that Kubernetes' own controllers would write, if a workload's pods were healthy, starting, or broken.

Pure functions of the object, the wanted health and the time. They follow the API reference of each kind; times of what
has not changed are kept, so that an unchanged object gets an identical status.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from enum import Enum

import orjson

from tenantry.protocol import JSONObject


class Health(Enum):
    """How the pods behind a workload are doing."""

    READY = "ready"
    STARTING = "starting"
    FAILED = "failed"


StatusRule = Callable[[JSONObject, Health, str], JSONObject | None]
"""From object, health and the current time (RFC 3339) to its status; None where no controller would write one."""


def deployment(obj: JSONObject, health: Health, now: str) -> JSONObject | None:
    """Counts and the conditions Available and Progressing."""
    replicas, ready = _replicas(obj), health is Health.READY
    counts = {"replicas": replicas, "updatedReplicas": replicas}
    if ready:
        counts |= {"readyReplicas": replicas, "availableReplicas": replicas}
    else:
        counts |= {"unavailableReplicas": replicas}
    available = ("True", "MinimumReplicasAvailable") if ready else ("False", "MinimumReplicasUnavailable")
    progressing = {
        Health.READY: ("True", "NewReplicaSetAvailable"),
        Health.STARTING: ("True", "ReplicaSetUpdated"),
        Health.FAILED: ("False", "ProgressDeadlineExceeded"),
    }[health]
    conditions = [
        _condition(obj, "Available", *available, now, updated="lastUpdateTime"),
        _condition(obj, "Progressing", *progressing, now, updated="lastUpdateTime"),
    ]
    return {**_observed(obj), **_without_zeros(counts), "conditions": conditions}


def stateful_set(obj: JSONObject, health: Health, now: str) -> JSONObject | None:
    """Counts and revisions. A StatefulSet never says that it failed, it only stays incomplete."""
    replicas, ready = _replicas(obj), health is Health.READY
    revision = f"{obj['metadata']['name']}-{_digest(obj['spec'].get('template'))}"
    up = replicas if ready else 0
    required = {
        "replicas": replicas,
        "availableReplicas": up,
        "collisionCount": 0,
        "currentRevision": revision,
        "updateRevision": revision,
    }
    counts = {"readyReplicas": up, "currentReplicas": replicas, "updatedReplicas": replicas}
    return {**_observed(obj), **required, **_without_zeros(counts)}


def daemon_set(obj: JSONObject, health: Health, now: str) -> JSONObject | None:
    """Counts for a cluster of one node."""
    up = 1 if health is Health.READY else 0
    required = {"desiredNumberScheduled": 1, "currentNumberScheduled": 1, "numberMisscheduled": 0, "numberReady": up}
    counts = {"updatedNumberScheduled": 1, "numberAvailable": up, "numberUnavailable": 1 - up}
    return {**_observed(obj), **required, **_without_zeros(counts)}


def job(obj: JSONObject, health: Health, now: str) -> JSONObject | None:
    """Running, then Complete or Failed, which is final: such a Job is never touched again."""
    status, spec = obj.get("status") or {}, obj["spec"]
    if spec.get("suspend") or _condition_of(obj, "Complete") or _condition_of(obj, "Failed"):
        return None
    running: JSONObject = {"startTime": status.get("startTime", now), "ready": 0, "terminating": 0}
    running["uncountedTerminatedPods"] = {}
    if health is Health.STARTING:
        return {**running, "active": 1}
    if health is Health.FAILED:
        why = "BackoffLimitExceeded"
        conditions = [_condition(obj, name, "True", why, now, updated="lastProbeTime") for name in _JOB_FAILED]
        return {**running, "failed": 1, "conditions": conditions}
    why = "CompletionsReached"
    conditions = [_condition(obj, name, "True", why, now, updated="lastProbeTime") for name in _JOB_COMPLETE]
    completions = spec.get("completions") or 1
    return {**running, "completionTime": now, "succeeded": completions, "conditions": conditions}


def volume_claim(obj: JSONObject, health: Health, now: str) -> JSONObject | None:
    """Bound with what was asked for, Pending, or Lost."""
    if health is not Health.READY:
        return {"phase": "Pending" if health is Health.STARTING else "Lost"}
    spec = obj["spec"]
    storage = ((spec.get("resources") or {}).get("requests") or {}).get("storage", "1Gi")
    return {"phase": "Bound", "accessModes": spec.get("accessModes") or [], "capacity": {"storage": storage}}


def service(obj: JSONObject, health: Health, now: str) -> JSONObject | None:
    """An address for a Service of type LoadBalancer."""
    if obj["spec"].get("type") != "LoadBalancer":
        return None
    if health is not Health.READY:
        return {"loadBalancer": {}}
    return {"loadBalancer": {"ingress": [{"ip": _address(obj), "ipMode": "VIP"}]}}


def ingress(obj: JSONObject, health: Health, now: str) -> JSONObject | None:
    """An address for an Ingress."""
    if health is not Health.READY:
        return {"loadBalancer": {}}
    return {"loadBalancer": {"ingress": [{"ip": _address(obj)}]}}


RULES: dict[tuple[str, str], StatusRule] = {
    ("apps/v1", "Deployment"): deployment,
    ("apps/v1", "StatefulSet"): stateful_set,
    ("apps/v1", "DaemonSet"): daemon_set,
    ("batch/v1", "Job"): job,
    ("v1", "PersistentVolumeClaim"): volume_claim,
    ("v1", "Service"): service,
    ("networking.k8s.io/v1", "Ingress"): ingress,
}

_JOB_COMPLETE = ("SuccessCriteriaMet", "Complete")
_JOB_FAILED = ("FailureTarget", "Failed")


def _replicas(obj: JSONObject) -> int:
    return int(obj["spec"].get("replicas", 1))


def _observed(obj: JSONObject) -> JSONObject:
    return {"observedGeneration": obj["metadata"].get("generation", 1)}


def _without_zeros(counts: dict[str, int]) -> dict[str, int]:
    """The API leaves optional counts out when they are zero; writing them would look like a change for ever."""
    return {name: count for name, count in counts.items() if count}


def _condition_of(obj: JSONObject, name: str) -> JSONObject:
    for condition in (obj.get("status") or {}).get("conditions") or ():
        if condition["type"] == name:
            return dict(condition)
    return {}


def _condition(obj: JSONObject, name: str, status: str, reason: str, now: str, *, updated: str) -> JSONObject:
    """A condition; ``updated`` is the kind's name for the time of the last change other than a transition."""
    old = _condition_of(obj, name)
    same = (old.get("status"), old.get("reason")) == (status, reason)
    transition = old.get("lastTransitionTime", now) if old.get("status") == status else now
    return {
        "type": name,
        "status": status,
        "reason": reason,
        "message": f"simulated: {reason}",
        updated: old.get(updated, now) if same else now,
        "lastTransitionTime": transition,
    }


def _digest(value: object) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()[:10]


def _address(obj: JSONObject) -> str:
    """An address of the range that RFC 5737 reserves for documentation."""
    return f"192.0.2.{int(_digest(obj['metadata']['uid']), 16) % 254 + 1}"
