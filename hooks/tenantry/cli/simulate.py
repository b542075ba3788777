"""``tenantry simulate``: what a template and rows become on a cluster, without one."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click
import orjson
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from tenantry.cli.installation import Installation, installation
from tenantry.cli.render import read_template
from tenantry.cli.rows import Row, given_rows, row_options
from tenantry.kinds import TENANT
from tenantry.names import GROUP, TENANT_LABEL, slug, tenant_name
from tenantry.protocol import JSONObject
from tenantry.sandbox.loop import Write

NOT_READY: Final = 1
NOT_QUIET: Final = 3
_COLOURS: Final = {
    "Ready": "green",
    "Retained": "green",
    "Skipped": "dim",
    "Pending": "yellow",
    "Progressing": "yellow",
}


@dataclass
class Story:
    """What happened to objects of tenants, in order."""

    steps: list[tuple[str, str]] = field(default_factory=list)
    """What was done, and the object."""
    late: list[tuple[str, str]] = field(default_factory=list)
    """The same after everything should have been quiet."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._ended = False
        self._seen: dict[str, str] = {}

    def note(self, write: Write) -> None:
        """Remember a write of the controllers."""
        obj = write.after or write.before or {}
        metadata = obj.get("metadata", {})
        if write.kind.group == GROUP or write.kind.kind == "Event" or not self._is_news(write, metadata):
            return
        name = "/".join(part for part in (metadata.get("namespace"), metadata.get("name")) if part)
        with self._lock:
            (self.late if self._ended else self.steps).append((write.outcome, f"{write.kind.kind} {name}"))

    def _is_news(self, write: Write, metadata: JSONObject) -> bool:
        """Whether a write changed anything: the controllers repeat one while their cache does not show it yet."""
        uid, version = metadata.get("uid", ""), "" if write.after is None else metadata.get("resourceVersion", "")
        with self._lock:
            made_before = write.outcome == "created" and uid in self._seen
            if write.outcome == "unchanged" or made_before or self._seen.get(uid) == version:
                return False
            self._seen[uid] = version
            return True

    def end(self) -> None:
        """Nothing should happen any more."""
        with self._lock:
            self._ended = True


@click.command()
@click.option(
    "--template",
    "-t",
    "file",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    help="File with a TenantTemplate; - reads standard input.",
)
@row_options
@click.option("--fail", multiple=True, metavar="KIND", help="Workloads of this kind fail: Deployment, Job and so on.")
@click.option("--seconds", type=click.FloatRange(1, 600), default=30.0, show_default=True, help="How long to wait.")
@click.option("--output", "-o", type=click.Choice(["text", "json"]), default="text", help="How the result is printed.")
def command(
    file: Path, row_texts: tuple[str, ...], rows_file: Path | None, fail: tuple[str, ...], seconds: float, output: str
) -> None:
    """Run a template with rows on a cluster in this process, until nothing happens any more.

    Shows what is created and in which order, what waits for what, and whether it comes to rest. Workloads become ready
    after a moment, since no pods run here. The webhooks are the real ones.

    \b
    Exit codes: 0 every tenant is Ready, 1 one is not, 3 it does not come to rest (a hot loop).

    \b
    Examples:
        tenantry simulate -t template.yaml --row '{"uid": "acme", "plan": "pro"}'
        tenantry simulate -t template.yaml --rows shops.csv --fail Job
    """
    rows = given_rows(row_texts, rows_file)
    template = read_template(file)
    story = Story()
    with (
        tempfile.TemporaryDirectory(prefix="tenantry-simulate-") as folder,
        installation(Path(folder), observers=[story.note]) as running,
    ):
        for kind in fail:
            running.workloads.fail(kind)
        running.apply({**template, "metadata": {"name": template["metadata"]["name"]}})
        for row in rows:
            running.apply(tenant_of(template, row))
        quiet = running.loop.wait_until_quiet(seconds, quiet_for=1.0)
        story.end()
        calm = quiet and running.loop.wait_until_quiet(seconds, quiet_for=2.0) and not story.late
        result = _result(running, story, quiet=calm)
    _show(result, output)
    if not calm:
        sys.exit(NOT_QUIET)
    if any(not tenant["ready"] for tenant in result["tenants"]):
        sys.exit(NOT_READY)


