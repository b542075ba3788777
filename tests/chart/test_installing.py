"""The chart on a real control plane: what it installs, what an upgrade changes, and what stays when it goes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tenantry.kinds import TENANT
from tenantry.names import TENANT_LABEL
from tenantry.protocol import JSONObject
from tenantry.sandbox.apiserver import ApiServer
from tenantry.sandbox.cluster import ApiError, NotFound
from tests.chart import values
from tests.chart.helm import CHART, NAMESPACE, RELEASE, Helm, of_kind
from tests.controlplane.server import ControlPlane

USER = "somebody"
UNKNOWN_THERE = frozenset({"Certificate", "Issuer", "PodMonitor", "PrometheusRule", "ServiceMonitor"})
"""Kinds of the Prometheus operator and of cert-manager."""


@pytest.fixture(scope="module")
def cluster(plane: ControlPlane) -> Iterator[ApiServer]:
    client = ApiServer.from_kubeconfig(plane.kubeconfig)
    yield client
    client.close()


@pytest.fixture
def helm(tmp_path: Path, plane: ControlPlane) -> Iterator[Helm]:
    """Installs into the cluster, and leaves no release behind."""
    helm = Helm(tmp_path, plane.kubeconfig)
    helm.upgrade()
    yield helm
    helm.uninstall()


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


def test_definitions_applied_by_kubectl_are_left_to_it(helm: Helm) -> None:
    assert of_kind(helm.template({"crds": {"install": False}}), "CustomResourceDefinition") == {}


@pytest.mark.parametrize("given", values.BY_NAME.values(), ids=values.BY_NAME.keys())
def test_the_api_server_takes_every_object(helm: Helm, cluster: ApiServer, given: dict[str, Any]) -> None:
    for obj in helm.template(given, release="another"):
        if obj["kind"] not in UNKNOWN_THERE | {"CustomResourceDefinition"}:
            type_ = cluster.resource_type(obj["apiVersion"], kind=obj["kind"])
            cluster.apply(type_, obj, field_manager=USER, force=True, dry_run=True)


def test_pods_are_admitted_where_the_restricted_standard_is_enforced(helm: Helm, cluster: ApiServer) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "strict", "labels": labels}}
    cluster.apply(cluster.resource_type("v1", kind="Namespace"), namespace, field_manager=USER)
    template = of_kind(helm.manifest(), "Deployment")[RELEASE]["spec"]["template"]
    metadata = {"name": "probe", "namespace": "strict"}
    pods = cluster.resource_type("v1", kind="Pod")
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
    cluster.apply(pods, pod, field_manager=USER, dry_run=True)
    careless = {**template["spec"], "securityContext": {}}
    with pytest.raises(ApiError, match="violates PodSecurity"):
        cluster.apply(pods, {**pod, "spec": careless}, field_manager=USER, dry_run=True)


def test_the_webhooks_have_no_token(helm: Helm) -> None:
    manifest = helm.manifest()
    assert of_kind(manifest, "ServiceAccount")[RELEASE]["automountServiceAccountToken"] is False
    assert of_kind(manifest, "Deployment")[RELEASE]["spec"]["template"]["spec"]["automountServiceAccountToken"] is False
    assert of_kind(manifest, "Deployment")[RELEASE]["metadata"]["namespace"] == NAMESPACE
