"""The few requests that start a control plane: is it ready, and here are its CRDs."""

from __future__ import annotations

import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
ESTABLISH_SECONDS = 30.0


class RequestRefused(Exception):
    """The API server refused a request. The message has its own words."""


@dataclass(frozen=True, slots=True)
class Api:
    """An API server as its administrator reaches it."""

    url: str
    token: str
    certificate_authority: Path

    def ready(self) -> bool:
        """Whether the API server says that it is ready."""
        try:
            self._request("GET", "/readyz")
        except (OSError, RequestRefused):
            return False
        return True

    def apply(self, collection: str, obj: dict[str, Any]) -> None:
        """Server-side apply of a cluster-scoped object of a collection (``/apis/…/widgets``)."""
        path = f"{collection}/{obj['metadata']['name']}?fieldManager=setup&force=true"
        self._request("PATCH", path, body=json.dumps(obj).encode())

    def delete(self, collection: str, name: str) -> None:
        """Delete a cluster-scoped object."""
        self._request("DELETE", f"{collection}/{name}")

    def token_of(self, account: str, namespace: str) -> str:
        """A token of a service account."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
        body = json.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}).encode()
        answer = json.loads(self._request("POST", path, body=body, content_type="application/json"))
        return str(answer["status"]["token"])

    def install_crds(self, files: Iterable[Path]) -> None:
        """Apply CustomResourceDefinitions and wait until their kinds are served."""
        crds = [crd for file in files for crd in yaml.safe_load_all(file.read_text()) if crd]
        for crd in crds:
            self.apply(CRDS, crd)
        deadline = time.monotonic() + ESTABLISH_SECONDS
        for crd in crds:
            while not self._established(crd["metadata"]["name"]):
                if time.monotonic() > deadline:
                    raise RequestRefused(f"CRD {crd['metadata']['name']} is not established: see its status.conditions")
                time.sleep(0.05)

    def _established(self, name: str) -> bool:
        crd = json.loads(self._request("GET", f"{CRDS}/{name}"))
        conditions = (crd.get("status") or {}).get("conditions") or ()  # null in a CRD that was just created
        return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)

    def _request(
        self, method: str, path: str, *, body: bytes | None = None, content_type: str = "application/apply-patch+yaml"
    ) -> bytes:
        headers = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            headers["Content-Type"] = content_type
        request = urllib.request.Request(self.url + path, data=body, headers=headers, method=method)
        trust = ssl.create_default_context(cafile=str(self.certificate_authority))
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
        )
        try:
            with opener.open(request, timeout=20) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                reason = error.read().decode(errors="replace")
            raise RequestRefused(f"{method} {path}: {error.code} {reason}") from error
