from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tenantry.protocol import JSONObject
from tenantry.sandbox.store import InProcessCluster
from tenantry.sandbox.workload_status import RULES, Health
from tenantry.sandbox.workloads import Workloads

NOW, LATER = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
POD: JSONObject = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "main", "image": "shop:1"}]}}
SELECTOR = {"matchLabels": {"app": "a"}}
JOB_POD = {"spec": {**POD["spec"], "restartPolicy": "Never"}}

SPECS: dict[str, tuple[str, JSONObject]] = {
    "Deployment": ("apps/v1", {"selector": SELECTOR, "template": POD}),
    "StatefulSet": ("apps/v1", {"selector": SELECTOR, "template": POD, "serviceName": "a"}),
    "DaemonSet": ("apps/v1", {"selector": SELECTOR, "template": POD}),
    "Job": ("batch/v1", {"template": JOB_POD}),
    "PersistentVolumeClaim": (
        "v1",
        {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}},
    ),
    "Service": ("v1", {"type": "LoadBalancer", "ports": [{"port": 80}]}),
    "Ingress": (
        "networking.k8s.io/v1",
        {"defaultBackend": {"service": {"name": "a", "port": {"number": 80}}}},
    ),
}


def workload(kind: str, name: str = "a", **spec: Any) -> JSONObject:
    api_version, base = SPECS[kind]
    metadata = {"name": name, "namespace": "default", "uid": "u", "generation": 1}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": {**base, **spec}}


def status(obj: JSONObject, health: Health = Health.READY, now: str = NOW) -> JSONObject | None:
    return RULES[(obj["apiVersion"], obj["kind"])](obj, health, now)


def conditions(kind: str, health: Health) -> dict[str, tuple[str, str]]:
    found = status(workload(kind), health)
    assert found is not None
    return {each["type"]: (each["status"], each["reason"]) for each in found["conditions"]}


@pytest.mark.parametrize(
    ("health", "available", "progressing"),
    [
        (Health.READY, ("True", "MinimumReplicasAvailable"), ("True", "NewReplicaSetAvailable")),
        (Health.STARTING, ("False", "MinimumReplicasUnavailable"), ("True", "ReplicaSetUpdated")),
        (Health.FAILED, ("False", "MinimumReplicasUnavailable"), ("False", "ProgressDeadlineExceeded")),
    ],
)
def test_a_deployment_tells_its_health_by_conditions(
    health: Health, available: tuple[str, str], progressing: tuple[str, str]
) -> None:
    assert conditions("Deployment", health) == {"Available": available, "Progressing": progressing}


