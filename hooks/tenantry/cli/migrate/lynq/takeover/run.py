"""Reads the cluster, shows the plan, and carries it out if that is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import click

from tenantry.cli.cluster import METADATA, TENANTS, Cluster, ClusterError, Resource
from tenantry.cli.migrate.lynq.converting import convert_all
from tenantry.cli.migrate.lynq.takeover import lynq
from tenantry.cli.migrate.lynq.takeover.plan import NodePlan, objects_of_nodes, plan_nodes, told
from tenantry.cli.migrate.lynq.takeover.work import carry_out
from tenantry.cli.output import console, escape, print_data, progress_bar
from tenantry.names import is_paused
from tenantry.protocol import JSONObject


class Refused(ClusterError):
    """Nothing was done, since it would not be safe."""

    exit_code = 1


def take_over_from(
    cluster: Cluster, documents: Iterable[Any] | None, *, namespace: str, output: str, act: bool
) -> bool:
    """Show the plan and, to ``act``, do what it says. Whether everything is, or would be, handed over.

    ``documents`` are ours or Lynq's; none takes Lynq's from the cluster. Raises ``ClusterError``.
    """
    if not lynq.is_served(cluster):
        raise Refused(f"The cluster has no {lynq.NODES.plural}.{lynq.NODES.group}: there is nothing to take over.")
    stopped = lynq.running(cluster)
    if documents is None:
        documents = [*cluster.items(lynq.HUBS), *cluster.items(lynq.FORMS)]
    templates = {
        obj["metadata"]["name"]: obj
        for obj in convert_all(documents, namespace=namespace).objects
        if obj["kind"] == "TenantTemplate"
    }
    plans = plan_nodes(
        cluster.items(lynq.NODES), templates, objects_of_nodes(cluster), at_work=_tenants_at_work(cluster)
    )
    hooks = lynq.webhooks(cluster)
    _show(plans, hooks, stopped, output, act=act)
    if act and stopped:
        raise Refused(f"Lynq still runs and would undo all of this: {'; '.join(stopped)}")
    if act:
        with progress_bar() as progress:
            carry_out(cluster, plans, hooks, progress)
        rest = sum(1 for _ in cluster.items(lynq.NODES))
        click.echo(f"{rest} LynqNodes are left." if rest else "Everything was handed over; Lynq may go.", err=True)
        return rest == 0
    return not any(plan.problems for plan in plans)


def _tenants_at_work(cluster: Cluster) -> set[str]:
    if cluster.resource(TENANTS.api_version, plural=TENANTS.plural) is None:
        return set()
    return {obj["metadata"]["name"] for obj in cluster.items(TENANTS, accept=METADATA) if not is_paused(obj)}


def _show(
    plans: Sequence[NodePlan],
    hooks: Sequence[tuple[Resource, JSONObject]],
    stopped: Sequence[str],
    output: str,
    *,
    act: bool,
) -> None:
    nodes = [told(plan) for plan in plans]
    names = [f"{resource.kind} {obj['metadata']['name']}" for resource, obj in hooks]
    if print_data({"nodes": nodes, "webhooks": names, "lynqRuns": list(stopped), "dryRun": not act}, output):
        return
    screen = console()
    for node in nodes:
        screen.print(escape(f"LynqNode {node['node']} becomes part of Tenant {node['tenant']}:"))
        for what, key in (("takes", "objects"), ("left standing, of nobody", "leftStanding"), ("to be made", "absent")):
            for name in node[key]:
                screen.print(escape(f"  {what}: {name}"))
        for problem in node["problems"]:
            screen.print(escape(f"  stays with Lynq for now: {problem}"), style="red")
    for name in names:
        screen.print(escape(f"Delete {name}: without Lynq's server it refuses every change of Lynq's objects."))
    screen.print("Delete the LynqNodes without their objects, and when none is left the LynqForms and LynqHubs.")
    for sentence in stopped:
        screen.print(escape(f"Lynq runs: {sentence}"), style="yellow")
    if not act:
        screen.print("Nothing was changed. Say --yes to do it.")
