"""A cluster as commands see it: objects as plain data, and errors as sentences.

The official client brings what the kubeconfig asks for: certificates, tokens, credential plugins, proxies. Requests and
answers are JSON as the API server has it, since what we read are our own kinds, and any kind that templates may hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

import click
import orjson

from tenantry.cli.output import visible
from tenantry.kinds import KINDS
from tenantry.names import GROUP
from tenantry.protocol import JSONObject

CANNOT_TELL: Final = 2
"""Exit code of commands that did not get at what they need."""
FORBIDDEN: Final = 403
FIELD_MANAGER: Final = "tenantry-cli"
PAGE: Final = 500
"""Objects that one request asks for."""
CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 60.0
CONNECTIONS: Final = 8
JSON: Final = "application/json"
METADATA: Final = f"{JSON};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
TABLE: Final = f"{JSON};as=Table;g=meta.k8s.io;v=v1"
_DISCOVERY: Final = f"{JSON};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_ATTEMPTS: Final = 5
_LOOK: Final = "Look at your kubeconfig, or name another one with --kubeconfig and --context."


class ClusterError(click.ClickException):
    """Something that a command needs cannot be had. The message is a sentence with the way out."""

    exit_code = CANNOT_TELL

    def __init__(self, message: str) -> None:
        super().__init__(visible(message))


class Refused(ClusterError):
    """The API server's answer is an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Resource(NamedTuple):
    """A kind of object, and where it is served."""

    api_version: str
    plural: str
    kind: str = ""
    namespaced: bool = False
    verbs: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """The API group, empty for the core group."""
        return self.api_version.rpartition("/")[0]

    def path(self, name: str = "", namespace: str = "") -> str:
        """The path of the collection, or of an object."""
        steps = ["apis" if "/" in self.api_version else "api", *self.api_version.split("/")]
        steps += ["namespaces", namespace] if namespace else []
        steps += [self.plural] + ([name] if name else [])
        return "/" + "/".join(quote(step, safe="") for step in steps)


OURS: Final = {kind.name: Resource(kind.api_version, kind.plural, kind.name) for kind in KINDS}
"""Our kinds by name."""
REGISTRIES: Final = OURS["TenantRegistry"]
SLICES: Final = OURS["TenantSlice"]
TENANTS: Final = OURS["Tenant"]
TEMPLATES: Final = OURS["TenantTemplate"]
REVISIONS: Final = OURS["TenantTemplateRevision"]
CONTROLLERS: Final = Resource("metacontroller.k8s.io/v1alpha1", "compositecontrollers", "CompositeController")
DEFINITIONS: Final = Resource("apiextensions.k8s.io/v1", "customresourcedefinitions", "CustomResourceDefinition")
EVENTS: Final = Resource("v1", "events", "Event", namespaced=True)
_WHERE_FROM: Final = {
    GROUP: "install Tenantry's definitions: tenantry crds | kubectl apply --server-side -f -",
    CONTROLLERS.group: "install Metacontroller, 4.17 or later, with --apply-strategy=server-side-apply",
}


