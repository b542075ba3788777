"""Does what a plan says, in the order in which nothing can be lost, and looks whether it stays done."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from rich.progress import Progress

from tenantry.cli.cluster import CONNECTIONS, CONTROLLERS, TENANTS, Cluster, ClusterError
from tenantry.cli.drain.plan import Placed, Plan, owned_objects, owners_besides, owners_of, plan_of
from tenantry.cli.parents import held_by
from tenantry.protocol import JSONObject
from tenantry.words import counted

ROUNDS: Final = 5
"""How often what came back is taken off again: Metacontroller needs a moment to see that a controller is gone."""


class Undone(ClusterError):
    """Something keeps coming back, or must not be done."""

    exit_code = 1


def carry_out(cluster: Cluster, plan: Plan, progress: Progress, *, orphan: bool, settle: float) -> None:
    """Stop the controllers, give the objects away (``orphan``), and take the finalizers off.

    ``settle`` seconds pass between the last change and the look that shows that nobody undoes it. May be interrupted
    at any point, and begun again. Raises ``Undone``.
    """
    controllers = [(CONTROLLERS, controller) for controller in plan.controllers]
    _each(progress, "controllers", controllers, lambda placed: _delete(cluster, placed))
    if plan.controllers:
        time.sleep(settle)
    rest = plan
    for _ in range(ROUNDS):
        _each(progress, "objects", rest.owned, lambda placed: _give_away(cluster, placed))
        if rest.owned:
            time.sleep(settle)
        owned = owned_objects(cluster, plan.controllers) if orphan else []
        if owned:
            # No finalizer may go before: a Tenant that is being deleted takes with it what it owns.
            rest = replace(rest, owned=owned)
            continue
        _each(progress, "probes", rest.probes, lambda placed: _delete(cluster, placed))
        _each(progress, "finalizers", rest.held, lambda placed: _let_go(cluster, placed, plan.names, orphan=orphan))
        time.sleep(settle)
        rest = plan_of(cluster, shard=plan.shard, orphan=orphan)
        if rest.controllers:
            names = ", ".join(found["metadata"]["name"] for found in rest.controllers)
            raise Undone(
                f"{names} came back: something applies it again, for example Argo CD, Flux or Helm. Stop that first, "
                "then drain again."
            )
        if rest.empty:
            return
    back = f"{counted(len(rest.held), 'finalizer')} and {counted(len(rest.owned), 'owner reference')} came back"
    raise Undone(f"{back}: a Metacontroller still runs these controllers. Stop it, then drain again.")


def _each(progress: Progress, what: str, found: Sequence[Placed], do: Callable[[Placed], None]) -> None:
    if not found:
        return
    task = progress.add_task(what, total=len(found))
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for _ in pool.map(do, found):
            progress.advance(task)


def _delete(cluster: Cluster, placed: Placed) -> None:
    resource, obj = placed
    cluster.delete(resource, obj["metadata"]["name"], uid=obj["metadata"]["uid"])


def _give_away(cluster: Cluster, placed: Placed) -> None:
    def without_tenant(found: JSONObject) -> JSONObject | None:
        rest = owners_besides(found)
        return None if rest == owners_of(found) else {"metadata": {"ownerReferences": rest or None}}

    cluster.change(*placed, without_tenant)


def _let_go(cluster: Cluster, placed: Placed, controllers: list[str] | None, *, orphan: bool) -> None:
    resource, obj = placed

    def released(found: JSONObject) -> JSONObject | None:
        held = held_by(found, controllers)
        if not held:
            return None
        metadata = found["metadata"]
        if resource == TENANTS and metadata.get("deletionTimestamp") and not orphan:
            raise Undone(
                f"Tenant {metadata['name']} is being deleted since a moment ago: its objects would go with it. Drain "
                "again with --orphan to keep them."
            )
        return {"metadata": {"finalizers": [one for one in metadata["finalizers"] if one not in held] or None}}

    cluster.change(resource, obj, released)
