"""``tenantry trace``: one tenant from its registry down to its objects and their Events."""

from __future__ import annotations

import sys
from typing import Any, Final

import click
from rich.tree import Tree

from tenantry.cli.cluster import REGISTRIES, TENANTS, Cluster
from tenantry.cli.connecting import cluster_options, names_of
from tenantry.cli.looking import find_tenant
from tenantry.cli.output import age, console, escape, output_option, print_data
from tenantry.cli.tracing import traced

NOT_READY: Final = 1
COLOURS: Final = {
    "Ready": "green",
    "Retained": "green",
    "Skipped": "dim",
    "Pending": "yellow",
    "Progressing": "yellow",
}


@click.command()
@click.argument("tenant", shell_complete=names_of(TENANTS))
@click.option(
    "--registry",
    default="",
    help="The TenantRegistry whose row is meant, where several have the same uid.",
    shell_complete=names_of(REGISTRIES),
)
@cluster_options
@output_option
def command(tenant: str, *, registry: str, cluster: Cluster, output: str) -> None:
    """Show one tenant, found by its name or its uid: where it comes from, what it consists of, and what went wrong.

    Entries come in order of dependency, each with its phase, the age of its object, what it waits for and the last
    Events. Where there is no such tenant, it tells why.

    \b
    Exit codes: 0 the tenant is Ready, 1 it is not,
    2 there is none, or the cluster does not tell.

    \b
    Examples:
        tenantry trace acme
        tenantry trace shops.acme -o json
    """
    found = traced(cluster, find_tenant(cluster, tenant, registry))
    if not print_data(found, output):
        console().print(_tree(found))
    if not _is_ready(found):
        sys.exit(NOT_READY)


def _is_ready(found: dict[str, Any]) -> bool:
    return any(one["type"] == "Ready" and one["status"] == "True" for one in found["conditions"])


def _tree(found: dict[str, Any]) -> Tree:
    tenant = _tenant(found)
    for entry in found["entries"]:
        tenant.children.append(_entry(entry))
    for sentence in found["hidden"]:
        tenant.add(f"[yellow]Not shown: {escape(sentence)}[/]")
    slice_, registry = found["slice"], found["registry"]
    if slice_ is not None:
        above = Tree(f"TenantSlice {escape(slice_['name'])}{_slice_remark(slice_)}")
        above.children.append(tenant)
        tenant = above
    if registry is None:
        return tenant
    top = Tree(f"TenantRegistry {escape(registry['name'])}{_registry_remark(registry)}")
    top.children.append(tenant)
    return top


def _registry_remark(registry: dict[str, Any]) -> str:
    if not registry["exists"]:
        return " [red]is gone: its tenants stay as they are[/]"
    polled = f", polled {age(registry['polled'])} ago" if registry["polled"] else ", never polled"
    if registry["reachable"] == "False":
        return f" [red]{escape(registry['message'])}[/]{polled}"
    return f"{polled}{', [yellow]suspended[/]' if registry['suspended'] else ''}"


def _slice_remark(slice_: dict[str, Any]) -> str:
    if slice_["removedSince"]:
        return f" [yellow]removes this tenant since {age(slice_['removedSince'])}[/]"
    if slice_["deletionBlocked"]:
        return f" [yellow]no active row since {age(slice_['missingSince'])}; deletion waits for tenantry approve[/]"
    if slice_["missingSince"]:
        return f" [yellow]no active row since {age(slice_['missingSince'])}; goes after the grace period[/]"
    if not slice_["row"]:
        return " [yellow]has no row of this tenant, which is kept[/]"
    return "" if slice_["upToDate"] else " [yellow]was changed and not synced yet[/]"


def _tenant(found: dict[str, Any]) -> Tree:
    ready = _is_ready(found)
    colour = "green" if ready else "yellow"
    state = "Deleting" if found["deleting"] else "Ready" if ready else "not ready"
    uid = f" uid {escape(found['uid'])}" if found["uid"] != found["name"] else ""
    inactive = "" if found["active"] else ", [yellow]inactive[/]"
    tree = Tree(
        f"[bold]Tenant {escape(found['name'])}[/bold]{uid} [{colour}]{state}[/]{inactive}, age {age(found['created'])}"
    )
    for template in found["templates"]:
        tree.add(_template(template))
    said = set()
    for condition in found["conditions"]:
        told = ": ".join(part for part in (condition["reason"], condition["message"]) if part)
        if _is_news(condition) and told not in said:
            said.add(told)
            since = age(condition["lastTransitionTime"])
            tree.add(f"{condition['type']} is {condition['status']} since {since}: {escape(told)}")
    for event in found["events"]:
        tree.add(_event(event))
    return tree


def _is_news(condition: dict[str, Any]) -> bool:
    """Whether a condition is not as it is in a tenant that is well."""
    return bool(condition["status"] != ("True" if condition["type"] in ("Ready", "PreDeleteCompleted") else "False"))


def _template(template: dict[str, Any]) -> str:
    text = f"template {escape(template['name'])} at {escape(template['revision'] or 'no revision')}"
    if template["readyRevision"] != template["revision"]:
        text += f", [yellow]was ready with {escape(template['readyRevision'] or 'none')}[/]"
    if template["target"] and template["target"] != template["revision"]:
        text += f", goes to {escape(template['target'])} (rollout {template['rollout']})"
    return text


def _entry(entry: dict[str, Any]) -> Tree:
    name = "/".join(part for part in (entry["namespace"], entry["name"]) if part)
    colour = COLOURS.get(entry["phase"], "red")
    text = f"[{colour}]{entry['phase']}[/] {escape(entry['id'])}: {escape(entry['kind'])} {escape(name)}".rstrip()
    if entry["created"]:
        text += f", age {age(entry['created'])}"
    if entry["needs"]:
        text += f" [dim]← {escape(', '.join(entry['needs']))}[/]"
    tree = Tree(text)
    cause = ": ".join(part for part in (entry["reason"], entry["message"]) if part)
    if cause:
        since = f" since {age(entry['since'])}" if entry["since"] else ""
        tree.add(f"{escape(cause)}{since}")
    for event in entry["events"]:
        tree.add(_event(event))
    return tree


def _event(event: dict[str, Any]) -> str:
    colour = "yellow" if event["type"] == "Warning" else "dim"
    times = f" ×{event['count']}" if event["count"] > 1 else ""
    about = f"{event['kind']} {event['name']}: " if event["kind"] in ("Pod", "ReplicaSet") else ""
    return (
        f"[{colour}]{age(event['last'])} ago{times}: {escape(event['reason'])}: {escape(about + event['message'])}[/]"
    )