class Cluster:
    """The objects of a cluster. May be used by several threads."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._resources: list[Resource] | None = None

    @property
    def address(self) -> str:
        """Where the API server is."""
        return str(self._client.configuration.host)

    def get(self, resource: Resource, name: str, namespace: str = "") -> JSONObject | None:
        """An object; none if there is none. Raises ``ClusterError``, also if the kind is not served."""
        try:
            return self._json("GET", resource.path(name, namespace))
        except Refused as refusal:
            if refusal.code != 404:
                raise
            self.count(resource)
            return None

    def count(self, resource: Resource) -> int:
        """How many objects of a kind there are. Raises ``ClusterError`` if the kind is not served."""
        page = self._json("GET", f"{resource.path()}?limit=1", {"Accept": METADATA})
        # An API server writes an empty list of a custom kind as null.
        return len(page.get("items") or ()) + int(page["metadata"].get("remainingItemCount") or 0)

    def items(
        self,
        resource: Resource,
        *,
        namespace: str = "",
        labels: str = "",
        fields: str = "",
        limit: int = 0,
        accept: str = JSON,
    ) -> Iterator[JSONObject]:
        """Objects, page by page; at most ``limit`` if that is given. With ``METADATA`` without their contents."""
        for page in self.pages(resource, namespace=namespace, labels=labels, fields=fields, limit=limit, accept=accept):
            for item in page.get("items") or ():
                yield {"apiVersion": resource.api_version, "kind": resource.kind} | item

    def pages(
        self,
        resource: Resource,
        *,
        namespace: str = "",
        labels: str = "",
        fields: str = "",
        limit: int = 0,
        accept: str = JSON,
    ) -> Iterator[JSONObject]:
        """The answers that make up a list; one if there is a ``limit``. Raises ``ClusterError``.

        With ``TABLE`` they are what ``kubectl get`` prints.
        """
        query = {"labelSelector": labels, "fieldSelector": fields, "limit": str(limit or PAGE)}
        query["includeObject"] = "None" if accept == TABLE else ""
        query = {key: value for key, value in query.items() if value}
        while True:
            page = self._json("GET", f"{resource.path(namespace=namespace)}?{urlencode(query)}", {"Accept": accept})
            yield page
            more = page["metadata"].get("continue")
            if limit or not more:
                return
            query["continue"] = more

    def change(
        self,
        resource: Resource,
        obj: JSONObject,
        patch_of: Callable[[JSONObject], JSONObject | None],
        *,
        manager: str = FIELD_MANAGER,
    ) -> JSONObject | None:
        """Merge-patch an object with what ``patch_of`` makes of it, None for nothing; none if the object is gone.

        The patch holds for the very state it was made from: if somebody else was quicker, it is made anew.
        """
        name, namespace = obj["metadata"]["name"], obj["metadata"].get("namespace", "")
        found: JSONObject | None = obj
        for _ in range(_ATTEMPTS):
            patch = patch_of(found) if found is not None else None
            if found is None or patch is None:
                return found
            version = {"resourceVersion": found["metadata"]["resourceVersion"]}
            body = patch | {"metadata": patch.get("metadata", {}) | version}
            path = f"{resource.path(name, namespace)}?fieldManager={manager}"
            try:
                return self._json("PATCH", path, {"Content-Type": "application/merge-patch+json"}, body)
            except Refused as refusal:
                if refusal.code not in (404, 409):
                    raise
                found = self.get(resource, name, namespace)
        raise ClusterError(f"{resource.kind} {name} is changed by others all the time. Try again.")

    def delete(
        self, resource: Resource, name: str, namespace: str = "", *, uid: str = "", propagation: str = "Background"
    ) -> None:
        """Delete an object, what it owns in the background unless told otherwise; one that is gone is fine."""
        body: JSONObject = {"propagationPolicy": propagation}
        if uid:
            body["preconditions"] = {"uid": uid}
        try:
            self._json("DELETE", resource.path(name, namespace), {"Content-Type": JSON}, body)
        except Refused as refusal:
            if refusal.code != 404:
                raise

    def resources(self) -> list[Resource]:
        """All kinds in all versions that are served, of each the version first that is preferred. Asked for once."""
        if self._resources is None:
            groups = [group for path in ("/api", "/apis") for group in self._discovered(path)]
            self._resources = [found for group in groups for found in _resources_of(group)]
        return self._resources

    def resource(self, api_version: str, *, plural: str = "", kind: str = "") -> Resource | None:
        """A kind by its version and plural or name, if it is served."""
        return next(
            (r for r in self.resources() if r.api_version == api_version and (r.plural == plural or r.kind == kind)),
            None,
        )

    def version(self) -> tuple[int, int]:
        """Major and minor version of Kubernetes."""
        told = self._json("GET", "/version")
        return int(told["major"]), int("".join(digit for digit in told["minor"] if digit.isdigit()))

    def text(self, path: str) -> str:
        """What the API server answers to a path, for example that of a service behind it. Raises ``ClusterError``."""
        return self._request("GET", path, {}, None).decode(errors="replace")

    def _discovered(self, path: str) -> list[JSONObject]:
        return list(self._json("GET", path, {"Accept": _DISCOVERY}).get("items") or ())

    def _json(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: JSONObject | None = None
    ) -> JSONObject:
        data = self._request(method, path, headers or {}, body)
        try:
            answer = orjson.loads(data)
        except orjson.JSONDecodeError:
            answer = None
        if not isinstance(answer, dict):
            raise ClusterError(f"{self.address} does not answer as an API server does. {_LOOK}")
        return answer

    def _request(self, method: str, path: str, headers: dict[str, str], body: JSONObject | None) -> bytes:
        from kubernetes.client import ApiException
        from urllib3.exceptions import HTTPError

        headers = {"Accept": JSON, **headers}
        self._client.update_params_for_auth(headers, [], ["BearerToken"], path, method, body)
        try:
            answer = self._client.call_api(
                method, self.address + path, headers, body, _request_timeout=(CONNECT_SECONDS, READ_SECONDS)
            )
            data: bytes = answer.read()
        except ApiException as refusal:
            if not refusal.status:
                # The client's way to tell of certificates that are not trusted.
                raise ClusterError(
                    f"The API server {self.address} cannot be reached: {refusal.reason}. {_LOOK}"
                ) from refusal
            raise _refused(method, path, refusal) from refusal
        except HTTPError as error:
            raise ClusterError(f"The API server {self.address} cannot be reached: {_cause(error)}. {_LOOK}") from error
        if answer.status >= 400:
            raise _told(method, path, answer.status, data.decode(errors="replace"))
        return data


def _resources_of(group: JSONObject) -> Iterator[Resource]:
    name = group["metadata"].get("name", "")
    for version in group.get("versions") or ():
        api_version = f"{name}/{version['version']}" if name else version["version"]
        for found in version.get("resources") or ():
            kind = (found.get("responseKind") or {}).get("kind", "")
            namespaced = found.get("scope") == "Namespaced"
            yield Resource(api_version, found["resource"], kind, namespaced, tuple(found.get("verbs") or ()))


def _refused(method: str, path: str, refusal: Any) -> Refused:
    body = refusal.body.decode(errors="replace") if isinstance(refusal.body, bytes) else str(refusal.body or "")
    return _told(method, path, int(refusal.status or 0), body or str(refusal.reason))


def _told(method: str, path: str, code: int, body: str) -> Refused:
    try:
        message = str(orjson.loads(body)["message"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        message = " ".join(body.split())[:300]
    if code == 401:
        message = "The API server does not know you: renew the credentials of your kubeconfig."
    elif code == FORBIDDEN:
        message = f"You may not do this: {message}. Ask for permission, or use another context."
    elif code == 404 and message == "404 page not found":
        group = path.split("/")[2] if path.startswith("/apis/") else ""
        way_out = _WHERE_FROM.get(group, "install what defines them")
        message = f"The cluster has no {path.partition('?')[0].rpartition('/')[2]}: {way_out}."
    else:
        message = f"The API server refuses {method} {path.partition('?')[0]}: {code} {message}"
    return Refused(code, message)


def _cause(error: Exception) -> str:
    reason = getattr(error, "reason", None)
    text = str(reason if reason is not None else error)
    return text.rpartition(">: ")[2] or text
