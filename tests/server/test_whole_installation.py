"""Everything together, as an operator has it: the chart, the real Metacontroller, kubectl, and tenants that appear.

Metacontroller has the permissions of the chart, and calls the webhooks by the name, the authority and the token of the
chart. Only that they run beside the cluster, since it has no nodes. Runs where METACONTROLLER_BIN names the program.
"""

from __future__ import annotations

import base64
import sqlite3
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tenantry.protocol import JSONObject
from tenantry.sandbox.apiserver import ApiServer
from tenantry.sandbox.workloads import Workloads
from tests.chart.examples import EXAMPLES
from tests.chart.helm import NAMESPACE, Helm
from tests.controlplane.credentials import write_kubeconfig
from tests.controlplane.metacontroller import metacontroller_crds, metacontroller_program, start_metacontroller
from tests.controlplane.programs import kubectl_program, programs
from tests.controlplane.server import ControlPlane
from tests.server.balancer import balancing
from tests.server.proxy import Tunnels
from tests.server.running import serving, wait_until

PROGRAMS = [program for program in (metacontroller_program(),) if program is not None]
HOME = "metacontroller"
SHOPS = 3
VALUES: dict[str, Any] = {
    "clusterDomain": "cluster.local",
    "tls": {"enabled": True},
    "authorization": {"enabled": True},
    "metacontroller": {"rbac": {"create": True}},
    "validatingWebhook": {"enabled": True},
}


@pytest.fixture
def plane() -> Iterator[ControlPlane]:
    with ControlPlane(programs(), crds=[metacontroller_crds()]) as plane:
        yield plane


@pytest.fixture
def cluster(plane: ControlPlane) -> Iterator[ApiServer]:
    client = ApiServer.from_kubeconfig(plane.kubeconfig)
    yield client
    client.close()


def mounted(cluster: ApiServer, folder: Path) -> dict[str, Path]:
    """The files of the chart's Secrets, where the kubelet would have put them, as settings."""
    secrets = cluster.resource_type("v1", kind="Secret")
    for name in ("tenantry-tls", "tenantry-token"):
        for file, content in cluster.get(secrets, name, NAMESPACE)["data"].items():
            (folder / file).write_bytes(base64.b64decode(content))
    return {
        "tls_certificate": folder / "tls.crt",
        "tls_key": folder / "tls.key",
        "token_file": folder / "token",
    }


def ours(authority: Path) -> ssl.SSLContext:
    """What a test trusts that looks whether the webhooks are there: it calls them by another name."""
    context = ssl.create_default_context(cafile=str(authority))
    context.check_hostname = False
    return context


def metacontrollers_kubeconfig(plane: ControlPlane, cluster: ApiServer, folder: Path) -> Path:
    """That of the service account to which the chart's role is bound."""
    namespace: JSONObject = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": HOME}}
    account: JSONObject = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": HOME, "namespace": HOME}}
    for obj in (namespace, account):
        cluster.apply(cluster.resource_type("v1", kind=obj["kind"]), obj, field_manager="setup")
    api, file = plane.api, folder / "metacontroller.kubeconfig"
    token = api.token_of(HOME, HOME)
    write_kubeconfig(file, url=api.url, token=token, certificate_authority=api.certificate_authority)
    return file


def registry(folder: Path) -> Path:
    """The example's registry, over a database of this machine."""
    database, file = folder / "shops.db", folder / "registry.yaml"
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript((EXAMPLES / "shops" / "shops.sql").read_text())
    file.write_text((EXAMPLES / "shops" / "registry.yaml").read_text().replace("/data/shops.db", str(database)))
    return file


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_tenants_appear_where_the_chart_is_installed_and_a_registry_applied(
    program: Path, plane: ControlPlane, cluster: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kubectl(*arguments: str) -> str:
        command = [str(kubectl_program()), "--kubeconfig", str(plane.kubeconfig), *arguments]
        answer = subprocess.run(command, check=False, capture_output=True, text=True)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    Helm(tmp_path, plane.kubeconfig).upgrade(VALUES)
    kubeconfig = metacontrollers_kubeconfig(plane, cluster, tmp_path)
    files = mounted(cluster, tmp_path)
    with (
        Workloads(cluster),
        balancing(Tunnels()) as tunnels,
        serving(tmp_path, files, tls=ours(tmp_path / "ca.crt")) as server,
    ):
        tunnels.add(server.port)
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{tunnels.port}")
        process = start_metacontroller(program, kubeconfig=kubeconfig, log=tmp_path / "metacontroller.log")
        try:
            kubectl("apply", "-f", str(EXAMPLES / "shops" / "template.yaml"), "-f", str(registry(tmp_path)))
            wait_until(
                lambda: kubectl("get", "tenants", "-o", "name").count("tenant.") == SHOPS, "they are there", seconds=90
            )
            kubectl("wait", "--for=condition=Ready", "--timeout=90s", "tenants", "--all")
            told = kubectl("get", "deployments", "--all-namespaces", "--output=name")
        finally:
            process.stop()
    assert told.count("deployment.apps/web") == SHOPS
    assert tunnels.asked == {f"tenantry.{NAMESPACE}.svc.cluster.local:8080"}
    assert "denied" not in server.log.read_text()
    assert "forbidden" not in process.log.read_text()
