"""What tests of the controller loop need: a cluster with two custom kinds, hooks behind HTTP, and the loop between."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import orjson

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import Cluster, NotFound, ResourceType
from tenantry.sandbox.loop import ControllerLoop, Write
from tenantry.sandbox.store import InProcessCluster

USER = "user"
GROUP = "test.example.com/v1"
CHILD_RESOURCES = (("v1", "configmaps"), ("apps/v1", "deployments"))


@dataclass(frozen=True)
class Answer:
    """A hook's answer that is not just a 200 with a JSON object."""

    code: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


Hook = Callable[[JSONObject], "JSONObject | Answer | None"]


class Backend:
    """Webhooks on an ephemeral port: one function for each path, and every request they got."""

    def __init__(self) -> None:
        self.hooks: dict[str, Hook] = {}
        self.requests: list[tuple[str, JSONObject]] = []
        self._called = threading.Condition()
        backend = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                request = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
                backend.record(self.path, request)
                answer = backend.hooks[self.path](request)
                if not isinstance(answer, Answer):
                    answer = Answer(200, orjson.dumps(answer))
                self.send_response(answer.code)
                for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: Any) -> None:
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def calls(self, path: str) -> list[JSONObject]:
        return [request for where, request in list(self.requests) if where == path]

    def record(self, path: str, request: JSONObject) -> None:
        with self._called:
            self.requests.append((path, request))
            self._called.notify_all()

    def wait_for(self, path: str, *, calls: int) -> bool:
        """Wait until a hook was called so many times, for at most 20 seconds."""
        with self._called:
            return self._called.wait_for(lambda: len(self.calls(path)) >= calls, timeout=20)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class World:
    """A cluster, hooks and a loop. Things are cluster-scoped parents, Widgets namespaced ones."""

    def __init__(self, cluster: Cluster | None = None) -> None:
        self.cluster: Cluster = cluster if cluster is not None else InProcessCluster()
        self.backend = Backend()
        self.writes: list[Write] = []
        self.loop = self.new_loop()
        for plural, kind, scope in (("things", "Thing", "Cluster"), ("widgets", "Widget", "Namespaced")):
            self.create(custom_resource_definition(plural, kind, scope))
        self.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "apps"}})

    def new_loop(self) -> ControllerLoop:
        return ControllerLoop(self.cluster, base_url=self.backend.url, observers=[self.writes.append])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.stop()
        self.backend.close()
        self.cluster.close()

    def add_controller(self, name: str = "things", *, hooks: dict[str, Hook], **spec: Any) -> None:
        """Let a controller run whose hooks are these functions."""
        for hook, function in hooks.items():
            self.backend.hooks[f"/{name}/{hook}"] = function
        self.loop.add_controller(composite_controller(name, hooks, **spec))

    def settle(self) -> None:
        """Start the loop, and wait until there is nothing to do but what was put off for a while."""
        self.loop.start()
        assert self.loop.wait_until_quiet(20, quiet_for=0.1, horizon=0.3), "the loop does not come to rest"

    def kind(self, kind: str) -> ResourceType:
        for each in self.cluster.resource_types():
            if each.kind == kind and each.group != "events.k8s.io":
                return each
        raise AssertionError(f"no kind {kind}")

    def create(self, obj: JSONObject) -> JSONObject:
        return self.cluster.create(self.type_of(obj), obj, field_manager=USER)

    def type_of(self, obj: JSONObject) -> ResourceType:
        return self.cluster.resource_type(obj["apiVersion"], kind=obj["kind"])

    def get(self, kind: str, name: str, namespace: str = "") -> JSONObject:
        return self.cluster.get(self.kind(kind), name, namespace)

    def exists(self, kind: str, name: str, namespace: str = "") -> bool:
        try:
            self.get(kind, name, namespace)
        except NotFound:
            return False
        return True

    def patch(self, kind: str, name: str, patch: JSONObject, namespace: str = "") -> JSONObject:
        return self.cluster.patch(self.kind(kind), name, patch, namespace=namespace, field_manager=USER)

    def delete(self, kind: str, name: str, namespace: str = "", **options: Any) -> None:
        self.cluster.delete(self.kind(kind), name, namespace=namespace, **options)

    def written(self, verb: str, kind: str) -> list[Write]:
        return [write for write in list(self.writes) if write.verb == verb and write.kind.kind == kind]


def custom_resource_definition(plural: str, kind: str, scope: str) -> JSONObject:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "name": "v1", "served": True, "storage": True, "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": schema},
    }  # fmt: skip
    group = GROUP.partition("/")[0]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"plural": plural, "kind": kind, "singular": kind.lower(), "listKind": f"{kind}List"},
            "scope": scope,
            "versions": [version],
        },
    }


def composite_controller(
    name: str,
    hooks: Sequence[str] | dict[str, Hook],
    *,
    children: Sequence[tuple[str, str]] = CHILD_RESOURCES,
    method: str = "InPlace",
    parent: str = "things",
    label_selector: JSONObject | None = None,
    **spec: Any,
) -> JSONObject:
    resource: JSONObject = {"apiVersion": GROUP, "resource": parent, "ignoreStatusChanges": True}
    if label_selector is not None:
        resource["labelSelector"] = label_selector
    return {
        "apiVersion": "metacontroller.k8s.io/v1alpha1",
        "kind": "CompositeController",
        "metadata": {"name": name},
        "spec": {
            "parentResource": resource,
            "childResources": [
                {"apiVersion": version, "resource": plural, "updateStrategy": {"method": method}}
                for version, plural in children
            ],
            "hooks": {
                hook: {"version": "v2", "webhook": {"url": f"http://backend.invalid/{name}/{hook}"}} for hook in hooks
            },
            **spec,
        },
    }


def thing(name: str = "one", *, labels: dict[str, str] | None = None, kind: str = "Thing", **spec: Any) -> JSONObject:
    """A parent that selects the children with the label ``thing: <name>``."""
    metadata: JSONObject = {"name": name, "labels": labels or {}}
    if kind == "Widget":
        metadata["namespace"] = "apps"
    selector = {"matchLabels": {"thing": name}}
    return {"apiVersion": GROUP, "kind": kind, "metadata": metadata, "spec": {"selector": selector, **spec}}


def config_map(name: str, owner: str = "one", **data: str) -> JSONObject:
    metadata = {"name": name, "namespace": "apps", "labels": {"thing": owner}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def deployment(name: str, owner: str = "one", *, image: str = "shop:1") -> JSONObject:
    pod = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "main", "image": image}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "apps", "labels": {"thing": owner}},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": pod},
    }


def answer(*children: JSONObject, **fields: Any) -> JSONObject:
    return {"children": list(children), "status": {}, **fields}


def answering(*children: JSONObject, **fields: Any) -> Hook:
    """A hook that always gives the same answer."""
    return lambda request: answer(*children, **fields)
