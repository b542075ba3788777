"""When an object does what it is there for, kind by kind."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.engine.readiness import Health, readiness
from tenantry.protocol import JSONObject

READY, WAITING, FAILED = Health.READY, Health.WAITING, Health.FAILED


def obj(kind: str, spec: JSONObject | None, status: Any, *, generation: int = 1) -> JSONObject:
    api_version, _, name = kind.rpartition("/")
    found = {"apiVersion": api_version, "kind": name, "metadata": {"name": "x", "generation": generation}}
    return found | ({} if spec is None else {"spec": spec}) | ({} if status is None else {"status": status})


def conditions(**found: str) -> JSONObject:
    return {"conditions": [{"type": type_, "status": status} for type_, status in found.items()]}


def deployed(updated: int = 2, total: int = 2, available: int = 2, **more: Any) -> JSONObject:
    return {
        "observedGeneration": 1,
        "updatedReplicas": updated,
        "replicas": total,
        "availableReplicas": available,
        **more,
    }


def stateful(ready: int = 2, updated: int = 2) -> JSONObject:
    return {"observedGeneration": 1, "readyReplicas": ready, "updatedReplicas": updated}


def daemons(updated: int = 2, available: int = 2) -> JSONObject:
    counts = {"updatedNumberScheduled": updated, "numberAvailable": available}
    return {"observedGeneration": 1, "desiredNumberScheduled": 2, **counts}


LATE: JSONObject = {"conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]}
TWO = {"replicas": 2}

TABLE: list[tuple[str, JSONObject | None, Any, Health]] = [
    ("apps/v1/Deployment", TWO, deployed(), READY),
    ("apps/v1/Deployment", TWO, None, WAITING),
    ("apps/v1/Deployment", TWO, deployed(updated=1), WAITING),
    ("apps/v1/Deployment", TWO, deployed(total=3), WAITING),
    ("apps/v1/Deployment", TWO, deployed(available=1), WAITING),
    ("apps/v1/Deployment", TWO, deployed(available=1, **LATE), FAILED),
    ("apps/v1/Deployment", {"replicas": 0}, {"observedGeneration": 1}, READY),
    ("apps/v1/Deployment", {}, deployed(1, 1, 1), READY),
    ("apps/v1/Deployment", {}, deployed(1, 1, 0), WAITING),
    ("apps/v1/StatefulSet", TWO, stateful(), READY),
    ("apps/v1/StatefulSet", TWO, None, WAITING),
    ("apps/v1/StatefulSet", TWO, stateful(ready=1), WAITING),
    ("apps/v1/StatefulSet", TWO, stateful(updated=1), WAITING),
    ("apps/v1/StatefulSet", {"replicas": 0}, stateful(0, 0), READY),
    ("apps/v1/StatefulSet", {**TWO, "updateStrategy": {"type": "OnDelete"}}, stateful(updated=0), READY),
    ("apps/v1/StatefulSet", {**TWO, "updateStrategy": {"rollingUpdate": {"partition": 1}}}, stateful(updated=1), READY),
    ("apps/v1/DaemonSet", {}, daemons(), READY),
    ("apps/v1/DaemonSet", {}, None, WAITING),
    ("apps/v1/DaemonSet", {}, daemons(updated=1), WAITING),
    ("apps/v1/DaemonSet", {}, daemons(available=1), WAITING),
    ("apps/v1/ReplicaSet", TWO, {"observedGeneration": 1, "availableReplicas": 2}, READY),
    ("apps/v1/ReplicaSet", TWO, {"observedGeneration": 1, "availableReplicas": 1}, WAITING),
    ("batch/v1/Job", {}, conditions(Complete="True"), READY),
    ("batch/v1/Job", {}, conditions(Failed="True"), FAILED),
    ("batch/v1/Job", {}, {"active": 1}, WAITING),
    ("batch/v1/Job", {"suspend": True}, conditions(Suspended="True"), WAITING),
    ("batch/v1/CronJob", {}, None, READY),
    ("v1/Pod", {}, {"phase": "Running", **conditions(Ready="True")}, READY),
    ("v1/Pod", {}, {"phase": "Running", **conditions(Ready="False")}, WAITING),
    ("v1/Pod", {}, {"phase": "Succeeded"}, READY),
    ("v1/Pod", {}, {"phase": "Failed"}, FAILED),
    ("v1/Pod", {}, None, WAITING),
    ("v1/PersistentVolumeClaim", {}, {"phase": "Bound"}, READY),
    ("v1/PersistentVolumeClaim", {}, {"phase": "Pending"}, WAITING),
    ("v1/PersistentVolumeClaim", {}, {"phase": "Lost"}, FAILED),
    ("v1/PersistentVolumeClaim", {}, None, WAITING),
    ("v1/Service", {"type": "ClusterIP"}, {"loadBalancer": {}}, READY),
    ("v1/Service", {"type": "LoadBalancer"}, {"loadBalancer": {}}, WAITING),
    ("v1/Service", {"type": "LoadBalancer"}, {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}, READY),
    ("v1/Namespace", {}, {"phase": "Active"}, READY),
    ("v1/Namespace", {}, {"phase": "Terminating"}, WAITING),
    ("v1/Namespace", {}, None, WAITING),
    ("v1/ConfigMap", None, None, READY),
    ("v1/Secret", None, None, READY),
    ("v1/ServiceAccount", None, None, READY),
    ("networking.k8s.io/v1/Ingress", {}, {"loadBalancer": {}}, READY),
    ("networking.k8s.io/v1/NetworkPolicy", {}, None, READY),
    ("autoscaling/v2/HorizontalPodAutoscaler", {}, conditions(ScalingActive="False"), READY),
    ("policy/v1/PodDisruptionBudget", {}, {"observedGeneration": 1}, READY),
    ("policy/v1/PodDisruptionBudget", {}, None, WAITING),
    ("apiextensions.k8s.io/v1/CustomResourceDefinition", {}, conditions(Established="True"), READY),
    ("apiextensions.k8s.io/v1/CustomResourceDefinition", {}, None, WAITING),
    ("apiextensions.k8s.io/v1/CustomResourceDefinition", {}, conditions(NamesAccepted="False"), FAILED),
    ("apiregistration.k8s.io/v1/APIService", {}, conditions(Available="True"), READY),
    ("apiregistration.k8s.io/v1/APIService", {}, conditions(Available="False"), WAITING),
    ("example.com/v1/Widget", {}, None, READY),
    ("example.com/v1/Widget", {}, {"conditions": []}, READY),
    ("example.com/v1/Widget", {}, conditions(Ready="True"), READY),
    ("example.com/v1/Widget", {}, conditions(Ready="False"), WAITING),
    ("example.com/v1/Widget", {}, conditions(Ready="Unknown"), WAITING),
    ("example.com/v1/Widget", {}, conditions(Available="False"), WAITING),
    ("example.com/v1/Widget", {}, conditions(Ready="True", Available="False"), READY),
    ("example.com/v1/Widget", {}, conditions(Reconciling="True", Ready="True"), WAITING),
    ("example.com/v1/Widget", {}, conditions(Stalled="True", Ready="True"), FAILED),
    ("example.com/v1/Widget", {}, conditions(Something="False"), READY),
    ("example.com/v1/Deployment", {"replicas": 9}, None, READY),
    ("serving.knative.dev/v1/Service", {"type": "LoadBalancer"}, conditions(Ready="False"), WAITING),
]


@pytest.mark.parametrize(("kind", "spec", "status", "health"), TABLE)
def test_health_by_kind(kind: str, spec: JSONObject | None, status: Any, health: Health) -> None:
    assert readiness(obj(kind, spec, status)).health is health


@pytest.mark.parametrize(("kind", "spec", "status"), [case[:3] for case in TABLE if case[3] is not READY])
def test_whatever_is_not_ready_says_why(kind: str, spec: JSONObject | None, status: Any) -> None:
    found = readiness(obj(kind, spec, status))
    assert (found.reason.isalnum(), bool(found.message)) == (True, True)


@pytest.mark.parametrize("kind", ["apps/v1/Deployment", "apps/v1/StatefulSet", "example.com/v1/Widget"])
def test_a_status_of_an_older_generation_does_not_count(kind: str) -> None:
    status = {**deployed(), **stateful(), **conditions(Ready="True")}
    assert readiness(obj(kind, TWO, status, generation=2)).reason == "NotObserved"


def test_a_failing_rollout_tells_the_message_of_the_cluster() -> None:
    late: JSONObject = {"conditions": [{**LATE["conditions"][0], "message": "ReplicaSet has timed out"}]}
    assert (
        readiness(obj("apps/v1/Deployment", TWO, deployed(available=0, **late))).message == "ReplicaSet has timed out"
    )
