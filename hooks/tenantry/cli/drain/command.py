"""The command itself: shows the plan, asks, and does it."""

from __future__ import annotations

import sys
from typing import Any, Final

import click

from tenantry.cli.cluster import Cluster
from tenantry.cli.connecting import cluster_options
from tenantry.cli.drain.plan import Plan, plan_of
from tenantry.cli.drain.work import Undone, carry_out
from tenantry.cli.output import console, escape, output_option, print_data, progress_bar
from tenantry.words import counted

SETTLE_SECONDS: Final = 5.0
REFUSED: Final = 1


@click.command()
@click.option("--shard", default="", metavar="NAME", help="Drain the Tenant controller of this shard alone.")
@click.option("--orphan", is_flag=True, help="Also give all objects away, so that Tenants can be deleted without them.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--yes", "-y", is_flag=True, help="Do it without asking.")
@click.option(
    "--settle",
    type=click.FloatRange(0, 300),
    default=SETTLE_SECONDS,
    show_default=True,
    help="Seconds after which a change counts as accepted.",
)
@cluster_options
@output_option
def command(
    *, shard: str, orphan: bool, dry_run: bool, yes: bool, settle: float, cluster: Cluster, output: str
) -> None:
    """Stop Tenantry before it is uninstalled: every tenant and every object of it stays as it is.

    Deletes the CompositeControllers, so that nobody acts any more, then takes off the finalizers that nobody else
    would take off. Registries, templates and Tenants stay, and an installation that comes later takes all of it up
    again. With --orphan, Tenants also stop owning their objects: then definitions and Tenants can be deleted, and the
    objects stay.

    It can be interrupted and run again. With -o json or -o yaml the plan is printed, and nothing is done unless you say
    --yes. While Tenants are being deleted it refuses, unless --orphan keeps their
    objects.

    \b
    Exit codes: 0 done, or nothing to do, 1 refused, or something came back,
    2 the cluster does not tell.

    \b
    Examples:
        tenantry drain --dry-run
        tenantry drain --yes && helm uninstall tenantry --namespace tenantry-system
        tenantry drain --shard gold
    """
    if shard and orphan:
        raise click.UsageError("--orphan is for all of Tenantry: another shard takes over the Tenants of one.")
    plan = plan_of(cluster, shard=shard, orphan=orphan)
    printed = print_data(plan.to_json() | {"dryRun": dry_run}, output)
    if not printed:
        _show(plan)
    if dry_run or plan.empty:
        return
    if plan.leaving and not orphan:
        tenants = counted(len(plan.leaving), "Tenant is", "Tenants are")
        raise Undone(
            f"{tenants} being deleted, {plan.leaving[0]} for example. Wait until they are gone, "
            f"or {'move them to another shard' if shard else 'keep their objects with --orphan'}."
        )
    if not yes and (printed or not _agreed(plan)):
        click.echo("Nothing was done.", err=True)
        sys.exit(REFUSED)
    with progress_bar() as progress:
        carry_out(cluster, plan, progress, orphan=orphan, settle=settle)
    click.echo(_farewell(shard, orphan=orphan), err=True)


def _show(plan: Plan) -> None:
    screen = console()
    if plan.empty:
        whose = f"shard {escape(plan.shard)}" if plan.shard else "Tenantry"
        screen.print(f"Nothing to do: no controller of {whose} is there, and none left a finalizer behind.")
        return
    for number, line in enumerate(_steps(plan.to_json()), 1):
        screen.print(f"{number}. {escape(line)}")
    screen.print("Objects of tenants stay as they are.")


def _steps(told: dict[str, Any]) -> list[str]:
    steps = []
    if told["controllers"]:
        steps.append(f"Delete CompositeControllers {', '.join(told['controllers'])}: nobody acts from then on.")
    if told["orphanedObjects"]:
        steps.append(f"Give {counted(told['orphanedObjects'], 'object')} away: Tenants do not own them any more.")
    if told["probes"]:
        steps.append(f"Delete {counted(told['probes'], 'TenantProbe')}.")
    if told["finalizers"]:
        counts = ", ".join(f"{count} {kind}" for kind, count in told["finalizers"].items())
        steps.append(f"Take Metacontroller's finalizers off {counts}.")
    return steps


def _agreed(plan: Plan) -> bool:
    if not sys.stdin.isatty():
        running = "Controllers are still there" if plan.controllers else "Nobody can be asked here"
        click.echo(f"{running}: say --yes to go on.", err=True)
        return False
    return click.confirm("Go on?", err=True)


def _farewell(shard: str, *, orphan: bool) -> str:
    if shard:
        return (
            f"Shard {shard} is drained. Without it in controllers.shards, its Tenants go to the permanent controller."
        )
    if orphan:
        return "Drained. Uninstall the chart; Tenants and definitions may be deleted, and the objects stay."
    return (
        "Drained. Uninstall the chart now. Keep the definitions: deleting them would delete Tenants with their objects."
    )
