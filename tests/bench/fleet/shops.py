"""The fleet that is measured: shops in a SQLite file, each a Namespace with up to four plain objects in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import orjson

from tenantry.names import API_VERSION
from tenantry.protocol import JSONObject

REGISTRY: Final = "fleet"
TEMPLATE: Final = "shop"
NAMESPACE_PREFIX: Final = "fleet-"
RESOURCES: Final = {
    3: ("namespaces", "configmaps", "deployments"),
    5: ("namespaces", "serviceaccounts", "configmaps", "services", "deployments"),
}
"""Number of objects of a tenant → their resources."""


class Shops:
    """The table. Its changes go to all rows at once."""

    def __init__(self, file: Path, number: int) -> None:
        self.file = file
        with closing(sqlite3.connect(file)) as database, database:
            database.execute("CREATE TABLE shops (id TEXT PRIMARY KEY, active INTEGER, plan TEXT, token TEXT)")
            rows = ((f"shop-{n:05d}", 1, "basic", f"token of shop {n}") for n in range(number))
            database.executemany("INSERT INTO shops VALUES (?, ?, ?, ?)", rows)

    def set_plan(self, plan: str, *, of: str = "%") -> None:
        """Change one column of all rows, or of those whose id is like ``of``."""
        with closing(sqlite3.connect(self.file)) as database, database:
            database.execute("UPDATE shops SET plan = ? WHERE id LIKE ?", (plan, of))


def registry(file: Path, *, buckets: int, interval: str = "1m", secrets: bool = False) -> JSONObject:
    """The registry over these shops; with ``secrets`` one column is secret, and there are row Secrets."""
    spec: JSONObject = {
        "source": {"syncInterval": interval, "sqlite": {"path": str(file), "table": "shops"}},
        "valueMappings": {"uid": "id", "activate": "active"},
        "extraValueMappings": {"plan": "plan"},
        "buckets": buckets,
    }
    if secrets:
        spec |= {"secretValueMappings": {"token": "token"}, "secretNamespace": "default"}
    return _of_ours("TenantRegistry", REGISTRY, spec)


def template(*, objects: int = 5, image: str = "shop:1", secrets: bool = False) -> JSONObject:
    """The template. All tenants may be under way at one time, so that a change is limited by nothing of ours."""
    made = _objects(image, secrets=secrets)
    resources = [{"id": id_.removesuffix("s"), "object": made[id_]} for id_ in RESOURCES[objects]]
    return _of_ours(
        "TenantTemplate", TEMPLATE, {"registry": REGISTRY, "resources": resources, "rollout": {"maxSkew": "100%"}}
    )


def bare_objects(shop: str, *, objects: int) -> list[JSONObject]:
    """The objects of one shop, rendered by nobody, with the label that their parent finds them by."""
    made = orjson.dumps(_objects("shop:1", secrets=False)).decode()
    for name, value in {"slug": shop, "uid": shop, "plan": "basic"}.items():
        made = made.replace(f"{{{{ {name} }}}}", value)
    found: dict[str, JSONObject] = orjson.loads(made)
    for obj in found.values():
        obj["metadata"]["labels"] = {"shop": shop}
    return [found[resource] for resource in RESOURCES[objects]]


def _of_ours(kind: str, name: str, spec: JSONObject) -> JSONObject:
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}


def _objects(image: str, *, secrets: bool) -> dict[str, JSONObject]:
    labels = {"app": "web"}
    pod = {"serviceAccountName": "web", "containers": [{"name": "web", "image": image}]}
    workload = {
        "replicas": 1,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    data = {"plan": "{{ plan }}", "shop": "{{ uid }}"} | ({"token": "{{ secrets.token }}"} if secrets else {})
    service = {"selector": labels, "ports": [{"port": 80}]}
    return {
        "namespaces": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE_PREFIX + "{{ slug }}"}},
        "serviceaccounts": _object("v1", "ServiceAccount"),
        "configmaps": _object("v1", "ConfigMap", data=data),
        "services": _object("v1", "Service", spec=service),
        "deployments": _object("apps/v1", "Deployment", spec=workload),
    }


def _object(api_version: str, kind: str, **fields: JSONObject) -> JSONObject:
    namespace = NAMESPACE_PREFIX + "{{ slug }}"
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web", "namespace": namespace}, **fields}


def namespaces(number: int) -> Sequence[str]:
    """The Namespaces of so many shops."""
    return [f"{NAMESPACE_PREFIX}shop-{n:05d}" for n in range(number)]
