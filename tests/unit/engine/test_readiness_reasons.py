"""Why an object is not ready, word for word: a Tenant's status shows it, and people search for it."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.engine.readiness import READY, Health, Readiness, readiness
from tenantry.protocol import JSONObject

UNSEEN = {"observedGeneration": 1}


def found(kind: str, status: JSONObject, **spec: Any) -> Readiness:
    api_version, _, name = kind.rpartition("/")
    metadata = {"name": "x", "generation": 1}
    return readiness({"apiVersion": api_version, "kind": name, "metadata": metadata, "spec": spec, "status": status})


def told(type_: str, status: str = "False", **fields: str) -> JSONObject:
    return {"conditions": [{"type": type_, "status": status, **fields}]}


CASES: list[tuple[str, JSONObject, JSONObject, str, str]] = [
    ("apps/v1/Deployment", {}, {}, "NotObserved", "its controller has not seen it yet"),
    (
        "apps/v1/Deployment",
        {"replicas": 3},
        {**UNSEEN, "updatedReplicas": 2},
        "ReplicasNotReady",
        "2 of 3 replicas are updated",
    ),
    (
        "apps/v1/Deployment",
        {"replicas": 1},
        {**UNSEEN, "updatedReplicas": 1, "replicas": 3},
        "OldReplicas",
        "2 old replicas are still running",
    ),
    (
        "apps/v1/Deployment",
        {},
        {**UNSEEN, "updatedReplicas": 1, "replicas": 1},
        "ReplicasNotReady",
        "0 of 1 replicas are available",
    ),
    ("apps/v1/StatefulSet", {}, {}, "NotObserved", "its controller has not seen it yet"),
    ("apps/v1/StatefulSet", {}, UNSEEN, "ReplicasNotReady", "0 of 1 replicas are ready"),
    (
        "apps/v1/StatefulSet",
        {"replicas": 3},
        {**UNSEEN, "readyReplicas": 2, "updatedReplicas": 3},
        "ReplicasNotReady",
        "2 of 3 replicas are ready",
    ),
    (
        "apps/v1/StatefulSet",
        {"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}},
        {**UNSEEN, "readyReplicas": 3, "updatedReplicas": 1},
        "ReplicasNotReady",
        "1 of 2 replicas are updated",
    ),
    (
        "apps/v1/StatefulSet",
        {"replicas": 2},
        {**UNSEEN, "readyReplicas": 2},
        "ReplicasNotReady",
        "0 of 2 replicas are updated",
    ),
    ("apps/v1/DaemonSet", {}, {}, "NotObserved", "its controller has not seen it yet"),
    (
        "apps/v1/DaemonSet",
        {},
        {**UNSEEN, "desiredNumberScheduled": 2},
        "ReplicasNotReady",
        "0 of 2 replicas are updated",
    ),
    (
        "apps/v1/DaemonSet",
        {},
        {**UNSEEN, "desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 1},
        "ReplicasNotReady",
        "1 of 2 replicas are available",
    ),
    ("apps/v1/ReplicaSet", {}, {}, "ReplicasNotReady", "0 of 1 replicas are available"),
    (
        "apps/v1/ReplicaSet",
        {"replicas": 2},
        {"availableReplicas": 1},
        "ReplicasNotReady",
        "1 of 2 replicas are available",
    ),
    ("batch/v1/Job", {}, {}, "JobRunning", "the Job is not complete"),
    ("batch/v1/Job", {"suspend": True}, {}, "Suspended", "the Job is suspended"),
    ("batch/v1/Job", {}, told("Suspended", "True"), "Suspended", "the Job is suspended"),
    ("v1/Pod", {}, {}, "PodNotReady", "the Pod is not scheduled"),
    ("v1/Pod", {}, {"phase": "Pending"}, "PodNotReady", "the Pod is Pending"),
    (
        "v1/PersistentVolumeClaim",
        {},
        {},
        "NotBound",
        "the claim is Pending; with WaitForFirstConsumer a Pod must use it first",
    ),
    ("v1/Service", {"type": "LoadBalancer"}, {}, "NoLoadBalancer", "no load balancer address has been assigned"),
    ("v1/Namespace", {}, {"phase": "Terminating"}, "Terminating", "the Namespace is being deleted"),
    ("v1/Namespace", {}, {}, "NotActive", "the Namespace is not active yet"),
    ("policy/v1/PodDisruptionBudget", {}, {}, "NotObserved", "its controller has not seen it yet"),
    (
        "apiextensions.k8s.io/v1/CustomResourceDefinition",
        {},
        {},
        "NotEstablished",
        "the API server does not serve it yet",
    ),
    (
        "apiregistration.k8s.io/v1/APIService",
        {},
        told("Available", reason="MissingEndpoints", message="no pods"),
        "NotAvailable",
        "MissingEndpoints no pods",
    ),
    ("example.com/v1/Widget", {}, told("Ready", reason="Booting"), "NotReady", "Booting"),
    ("example.com/v1/Widget", {}, told("Available", message="almost"), "NotAvailable", "almost"),
    ("example.com/v1/Widget", {}, told("Ready"), "NotReady", "Ready is False"),
    ("example.com/v1/Widget", {}, told("Reconciling", "True", reason="Resizing"), "Reconciling", "Resizing"),
]

FAILURES: list[tuple[str, JSONObject, str, str]] = [
    (
        "apps/v1/Deployment",
        told("Progressing", reason="ProgressDeadlineExceeded"),
        "ProgressDeadlineExceeded",
        "the Deployment makes no progress",
    ),
    ("batch/v1/Job", told("Failed", "True", reason="BackoffLimitExceeded"), "JobFailed", "BackoffLimitExceeded"),
    ("v1/Pod", {"phase": "Failed", "message": "evicted", "reason": "Evicted"}, "PodFailed", "evicted"),
    ("v1/Pod", {"phase": "Failed", "reason": "Evicted"}, "PodFailed", "Evicted"),
    ("v1/Pod", {"phase": "Failed"}, "PodFailed", "the Pod failed"),
    ("v1/PersistentVolumeClaim", {"phase": "Lost"}, "VolumeLost", "the volume of this claim is lost"),
    (
        "apiextensions.k8s.io/v1/CustomResourceDefinition",
        told("NamesAccepted", reason="Taken", message="plural is taken"),
        "NamesNotAccepted",
        "Taken plural is taken",
    ),
    ("example.com/v1/Widget", told("Stalled", "True", reason="NoQuota"), "Stalled", "NoQuota"),
]


@pytest.mark.parametrize(("kind", "spec", "status", "reason", "message"), CASES)
def test_what_an_object_waits_for(kind: str, spec: JSONObject, status: JSONObject, reason: str, message: str) -> None:
    assert found(kind, status, **spec) == Readiness(Health.WAITING, reason, message)


@pytest.mark.parametrize(("kind", "status", "reason", "message"), FAILURES)
def test_why_an_object_failed(kind: str, status: JSONObject, reason: str, message: str) -> None:
    assert found(kind, status) == Readiness(Health.FAILED, reason, message)


def test_a_status_about_an_older_generation_says_nothing() -> None:
    found_ = found("example.com/v1/Widget", {"observedGeneration": 0, **told("Ready", "True")})
    assert found_ == Readiness(Health.WAITING, "NotObserved", "its controller has not seen the change yet")


@pytest.mark.parametrize("kind", ["apps/v1/Deployment", "apps/v1/StatefulSet", "apps/v1/ReplicaSet"])
def test_a_workload_that_does_not_say_how_many_wants_one(kind: str) -> None:
    counts = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    assert found(kind, {**UNSEEN, **dict.fromkeys(counts, 1)}) == READY


def test_a_stateful_set_that_is_updated_by_hand_is_ready_without_an_update() -> None:
    assert found("apps/v1/StatefulSet", {**UNSEEN, "readyReplicas": 1}, updateStrategy={"type": "OnDelete"}) == READY


def test_a_daemon_set_without_nodes_is_ready() -> None:
    assert found("apps/v1/DaemonSet", UNSEEN) == READY


def test_a_pod_that_is_ready_without_running_is_not_ready() -> None:
    assert found("v1/Pod", {"phase": "Pending", **told("Ready", "True")}).health is Health.WAITING


def test_a_service_of_another_type_needs_no_address() -> None:
    assert found("v1/Service", {}, type="NodePort") == READY


def test_an_api_service_that_says_nothing_is_not_available() -> None:
    assert found("apiregistration.k8s.io/v1/APIService", {}).reason == "NotAvailable"


def test_a_number_that_is_none_counts_as_none() -> None:
    assert found("apps/v1/ReplicaSet", {"availableReplicas": "many"}).message == "0 of 1 replicas are available"
