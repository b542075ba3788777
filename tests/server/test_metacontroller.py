"""The real Metacontroller calls the webhooks over TLS, with a client certificate and a token, as the chart tells it.

Runs where METACONTROLLER_BIN names the program.
"""

from __future__ import annotations

import base64
import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tenantry.protocol import JSONObject
from tenantry.sandbox.apiserver import ApiServer
from tenantry.sandbox.cluster import NotFound
from tests.chart.helm import NAMESPACE, Helm, of_kind
from tests.controlplane.metacontroller import metacontroller_crds, metacontroller_program, start_metacontroller
from tests.controlplane.product import crd_files, install_controllers
from tests.controlplane.programs import programs
from tests.controlplane.server import ControlPlane
from tests.databases.certificates import Certificates
from tests.server.running import Server, serving, wait_until
from tests.support.tenancy import config, entry

PROGRAMS = [program for program in (metacontroller_program(),) if program is not None]
TOKEN = "known-to-metacontroller"
VALUES = {
    "fullnameOverride": "webhooks",
    "tls": {
        "enabled": True,
        "source": "existing",
        "secretName": "served",
        "clientCertificates": {"enabled": True, "caSecretName": "callers", "metacontrollerSecretName": "shown"},
    },
    "authorization": {"enabled": True, "secretName": "token"},
}


@pytest.fixture
def plane() -> Iterator[ControlPlane]:
    with ControlPlane(programs(), crds=[metacontroller_crds(), *crd_files()]) as plane:
        yield plane


@pytest.fixture
def files(tmp_path: Path, made: Certificates) -> dict[str, Path]:
    served = {"tls_certificate": tmp_path / "tls.crt", "tls_key": tmp_path / "tls.key", "tls_client_ca": made.ca}
    shutil.copy(made.certificate("server"), served["tls_certificate"])
    shutil.copy(made.key("server"), served["tls_key"])
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    return {**served, "token_file": tmp_path / "token"}


def secret(name: str, **data: bytes) -> JSONObject:
    encoded = {key.replace("_", "."): base64.b64encode(value).decode() for key, value in data.items()}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "data": encoded,
    }


def apply(cluster: ApiServer, obj: JSONObject) -> None:
    cluster.apply(cluster.resource_type(obj["apiVersion"], kind=obj["kind"]), obj, field_manager="setup", force=True)


def template(name: str) -> JSONObject:
    resources = [entry("config", config("config", in_="default"))]
    spec = {"registry": "shops", "resources": resources}
    return {"apiVersion": "tenantry.io/v1", "kind": "TenantTemplate", "metadata": {"name": name}, "spec": spec}


def is_served(cluster: ApiServer, name: str) -> bool:
    """Whether the webhooks have answered for a template."""
    try:
        found = cluster.get(cluster.resource_type("tenantry.io/v1", kind="TenantTemplate"), name)
    except NotFound:
        return False
    return bool((found.get("status") or {}).get("latestRevision"))


def controllers(folder: Path, server: Server) -> list[JSONObject]:
    """Those of the chart, with the address of this server."""
    found = list(of_kind(Helm(folder).template(VALUES), "CompositeController").values())
    for controller in found:
        for hook in controller["spec"]["hooks"].values():
            path = urlsplit(hook["webhook"]["url"]).path
            hook["webhook"]["url"] = f"https://localhost:{server.port}{path}"
    return found


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_metacontroller_shows_what_the_chart_gives_it(
    program: Path,
    plane: ControlPlane,
    tmp_path: Path,
    files: dict[str, Path],
    made: Certificates,
    trust: ssl.SSLContext,
) -> None:
    cluster = ApiServer.from_kubeconfig(plane.kubeconfig)
    apply(cluster, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    apply(cluster, secret("served", ca_crt=made.ca.read_bytes()))
    shown = {"tls_crt": made.certificate("client").read_bytes(), "tls_key": made.key("client").read_bytes()}
    apply(cluster, secret("shown", **shown))
    apply(cluster, secret("token", token=TOKEN.encode()))
    with serving(tmp_path, {**files, "log_level": "info"}, tls=trust) as server:
        install_controllers(cluster, controllers(tmp_path, server))
        process = start_metacontroller(program, kubeconfig=plane.kubeconfig, log=tmp_path / "metacontroller.log")
        try:
            apply(cluster, template("first"))
            wait_until(lambda: is_served(cluster, "first"), "the webhooks answered", seconds=90)
            files["token_file"].write_text(f"new-one\n{TOKEN}\n")
            apply(cluster, template("second"))
            wait_until(lambda: is_served(cluster, "second"), "the webhooks answered again", seconds=90)
        finally:
            process.stop()
            cluster.close()
        log = server.log.read_text()
    assert '"event":"denied"' not in log
    assert TOKEN not in log
