"""The floor of a fleet: what the same objects cost where a hook decides nothing.

As many parents, made by the bench as fast as the API server takes them, whose hook answers with the Namespace, then
with all objects, and says whether they are ready. No rows, slices, revisions, finalizers or rollouts: what is left is
the price of the API server and of what drives the hooks, two writes of a status that says next to nothing included.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import orjson

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import Event
from tests.bench.fleet import shops
from tests.bench.fleet.audit import BENCH
from tests.bench.fleet.plane import Plane

CRD: Final = Path(__file__).with_suffix(".yaml")
PARENT: Final = ("bench.example.com/v1", "BareShop")
AT_A_TIME: Final = 10
"""Parents that are made side by side: as many as Metacontroller's workers would make."""


class ParentsWatch:
    """How many parents say that they are ready."""

    def __init__(self, plane: Plane) -> None:
        self._ready: set[str] = set()
        self._stop = plane.cluster.watch(plane.cluster.resource_type(PARENT[0], kind=PARENT[1]), self._see)

    def ready(self, tenants: int) -> bool:
        """Whether all are."""
        return len(self._ready) == tenants

    @property
    def told(self) -> str:
        """What they say, for an error."""
        return f"{len(self._ready):,} parents are ready"

    @property
    def since(self) -> float | None:
        """Nobody sums them up."""
        return None

    def close(self) -> None:
        """Watch no longer."""
        self._stop()

    def _see(self, event: Event) -> None:
        if (event.object.get("status") or {}).get("ready"):
            self._ready.add(event.object["metadata"]["name"])


@contextmanager
def bare_hook() -> Iterator[str]:
    """The hook, served in this process at the address that comes back."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def controller(url: str, *, objects: int) -> JSONObject:
    """The controller that calls the hook there, with the kinds of so many objects and nothing else."""
    children = [("apps/v1" if resource == "deployments" else "v1", resource) for resource in shops.RESOURCES[objects]]
    return {
        "apiVersion": "metacontroller.k8s.io/v1alpha1",
        "kind": "CompositeController",
        "metadata": {"name": "bareshops"},
        "spec": {
            "parentResource": {"apiVersion": PARENT[0], "resource": "bareshops", "ignoreStatusChanges": True},
            "childResources": [
                {"apiVersion": version, "resource": resource, "updateStrategy": {"method": "InPlace"}}
                for version, resource in children
            ],
            "hooks": {"sync": {"webhook": {"url": url}}},
        },
    }


def make_parents(plane: Plane, number: int, *, objects: int) -> None:
    """Make so many parents, each of so many objects."""
    kind = plane.cluster.resource_type(PARENT[0], kind=PARENT[1])

    def make(shop: int) -> None:
        name = f"shop-{shop:05d}"
        spec = {"objects": objects, "selector": {"matchLabels": {"shop": name}}}
        parent = {"apiVersion": PARENT[0], "kind": PARENT[1], "metadata": {"name": name}, "spec": spec}
        plane.cluster.apply(kind, parent, field_manager=BENCH)

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        list(pool.map(make, range(number)))


def answer(request: JSONObject) -> JSONObject:
    """The Namespace first, then all; ready when the Deployment is."""
    parent, children = request["parent"], request["children"]
    made = shops.bare_objects(parent["metadata"]["name"], objects=parent["spec"]["objects"])
    if not children["Namespace.v1"]:
        del made[1:]
    deployments = children["Deployment.apps/v1"].values()
    status = {
        "observedGeneration": parent["metadata"]["generation"],
        "ready": any((found.get("status") or {}).get("readyReplicas") for found in deployments),
    }
    return {"status": status, "children": made}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = orjson.dumps(answer(orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
