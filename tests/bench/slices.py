"""Slices that say their Tenants are Ready, without any Tenant: thousands would tell nothing new about a registry."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from tenantry.conditions import timestamp
from tenantry.names import API_VERSION
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, Cluster

INTERVAL_SECONDS = 0.2
CONDITIONS = {"Ready": "True", "Progressing": "False", "Degraded": "False"}


@contextmanager
def pretended_slices(cluster: Cluster) -> Iterator[None]:
    """Instead of the slices' controller: give each slice a status as soon as its spec changes."""
    stopped = threading.Event()

    def work() -> None:
        while not stopped.wait(INTERVAL_SECONDS):
            _report(cluster)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def ready_tenants(slices: dict[str, JSONObject]) -> int:
    """How many Tenants these slices say are Ready."""
    return sum(found.get("status", {}).get("ready", 0) for found in slices.values())


def _report(cluster: Cluster) -> None:
    kind = cluster.resource_type(API_VERSION, kind="TenantSlice")
    for found in cluster.list(kind):
        if found.get("status", {}).get("observedSequence") != found["spec"]["sequence"]:
            try:
                cluster.update_status(kind, {**found, "status": _status(found)}, field_manager="bench")
            except ApiError as error:  # it changed meanwhile, and its turn comes again
                if error.reason != "Conflict":
                    raise


def _status(found: JSONObject) -> JSONObject:
    now, generation = timestamp(datetime.now(UTC)), found["metadata"]["generation"]
    rows = found["spec"].get("rows") or ()
    tenants = len(rows)
    conditions = [
        {
            "type": type_,
            "status": CONDITIONS[type_],
            "reason": "AllReady",
            "message": "",
            "observedGeneration": generation,
            "lastTransitionTime": now,
        }
        for type_ in sorted(CONDITIONS)
    ]
    return {
        "observedGeneration": generation,
        "observedSequence": found["spec"]["sequence"],
        "tenants": tenants,
        "ready": tenants,
        "degraded": 0,
        "countsTime": now,
        "unlisted": [],
        "removing": [],
        "paused": 0,
        "templates": sorted({template for row in rows for template in row.get("pins") or ()}),
        "revisions": sorted({pin for row in rows for pin in (row.get("pins") or {}).values()}),
        "rollouts": [],
        "unready": [],
        "ahead": [],
        "conditions": conditions,
    }
