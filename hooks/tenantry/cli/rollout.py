"""``tenantry rollout``: how far a template's revision is, and a hand on the brake."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, Final

import click

from tenantry.cli.cluster import REGISTRIES, TEMPLATES, Cluster, ClusterError
from tenantry.cli.connecting import cluster_options, connect, names_of
from tenantry.cli.output import age, console, escape, output_option, print_data, progress_bar
from tenantry.protocol import JSONObject

STOPPED: Final = 1
UNDER_WAY: Final = 3
POLL_SECONDS: Final = 1.0
AT_REST: Final = ("Idle", "Complete")
HALTED: Final = ("Failed", "RolledBack")
PAUSED: Final = "Paused"

template_argument = click.argument("template", shell_complete=names_of(TEMPLATES))


def _revisions(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    try:
        cluster = connect(ctx.params.get("kubeconfig"), ctx.params.get("context") or "")
        found = cluster.get(TEMPLATES, ctx.params.get("template") or "")
    except ClusterError:
        return []
    revisions = ((found or {}).get("status") or {}).get("revisions") or ()
    return [revision for revision in revisions if revision.startswith(incomplete)]


@click.group()
def command() -> None:
    """See how far the rollout of a template is, and pause, resume or undo it.

    Pause, resume and undo change spec.rollout of the TenantTemplate, and nothing else. Where Git has the last word
    (Argo CD, Flux), change it there.

    \b
    Examples:
        tenantry rollout status webapp --wait
        tenantry rollout pause webapp
        tenantry rollout undo webapp
    """


@command.command(short_help="Tell how far it is.")
@template_argument
@click.option("--wait", "-w", is_flag=True, help="Until it is complete, or has stopped.")
@click.option("--timeout", type=click.FloatRange(1), default=3600.0, show_default=True, help="Seconds to wait.")
@cluster_options
@output_option
def status(template: str, *, wait: bool, timeout: float, cluster: Cluster, output: str) -> None:
    """Tell how far the rollout of a template is.

    \b
    Exit codes: 0 all tenants have the revision, 1 it stopped,
    2 the cluster does not tell, 3 it is under way, or paused.

    \b
    Examples:
        tenantry rollout status webapp
        tenantry rollout status webapp --wait --timeout 600 -o json
    """
    told = _followed(cluster, template, timeout) if wait else rollout_of(cluster, template)
    if not print_data(told, output):
        console().print(_sentence(told))
    if wait and _exit_code(told) == UNDER_WAY:
        click.echo(f"It did not end within {timeout:g} s.", err=True)
    sys.exit(_exit_code(told))


@command.command(short_help="Move no further tenant.")
@template_argument
@cluster_options
@output_option
def pause(template: str, *, cluster: Cluster, output: str) -> None:
    """Move no further tenant. Those that were moved stay where they are.

    \b
    Examples:
        tenantry rollout pause webapp
    """
    changed = _set_rollout(cluster, _template(cluster, template), {"paused": True})
    _tell(changed, f"{template} is paused: tenantry rollout resume {template} lets it go on.", output)


@command.command(short_help="Let it go on.")
@template_argument
@click.option("--latest", is_flag=True, help="Also take back the revision that was named by undo.")
@click.option("--timeout", type=click.FloatRange(1), default=60.0, show_default=True, help="Seconds to wait.")
@cluster_options
@output_option
def resume(template: str, *, latest: bool, timeout: float, cluster: Cluster, output: str) -> None:
    """Let a rollout go on that is paused, or that stopped because a tenant failed.

    \b
    Examples:
        tenantry rollout resume webapp
        tenantry rollout resume webapp --latest
    """
    found = _template(cluster, template)
    released: JSONObject = {"revision": None} if latest else {}
    paused = bool((found["spec"].get("rollout") or {}).get("paused"))
    if not paused and not latest and rollout_of(cluster, template)["phase"] not in ("Failed", PAUSED):
        _tell(found, f"{template} is neither paused nor stopped: nothing to do.", output)
        return
    if not paused:
        # A rollout that stopped begins anew when its registry has seen a pause.
        found = _set_rollout(cluster, found, {"paused": True, **released})
        _until(lambda: rollout_of(cluster, template)["phase"] in (PAUSED, *AT_REST, "RolledBack"), timeout, template)
    changed = _set_rollout(cluster, found, {"paused": None, **released})
    _tell(changed, f"{template} goes on: tenantry rollout status {template} --wait tells how.", output)


@command.command(short_help="Take all tenants back to an earlier revision.")
@template_argument
@click.option(
    "--to-revision",
    default="",
    help="One of the template's status.revisions. Without it: the last good one.",
    shell_complete=_revisions,
)
@cluster_options
@output_option
def undo(template: str, *, to_revision: str, cluster: Cluster, output: str) -> None:
    """Take all tenants back to an earlier revision, and keep them there, whatever the template says.

    Without a name: the last good revision; where all tenants have that, the one before. The template's own content is
    left alone: correct it, then let tenants follow it again.

    \b
    Examples:
        tenantry rollout undo webapp
        tenantry rollout undo webapp --to-revision webapp-0a1b2c3d4e
        tenantry rollout resume webapp --latest
    """
    found = _template(cluster, template)
    revision = _revision(found, rollout_of(cluster, template), to_revision)
    changed = _set_rollout(cluster, found, {"revision": revision, "paused": None})
    follow = f"tenantry rollout resume {template} --latest lets tenants follow the template again."
    _tell(changed, f"{template} goes to {revision} and stays there: {follow}", output)


def rollout_of(cluster: Cluster, name: str) -> dict[str, Any]:
    """Where the rollout of a template stands, as its registry tells. Raises ``ClusterError``."""
    template = _template(cluster, name)
    settings, status = template["spec"].get("rollout") or {}, template.get("status") or {}
    told: dict[str, Any] = {
        "template": name,
        "registry": template["spec"].get("registry", ""),
        "latestRevision": status.get("latestRevision", ""),
        "revisions": list(status.get("revisions") or ()),
        "paused": bool(settings.get("paused")),
        "pinned": settings.get("revision", ""),
    }
    if not told["registry"]:
        raise ClusterError(f"TenantTemplate {name} has no registry: its Tenants follow it at once, without a rollout.")
    registry = cluster.get(REGISTRIES, told["registry"])
    if registry is None:
        raise ClusterError(f"TenantTemplate {name} names TenantRegistry {told['registry']}, which is not there.")
    entries = (registry.get("status") or {}).get("templates") or ()
    entry: JSONObject = next((found for found in entries if found["name"] == name), {})
    for key in ("phase", "revision", "lastGoodRevision", "message", "started", "finished"):
        told[key] = entry.get(key, "")
    for key in ("total", "updated", "underWay", "failed"):
        told[key] = entry.get(key, 0)
    told["failing"] = [{"message": ""} | failing for failing in entry.get("failing") or ()]
    told["failedRevisions"] = entry.get("failedRevisions") or []
    wanted = told["pinned"] or told["latestRevision"]
    # The registry learns of a template by its next sync: until then it tells of what was.
    told["upToDate"] = bool(entry) and wanted in (entry.get("memory", {}).get("wanted", ""), entry["revision"])
    return told


def _template(cluster: Cluster, name: str) -> JSONObject:
    found = cluster.get(TEMPLATES, name)
    if found is None:
        names = sorted(obj["metadata"]["name"] for obj in cluster.items(TEMPLATES))
        raise ClusterError(f"There is no TenantTemplate {name}: there are {', '.join(names) or 'none'}.")
    return found


def _set_rollout(cluster: Cluster, template: JSONObject, settings: JSONObject) -> JSONObject:
    changed = cluster.change(TEMPLATES, template, lambda found: {"spec": {"rollout": settings}})
    if changed is None:
        raise ClusterError(f"TenantTemplate {template['metadata']['name']} was deleted meanwhile.")
    return changed


def _tell(template: JSONObject, sentence: str, output: str) -> None:
    """What was done, or the settings as they are now."""
    settings = template["spec"].get("rollout") or {}
    told = {"paused": bool(settings.get("paused")), "pinned": settings.get("revision") or ""}
    if not print_data({"template": template["metadata"]["name"], **told}, output):
        click.echo(sentence)


def _revision(template: JSONObject, told: dict[str, Any], named: str) -> str:
    name, stored = template["metadata"]["name"], told["revisions"]
    if named:
        if named not in stored:
            raise ClusterError(f"{named} is no revision of {name}: there are {', '.join(stored) or 'none'}.")
        return named
    good = told["lastGoodRevision"]
    if good and good != told["revision"]:
        return str(good)
    earlier = stored[stored.index(told["revision"]) + 1 :] if told["revision"] in stored else []
    chosen = next((revision for revision in earlier if revision not in told["failedRevisions"]), "")
    if not chosen:
        raise ClusterError(f"{name} has no earlier good revision. Name one with --to-revision: {', '.join(stored)}.")
    return str(chosen)


def _followed(cluster: Cluster, template: str, timeout: float) -> dict[str, Any]:
    told = rollout_of(cluster, template)
    deadline = time.monotonic() + timeout
    with progress_bar() as progress:
        task = progress.add_task(template)
        while _exit_code(told) == UNDER_WAY and time.monotonic() < deadline:
            progress.update(task, total=told["total"], completed=told["updated"], description=told["phase"] or template)
            time.sleep(POLL_SECONDS)
            told = rollout_of(cluster, template)
    return told


def _until(done: Callable[[], bool], timeout: float, template: str) -> None:
    deadline = time.monotonic() + timeout
    while not done():
        if time.monotonic() > deadline:
            raise ClusterError(
                f"The registry of {template} did not take note within {timeout:.0f} s, so it stays paused. Run "
                f"tenantry doctor, then tenantry rollout resume {template}."
            )
        time.sleep(POLL_SECONDS)


def _exit_code(told: dict[str, Any]) -> int:
    if told["upToDate"] and told["phase"] in HALTED:
        return STOPPED
    return 0 if told["upToDate"] and told["phase"] in AT_REST and told["updated"] >= told["total"] else UNDER_WAY


def _sentence(told: dict[str, Any]) -> str:
    if not told["phase"]:
        return f"{escape(told['template'])}: TenantRegistry {escape(told['registry'])} does not know it yet."
    colour = {0: "green", STOPPED: "red"}.get(_exit_code(told), "yellow")
    counts = f"{told['underWay']} under way, {told['failed']} failed"
    where = f"{told['updated']} of {told['total']} tenants have {escape(told['revision'])}"
    lines = [f"{escape(told['template'])} [{colour}]{told['phase']}[/]: {where}, {counts}."]
    if told["started"]:
        ended = f", ended {age(told['finished'])} ago" if told["finished"] else ""
        lines.append(
            f"Began {age(told['started'])} ago{ended}. Last good revision: {escape(told['lastGoodRevision'])}."
        )
    if told["pinned"]:
        lines.append(f"Pinned by spec.rollout.revision to {escape(told['pinned'])}.")
    if not told["upToDate"]:
        lines.append("The registry has not taken note of the last change of the template yet.")
    lines += [escape(told["message"])] if told["message"] else []
    lines += [
        f"  {escape(one['uid'])}: {escape(one['reason'])}: {escape(one.get('message', ''))}" for one in told["failing"]
    ]
    return "\n".join(lines)
