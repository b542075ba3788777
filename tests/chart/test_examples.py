"""The examples of how to install without Helm, and of how others watch our kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from lupa.lua54 import LuaRuntime

from tenantry.protocol import JSONObject
from tenantry.sandbox.apiserver import ApiServer
from tests.chart.examples import EXAMPLES, overlay
from tests.chart.helm import objects, of_kind
from tests.controlplane.product import REPOSITORY
from tests.controlplane.server import ControlPlane

READY = {"type": "Ready", "status": "True", "message": "all is well"}
NOT_READY = {"type": "Ready", "status": "False", "message": "2 of 3 are ready"}
DEGRADED = {"type": "Degraded", "status": "True", "message": "the source cannot be reached"}
INVALID = {"type": "Valid", "status": "False", "message": "two entries have the id web"}


@pytest.fixture(name="overlay", scope="module")
def built() -> list[JSONObject]:
    return overlay()


@pytest.fixture(scope="module")
def health() -> Callable[[JSONObject], tuple[str, str]]:
    """What Argo CD says of an object of ours, by the scripts of the example."""
    scripts = yaml.safe_load((EXAMPLES / "argocd" / "health.yaml").read_text())["data"]
    assert len(set(scripts.values())) == 1
    script = next(iter(scripts.values()))

    def judge(obj: JSONObject) -> tuple[str, str]:
        lua: Any = LuaRuntime()
        found = lua.execute(f"obj = ...; {script}", lua.table_from(obj, recursive=True))
        return found["status"], found["message"]

    return judge


def an_object(*conditions: JSONObject, generation: int = 1, observed: int = 1, **spec: object) -> JSONObject:
    status = {"observedGeneration": observed, "conditions": list(conditions)}
    return {"metadata": {"generation": generation}, "spec": spec, "status": status}


@pytest.mark.parametrize("folder", ["crds", "policies", "compositecontrollers"])
def test_the_overlay_has_every_file_of_a_folder(overlay: list[JSONObject], folder: str) -> None:
    shipped = {
        (obj["kind"], obj["metadata"]["name"])
        for file in (REPOSITORY / folder).glob("*.yaml")
        for obj in objects(file.read_text())
    }
    assert shipped <= {(obj["kind"], obj["metadata"]["name"]) for obj in overlay}


def test_the_overlay_lists_no_kind_that_a_cluster_may_not_know(overlay: list[JSONObject]) -> None:
    """Metacontroller starts no controller while one of its kinds is not served: there would be no tenants at all."""
    shipped = yaml.safe_load((REPOSITORY / "compositecontrollers" / "tenant.yaml").read_text())
    assert of_kind(overlay, "CompositeController")["tenantry-tenants"]["spec"] == shipped["spec"]


def test_the_overlay_serves_where_the_controllers_call(overlay: list[JSONObject]) -> None:
    service = of_kind(overlay, "Service")["tenantry"]
    metadata, port = service["metadata"], service["spec"]["ports"][0]["port"]
    address = f"http://{metadata['name']}.{metadata['namespace']}.svc:{port}/"
    urls = [
        hook["webhook"]["url"]
        for controller in of_kind(overlay, "CompositeController").values()
        for hook in controller["spec"]["hooks"].values()
    ]
    assert urls
    assert [url for url in urls if not url.startswith(address)] == []


def test_the_api_server_takes_every_object_of_the_overlay(overlay: list[JSONObject], plane: ControlPlane) -> None:
    cluster = ApiServer.from_kubeconfig(plane.kubeconfig)
    for obj in overlay:
        if obj["kind"] != "CustomResourceDefinition":
            type_ = cluster.resource_type(obj["apiVersion"], kind=obj["kind"])
            # What lies in a namespace can be tried when that is there.
            cluster.apply(type_, obj, field_manager="somebody", force=True, dry_run=obj["kind"] != "Namespace")
    cluster.close()


def test_the_overlay_names_the_image_once(overlay: list[JSONObject]) -> None:
    (container,) = of_kind(overlay, "Deployment")["tenantry"]["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "images.example.com/tenantry:0.1.0"


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        ({"metadata": {"generation": 1}, "spec": {}}, "Progressing"),
        (an_object(READY), "Healthy"),
        (an_object(READY, generation=2), "Progressing"),
        (an_object(NOT_READY), "Progressing"),
        (an_object(NOT_READY, DEGRADED), "Degraded"),
        (an_object(READY, INVALID), "Degraded"),
        (an_object(READY, suspend=True), "Suspended"),
    ],
    ids=["new", "ready", "changed", "not ready", "degraded", "invalid", "suspended"],
)
def test_argo_cd_judges_our_kinds_by_their_conditions(
    health: Callable[[JSONObject], tuple[str, str]], obj: JSONObject, expected: str
) -> None:
    assert health(obj)[0] == expected


def test_argo_cd_shows_our_sentence(health: Callable[[JSONObject], tuple[str, str]]) -> None:
    assert health(an_object(NOT_READY, DEGRADED))[1] == DEGRADED["message"]
