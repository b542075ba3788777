"""``tenantry status``: all registries at a glance, and the first tenants that are not well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import click
from rich.table import Table

from tenantry.cli.cluster import REGISTRIES, TABLE, TENANTS, Cluster, ClusterError
from tenantry.cli.connecting import cluster_options, names_of
from tenantry.cli.output import age, condition_of, console, escape, output_option, print_data, told_by
from tenantry.conditions import Reason
from tenantry.names import REGISTRY_LABEL
from tenantry.protocol import JSONObject
from tenantry.words import counted

PATIENCE: Final = frozenset(
    (Reason.RESOURCES_NOT_READY, Reason.RECONCILING, Reason.ROLLING_OUT, Reason.DELETING, Reason.PAUSED)
)
"""Reasons of tenants that may be Ready soon without anybody's help: they are told last."""


@click.command()
@click.argument("registries", nargs=-1, shell_complete=names_of(REGISTRIES))
@click.option(
    "--failing",
    type=click.IntRange(0, 1000),
    default=5,
    show_default=True,
    help="How many tenants of each registry that are not Ready are told, and rows that cannot be used.",
)
@cluster_options
@output_option
def command(registries: tuple[str, ...], *, failing: int, cluster: Cluster, output: str) -> None:
    """Show registries: their source, tenants, blocked deletions and rollouts, and the first tenants that are not Ready.

    Without names: all registries, and the tenants that have none.

    \b
    Exit codes: 0 shown, however the tenants are, 2 the cluster does not tell, or there is no such registry.

    \b
    Examples:
        tenantry status
        tenantry status shops --failing 20
        tenantry status -o json
    """
    found = {obj["metadata"]["name"]: obj for obj in cluster.items(REGISTRIES)}
    unknown = [name for name in registries if name not in found]
    if unknown:
        raise ClusterError(f"There is no TenantRegistry {', '.join(unknown)}: there are {', '.join(found) or 'none'}.")
    told = [_registry(cluster, found[name], failing) for name in sorted(registries or found)]
    by_hand = [] if registries else _not_ready(cluster, f"!{REGISTRY_LABEL}", failing)
    if print_data({"registries": told, "failingWithoutRegistry": by_hand}, output):
        return
    screen = console()
    if not told:
        screen.print("There is no TenantRegistry: kubectl apply one, and its rows become tenants.")
        return
    screen.print(_table(told))
    for registry in told:
        for remark in _remarks(registry):
            screen.print(remark)
    for tenant in by_hand:
        screen.print(f"Tenant without a registry: {_failing(tenant)}")


def _registry(cluster: Cluster, registry: JSONObject, failing: int) -> dict[str, Any]:
    name, spec, status = registry["metadata"]["name"], registry["spec"], registry.get("status") or {}
    source, tenants = status.get("source") or {}, status.get("tenants") or {}
    deletions = status.get("deletions") or {}
    all_ready = tenants.get("ready", 0) >= tenants.get("total", 0) and bool(tenants)
    return {
        "name": name,
        "source": described_source(spec.get("source") or {}),
        "ready": condition_of(registry, "Ready").get("status", "Unknown"),
        "reachable": condition_of(registry, "SourceReachable").get("status", "Unknown"),
        "polled": source.get("lastSuccessTime", ""),
        "rows": source.get("rows", 0),
        "invalidRows": source.get("invalid", 0),
        "unusable": [
            {key: row.get(key, "") for key in ("uid", "reason", "message")}
            for row in (status.get("invalidRows") or ())[:failing]
        ],
        "tenants": {
            key: tenants.get(key, 0) for key in ("desired", "total", "ready", "degraded", "removing", "unlisted")
        },
        "deletions": {"count": 0, "digest": "", "since": ""} | _of(deletions, "count", "digest", "since"),
        "suspended": bool(spec.get("suspend")),
        "rollouts": [
            {"name": "", "phase": "", "revision": "", "updated": 0, "total": 0, "message": ""}
            | _of(entry, "name", "phase", "revision", "updated", "total", "message")
            for entry in status.get("templates") or ()
        ],
        "problems": [
            told
            for type_, bad in (("SourceReachable", "False"), ("Degraded", "True"))
            if (condition := condition_of(registry, type_)).get("status") == bad and (told := told_by(condition))
        ],
        "failing": [] if all_ready or not failing else _not_ready(cluster, f"{REGISTRY_LABEL}={name}", failing),
    }


def _of(found: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: found[key] for key in keys if found.get(key)}


def described_source(source: Mapping[str, Any]) -> str:
    """Where rows come from, in a few words."""
    for kind, spec in source.items():
        if isinstance(spec, Mapping):
            place = spec.get("path") or "/".join(str(spec[key]) for key in ("host", "database") if spec.get(key))
            return " ".join(part for part in (kind, place, spec.get("table", "")) if part)
    return ""


