"""A client of a real Kubernetes API server: ``Cluster`` over HTTP.

It says what the Kubernetes API says and adds nothing: no cache, no defaults. Connections are pooled and may be used
from any number of threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlencode

import orjson
import urllib3
from urllib3.exceptions import HTTPError

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, Event, NotFound, Propagation, ResourceType
from tenantry.sandbox.discovery import discover
from tenantry.sandbox.kubeconfig import Access, read_kubeconfig
from tenantry.sandbox.watching import ResourceWatch

JSON_TYPE = "application/json"
CONNECT_TIMEOUT = 5.0
REQUEST_TIMEOUT = 60.0
WATCH_SECONDS = 300
"""How long the server may hold one watch request before it is opened anew. Bookmarks make that cheap."""

Items = list[JSONObject]
Listing = tuple[Items, str]
"""Objects, and the resourceVersion at which they were so."""


class ApiServer:
    """The objects of a cluster behind a kube-apiserver. Implements ``Cluster``."""

    def __init__(self, access: Access, *, connections: int = 64) -> None:
        self._base = access.url.rstrip("/")
        tls: dict[str, Any] = {"ssl_context": access.ssl_context()} if self._base.startswith("https:") else {}
        self._headers = {"Authorization": f"Bearer {access.token}"} if access.token else {}
        self._pool = urllib3.PoolManager(
            num_pools=2,
            maxsize=connections,
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT, read=REQUEST_TIMEOUT),
            # A busy API server answers 429 with Retry-After (priority and fairness): any request may be repeated then.
            retries=urllib3.Retry(
                total=10, connect=2, read=False, redirect=0, other=0, status_forcelist={429}, allowed_methods=None,
                backoff_factor=0.1, raise_on_status=False,
            ),
            **tls,
        )  # fmt: skip
        self._discovery = threading.Lock()
        self._by_kind: dict[tuple[str, str], ResourceType] = {}
        self._by_plural: dict[tuple[str, str], ResourceType] = {}
        self._discoveries = 0
        self._watches: set[ResourceWatch] = set()

    @classmethod
    def from_kubeconfig(cls, path: Path | str, *, context: str = "") -> Self:
        """The cluster that a kubeconfig file names. Raises ``KubeconfigError``."""
        return cls(read_kubeconfig(path, context=context))

    @classmethod
    def from_url(cls, url: str, *, token: str = "", ca: str = "", insecure: bool = False) -> Self:
        """The API server at ``url``, with a bearer token; ``ca`` is PEM text."""
        return cls(Access(url=url, token=token, ca=ca, insecure=insecure))

    def resource_type(self, api_version: str, *, kind: str = "", plural: str = "") -> ResourceType:
        """The resource of this version and kind (or lower-case plural). Raises ``NotFound``.

        What is not known is looked for once more, since a CustomResourceDefinition may have come meanwhile.
        """
        seen = self._discoveries
        found = self._known(api_version, kind, plural)
        if found is None:
            self._discover(unless_newer_than=seen)
            found = self._known(api_version, kind, plural)
        if found is None:
            raise NotFound(f"the server does not serve {kind or plural} in {api_version}")
        return found

    def resource_types(self) -> Sequence[ResourceType]:
        """Every served resource that can be listed and watched, as of now."""
        self._discover(unless_newer_than=self._discoveries)
        return list(self._by_kind.values())

    def get(self, kind: ResourceType, name: str, namespace: str = "") -> JSONObject:
        """One object. Raises ``NotFound``."""
        return self._call("GET", _path(kind, namespace, name))

    def list(self, kind: ResourceType, *, namespace: str = "", labels: str = "") -> list[JSONObject]:
        """All objects of a type, of one namespace if given; ``labels`` is a label selector as kubectl takes it."""
        query = {"labelSelector": labels} if labels else {}
        return self._list(kind, namespace, query)[0]

    def create(self, kind: ResourceType, obj: JSONObject, *, field_manager: str) -> JSONObject:
        """Create an object (POST). Raises ``ApiError``, with reason ``AlreadyExists`` among others."""
        path = _path(kind, obj["metadata"].get("namespace", ""))
        return self._call("POST", path, obj, query={"fieldManager": field_manager})

    def update(self, kind: ResourceType, obj: JSONObject, *, field_manager: str) -> JSONObject:
        """Replace an object (PUT); a ``resourceVersion`` in it must be the current one, else ``Conflict``."""
        return self._call("PUT", _path_of(kind, obj), obj, query={"fieldManager": field_manager})

    def update_status(self, kind: ResourceType, obj: JSONObject, *, field_manager: str) -> JSONObject:
        """Replace an object's status (PUT on the status subresource)."""
        return self._call("PUT", _path_of(kind, obj) + "/status", obj, query={"fieldManager": field_manager})

    def patch(
        self, kind: ResourceType, name: str, patch: JSONObject, *, namespace: str = "", field_manager: str
    ) -> JSONObject:
        """JSON merge patch: null deletes a key, lists are replaced."""
        return self._call(
            "PATCH", _path(kind, namespace, name), patch,
            query={"fieldManager": field_manager}, content_type="application/merge-patch+json",
        )  # fmt: skip

    def apply(
        self, kind: ResourceType, obj: JSONObject, *, field_manager: str, force: bool = False, dry_run: bool = False
    ) -> JSONObject:
        """Server-side apply. Without ``force``, fields of other managers raise ``ApiError``, reason ``Conflict``.

        With ``dry_run`` the API server checks and completes the object, and stores nothing.
        """
        query = {"fieldManager": field_manager, "force": "true" if force else "false"}
        return self._call(
            "PATCH", _path_of(kind, obj), obj, query=query | ({"dryRun": "All"} if dry_run else {}),
            content_type="application/apply-patch+yaml",
        )  # fmt: skip

    def delete(
        self,
        kind: ResourceType,
        name: str,
        *,
        namespace: str = "",
        uid: str = "",
        propagation: Propagation = "Background",
    ) -> None:
        """Delete an object; with ``uid`` only that very one. Raises ``NotFound``, or ``ApiError`` ``Conflict``."""
        options: JSONObject = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        if uid:
            options["preconditions"] = {"uid": uid}
        self._call("DELETE", _path(kind, namespace, name), options)

    def watch(self, kind: ResourceType, handler: Callable[[Event], Any]) -> Callable[[], None]:
        """Call ``handler`` with every object that exists (as ``ADDED``) and then with each change, in order.

        A broken or expired stream is continued, with a new list where the server has forgotten the old version: the
        handler then gets the difference. The answer is a function that ends the watch.
        """
        watch = ResourceWatch(
            str(kind),
            handler,
            relist=lambda: self._list(kind, "", {}),
            open_stream=lambda version: self._stream(kind, version),
        )
        watch.start()
        self._watches.add(watch)

        def stop() -> None:
            self._watches.discard(watch)
            watch.stop()

        return stop

    def close(self) -> None:
        """End all watches and connections."""
        for watch in list(self._watches):
            watch.stop()
        self._watches.clear()
        self._pool.clear()

    def _known(self, api_version: str, kind: str, plural: str) -> ResourceType | None:
        return self._by_kind.get((api_version, kind)) if kind else self._by_plural.get((api_version, plural))

    def _discover(self, *, unless_newer_than: int) -> None:
        """Read discovery again, once for all threads that miss something at the same time."""
        with self._discovery:
            if self._discoveries != unless_newer_than:
                return
            types = discover(lambda path, accept: self._call("GET", path, accept=accept))
            self._by_kind = {(each.api_version, each.kind): each for each in types}
            self._by_plural = {(each.api_version, each.plural): each for each in types}
            self._discoveries += 1

    def _list(self, kind: ResourceType, namespace: str, query: dict[str, str]) -> Listing:
        answer = self._call("GET", _path(kind, namespace), query=query)
        items: Items = answer.get("items") or []
        for item in items:  # the items of a list of built-in kinds come without these two
            item.setdefault("kind", kind.kind)
            item.setdefault("apiVersion", kind.api_version)
        return items, answer["metadata"]["resourceVersion"]

    def _stream(self, kind: ResourceType, version: str) -> urllib3.BaseHTTPResponse:
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        response = self._request(
            "GET", _path(kind, ""), query=query,
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT, read=WATCH_SECONDS + REQUEST_TIMEOUT),
            preload_content=False,
        )  # fmt: skip
        if response.status != 200:
            with closing(response):
                raise _error(response.status, response.read(), str(kind))
        return response

    def _call(
        self,
        method: str,
        path: str,
        body: JSONObject | None = None,
        *,
        query: dict[str, str] | None = None,
        content_type: str = JSON_TYPE,
        accept: str = JSON_TYPE,
    ) -> JSONObject:
        content = None if body is None else orjson.dumps(body)
        headers = {"Accept": accept, "Content-Type": content_type}
        response = self._request(method, path, query=query or {}, body=content, headers=headers)
        if response.status >= 400:
            raise _error(response.status, response.data, f"{method} {path}")
        answer: JSONObject = orjson.loads(response.data)
        return answer

    def _request(
        self, method: str, path: str, *, query: dict[str, str], headers: dict[str, str] | None = None, **options: Any
    ) -> urllib3.BaseHTTPResponse:
        url = f"{self._base}{path}?{urlencode(query)}" if query else self._base + path
        try:
            return self._pool.request(method, url, headers={**self._headers, **(headers or {})}, **options)
        except HTTPError as error:
            message = f"{method} {path}: no answer from the API server: {error}"
            raise ApiError(503, "ServiceUnavailable", message) from error


def _path(kind: ResourceType, namespace: str, name: str = "") -> str:
    parts = ["", "apis" if kind.group else "api", kind.api_version]
    if kind.namespaced and namespace:
        parts += ["namespaces", quote(namespace, safe="")]
    parts.append(kind.plural)
    if name:
        parts.append(quote(name, safe=""))
    return "/".join(parts)


def _path_of(kind: ResourceType, obj: JSONObject) -> str:
    metadata = obj["metadata"]
    return _path(kind, metadata.get("namespace", ""), metadata["name"])


def _error(code: int, body: bytes, context: str) -> ApiError:
    """What the server's ``Status`` object says; some refusals (unknown paths, proxies) are plain text."""
    try:
        status = orjson.loads(body)
    except orjson.JSONDecodeError:
        status = None
    if not isinstance(status, dict):
        status = {"message": f"{context}: {body.decode('utf-8', 'replace').strip()}"}
    message = status.get("message") or f"{context}: HTTP {code}"
    return NotFound(message) if code == 404 else ApiError(code, status.get("reason") or "Unknown", message)
