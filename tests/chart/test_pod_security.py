"""Every pod that we tell people to run is admitted where the restricted Pod Security Standard is enforced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tenantry.protocol import JSONObject
from tenantry.sandbox.apiserver import ApiServer
from tenantry.sandbox.cluster import ApiError
from tests.chart import values
from tests.chart.examples import EXAMPLES, overlay
from tests.chart.helm import Helm, objects
from tests.controlplane.server import ControlPlane

NAMESPACE = "strict"
ENFORCED = {"pod-security.kubernetes.io/enforce": "restricted"}


@pytest.fixture(scope="module")
def cluster(plane: ControlPlane) -> Iterator[ApiServer]:
    client = ApiServer.from_kubeconfig(plane.kubeconfig)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": ENFORCED}}
    client.apply(client.resource_type("v1", kind="Namespace"), namespace, field_manager="test")
    yield client
    client.close()


def admit(cluster: ApiServer, spec: JSONObject) -> None:
    """Try a pod. Raises ``ApiError`` if it is not admitted."""
    metadata = {"name": "probe", "namespace": NAMESPACE}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    cluster.apply(cluster.resource_type("v1", kind="Pod"), pod, field_manager="test", dry_run=True)


def pods(found: list[JSONObject]) -> list[JSONObject]:
    """The specs of all pods that these objects are or make."""
    specs = [obj["spec"] for obj in found if obj["kind"] == "Pod"]
    return specs + [obj["spec"]["template"]["spec"] for obj in found if obj["kind"] == "Deployment"]


@pytest.mark.parametrize("given", [{}, values.CLIENT_CERTIFICATES], ids=["default", "client certificates"])
def test_pods_of_the_chart_are_admitted(cluster: ApiServer, tmp_path: Path, given: JSONObject) -> None:
    found = pods(Helm(tmp_path).template(given))
    assert len(found) == 2, "the webhooks and the doctor"
    for spec in found:
        admit(cluster, spec)


def test_pods_of_the_examples_are_admitted(cluster: ApiServer) -> None:
    found = pods([*overlay(), *objects((EXAMPLES / "deploy" / "webhooks.yaml").read_text())])
    assert len(found) == 2
    for spec in found:
        admit(cluster, spec)


def test_a_careless_pod_is_not_admitted(cluster: ApiServer, tmp_path: Path) -> None:
    (spec, *_) = pods(Helm(tmp_path).template())
    with pytest.raises(ApiError, match="violates PodSecurity"):
        admit(cluster, {**spec, "securityContext": {}})
