from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ResourceType
from tenantry.sandbox.discovery import discover
from tenantry.sandbox.kubeconfig import KubeconfigError, read_kubeconfig

KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: first
clusters:
- {name: c, cluster: {server: "https://127.0.0.1:1", certificate-authority: ca.crt}}
- {name: d, cluster: {server: "https://127.0.0.1:2", certificate-authority-data: INLINE}}
users:
- {name: u, user: {token: sesame}}
- {name: v, user: {tokenFile: token}}
contexts:
- {name: first, context: {cluster: c, user: u}}
- {name: second, context: {cluster: d, user: v}}
- {name: broken, context: {cluster: missing, user: u}}
"""


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    (tmp_path / "ca.crt").write_text("from a file")
    (tmp_path / "token").write_text("secret\n")
    path = tmp_path / "config"
    path.write_text(KUBECONFIG.replace("INLINE", base64.b64encode(b"inline").decode("ascii")))
    return path


def test_the_current_context_says_where_and_how(kubeconfig: Path) -> None:
    access = read_kubeconfig(kubeconfig)
    assert (access.url, access.token, access.ca) == ("https://127.0.0.1:1", "sesame", "from a file")


def test_another_context_can_be_chosen(kubeconfig: Path) -> None:
    access = read_kubeconfig(kubeconfig, context="second")
    assert (access.url, access.token, access.ca) == ("https://127.0.0.1:2", "secret", "inline")


def test_a_context_without_its_cluster_is_refused(kubeconfig: Path) -> None:
    with pytest.raises(KubeconfigError, match="no entry 'missing' in clusters"):
        read_kubeconfig(kubeconfig, context="broken")


def test_a_file_that_is_no_kubeconfig_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("just text")
    with pytest.raises(KubeconfigError, match="not a kubeconfig"):
        read_kubeconfig(path)


VERBS = ["create", "get", "list", "watch"]
EXPECTED = [
    ResourceType("v1", "ConfigMap", "configmaps", True),
    ResourceType("apps/v1", "Deployment", "deployments", True),
    ResourceType("example.com/v1", "Thing", "things", False),
]


def aggregated(group: str, version: str, resource: str, kind: str, scope: str) -> JSONObject:
    entry = {"resource": resource, "responseKind": {"kind": kind}, "scope": scope, "verbs": VERBS}
    unlisted = {"resource": "reviews", "responseKind": {"kind": "Review"}, "scope": scope, "verbs": ["create"]}
    return {"metadata": {"name": group}, "versions": [{"version": version, "resources": [entry, unlisted]}]}


def test_resources_are_found_in_aggregated_discovery() -> None:
    documents = {
        "/api": [aggregated("", "v1", "configmaps", "ConfigMap", "Namespaced")],
        "/apis": [
            aggregated("apps", "v1", "deployments", "Deployment", "Namespaced"),
            aggregated("example.com", "v1", "things", "Thing", "Cluster"),
        ],
    }
    assert discover(lambda path, _: {"kind": "APIGroupDiscoveryList", "items": documents[path]}) == EXPECTED


def plain(version: str, name: str, kind: str, namespaced: bool) -> JSONObject:
    entry = {"name": name, "kind": kind, "namespaced": namespaced, "verbs": VERBS}
    status = {**entry, "name": f"{name}/status"}
    return {"kind": "APIResourceList", "groupVersion": version, "resources": [entry, status]}


def test_resources_are_found_group_by_group_on_an_older_server() -> None:
    groups = [{"versions": [{"groupVersion": "apps/v1"}]}, {"versions": [{"groupVersion": "example.com/v1"}]}]
    documents: dict[str, JSONObject] = {
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/api/v1": plain("v1", "configmaps", "ConfigMap", True),
        "/apis": {"kind": "APIGroupList", "groups": groups},
        "/apis/apps/v1": plain("apps/v1", "deployments", "Deployment", True),
        "/apis/example.com/v1": plain("example.com/v1", "things", "Thing", False),
    }
    assert discover(lambda path, _: documents[path]) == EXPECTED
