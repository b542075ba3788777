"""``tenantry doctor``: each thing that can be missing, on a cluster where it is missing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3
from click.testing import CliRunner

from tenantry.cli import main
from tenantry.cli.parents import FINALIZER
from tenantry.names import API_VERSION, TENANT_LABEL
from tenantry.protocol import JSONObject
from tenantry.sandbox.apiserver import ApiServer
from tenantry.sandbox.cluster import ApiError
from tests.chart.helm import NAMESPACE, of_kind
from tests.cluster.site import CONTROLLERS, Site
from tests.controlplane.credentials import write_kubeconfig
from tests.controlplane.guard import guard_manifests
from tests.controlplane.product import composite_controllers
from tests.scenarios.harness.world import World

RECOMMENDED = (
    "--apply-strategy=server-side-apply",
    "--client-go-qps=200",
    "--client-go-burst=400",
    "--cache-flush-interval=24h",
)
READY_SECONDS = 30.0
Told = dict[str, list[dict[str, str]]]


def told_by(site: Site) -> Told:
    """What the doctor says, by check."""
    told: Told = {}
    for check in site.told("doctor"):
        told.setdefault(check["check"], []).append(check)
    return told


def problems(told: Told, check: str) -> str:
    """The problems that a check told."""
    return " ".join(found["message"] for found in told.get(check, []) if found["state"] == "problem")


def warnings(told: Told, check: str) -> str:
    """The warnings that a check told."""
    return " ".join(found["message"] for found in told.get(check, []) if found["state"] == "warning")


@contextmanager
def metacontroller(
    site: Site, *args: str, image: str = "ghcr.io/metacontroller/metacontroller:v4.17.2", name: str = "metacontroller"
) -> Iterator[None]:
    """A Deployment that looks like Metacontroller's, with one ready replica."""
    cluster, labels = site.cluster, {"app": name}
    container = {"name": "metacontroller", "image": image, "args": list(args)}
    spec: dict[str, Any] = {
        "replicas": 1,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
    }
    metadata = {"name": name, "namespace": "default"}
    kind = cluster.resource_type("apps/v1", kind="Deployment")
    cluster.apply(
        kind,
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec},
        field_manager="setup",
        force=True,
    )
    deadline = time.monotonic() + READY_SECONDS
    while not cluster.get(kind, name, "default").get("status", {}).get("readyReplicas"):
        assert time.monotonic() < deadline, f"Deployment {name} does not become ready"
        time.sleep(0.1)
    try:
        yield
    finally:
        cluster.delete(kind, name, namespace="default")