def tenant_of(template: JSONObject, row: Row) -> JSONObject:
    """The Tenant that a registry would make of a row for this template alone."""
    registry = template["spec"].get("registry")
    name = tenant_name(registry, row["uid"]) if registry else slug(row["uid"])
    return {
        "apiVersion": TENANT.api_version,
        "kind": TENANT.name,
        "metadata": {"name": name},
        "spec": {
            "uid": row["uid"],
            "selector": {"matchLabels": {TENANT_LABEL: name}},
            "values": {key: value for key, value in row.items() if key != "uid" and value is not None},
            "nulls": sorted(key for key, value in row.items() if value is None),
            "templates": [{"name": template["metadata"]["name"]}],
        },
    }


def _result(running: Installation, story: Story, *, quiet: bool) -> dict[str, Any]:
    tenants = running.cluster.list(running.cluster.resource_type(TENANT.api_version, kind=TENANT.name))
    templates = running.cluster.list(running.cluster.resource_type(TENANT.api_version, kind="TenantTemplate"))
    return {
        "quiet": quiet,
        "problems": [told for found in templates if (told := _condition(found, "Valid", "False"))],
        "steps": [{"what": what, "object": obj} for what, obj in story.steps],
        "repeated": [{"what": what, "object": obj} for what, obj in story.late[:20]],
        "tenants": [
            {
                "name": tenant["metadata"]["name"],
                "ready": bool(_condition(tenant, "Ready", "True")),
                "message": _message(tenant),
                "objects": (tenant.get("status") or {}).get("resources") or [],
            }
            for tenant in sorted(tenants, key=lambda one: str(one["metadata"]["name"]))
        ],
    }


def _condition(obj: JSONObject, type_: str, status: str) -> str:
    """What a condition of this status says; empty if there is none."""
    for found in (obj.get("status") or {}).get("conditions") or ():
        if found["type"] == type_ and found["status"] == status:
            return f"{found['reason']}: {found.get('message', '')}"
    return ""


def _message(tenant: JSONObject) -> str:
    return _condition(tenant, "Degraded", "True") or _condition(tenant, "Ready", "False")


def _show(result: dict[str, Any], output: str) -> None:
    if output == "json":
        click.echo(orjson.dumps(result, option=orjson.OPT_INDENT_2).decode())
        return
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 300)
    for problem in result["problems"]:
        console.print(f"[red]The template makes nothing:[/red] {escape(problem)}")
    console.print(f"[bold]{len(result['steps'])} steps[/bold]")
    for number, step in enumerate(result["steps"], 1):
        console.print(f"{number:5}  {step['what']:8}  {escape(step['object'])}")
    for tenant in result["tenants"]:
        console.print(_tree(tenant))
    if result["quiet"]:
        console.print("Then nothing happens any more.")
    else:
        repeated = (
            ", ".join(dict.fromkeys(step["object"] for step in result["repeated"])) or "nothing is written, though"
        )
        console.print(f"[red]It does not come to rest:[/red] {escape(repeated)}")


def _tree(tenant: dict[str, Any]) -> Tree:
    colour = "green" if tenant["ready"] else "yellow"
    tree = Tree(f"[bold]{escape(tenant['name'])}[/bold] [{colour}]{'Ready' if tenant['ready'] else 'not ready'}[/]")
    if not tenant["ready"] and tenant["message"]:
        tree.add(escape(tenant["message"]))
    for obj in tenant["objects"]:
        colour = _COLOURS.get(obj["phase"], "red")
        name = "/".join(part for part in (obj.get("namespace"), obj.get("name")) if part)
        cause = _cause(obj)
        tree.add(f"[{colour}]{obj['phase']}[/] {escape(obj['id'])}: {obj.get('kind', '')} {escape(name)}{cause}")
    return tree


def _cause(obj: dict[str, Any]) -> str:
    parts: Sequence[str] = [part for part in (obj.get("reason"), obj.get("message")) if part]
    return f" — {escape(': '.join(parts))}" if parts else ""
