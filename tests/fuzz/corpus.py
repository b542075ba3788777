"""Requests to begin with: those that a small fleet in the sandbox makes, and questions of an API server."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
import yaml

from tenantry.protocol import JSONObject
from tenantry.sandbox.store import InProcessCluster
from tests.bench.recording import recording
from tests.bench.shop import REGISTRY, TEMPLATE, create_shops, registry, template
from tests.controlplane.product import crd_files

HOOKS: Final = {
    "registries": ("sync", "finalize", "customize"),
    "templates": ("sync", "finalize", "customize"),
    "slices": ("sync",),
    "tenants": ("sync", "finalize", "customize"),
    "probes": ("sync", "customize"),
}
SHOPS: Final = 2


class Request(NamedTuple):
    """A path, and the body that somebody may send there."""

    path: str
    body: JSONObject


def requests() -> list[Request]:
    """At least one for every path that takes a POST."""
    found = [*_reviews(), _probe("sync"), _probe("customize")]
    with tempfile.TemporaryDirectory(prefix="tenantry-fuzz-") as folder:
        database = Path(folder) / "shops.db"
        create_shops(database, SHOPS)
        cluster = _cluster()
        try:
            _create(cluster, template())
            _create(cluster, registry(database, buckets=1))
            with recording(cluster) as recorder:
                for controller, hooks in HOOKS.items():
                    for hook in hooks:
                        recorded = recorder.requests(f"/{controller}/{hook}")
                        found += [Request(f"/{controller}/{hook}", orjson.loads(one.body)) for one in recorded]
        finally:
            cluster.close()
    # Nothing goes while the fleet is at rest: a finalize hook is asked about what a sync hook was asked about.
    asked = [one for one in found if one.path.endswith("/sync") and "finalize" in HOOKS[one.path.split("/")[1]]]
    return found + [Request(one.path.replace("/sync", "/finalize"), {**one.body, "finalizing": True}) for one in asked]


def _reviews() -> list[Request]:
    return [
        Request(
            "/validate",
            {
                "apiVersion": "admission.k8s.io/v1",
                "kind": "AdmissionReview",
                "request": {"uid": "asked", "operation": "CREATE", "name": name, "object": obj, "oldObject": None},
            },
        )
        for name, obj in ((TEMPLATE, template()), (REGISTRY, registry(Path("/nowhere/shops.db"), buckets=1)))
    ]


def _probe(hook: str) -> Request:
    parent: dict[str, Any] = {
        "apiVersion": "tenantry.io/v1",
        "kind": "TenantProbe",
        "metadata": {"name": "probe", "uid": "of-the-probe", "generation": 1},
        "spec": {"apiVersion": "v1", "kind": "ConfigMap", "resource": "configmaps", "name": "config"},
    }
    whole = {"controller": {"spec": {}}, "parent": parent, "children": {}, "related": {}, "finalizing": False}
    return Request(f"/probes/{hook}", whole)


def _cluster() -> InProcessCluster:
    cluster = InProcessCluster()
    definitions = cluster.resource_type("apiextensions.k8s.io/v1", kind="CustomResourceDefinition")
    for file in crd_files():
        cluster.create(definitions, yaml.safe_load(file.read_text()), field_manager="fuzz")
    return cluster


def _create(cluster: InProcessCluster, obj: JSONObject) -> None:
    cluster.create(cluster.resource_type(obj["apiVersion"], kind=obj["kind"]), obj, field_manager="fuzz")
