"""The real Metacontroller gets along with the permissions that the chart prints or creates, and no more.

Runs where METACONTROLLER_BIN names the program.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tenantry.protocol import JSONObject
from tenantry.sandbox.apiserver import ApiServer
from tenantry.sandbox.cluster import NotFound
from tests.bench.shop import REGISTRY, create_shops, registry
from tests.chart.helm import Helm, of_kind
from tests.controlplane.credentials import write_kubeconfig
from tests.controlplane.guard import install_guard
from tests.controlplane.metacontroller import metacontroller_crds, metacontroller_program, start_metacontroller
from tests.controlplane.product import composite_controllers, crd_files, install_controllers
from tests.controlplane.programs import programs
from tests.controlplane.server import ControlPlane
from tests.server.running import serving, wait_until
from tests.support.tenancy import config, entry, namespace

PROGRAMS = [program for program in (metacontroller_program(),) if program is not None]
HOME = "metacontroller"
MAY_READ = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}]
RBAC = "rbac.authorization.k8s.io"


@pytest.fixture
def plane() -> Iterator[ControlPlane]:
    with ControlPlane(programs(), crds=[metacontroller_crds(), *crd_files()]) as plane:
        yield plane


@pytest.fixture
def cluster(plane: ControlPlane) -> Iterator[ApiServer]:
    client = ApiServer.from_kubeconfig(plane.kubeconfig)
    yield client
    client.close()


def apply(cluster: ApiServer, obj: JSONObject) -> None:
    cluster.apply(cluster.resource_type(obj["apiVersion"], kind=obj["kind"]), obj, field_manager="setup", force=True)


def exists(cluster: ApiServer, api_version: str, kind: str, name: str, namespace: str = "") -> bool:
    try:
        cluster.get(cluster.resource_type(api_version, kind=kind), name, namespace)
    except NotFound:
        return False
    return True


def metacontrollers_kubeconfig(plane: ControlPlane, cluster: ApiServer, folder: Path) -> Path:
    """That of Metacontroller's service account, which may what the chart's role allows."""
    apply(cluster, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": HOME}})
    apply(cluster, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": HOME, "namespace": HOME}})
    rendered = Helm(folder).template({"metacontroller": {"rbac": {"create": True}}})
    for kind in ("ClusterRole", "ClusterRoleBinding"):
        apply(cluster, of_kind(rendered, kind)["tenantry-metacontroller"])
    api, file = plane.api, folder / "metacontroller.kubeconfig"
    token = api.token_of(HOME, HOME)
    write_kubeconfig(file, url=api.url, token=token, certificate_authority=api.certificate_authority)
    return file


def role(kind: str, **fields: object) -> JSONObject:
    metadata = {"name": "reader", "namespace": "{{ slug }}"}
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": metadata, **fields}


def template() -> JSONObject:
    """Tenants with a role that allows what Metacontroller itself may."""
    named = {"apiGroup": RBAC, "kind": "Role", "name": "reader"}
    subjects = [{"kind": "ServiceAccount", "name": "default", "namespace": "{{ slug }}"}]
    resources = [
        entry("namespace", namespace()),
        entry("config", config()),
        entry("role", role("Role", rules=MAY_READ)),
        entry("binding", role("RoleBinding", roleRef=named, subjects=subjects), dependsOn=["role"]),
    ]
    spec = {"registry": REGISTRY, "resources": resources}
    return {"apiVersion": "tenantry.io/v1", "kind": "TenantTemplate", "metadata": {"name": "web"}, "spec": spec}


def remove_row(database: Path, uid: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM shops WHERE id = ?", (uid,))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_metacontroller_needs_no_permission_but_those_of_the_chart(
    program: Path, plane: ControlPlane, cluster: ApiServer, tmp_path: Path
) -> None:
    install_guard(cluster)
    database = tmp_path / "shops.db"
    create_shops(database, 2)
    shops = registry(database, buckets=1)
    del shops["spec"]["extraValueMappings"]["token"]
    shops["spec"]["secretValueMappings"] = {"password": "token"}
    shops["spec"]["secretNamespace"] = HOME
    shops["spec"]["source"]["syncInterval"] = "5s"
    with serving(tmp_path) as server:
        install_controllers(cluster, composite_controllers(f"http://127.0.0.1:{server.port}"))
        kubeconfig = metacontrollers_kubeconfig(plane, cluster, tmp_path)
        process = start_metacontroller(program, kubeconfig=kubeconfig, log=tmp_path / "metacontroller.log")
        try:
            apply(cluster, template())
            apply(cluster, shops)
            for uid in ("shop-00000", "shop-00001"):
                made = partial(exists, cluster, f"{RBAC}/v1", "RoleBinding", "reader", uid)
                wait_until(made, "the binding is there", seconds=90)
            remove_row(database, "shop-00001")
            gone = f"{REGISTRY}.shop-00001"
            wait_until(lambda: not exists(cluster, "tenantry.io/v1", "Tenant", gone), "its tenant is gone", seconds=90)
        finally:
            process.stop()
    assert "forbidden" not in process.log.read_text()
