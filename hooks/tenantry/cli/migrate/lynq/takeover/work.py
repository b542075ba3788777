"""Does what a plan says. Each step can be repeated, and nothing can be lost between two of them.

An object changes hands in one patch. A node goes when no object belongs to it any more, and without taking any with it;
so whatever was interrupted, the nodes that are left tell what is left to do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from rich.progress import Progress

from tenantry.cli.cluster import CONNECTIONS, METADATA, Cluster, ClusterError, Resource
from tenantry.cli.migrate.lynq.takeover.lynq import FINALIZERS, FORMS, HUBS, NODES
from tenantry.cli.migrate.lynq.takeover.marks import handing_over, letting_go, node_of
from tenantry.cli.migrate.lynq.takeover.plan import Found, NodePlan, objects_of_nodes
from tenantry.names import FIELD_MANAGER
from tenantry.protocol import JSONObject

T = TypeVar("T")
ORPHAN: Final = "Orphan"
GONE_SECONDS: Final = 120.0
POLL_SECONDS: Final = 0.5


def carry_out(
    cluster: Cluster, plans: Sequence[NodePlan], webhooks: Sequence[tuple[Resource, JSONObject]], progress: Progress
) -> None:
    """Hand the objects over, then let Lynq's own objects go. Nodes with problems stay, and what they need."""
    ready = [plan for plan in plans if not plan.problems]
    taken = [(plan, one) for plan in ready for one in plan.taken]
    _each(progress, "objects", taken, lambda pair: _take(cluster, *pair))
    _each(progress, "others", [one for plan in ready for one in plan.left], lambda one: _leave(cluster, one))
    _each(progress, "webhooks", list(webhooks), lambda placed: _delete(cluster, *placed))
    # Somebody may have made an object meanwhile that still says it belongs to one of these nodes.
    owning = {node_of(one.metadata) for one in objects_of_nodes(cluster)}
    free = [plan.node for plan in ready if plan.name not in owning]
    _each(progress, "nodes", free, lambda node: _remove(cluster, NODES, node))
    _wait_until_gone(cluster, free)
    if next(cluster.items(NODES, limit=1), None) is None:
        for kind in (FORMS, HUBS):
            _each(progress, kind.plural, list(cluster.items(kind)), partial(_remove, cluster, kind))


def _each(progress: Progress, what: str, found: Sequence[T], do: Callable[[T], None]) -> None:
    if not found:
        return
    task = progress.add_task(what, total=len(found))
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for _ in pool.map(do, found):
            progress.advance(task)


def _take(cluster: Cluster, plan: NodePlan, one: Found) -> None:
    wanted = plan.wanted[one.key]
    # As Metacontroller, so that nobody else is left as an owner of the marks when an object loses its place.
    cluster.change(
        one.resource, one.metadata, lambda live: handing_over(live, plan.tenant, wanted), manager=FIELD_MANAGER
    )


def _leave(cluster: Cluster, one: Found) -> None:
    cluster.change(one.resource, one.metadata, letting_go)


def _remove(cluster: Cluster, resource: Resource, obj: JSONObject) -> None:
    def released(found: JSONObject) -> JSONObject | None:
        finalizers = found["metadata"].get("finalizers") or []
        others = [one for one in finalizers if FINALIZERS not in one]
        return None if len(others) == len(finalizers) else {"metadata": {"finalizers": others or None}}

    cluster.change(resource, obj, released)
    _delete(cluster, resource, obj)


def _wait_until_gone(cluster: Cluster, nodes: Sequence[JSONObject]) -> None:
    """The garbage collector lets go what is deleted without its dependents; it may know of a new kind only later."""
    end = time.monotonic() + GONE_SECONDS
    uids = {node["metadata"]["uid"] for node in nodes}
    while any(node["metadata"]["uid"] in uids for node in cluster.items(NODES, accept=METADATA)):
        if time.monotonic() > end:
            raise ClusterError("LynqNodes are deleted, but do not go. Look at their finalizers, and run this again.")
        time.sleep(POLL_SECONDS)


def _delete(cluster: Cluster, resource: Resource, obj: JSONObject) -> None:
    metadata = obj["metadata"]
    cluster.delete(resource, metadata["name"], metadata.get("namespace", ""), uid=metadata["uid"], propagation=ORPHAN)
