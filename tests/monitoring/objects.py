"""A small fleet as hooks leave it: a registry in the middle of a rollout, its template, and two tenants."""

from __future__ import annotations

from typing import Any, Final

from tenantry.names import API_VERSION, REGISTRY_LABEL, TENANT_LABEL
from tenantry.protocol import JSONObject

MOMENT: Final = "2026-01-02T03:04:05Z"


def condition(type_: str, status: str, reason: str) -> JSONObject:
    """A condition that has been so for a while."""
    return {
        "type": type_,
        "status": status,
        "reason": reason,
        "message": "",
        "lastTransitionTime": MOMENT,
        "observedGeneration": 1,
    }


def name_of(obj: JSONObject) -> str:
    """Its name."""
    return str(obj["metadata"]["name"])


def _tenant(name: str, *, ready: bool, labels: dict[str, str]) -> JSONObject:
    conditions = [
        condition("Degraded", str(not ready), "Healthy" if ready else "ResourcesFailed"),
        condition("Ready", str(ready), "AllReady" if ready else "ResourcesFailed"),
    ]
    return {
        "apiVersion": API_VERSION,
        "kind": "Tenant",
        "metadata": {"name": name, "labels": labels},
        "spec": {"uid": name, "selector": {"matchLabels": {TENANT_LABEL: name}}},
        "status": {"observedGeneration": 1, "conditions": conditions},
    }


_ROLLOUT: Final[dict[str, Any]] = {
    "name": "web",
    "revision": "web-0123456789",
    "phase": "Progressing",
    "total": 10,
    "updated": 4,
    "underWay": 1,
    "failed": 0,
}
TENANT: Final = _tenant("shops.acme", ready=True, labels={REGISTRY_LABEL: "shops"})
BY_HAND: Final = _tenant("solo", ready=False, labels={})
REGISTRY: Final[JSONObject] = {
    "apiVersion": API_VERSION,
    "kind": "TenantRegistry",
    "metadata": {"name": "shops"},
    "spec": {
        "source": {"sqlite": {"path": "/data/shops.db", "table": "shops"}, "syncInterval": "30s"},
        "valueMappings": {"uid": "id", "activate": "active"},
    },
    "status": {
        "observedGeneration": 1,
        "source": {
            "lastAttemptTime": MOMENT,
            "lastSuccessTime": MOMENT,
            "failures": 0,
            "rows": 12,
            "active": 10,
            "invalid": 1,
            "durationMilliseconds": 40,
        },
        "tenants": {"desired": 10, "total": 10, "ready": 9, "degraded": 1, "removing": 0, "unlisted": 0},
        "deletions": {"count": 2, "digest": "4b1fa20c77"},
        "templates": [_ROLLOUT],
        "conditions": [
            condition("Degraded", "True", "TenantsFailed"),
            condition("DeletionsBlocked", "True", "TooManyDeletions"),
            condition("Ready", "False", "TenantsNotReady"),
            condition("SourceReachable", "Unknown", "NotPolled"),
        ],
    },
}
TEMPLATE: Final[JSONObject] = {
    "apiVersion": API_VERSION,
    "kind": "TenantTemplate",
    "metadata": {"name": "web"},
    "spec": {
        "registry": "shops",
        "resources": [
            {"id": "namespace", "object": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "{{ slug }}"}}}
        ],
    },
    "status": {
        "observedGeneration": 1,
        "conditions": [condition("Degraded", "False", "Healthy"), condition("Ready", "True", "AllReady")],
    },
}
OBJECTS: Final = (REGISTRY, TEMPLATE, TENANT, BY_HAND)
