"""Lynq itself in a cluster: its kinds, whether it still runs, and what must go with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from tenantry.cli.cluster import Cluster, Resource
from tenantry.cli.migrate.lynq.takeover.marks import LYNQ_GROUP
from tenantry.conditions import parse_timestamp
from tenantry.protocol import JSONObject

API_VERSION: Final = f"{LYNQ_GROUP}/v1"
HUBS: Final = Resource(API_VERSION, "lynqhubs", "LynqHub", namespaced=True)
FORMS: Final = Resource(API_VERSION, "lynqforms", "LynqForm", namespaced=True)
NODES: Final = Resource(API_VERSION, "lynqnodes", "LynqNode", namespaced=True)
FINALIZERS: Final = "lynq.sh/"
"""All finalizers of Lynq have this in them."""
LEASE: Final = "f2130106.lynq.sh"
_IMAGE: Final = re.compile(r"(?:^|/)lynq(?:-operator)?(?:$|[:@])")
_DEPLOYMENTS: Final = Resource("apps/v1", "deployments", "Deployment", namespaced=True)
_LEASES: Final = Resource("coordination.k8s.io/v1", "leases", "Lease", namespaced=True)
_WEBHOOKS: Final = tuple(
    Resource("admissionregistration.k8s.io/v1", f"{kind.lower()}s", kind)
    for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
)


def is_served(cluster: Cluster) -> bool:
    """Whether the cluster knows Lynq's kinds."""
    return cluster.resource(API_VERSION, plural=NODES.plural) is not None


def running(cluster: Cluster, *, now: datetime | None = None) -> list[str]:
    """Sentences that tell where Lynq still runs; none if it does not, as far as can be seen."""
    found = []
    for deployment in cluster.items(_DEPLOYMENTS):
        metadata = deployment["metadata"]
        wanted = (deployment.get("spec") or {}).get("replicas", 1)
        pods = max(wanted, (deployment.get("status") or {}).get("replicas", 0))
        if pods and any(map(_is_lynq, _images(deployment))):
            place = f"--namespace {metadata['namespace']} deployment/{metadata['name']}"
            found.append(f"it has pods: kubectl scale {place} --replicas=0")
    latest = (now or datetime.now(UTC)) - timedelta(seconds=20)
    for lease in cluster.items(_LEASES, fields=f"metadata.name={LEASE}"):
        renewed = (lease.get("spec") or {}).get("renewTime")
        if renewed and parse_timestamp(renewed) > latest:
            place = f"{lease['metadata']['namespace']}/{LEASE}"
            found.append(f"its Lease {place} was renewed at {renewed}: stop that process")
    return found


def webhooks(cluster: Cluster) -> list[tuple[Resource, JSONObject]]:
    """Configurations of webhooks for Lynq's kinds alone. Without its server, they refuse every change of those."""
    return [(kind, found) for kind in _WEBHOOKS for found in cluster.items(kind) if _is_for_lynq(found)]


def _is_for_lynq(configuration: JSONObject) -> bool:
    groups = {
        group
        for webhook in configuration.get("webhooks") or ()
        for rule in webhook.get("rules") or ()
        for group in rule.get("apiGroups") or ()
    }
    return groups == {LYNQ_GROUP}


def _images(deployment: JSONObject) -> Iterator[str]:
    pod = (((deployment.get("spec") or {}).get("template") or {}).get("spec")) or {}
    for container in pod.get("containers") or ():
        yield str(container.get("image", ""))


def _is_lynq(image: str) -> bool:
    return _IMAGE.search(image) is not None
