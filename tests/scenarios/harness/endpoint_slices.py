"""The EndpointSlice controller, for a cluster in which none runs: it copies labels of Services, which is what matters.

Kubernetes' own makes EndpointSlices for each Service with a selector, with the Service's labels and under its control.
"""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from typing import Final, Self

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, Cluster, Event

MANAGER: Final = "kube-controller-manager"
_MANAGED_BY: Final = {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}


class EndpointSlices:
    """Makes EndpointSlices while it is entered."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._slices = cluster.resource_type("discovery.k8s.io/v1", kind="EndpointSlice")
        self._services: queue.SimpleQueue[JSONObject | None] = queue.SimpleQueue()
        self._worker = threading.Thread(target=self._work, name="endpoint slices", daemon=True)

    def __enter__(self) -> Self:
        self._worker.start()
        self._stop = self._cluster.watch(self._cluster.resource_type("v1", kind="Service"), self._see)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        self._services.put(None)
        self._worker.join()

    def _see(self, event: Event) -> None:
        service = event.object
        if event.type != "DELETED" and "deletionTimestamp" not in service["metadata"]:
            self._services.put(service)

    def _work(self) -> None:
        while (service := self._services.get()) is not None:
            if service["spec"].get("selector"):
                with suppress(ApiError):  # the Service is gone meanwhile, or its Namespace is
                    self._cluster.apply(self._slices, _slice_of(service), field_manager=MANAGER, force=True)


def _slice_of(service: JSONObject) -> JSONObject:
    metadata = service["metadata"]
    labels = {**metadata.get("labels", {}), **_MANAGED_BY, "kubernetes.io/service-name": metadata["name"]}
    owner = {"apiVersion": "v1", "kind": "Service", "name": metadata["name"], "uid": metadata["uid"]}
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{metadata['name']}-slice",
            "namespace": metadata["namespace"],
            "labels": labels,
            "ownerReferences": [{**owner, "controller": True, "blockOwnerDeletion": True}],
        },
        "addressType": "IPv4",
        "endpoints": [],
        "ports": [],
    }
