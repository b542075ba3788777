"""The chart on a real control plane: what it installs, what an upgrade changes, and what stays when it goes."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tenantry.kinds import TENANT
from tenantry.names import TENANT_LABEL
from tenantry.protocol import JSONObject
from tenantry.sandbox.apiserver import ApiServer
from tenantry.sandbox.cluster import NotFound
from tests.chart import values
from tests.chart.helm import CHART, NAMESPACE, RELEASE, Helm, HelmFailed, of_kind
from tests.controlplane.server import ControlPlane
from tests.server.conftest import OPENSSL

USER = "somebody"
UNKNOWN_THERE = frozenset({"Certificate", "Issuer", "PodMonitor", "PrometheusRule", "ServiceMonitor"})
"""Kinds of the Prometheus operator and of cert-manager."""


@pytest.fixture(scope="module")
def cluster(plane: ControlPlane) -> Iterator[ApiServer]:
    client = ApiServer.from_kubeconfig(plane.kubeconfig)
    yield client
    client.close()


@pytest.fixture(scope="module")
def release(plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Helm]:
    """Installs into the cluster, and leaves no release behind."""
    helm = Helm(tmp_path_factory.mktemp("helm"), plane.kubeconfig)
    helm.upgrade()
    yield helm
    helm.uninstall()


@pytest.fixture
def helm(release: Helm) -> Helm:
    """The chart is installed without any value."""
    release.upgrade(None, "--reset-values")
    return release


def get(cluster: ApiServer, api_version: str, kind: str, name: str, namespace: str = "") -> JSONObject | None:
    try:
        return cluster.get(cluster.resource_type(api_version, kind=kind), name, namespace)
    except NotFound:
        return None


def missing_of(cluster: ApiServer, installed: list[JSONObject]) -> list[str]:
    """Those of these objects that the cluster does not have."""
    return [
        f"{obj['kind']} {obj['metadata']['name']}"
        for obj in installed
        if get(cluster, obj["apiVersion"], obj["kind"], obj["metadata"]["name"], obj["metadata"].get("namespace", ""))
        is None
    ]


def tenant(name: str) -> JSONObject:
    spec = {"uid": "acme", "selector": {"matchLabels": {TENANT_LABEL: name}}}
    return {"apiVersion": TENANT.api_version, "kind": TENANT.name, "metadata": {"name": name}, "spec": spec}


def test_an_install_makes_everything_and_says_what_comes_next(helm: Helm, cluster: ApiServer) -> None:
    notes = helm.upgrade()
    assert "kubectl apply -f registry.yaml" in notes
    assert missing_of(cluster, helm.manifest()) == []


def test_a_second_upgrade_changes_nothing(helm: Helm, cluster: ApiServer) -> None:
    given = {"tls": {"enabled": True}, "authorization": {"enabled": True}}
    helm.upgrade(given)
    first = helm.manifest()
    helm.upgrade(given)
    assert helm.manifest() == first
    assert missing_of(cluster, first) == []


def test_pods_stay_when_a_release_begins_to_scale_by_itself(helm: Helm, cluster: ApiServer) -> None:
    deployments = cluster.resource_type("apps/v1", kind="Deployment")
    helm.upgrade({"replicas": 4})
    helm.upgrade({"autoscaling": {"enabled": True}})
    assert cluster.get(deployments, RELEASE, NAMESPACE)["spec"]["replicas"] == 4
    cluster.patch(deployments, RELEASE, {"spec": {"replicas": 7}}, namespace=NAMESPACE, field_manager="autoscaler")
    helm.upgrade({"autoscaling": {"enabled": True, "maxReplicas": 20}})
    assert cluster.get(deployments, RELEASE, NAMESPACE)["spec"]["replicas"] == 7


def test_a_generated_certificate_is_made_anew_for_another_name_alone(helm: Helm, cluster: ApiServer) -> None:
    given: dict[str, Any] = {"tls": {"enabled": True}}
    helm.upgrade(given)
    first = served_names(cluster)
    helm.upgrade({**given, "clusterDomain": "cluster.local"})
    assert first == {"tenantry.tenantry-system.svc"}
    assert served_names(cluster) == {*first, "tenantry.tenantry-system.svc.cluster.local"}


def served_names(cluster: ApiServer) -> set[str]:
    """The names that the certificate of the webhooks is for."""
    secret = get(cluster, "v1", "Secret", f"{RELEASE}-tls", NAMESPACE)
    assert secret is not None
    command = [str(OPENSSL), "x509", "-noout", "-ext", "subjectAltName"]
    pem = base64.b64decode(secret["data"]["tls.crt"])
    said = subprocess.run(command, input=pem, capture_output=True, check=True).stdout.decode()
    return set(re.findall(r"DNS:([^,\s]+)", said))


def test_an_upgrade_reaches_the_definitions(helm: Helm, cluster: ApiServer, tmp_path: Path) -> None:
    chart = tmp_path / "tenantry"
    shutil.copytree(CHART, chart)
    file = next((chart / "files" / "crds").glob("*tenants.yaml"))
    definition = yaml.safe_load(file.read_text())
    definition["spec"]["names"]["shortNames"] = ["renter"]
    file.write_text(yaml.safe_dump(definition))
    helm.upgrade(chart=chart)
    changed = get(cluster, "apiextensions.k8s.io/v1", "CustomResourceDefinition", definition["metadata"]["name"])
    assert changed is not None
    assert changed["spec"]["names"]["shortNames"] == ["renter"]


def test_definitions_and_tenants_stay_when_the_chart_leaves_definitions_to_somebody_else(
    helm: Helm, cluster: ApiServer
) -> None:
    definitions = [obj for obj in helm.manifest() if obj["kind"] == "CustomResourceDefinition"]
    type_ = cluster.resource_type(TENANT.api_version, kind=TENANT.name)
    cluster.apply(type_, tenant("bravo"), field_manager=USER)
    helm.upgrade({"crds": {"install": False}})
    assert missing_of(cluster, definitions) == []
    assert cluster.get(type_, "bravo")["spec"]["uid"] == "acme"
    cluster.delete(type_, "bravo")


def test_a_shard_that_is_taken_out_is_served_by_the_permanent_controller(helm: Helm, cluster: ApiServer) -> None:
    helm.upgrade({"controllers": {"shards": ["gold", "silver"]}})
    helm.upgrade({"controllers": {"shards": ["silver"]}})
    gold, permanent = (
        get(cluster, "metacontroller.k8s.io/v1alpha1", "CompositeController", name)
        for name in ("tenantry-tenants-gold", "tenantry-tenants")
    )
    assert gold is None
    assert permanent is not None
    (others,) = permanent["spec"]["parentResource"]["labelSelector"]["matchExpressions"]
    assert others["values"] == ["silver"]


def test_definitions_and_tenants_outlive_the_release(helm: Helm, cluster: ApiServer) -> None:
    type_ = cluster.resource_type(TENANT.api_version, kind=TENANT.name)
    cluster.apply(type_, tenant("acme"), field_manager=USER)
    others = [obj for obj in helm.manifest() if obj["kind"] != "CustomResourceDefinition"]
    helm.uninstall()
    try:
        assert len(missing_of(cluster, others)) == len(others)
        assert cluster.get(type_, "acme")["spec"]["uid"] == "acme"
    finally:
        cluster.delete(type_, "acme")
        helm.upgrade()


def test_definitions_that_stayed_are_taken_up_by_a_release_of_another_name_when_told(
    helm: Helm, cluster: ApiServer
) -> None:
    helm.uninstall()
    with pytest.raises(HelmFailed, match="cannot be imported"):
        helm.upgrade(release="another")
    helm.upgrade(None, "--take-ownership", release="another")
    try:
        assert get(cluster, "v1", "Service", "another-tenantry", NAMESPACE) is not None
    finally:
        helm.uninstall("another")
        helm.upgrade(None, "--take-ownership")


def test_definitions_applied_by_kubectl_are_left_to_it(helm: Helm) -> None:
    assert of_kind(helm.template({"crds": {"install": False}}), "CustomResourceDefinition") == {}


@pytest.mark.parametrize("given", values.BY_NAME.values(), ids=values.BY_NAME.keys())
def test_the_api_server_takes_every_object(helm: Helm, cluster: ApiServer, given: dict[str, Any]) -> None:
    for obj in helm.template(given, release="another"):
        if obj["kind"] not in UNKNOWN_THERE | {"CustomResourceDefinition"}:
            type_ = cluster.resource_type(obj["apiVersion"], kind=obj["kind"])
            cluster.apply(type_, obj, field_manager=USER, force=True, dry_run=True)


def test_the_webhooks_have_no_token(helm: Helm) -> None:
    manifest = helm.manifest()
    assert of_kind(manifest, "ServiceAccount")[RELEASE]["automountServiceAccountToken"] is False
    assert of_kind(manifest, "Deployment")[RELEASE]["spec"]["template"]["spec"]["automountServiceAccountToken"] is False
    assert of_kind(manifest, "Deployment")[RELEASE]["metadata"]["namespace"] == NAMESPACE