@contextmanager
def without(site: Site, api_version: str, kind: str, name: str) -> Iterator[JSONObject]:
    """The cluster without an object, which is put back."""
    type_ = site.cluster.resource_type(api_version, kind=kind)
    found = site.cluster.get(type_, name)
    site.cluster.delete(type_, name)
    try:
        yield found
    finally:
        metadata = {key: found["metadata"][key] for key in ("name", "labels") if key in found["metadata"]}
        site.cluster.apply(
            type_,
            {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": found["spec"]},
            field_manager="setup",
            force=True,
        )


@pytest.fixture
def healthy(site: Site) -> Iterator[Site]:
    """A cluster on which Metacontroller runs as it should."""
    with metacontroller(site, *RECOMMENDED):
        yield site


def test_a_good_installation_has_no_problems(healthy: Site) -> None:
    assert [check for check in healthy.told("doctor") if check["state"] != "OK" and check["check"] != "webhooks"] == []
    assert healthy.tenantry("doctor").exit_code == 0


def test_a_cluster_without_metacontroller_is_told(site: Site) -> None:
    result = site.tenantry("doctor")
    assert (result.exit_code, "No Deployment and no StatefulSet runs it" in result.stdout) == (1, True)


def test_an_old_metacontroller_is_told(site: Site) -> None:
    with metacontroller(site, *RECOMMENDED, image="metacontroller:v4.11.0"):
        assert "runs metacontroller:v4.11.0" in problems(told_by(site), "Metacontroller")


def test_defaults_of_metacontroller_are_told(site: Site) -> None:
    with metacontroller(site):
        told = told_by(site)
    assert "runs with dynamic-apply" in problems(told, "apply strategy")
    assert "may send 5 requests a second" in warnings(told, "request rate")
    assert "every 30m" in warnings(told, "cache flush")


def test_another_field_manager_is_told(site: Site) -> None:
    with metacontroller(site, *RECOMMENDED, "--apply-strategy-ssa-field-manager", "other"):
        assert "applies as other" in problems(told_by(site), "apply strategy")


def test_two_metacontrollers_for_the_same_controllers_are_told(healthy: Site) -> None:
    with metacontroller(healthy, *RECOMMENDED, name="second"):
        assert "undo each other's work" in problems(told_by(healthy), "Metacontroller")


def test_a_definition_that_lacks_a_field_is_told(healthy: Site) -> None:
    kind = healthy.cluster.resource_type("apiextensions.k8s.io/v1", kind="CustomResourceDefinition")
    name = "tenanttemplates.tenantry.io"
    versions = healthy.cluster.get(kind, name)["spec"]["versions"]
    schema = versions[0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    rollout = schema.pop("rollout")
    healthy.cluster.patch(kind, name, {"spec": {"versions": versions}}, field_manager="setup")
    older = problems(told_by(healthy), "definitions")
    schema["rollout"] = rollout
    schema["later"] = {"type": "string"}
    healthy.cluster.patch(kind, name, {"spec": {"versions": versions}}, field_manager="setup")
    newer = warnings(told_by(healthy), "definitions")
    del schema["later"]
    healthy.cluster.patch(kind, name, {"spec": {"versions": versions}}, field_manager="setup")
    assert f"{name} is older than this version" in older
    assert "rollout" in older
    assert f"{name} is newer than this version" in newer


def test_a_missing_controller_is_told(healthy: Site) -> None:
    with without(healthy, *CONTROLLERS, "tenantry-probes"):
        assert "tenantry-probes are missing" in problems(told_by(healthy), "controllers")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"generateSelector": True}, "is of another version: see generateSelector"),
        ({"parentResource": {"ignoreStatusChanges": False}}, "see parentResource.ignoreStatusChanges"),
        ({"hooks": {"customize": None}}, "see hooks.customize"),
        ({"hooks": {"sync": {"version": "v1"}}}, "see hooks.sync.version"),
    ],
    ids=["selector", "parent", "hook", "version"],
)
def test_a_controller_of_another_version_is_told(healthy: Site, change: JSONObject, told: str) -> None:
    kind = healthy.cluster.resource_type(CONTROLLERS[0], kind=CONTROLLERS[1])
    stale = {**_tenants_controller(healthy), "metadata": {"name": "tenantry-tenants-stale"}}
    stale["spec"] = _merged(stale["spec"], change)
    stale["spec"]["parentResource"]["labelSelector"] = {"matchLabels": {"tenantry.io/shard": "stale"}}
    healthy.cluster.apply(kind, stale, field_manager="setup", force=True)
    found = problems(told_by(healthy), "controllers")
    healthy.cluster.delete(kind, "tenantry-tenants-stale")
    assert told in found


def test_a_kind_that_is_not_served_and_one_in_two_versions_are_told(healthy: Site) -> None:
    kind = healthy.cluster.resource_type(CONTROLLERS[0], kind=CONTROLLERS[1])
    stale = {**_tenants_controller(healthy), "metadata": {"name": "tenantry-tenants-stale"}}
    more = [{"apiVersion": "example.com/v1", "resource": "buckets"}, {"apiVersion": "autoscaling/v1"}]
    more[1]["resource"] = "horizontalpodautoscalers"
    selector = {"labelSelector": {"matchLabels": {"tenantry.io/shard": "none"}}}
    stale["spec"] = {
        **stale["spec"],
        "childResources": [*stale["spec"]["childResources"], *more],
        "parentResource": stale["spec"]["parentResource"] | selector,
    }
    healthy.cluster.apply(kind, stale, field_manager="setup", force=True)
    found = problems(told_by(healthy), "controllers")
    healthy.cluster.delete(kind, "tenantry-tenants-stale")
    assert "lists buckets of example.com/v1, which the cluster does not serve" in found
    assert "lists horizontalpodautoscalers as autoscaling/v2 and autoscaling/v1" in found


def test_a_missing_guard_policy_is_told(healthy: Site) -> None:
    manifest = guard_manifests()[0]
    with without(healthy, manifest["apiVersion"], manifest["kind"], manifest["metadata"]["name"]):
        assert f"{manifest['kind']} {manifest['metadata']['name']} are missing" in problems(
            told_by(healthy), "guard policy"
        )


