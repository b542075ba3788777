"""The tenant that is measured: ten objects with seventy expressions, as a small web shop would have them."""

from __future__ import annotations

import sqlite3
from base64 import b64encode
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import orjson

from tenantry.names import API_VERSION
from tenantry.protocol import JSONObject

REGISTRY: Final = "shops"
TEMPLATE: Final = "shop"
COLUMNS: Final = ("name", "plan", "host", "image", "replicas", "memory", "owner", "region", "theme", "token")
OBJECTS: Final = 10
EXPRESSIONS: Final = 70


def create_shops(file: Path, number: int) -> None:
    """A SQLite database with this many active shops."""
    with closing(sqlite3.connect(file)) as database, database:
        columns = ", ".join(f"{name} {'INTEGER' if name == 'replicas' else 'TEXT'}" for name in COLUMNS)
        database.execute(f"CREATE TABLE shops (id TEXT PRIMARY KEY, active INTEGER, {columns})")
        marks = ", ".join("?" * (len(COLUMNS) + 2))
        database.executemany(f"INSERT INTO shops VALUES ({marks})", (_row(n) for n in range(number)))


def _row(n: int) -> tuple[Any, ...]:
    uid = f"shop-{n:05d}"
    plan = ("basic", "pro", "business")[n % 3]
    host, image = f"{uid}.example.com", f"shop.example.com/shop:1.{n % 7}.{n % 11}"
    region, theme = ("north", "south")[n % 2], ("light", "dark")[n % 2]
    values = (f"Shop number {n}", plan, host, image, 1 + n % 3, f"{128 * (1 + n % 4)}Mi", f"owner{n}", region, theme)
    return (uid, 1, *values, b64encode(f"token of {uid}".encode()).decode())


def registry(database: Path, *, buckets: int) -> JSONObject:
    """The registry over these shops. It polls once, and then not again as long as anything is measured."""
    return {
        "apiVersion": API_VERSION,
        "kind": "TenantRegistry",
        "metadata": {"name": REGISTRY},
        "spec": {
            "source": {"syncInterval": "24h", "sqlite": {"path": str(database), "table": "shops"}},
            "valueMappings": {"uid": "id", "activate": "active"},
            "extraValueMappings": {name: name for name in COLUMNS},
            "buckets": buckets,
        },
    }


def template(shops: int = 1) -> JSONObject:
    """The template, of a tenant with so many web shops. Raises ``ValueError`` if it is not what the tables say."""
    resources = [entry for number in range(shops) for entry in _resources(number)]
    expressions = orjson.dumps(resources).count(b"{{")
    if (len(resources), expressions) != (shops * OBJECTS, shops * EXPRESSIONS):
        raise ValueError(f"the template has {len(resources)} objects and {expressions} expressions")
    return {
        "apiVersion": API_VERSION,
        "kind": "TenantTemplate",
        "metadata": {"name": TEMPLATE},
        "spec": {"registry": REGISTRY, "resources": resources},
    }


def _resources(number: int) -> list[JSONObject]:
    """The entries of one web shop: the first has the tenant's name, the others a number behind it."""
    if number == 0:
        return [{"id": id_, "object": obj} for id_, obj in _objects().items()]
    resources = [{"id": f"{id_}-{number}", "object": obj} for id_, obj in _objects().items()]
    text = orjson.dumps(resources).replace(_HOME, _HOME[:-1] + f'-{number}"'.encode())
    numbered: list[JSONObject] = orjson.loads(text)
    return numbered


_HOME: Final = b'"shop-{{ slug }}"'


def _objects() -> dict[str, JSONObject]:
    return {
        "namespace": {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": "shop-{{ slug }}",
                "labels": {"example.com/plan": "{{ plan }}", "example.com/region": "{{ region }}"},
                "annotations": {"example.com/owner": "{{ owner }}", "example.com/title": "{{ name }}"},
            },
        },
        "quota": _object("v1", "ResourceQuota", "quota", spec={"hard": _quota()}),
        "account": _object(
            "v1",
            "ServiceAccount",
            "web",
            annotations={"example.com/owner": "{{ owner }}", "example.com/role": "shop-{{ region }}"},
        ),
        "config": _object("v1", "ConfigMap", "web", data=_config()),
        "secret": _object(
            "v1",
            "Secret",
            "web",
            type="Opaque",
            data={"token": "{{ token }}", "session": "{{ token }}", "backup": "{{ token }}"},
        ),
        "web": _object("apps/v1", "Deployment", "web", spec=_web(), labels=_WEB_LABELS),
        "worker": _object("apps/v1", "Deployment", "worker", spec=_worker()),
        "service": _object(
            "v1",
            "Service",
            "web",
            spec={"selector": {"app": "web", "shop": "{{ slug }}"}, "ports": [{"name": "http", "port": 80}]},
        ),
        "ingress": _object("networking.k8s.io/v1", "Ingress", "web", spec=_ingress(), annotations=_INGRESS_ANNOTATIONS),
        "network": _object("networking.k8s.io/v1", "NetworkPolicy", "web", spec=_network(), labels=_WEB_LABELS),
    }


