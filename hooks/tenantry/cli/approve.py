"""``tenantry approve``: lets tenants go whose rows are gone, and exactly these."""

from __future__ import annotations

import sys
from typing import Any, Final

import click

from tenantry.cli.cluster import REGISTRIES, SLICES, Cluster, ClusterError
from tenantry.cli.connecting import cluster_options, names_of
from tenantry.cli.output import TEXT, age, console, escape, output_option, print_data
from tenantry.names import APPROVE_DELETIONS_ANNOTATION, REGISTRY_LABEL
from tenantry.protocol import JSONObject
from tenantry.registry.guard import digest_of
from tenantry.words import counted

NOT_APPROVED: Final = 1
SHOWN: Final = 20


@click.command()
@click.argument("registry", shell_complete=names_of(REGISTRIES))
@click.option("--yes", "-y", is_flag=True, help="Approve without asking.")
@click.option("--digest", default="", help="Approve only if this is still the set that is blocked.")
@click.option("--all", "everyone", is_flag=True, help=f"Show all uids, not the first {SHOWN}.")
@cluster_options
@output_option
def command(registry: str, *, yes: bool, digest: str, everyone: bool, cluster: Cluster, output: str) -> None:
    """Show the tenants of a registry whose removal is blocked, and let exactly these go.

    A tenant whose row is back by then stays, and one that is blocked later is not meant. Without --yes you are asked;
    with -o json or -o yaml nothing is approved unless you say --yes.

    \b
    Exit codes: 0 approved, or nothing is blocked, 1 not approved,
    2 the cluster does not tell.

    \b
    Examples:
        tenantry approve shops
        tenantry approve shops --digest 4b1fa20c77 --yes
    """
    found = cluster.get(REGISTRIES, registry)
    if found is None:
        raise ClusterError(f"There is no TenantRegistry {registry}: kubectl get tenantregistries lists them.")
    blocked = _blocked(cluster, found)
    if digest and digest != blocked["digest"]:
        now = f"is {blocked['digest']} now" if blocked["count"] else "has nothing blocked any more"
        raise ClusterError(f"TenantRegistry {registry} {now}, not {digest}: look at it again.")
    data = output != TEXT
    if not data:
        _show(registry, blocked, everyone=everyone)
    approved = bool(blocked["count"]) and (yes or (not data and _agreed(blocked["count"])))
    if approved:
        _approve(cluster, found, blocked["digest"])
    print_data({"registry": registry, **blocked, "approved": approved}, output)
    if not blocked["count"]:
        return
    if not approved:
        click.echo("Nothing was approved.", err=True)
        sys.exit(NOT_APPROVED)
    click.echo(
        f"Approved {blocked['digest']}: the registry polls now, and removes those without an active row.", err=True
    )


def _blocked(cluster: Cluster, registry: JSONObject) -> dict[str, Any]:
    """What is blocked: all uids from the slices where they are those that the registry's digest stands for."""
    name = registry["metadata"]["name"]
    deletions = (registry.get("status") or {}).get("deletions") or {}
    if not deletions.get("count"):
        return {"count": 0, "digest": "", "since": "", "uids": [], "complete": True}
    missing = {
        one["uid"]: one["missingSince"]
        for slice_ in cluster.items(SLICES, labels=f"{REGISTRY_LABEL}={name}")
        for one in slice_["spec"].get("missing") or ()
        if one.get("blocked")
    }
    complete = digest_of(missing) == deletions["digest"]
    return {
        "count": deletions["count"],
        "digest": deletions["digest"],
        "since": deletions.get("since", ""),
        "uids": sorted(missing) if complete else list(deletions.get("uids") or ()),
        "complete": complete,
    }


def _show(registry: str, blocked: dict[str, Any], *, everyone: bool) -> None:
    screen = console()
    if not blocked["count"]:
        screen.print(f"TenantRegistry {escape(registry)}: no removal is blocked.")
        return
    screen.print(
        f"TenantRegistry {escape(registry)}: the removal of [bold]{blocked['count']}[/] tenants is blocked since "
        f"{age(blocked['since'])}. They have no active row. Digest {blocked['digest']}."
    )
    uids = blocked["uids"] if everyone else blocked["uids"][:SHOWN]
    for uid in uids:
        screen.print(f"  {escape(uid)}")
    if blocked["count"] > len(uids):
        screen.print(f"  and {blocked['count'] - len(uids)} more")
    if not blocked["complete"]:
        screen.print("The set is just changing: not all uids are known.")


def _agreed(count: int) -> bool:
    if not sys.stdin.isatty():
        click.echo("Nobody can be asked here: say --yes.", err=True)
        return False
    return click.confirm(f"Remove {counted(count, 'tenant')} with all objects?", err=True)


def _approve(cluster: Cluster, registry: JSONObject, digest: str) -> None:
    def annotated(found: JSONObject) -> JSONObject:
        now = ((found.get("status") or {}).get("deletions") or {}).get("digest", "")
        if now != digest:
            raise ClusterError(f"What is blocked has changed from {digest} to {now or 'nothing'}: look at it again.")
        return {"metadata": {"annotations": {APPROVE_DELETIONS_ANNOTATION: digest}}}

    if cluster.change(REGISTRIES, registry, annotated) is None:
        raise ClusterError(f"TenantRegistry {registry['metadata']['name']} was deleted meanwhile.")