def test_webhooks_that_do_not_answer_are_told(healthy: Site) -> None:
    healthy.backend.webhooks.stop()
    try:
        assert "does not answer" in problems(told_by(healthy), "webhooks")
    finally:
        healthy.backend.webhooks.restart()


def test_webhooks_behind_a_service_are_asked_through_the_api_server(healthy: Site) -> None:
    kind = healthy.cluster.resource_type(CONTROLLERS[0], kind=CONTROLLERS[1])
    for controller in of_kind(healthy.helm.template(), "CompositeController").values():
        healthy.cluster.apply(kind, controller, field_manager="setup", force=True)
    told = told_by(healthy)
    healthy.install()
    assert "http://tenantry.tenantry-system.svc:8080 does not answer" in problems(told, "webhooks")
    assert warnings(told, "webhooks") == ""


def test_a_finalizer_of_a_controller_that_is_gone_is_told(healthy: Site, world: World) -> None:
    name = f"{world.name}-held"
    metadata = {"name": name, "finalizers": [f"{FINALIZER}tenantry-tenants-gold"]}
    spec = {"uid": "held", "selector": {"matchLabels": {TENANT_LABEL: name}}}
    world.apply({"apiVersion": API_VERSION, "kind": "Tenant", "metadata": metadata, "spec": spec})
    found = [check for check in told_by(healthy)["finalizers"] if check["state"] == "problem"]
    world.edit(world.find(API_VERSION, "Tenant", name), {"metadata": {"finalizers": None}})
    assert f"tenantry-tenants-gold is gone, and its finalizer is on 1 object: Tenant {name}" in found[0]["message"]
    assert "tenantry drain --shard gold" in found[0]["wayOut"]


def test_a_second_field_manager_is_told(healthy: Site, world: World) -> None:
    world.shops.insert("acme")
    world.start()
    world.until_ready("acme")
    tenant = world.tenant("acme")
    owner = tenant["metadata"]["ownerReferences"]
    metadata = {"name": tenant["metadata"]["name"], "ownerReferences": owner}
    kind = healthy.cluster.resource_type(API_VERSION, kind="Tenant")
    healthy.cluster.apply(
        kind, {"apiVersion": API_VERSION, "kind": "Tenant", "metadata": metadata}, field_manager="other", force=True
    )
    assert "other 1" in problems(told_by(healthy), "field managers")


def test_the_helm_test_may_read_what_it_looks_at_and_no_secret(healthy: Site, tmp_path: Path) -> None:
    cluster = healthy.cluster
    for obj in healthy.helm.template():
        if obj["metadata"].get("annotations", {}).get("helm.sh/hook") == "test" and obj["kind"] != "Pod":
            cluster.apply(cluster.resource_type(obj["apiVersion"], kind=obj["kind"]), obj, field_manager="setup")
    config = tmp_path / "doctor"
    api = healthy.plane.api
    token = token_of(healthy, "tenantry-doctor")
    write_kubeconfig(config, url=api.url, token=token, certificate_authority=api.certificate_authority)
    told = CliRunner().invoke(main, ["doctor", "-o", "json", "--kubeconfig", str(config)], catch_exceptions=False)
    assert [check for check in json.loads(told.stdout) if check["state"] != "OK"] == []
    with pytest.raises(ApiError, match="forbidden"):
        ApiServer.from_kubeconfig(config).list(cluster.resource_type("v1", kind="Secret"))


def token_of(site: Site, account: str) -> str:
    """A token of a service account of the chart."""
    api = site.plane.api
    url = f"{api.url}/api/v1/namespaces/{NAMESPACE}/serviceaccounts/{account}/token"
    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": "application/json"}
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    with urllib3.PoolManager(ca_certs=str(api.certificate_authority)) as pool:
        answer = pool.request("POST", url, body=json.dumps(body), headers=headers)
    return str(json.loads(answer.data)["status"]["token"])


def _tenants_controller(site: Site) -> JSONObject:
    controllers = composite_controllers(site.backend.webhooks.url)
    return next(found for found in controllers if found["metadata"]["name"] == "tenantry-tenants")


def _merged(old: Any, new: Any) -> Any:
    """JSON merge patch."""
    if not isinstance(new, dict) or not isinstance(old, dict):
        return new
    merged = {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
    return {key: value for key, value in merged.items() if value is not None}
