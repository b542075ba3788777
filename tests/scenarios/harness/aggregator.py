"""The aggregation layer, for a cluster in which none runs: it tells whether an APIService is available.

Kubernetes' own looks for the Service that an APIService names, and fetches the group's discovery document from it.
"""

from __future__ import annotations

import ssl
import threading
import urllib.error
import urllib.request
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, Self

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, Cluster, NotFound

MANAGER: Final = "kube-apiserver"
PERIOD_SECONDS: Final = 0.2
TIMEOUT_SECONDS: Final = 5.0

_Verdict = tuple[str, str, str]
"""Status, reason and message of the condition Available."""


class Aggregator:
    """Writes the status of APIServices while it is entered."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._kind = cluster.resource_type("apiregistration.k8s.io/v1", kind="APIService")
        self._services = cluster.resource_type("v1", kind="Service")
        self._ended = threading.Event()
        self._worker = threading.Thread(target=self._work, name="aggregator", daemon=True)

    def __enter__(self) -> Self:
        self._worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._worker.join()

    def _work(self) -> None:
        while not self._ended.wait(PERIOD_SECONDS):
            for found in self._cluster.list(self._kind):
                if found["spec"].get("service"):
                    with suppress(ApiError):  # it is gone meanwhile, or somebody changed it: the next round sees it
                        self._tell(found)

    def _tell(self, api_service: JSONObject) -> None:
        status, reason, message = self._verdict(api_service["spec"])
        before: JSONObject = next(iter((api_service.get("status") or {}).get("conditions") or ()), {})
        if (before.get("status"), before.get("reason"), before.get("message")) == (status, reason, message):
            return
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        since = before["lastTransitionTime"] if before.get("status") == status else now
        condition = {"type": "Available", "status": status, "reason": reason, "message": message}
        told = {**api_service, "status": {"conditions": [{**condition, "lastTransitionTime": since}]}}
        self._cluster.update_status(self._kind, told, field_manager=MANAGER)

    def _verdict(self, spec: JSONObject) -> _Verdict:
        named = spec["service"]
        try:
            service = self._cluster.get(self._services, named["name"], named["namespace"])
        except NotFound:
            return "False", "ServiceNotFound", f'service/{named["name"]} in "{named["namespace"]}" is not present'
        host = service["spec"].get("externalName")
        if not host:
            return "False", "MissingEndpoints", "no pods run here that could answer"
        url = f"https://{host}:{named['port']}/apis/{spec['group']}/{spec['version']}"
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS, context=_trusting()):
                return "True", "Passed", "all checks passed"
        except (urllib.error.URLError, TimeoutError) as error:
            return "False", "FailedDiscoveryCheck", f"failing or missing response from {url}: {error}"


def _trusting() -> ssl.SSLContext:
    """For ``insecureSkipTLSVerify``: whoever answers is believed."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