def _not_ready(cluster: Cluster, labels: str, limit: int) -> list[dict[str, Any]]:
    """The tenants that are not Ready, those first that need a person. Their whole objects are read for these alone."""
    rows = list(_table_of(cluster, labels)) if limit else []
    rows = [row for row in rows if row.get("Ready") != "True"]
    rows.sort(key=lambda row: (row.get("Reason") in PATIENCE, row.get("Name")))
    found = (cluster.get(TENANTS, str(row["Name"])) for row in rows[:limit])
    return [_told(tenant) for tenant in found if tenant is not None]


def _table_of(cluster: Cluster, labels: str) -> Iterator[dict[str, Any]]:
    """The columns of ``kubectl get tenants``: a hundredth of what the objects weigh."""
    columns: list[str] = []
    for page in cluster.pages(TENANTS, labels=labels, accept=TABLE):
        columns = [column["name"] for column in page.get("columnDefinitions") or ()] or columns
        for row in page.get("rows") or ():
            yield dict(zip(columns, row["cells"], strict=False))


def _told(tenant: JSONObject) -> dict[str, Any]:
    degraded, ready = condition_of(tenant, "Degraded"), condition_of(tenant, "Ready")
    chosen = degraded if degraded.get("status") == "True" else ready
    return {
        "name": tenant["metadata"]["name"],
        "uid": tenant["spec"].get("uid", ""),
        "reason": chosen.get("reason", "NotSynced"),
        "message": chosen.get("message", "" if chosen else "No controller looked at it yet: run tenantry doctor."),
        "since": chosen.get("lastTransitionTime", ""),
    }


def _table(registries: Iterable[Mapping[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    # On a narrow terminal names are broken and numbers are not; nothing is left out.
    for title in ("Registry", "Source", "Polled"):
        table.add_column(title, overflow="fold", min_width=8)
    for title in ("Rows", "Tenants", "Ready", "Degraded", "Blocked"):
        table.add_column(title, justify="right", no_wrap=True, min_width=len(title))
    table.add_column("Rollouts", overflow="fold", min_width=8)
    for registry in registries:
        tenants, blocked = registry["tenants"], registry["deletions"]["count"]
        bad = registry["reachable"] == "False"
        table.add_row(
            escape(registry["name"]),
            escape(registry["source"]),
            f"{'[red]' if bad else '[default]'}{_polled(registry)}[/]",
            str(registry["rows"]),
            str(tenants["total"]),
            f"{'[green]' if tenants['ready'] >= max(tenants['total'], tenants['desired']) else '[yellow]'}"
            f"{tenants['ready']}[/]",
            f"{'[red]' if tenants['degraded'] else '[default]'}{tenants['degraded']}[/]",
            f"{'[yellow]' if blocked else '[default]'}{blocked}[/]",
            escape(", ".join(f"{r['name']} {r['phase']} {r['updated']}/{r['total']}" for r in registry["rollouts"])),
        )
    return table


def _polled(registry: Mapping[str, Any]) -> str:
    told = f"{age(registry['polled'])} ago" if registry["polled"] else "never"
    return f"{told}, suspended" if registry["suspended"] else told


def _remarks(registry: Mapping[str, Any]) -> Iterator[str]:
    name = escape(registry["name"])
    for problem in registry["problems"]:
        yield f"[red]{name}[/]: {escape(problem)}"
    for row in registry["unusable"]:
        called = f"row {row['uid']}" if row["uid"] else "a row without a uid"
        yield f"[yellow]{name}[/]: {escape(called)}: {escape(': '.join((row['reason'], row['message'])))}"
    unmade = registry["tenants"]["desired"] - registry["tenants"]["total"]
    if unmade > 0:
        made = f"{unmade} of {registry['tenants']['desired']} tenants are yet to be made"
        yield f"[yellow]{name}[/]: {made}: tenantry trace UID tells why one is not."
    if registry["deletions"]["count"]:
        waiting = counted(registry["deletions"]["count"], "deletion waits", "deletions wait")
        yield f"[yellow]{name}[/]: {waiting}: tenantry approve {name}"
    for rollout in registry["rollouts"]:
        if rollout["message"]:
            yield f"[yellow]{name}[/]: rollout of {escape(rollout['name'])}: {escape(rollout['message'])}"
    for tenant in registry["failing"]:
        yield f"[yellow]{name}[/]: {_failing(tenant)}"


def _failing(tenant: Mapping[str, Any]) -> str:
    since = f" since {age(tenant['since'])}" if tenant["since"] else ""
    return (
        f"{escape(tenant['name'])}{since}: {escape(': '.join(p for p in (tenant['reason'], tenant['message']) if p))}"
    )