def test_a_ready_deployment_has_all_its_replicas() -> None:
    found = status(workload("Deployment", replicas=3)) or {}
    counts = ("observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    assert [found[each] for each in counts] == [1, 3, 3, 3, 3]


def test_a_deployment_scaled_to_zero_has_no_counts() -> None:
    assert set(status(workload("Deployment", replicas=0)) or {}) == {"observedGeneration", "conditions"}


def test_a_ready_stateful_set_is_on_its_latest_revision() -> None:
    found = status(workload("StatefulSet", replicas=2)) or {}
    assert found["currentRevision"] == found["updateRevision"]
    assert (found["currentReplicas"], found["readyReplicas"]) == (2, 2)


def test_a_starting_daemon_set_misses_its_pod() -> None:
    found = status(workload("DaemonSet"), Health.STARTING) or {}
    assert (found["desiredNumberScheduled"], found["numberReady"], found["numberUnavailable"]) == (1, 0, 1)


@pytest.mark.parametrize(
    ("health", "names"),
    [(Health.READY, ["SuccessCriteriaMet", "Complete"]), (Health.FAILED, ["FailureTarget", "Failed"])],
)
def test_a_job_ends_with_a_condition(health: Health, names: list[str]) -> None:
    assert list(conditions("Job", health)) == names


def test_a_finished_job_is_not_touched_again() -> None:
    job = workload("Job")
    job["status"] = status(job, Health.FAILED)
    assert status(job, Health.READY) is None


def test_a_suspended_job_does_not_run() -> None:
    assert status(workload("Job", suspend=True)) is None


def test_a_claim_is_bound_with_what_it_asked_for() -> None:
    assert status(workload("PersistentVolumeClaim")) == {
        "phase": "Bound",
        "accessModes": ["ReadWriteOnce"],
        "capacity": {"storage": "2Gi"},
    }


def test_a_service_inside_the_cluster_has_no_status() -> None:
    assert status(workload("Service", type="ClusterIP")) is None


@pytest.mark.parametrize("kind", ["Service", "Ingress"])
def test_a_way_in_gets_an_address_of_the_documentation_range(kind: str) -> None:
    found = status(workload(kind)) or {}
    assert found["loadBalancer"]["ingress"][0]["ip"].startswith("192.0.2.")


@pytest.mark.parametrize("kind", sorted(SPECS))
@pytest.mark.parametrize("health", [Health.READY, Health.STARTING])
def test_the_status_of_an_unchanged_workload_never_changes(kind: str, health: Health) -> None:
    obj = workload(kind)
    obj["status"] = status(obj, health)
    assert status(obj, health, LATER) in (obj["status"], None)


@pytest.fixture
def cluster() -> Iterator[InProcessCluster]:
    cluster = InProcessCluster()
    yield cluster
    cluster.close()


def create(cluster: InProcessCluster, obj: JSONObject) -> None:
    del obj["metadata"]["uid"], obj["metadata"]["generation"]
    cluster.create(cluster.resource_type(obj["apiVersion"], kind=obj["kind"]), obj, field_manager="user")


def live(cluster: InProcessCluster, kind: str, name: str = "a") -> JSONObject:
    return cluster.get(cluster.resource_type(SPECS[kind][0], kind=kind), name, "default")


def progressing(cluster: InProcessCluster, name: str = "a") -> str:
    found = (live(cluster, "Deployment", name).get("status") or {}).get("conditions") or []
    return next((str(each["reason"]) for each in found if each["type"] == "Progressing"), "")


def eventually_progressing(cluster: InProcessCluster, reason: str, name: str = "a") -> bool:
    deadline = time.monotonic() + 10
    while progressing(cluster, name) != reason and time.monotonic() < deadline:
        time.sleep(0.01)
    return progressing(cluster, name) == reason


def test_existing_and_new_workloads_become_ready(cluster: InProcessCluster) -> None:
    create(cluster, workload("Deployment", "a"))
    with Workloads(cluster):
        create(cluster, workload("Deployment", "b"))
        for name in ("a", "b"):
            assert eventually_progressing(cluster, "NewReplicaSetAvailable", name)


def test_a_workload_that_is_told_to_fail_fails(cluster: InProcessCluster) -> None:
    with Workloads(cluster) as workloads:
        workloads.fail("Deployment", "default", "a")
        create(cluster, workload("Deployment", "a"))
        create(cluster, workload("Deployment", "b"))
        assert eventually_progressing(cluster, "ProgressDeadlineExceeded", "a")
        assert eventually_progressing(cluster, "NewReplicaSetAvailable", "b")


def test_a_ready_workload_can_be_told_to_fail_and_to_heal(cluster: InProcessCluster) -> None:
    create(cluster, workload("Deployment"))
    with Workloads(cluster) as workloads:
        assert eventually_progressing(cluster, "NewReplicaSetAvailable")
        workloads.fail("Deployment")
        assert eventually_progressing(cluster, "ProgressDeadlineExceeded")
        workloads.heal()
        assert eventually_progressing(cluster, "NewReplicaSetAvailable")


def test_a_held_workload_keeps_starting(cluster: InProcessCluster) -> None:
    with Workloads(cluster) as workloads:
        workloads.hold("*", "default")
        create(cluster, workload("Deployment"))
        assert eventually_progressing(cluster, "ReplicaSetUpdated")


def test_workloads_fail_by_what_they_contain(cluster: InProcessCluster) -> None:
    def is_broken(obj: JSONObject) -> bool:
        containers = obj["spec"].get("template", {}).get("spec", {}).get("containers", [])
        return any(each["image"] == "broken" for each in containers)

    with Workloads(cluster) as workloads:
        workloads.fail_when(is_broken)
        pod = {**POD, "spec": {"containers": [{"name": "main", "image": "broken"}]}}
        create(cluster, workload("Deployment", template=pod))
        assert eventually_progressing(cluster, "ProgressDeadlineExceeded")


def test_after_a_change_a_workload_takes_its_delay_to_get_ready(cluster: InProcessCluster) -> None:
    seen: list[str] = []
    with Workloads(cluster, delay=0.2):
        create(cluster, workload("Deployment"))
        assert eventually_progressing(cluster, "ReplicaSetUpdated")
        seen.append(progressing(cluster))
        assert eventually_progressing(cluster, "NewReplicaSetAvailable")
    assert seen == ["ReplicaSetUpdated"]


def test_a_restarted_simulator_finds_nothing_to_write(cluster: InProcessCluster) -> None:
    for kind in SPECS:
        create(cluster, workload(kind))
    with Workloads(cluster) as first:
        assert eventually_written(first, len(SPECS))
    with Workloads(cluster) as second:
        create(cluster, workload("Deployment", "last"))
        assert eventually_progressing(cluster, "NewReplicaSetAvailable", "last")
        assert second.writes == 1


def eventually_written(workloads: Workloads, number: int) -> bool:
    deadline = time.monotonic() + 10
    while workloads.writes < number and time.monotonic() < deadline:
        time.sleep(0.01)
    return workloads.writes == number