_WEB_LABELS: Final = {"example.com/plan": "{{ plan }}"}
_INGRESS_ANNOTATIONS: Final = {"example.com/title": "{{ name }}", "example.com/theme": "{{ theme | upper }}"}


def _object(
    api_version: str,
    kind: str,
    name: str,
    *,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    **fields: Any,
) -> JSONObject:
    metadata: JSONObject = {"name": name, "namespace": "shop-{{ slug }}"}
    metadata |= {"labels": labels} if labels else {}
    metadata |= {"annotations": annotations} if annotations else {}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


def _quota() -> JSONObject:
    return {
        "pods": "{{ '40' if plan == 'pro' else '10' }}",
        "services": "{{ '8' if plan == 'pro' else '4' }}",
        "requests.cpu": "{{ replicas * 2 }}",
        "requests.memory": "{{ '16Gi' if plan == 'pro' else '4Gi' }}",
    }


def _config() -> dict[str, str]:
    return {
        "title": "{{ name }}",
        "url": "https://{{ host }}",
        "assets": "https://assets.{{ host }}/{{ theme }}",
        "plan": "{{ plan }}",
        "region": "{{ region }}",
        "theme": "{{ theme }}",
        "owner": "{{ owner }}",
        "mail": "{{ owner }}@{{ host }}",
        "greeting": "Welcome to {{ name | title }}",
        "database": "postgres://{{ slug }}.{{ region }}.example.com/{{ slug }}",
        "limits": "{{ 'high' if plan == 'pro' else 'low' }}",
        "uid": "{{ uid }}",
        "support": "help@{{ host }}",
        "catalog": "{{ region }}-{{ slug }}",
    }


def _web() -> JSONObject:
    names = ("name", "plan", "host", "region", "theme", "owner")
    env = [{"name": f"SHOP_{name.upper()}", "value": f"{{{{ {name} }}}}"} for name in names]
    container = _container("web", "{{ image }}", env, memory="{{ memory }}", limit="{{ memory }}")
    return _workload("web", "{{ replicas }}", container, annotations={"example.com/plan": "{{ plan }}"})


def _worker() -> JSONObject:
    env = [{"name": f"SHOP_{name.upper()}", "value": f"{{{{ {name} }}}}"} for name in ("name", "plan", "region")]
    container = _container("worker", "{{ image }}", env, memory="256Mi", limit="256Mi")
    return _workload("worker", "{{ 1 if plan == 'basic' else replicas }}", container, annotations={})


def _container(name: str, image: str, env: list[JSONObject], *, memory: str, limit: str) -> JSONObject:
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 10, "timeoutSeconds": 2}
    return {
        "name": name,
        "image": image,
        "ports": [{"name": "http", "containerPort": 8080}],
        "env": env,
        "envFrom": [{"configMapRef": {"name": "web"}}, {"secretRef": {"name": "web"}}],
        "resources": {"requests": {"cpu": "100m", "memory": memory}, "limits": {"memory": limit}},
        "readinessProbe": probe,
        "livenessProbe": probe,
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "runAsNonRoot": True},
    }


def _workload(name: str, replicas: str, container: JSONObject, *, annotations: dict[str, str]) -> JSONObject:
    return {
        "replicas": replicas,
        "selector": {"matchLabels": {"app": name}},
        "template": {
            "metadata": {"labels": {"app": name, "shop": "{{ slug }}"}, "annotations": annotations or {"app": name}},
            "spec": {
                "serviceAccountName": "web",
                "containers": [container],
                "volumes": [{"name": "data", "emptyDir": {}}],
            },
        },
    }


def _ingress() -> JSONObject:
    backend = {"service": {"name": "web", "port": {"name": "http"}}}
    return {
        "tls": [{"hosts": ["{{ host }}"], "secretName": "tls-{{ slug }}"}],
        "rules": [
            {"host": "{{ host }}", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}},
        ],
    }


def _network() -> JSONObject:
    peer = {"namespaceSelector": {"matchLabels": {"example.com/region": "{{ region }}"}}}
    return {
        "podSelector": {"matchLabels": {"app": "web", "shop": "{{ slug }}"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [peer], "ports": [{"port": 8080, "protocol": "TCP"}]}],
    }
