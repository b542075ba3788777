"""When an object counts as ready: by the rules of its kind, as its status in the cluster says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tenantry.protocol import JSONObject
from tests.scenarios.harness.extension_server import ExtensionServer, extension_server
from tests.scenarios.harness.objects import condition, entry
from tests.scenarios.harness.world import World

POD = {"metadata": {"labels": {"app": "it"}}, "spec": {"containers": [{"name": "main", "image": "it:1"}]}}
JOB_POD = {"spec": {"containers": [{"name": "main", "image": "it:1"}], "restartPolicy": "Never"}}
SELECTOR = {"matchLabels": {"app": "it"}}
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
BALANCER = {"type": "LoadBalancer", "selector": {"app": "it"}, "ports": [{"port": 80}]}
RULES = [
    {
        "http": {
            "paths": [
                {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "it", "port": {"number": 80}}}}
            ]
        }
    }
]
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "it"}
WORKLOADS: dict[str, tuple[str, JSONObject]] = {
    "Deployment": ("apps/v1", {"replicas": 2, "selector": SELECTOR, "template": POD}),
    "StatefulSet": ("apps/v1", {"replicas": 2, "serviceName": "it", "selector": SELECTOR, "template": POD}),
    "DaemonSet": ("apps/v1", {"selector": SELECTOR, "template": POD}),
    "Job": ("batch/v1", {"template": JOB_POD}),
    "PersistentVolumeClaim": ("v1", CLAIM),
    "Service": ("v1", BALANCER),
}
"""Kinds that become ready by what happens to them in a cluster."""
AT_ONCE: dict[str, tuple[str, JSONObject]] = {
    "CronJob": ("batch/v1", {"schedule": "0 3 * * *", "jobTemplate": {"spec": {"template": JOB_POD}}}),
    "Ingress": ("networking.k8s.io/v1", {"rules": RULES}),
    "HorizontalPodAutoscaler": ("autoscaling/v2", {"scaleTargetRef": TARGET, "maxReplicas": 3}),
}
"""Kinds that are ready as soon as they exist."""


def start(world: World, kind: str, api_version: str, spec: Any, **options: Any) -> None:
    """Tenant acme with a Namespace and one object of this kind, entry ``it``."""
    metadata = {"name": "it", "namespace": world.name + "-{{ slug }}"}
    obj = {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}
    world.apply_template(world.namespace_entry(), entry("it", obj, **options), registry=False)
    world.apply_tenant("acme", plan="basic", note="", replicas=1)


def phase(world: World) -> str:
    return str(world.status_of("acme", "it").get("phase", ""))


def reason(world: World) -> str:
    return str(world.status_of("acme", "it").get("reason", ""))


def tell(world: World, **conditions: str) -> None:
    """Write conditions of the Thing of shop acme, as its operator would that has seen its spec."""
    thing = world.find("example.com/v1", "Thing", "it", world.tenant_namespace("acme"))
    told = [
        {"type": type_, "status": status, "reason": "Told", "message": "as its operator says"}
        for type_, status in conditions.items()
    ]
    status = {"observedGeneration": thing["metadata"]["generation"], "conditions": told}
    kind = world.cluster.resource_type("example.com/v1", kind="Thing")
    world.cluster.update_status(kind, {**thing, "status": status}, field_manager="thing-operator")


def until(world: World, expected: str) -> None:
    world.eventually(lambda: phase(world) == expected, f"the entry is {expected}")


@pytest.mark.parametrize("kind", WORKLOADS)
def test_an_object_is_ready_when_its_kind_says_so(world: World, kind: str) -> None:
    namespace = world.tenant_namespace("acme")
    world.workloads.hold(kind, namespace, "it")
    start(world, kind, *WORKLOADS[kind])
    world.eventually(lambda: world.find(WORKLOADS[kind][0], kind, "it", namespace), "the object is there")
    until(world, "Progressing")
    world.quiet()
    assert world.status_of("acme", "it")["message"]
    assert condition(world.tenant("acme"), "Ready")["status"] == "False"

    world.workloads.heal(kind, namespace, "it")

    world.until_ready("acme")


@pytest.mark.parametrize("kind", AT_ONCE)
def test_an_object_that_nothing_has_to_happen_to_is_ready_when_it_exists(world: World, kind: str) -> None:
    start(world, kind, *AT_ONCE[kind])
    world.until_ready("acme")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("Deployment", "ProgressDeadlineExceeded"), ("Job", "JobFailed"), ("PersistentVolumeClaim", "VolumeLost")],
)
def test_an_object_that_says_that_it_failed_has_failed(world: World, kind: str, reason: str) -> None:
    world.workloads.fail(kind, world.tenant_namespace("acme"), "it")
    start(world, kind, *WORKLOADS[kind])
    until(world, "Failed")
    assert world.status_of("acme", "it")["reason"] == reason


def test_a_disruption_budget_is_ready_when_its_controller_has_seen_it(world: World) -> None:
    start(world, "PodDisruptionBudget", "policy/v1", {"selector": SELECTOR, "minAvailable": 1})
    until(world, "Progressing")
    budget = world.find("policy/v1", "PodDisruptionBudget", "it", world.tenant_namespace("acme"))

    counts = dict.fromkeys(("currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods"), 0)
    kind = world.cluster.resource_type("policy/v1", kind="PodDisruptionBudget")
    status = {"observedGeneration": budget["metadata"]["generation"], **counts}
    world.cluster.update_status(kind, {**budget, "status": status}, field_manager="disruption-controller")

    world.until_ready("acme")


@pytest.mark.parametrize("type_", ["Ready", "Available"])
def test_an_object_of_an_unknown_kind_is_as_its_conditions_say(world: World, type_: str) -> None:
    start(world, "Thing", "example.com/v1", {"plan": "{{ plan }}"})
    world.until_ready("acme")
    tell(world, **{type_: "False"})
    until(world, "Degraded")

    world.apply_tenant("acme", plan="pro", note="", replicas=1)

    world.eventually(lambda: reason(world) == "NotObserved", "nobody has seen the new content")
    tell(world, **{type_: "False"})
    world.eventually(lambda: reason(world) == f"Not{type_}", "its operator works on it")
    assert phase(world) == "Progressing"
    tell(world, **{type_: "False", "Stalled": "True"})
    until(world, "Failed")
    assert reason(world) == "Stalled"
    assert "as its operator says" in world.status_of("acme", "it")["message"]

    tell(world, **{type_: "True", "Stalled": "False"})

    world.until_ready("acme")


def test_a_definition_of_a_kind_is_ready_when_the_kind_is_served(world: World) -> None:
    kind = {"kind": world.name.title(), "plural": world.name, "singular": world.name}
    schema = {"openAPIV3Schema": {"type": "object"}}
    definition: JSONObject = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{world.name}.example.com"},
        "spec": {
            "group": "example.com",
            "names": kind,
            "scope": "Cluster",
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }
    after = world.config_entry(dependsOn=["it"])
    world.apply_template(world.namespace_entry(), entry("it", definition), after, registry=False)
    world.apply_tenant("acme", plan="basic", note="")

    world.until_ready("acme")

    served = world.find("apiextensions.k8s.io/v1", "CustomResourceDefinition", definition["metadata"]["name"])
    assert condition(served, "Established")["status"] == "True"


@pytest.fixture
def extension(tmp_path: Path) -> Iterator[ExtensionServer]:
    with extension_server(tmp_path) as server:
        yield server


def test_an_api_service_is_ready_when_its_service_answers(extension: ExtensionServer, world: World) -> None:
    group = f"{world.name}.example.com"
    namespace = world.tenant_namespace("acme")
    outside: JSONObject = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "api", "namespace": world.name + "-{{ slug }}"},
        "spec": {"type": "ExternalName", "externalName": "localhost"},
    }
    announced: JSONObject = {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": f"v1.{group}"},
        "spec": {
            "group": group,
            "version": "v1",
            "service": {"name": "api", "namespace": namespace, "port": extension.port},
            "insecureSkipTLSVerify": True,
            "groupPriorityMinimum": 10,
            "versionPriority": 10,
        },
    }
    api = entry("it", announced, dependsOn=["service"])
    after = world.config_entry(dependsOn=["it"])
    world.apply_template(world.namespace_entry(), entry("service", outside), api, after, registry=False)
    world.apply_tenant("acme", plan="basic", note="")
    world.eventually(lambda: reason(world) == "NotAvailable", "nobody answers for the API yet")
    assert "FailedDiscoveryCheck" in world.status_of("acme", "it")["message"]
    assert not world.config("acme")

    extension.healthy.set()

    world.until_ready("acme")
    found = world.find("apiregistration.k8s.io/v1", "APIService", announced["metadata"]["name"])
    assert condition(found, "Available")["status"] == "True"

    # An API that nobody answers for any more is in the way of whoever asks which APIs there are.
    world.delete(world.tenant("acme"))
    world.eventually(lambda: not world.again(found), "the APIService is gone")


def test_a_deployment_scaled_to_zero_is_ready(world: World) -> None:
    start(world, "Deployment", "apps/v1", {"replicas": 0, "selector": SELECTOR, "template": POD})
    world.until_ready("acme")


def test_a_suspended_job_waits_until_somebody_resumes_it(world: World) -> None:
    start(world, "Job", "batch/v1", {"suspend": True, "template": JOB_POD})
    world.eventually(lambda: world.status_of("acme", "it").get("reason") == "Suspended", "the Job is suspended")

    world.edit(world.find("batch/v1", "Job", "it", world.tenant_namespace("acme")), {"spec": {"suspend": False}})

    world.until_ready("acme")


def test_an_object_that_need_not_be_ready_is_ready_when_it_exists(world: World) -> None:
    world.workloads.hold("Deployment", world.tenant_namespace("acme"), "it")
    start(world, "Deployment", *WORKLOADS["Deployment"], waitForReady=False)
    world.until_ready("acme")


def test_what_was_ready_and_is_not_is_degraded_and_never_times_out(world: World) -> None:
    start(world, "Deployment", *WORKLOADS["Deployment"], timeoutSeconds=1)
    world.until_ready("acme")

    world.workloads.hold("Deployment", world.tenant_namespace("acme"), "it")

    until(world, "Degraded")
    world.quiet()
    assert phase(world) == "Degraded"

    world.workloads.heal("Deployment", world.tenant_namespace("acme"), "it")

    world.until_ready("acme")
