"""``tenantry simulate``: what a template and rows become on a cluster, without one."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click
from rich.tree import Tree

from tenantry.cli.assumed import assumed_kinds, managing, serve
from tenantry.cli.installation import CONTROLLERS, USER, Installation, installation, read_object
from tenantry.cli.output import console, escape, output_option, print_data, progress_bar
from tenantry.cli.render import read_template
from tenantry.cli.rows import Given, row_options
from tenantry.kinds import TENANT
from tenantry.names import GROUP, TENANT_LABEL, slug, tenant_name
from tenantry.protocol import JSONObject
from tenantry.sandbox.loop import Write
from tenantry.sandbox.workload_status import RULES
from tenantry.words import counted

NOT_READY: Final = 1
NOT_QUIET: Final = 3
HOT: Final = 8
"""Writes of one object after its creation from which on it is written again and again: a few are ordinary."""
LISTED: Final = 20
SECONDS: Final = 30.0
SECONDS_A_ROW: Final = 0.5
_PLACE: Final = ("id", "kind", "namespace", "name", "phase", "reason", "message")
WORKLOADS: Final = sorted({kind for _, kind in RULES})
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

    def repeated(self) -> list[tuple[str, str]]:
        """What is done again and again: what came late, or else what was written most often."""
        with self._lock:
            counts = Counter(step for step in self.steps if step[0] != "created")
            return self.late or [step for step, count in counts.most_common() if count >= HOT]


@click.command()
@click.option(
    "--template",
    "-t",
    "file",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    help="File with a TenantTemplate; - reads stdin.",
)
@row_options
@click.option("--fail", multiple=True, type=click.Choice(WORKLOADS), help="Objects of this kind fail.")
@click.option(
    "--seconds",
    type=click.FloatRange(1, 3600),
    help=f"How long it may take to come to rest. Without it: {SECONDS:g}, and {SECONDS_A_ROW:g} more for each row.",
)
@output_option
def command(file: Path, given: list[Given], fail: tuple[str, ...], seconds: float | None, output: str) -> None:
    """Run a template with rows on a cluster in this process, until nothing happens any more.

    Shows what is created and in which order, what waits for what, and whether it comes to rest. Workloads become ready
    after a moment, since no pods run here. The webhooks are the real ones. Kinds that a cluster knows by definitions of
    others may hold anything here, and are Ready as soon as they exist.

    \b
    Exit codes: 0 every tenant is Ready, 1 one is not, 2 a file or a table cannot be read,
    3 it does not come to rest: a hot loop, or too little time.

    \b
    Examples:
        tenantry simulate -t template.yaml --row '{"uid": "acme", "plan": "pro"}'
        tenantry simulate -t template.yaml --rows shops.csv --fail Job
        tenantry simulate -t template.yaml --source registry.yaml -o json
    """
    template = read_template(file)
    story = Story()
    patience = seconds or SECONDS + SECONDS_A_ROW * len(given)
    with (
        progress_bar() as progress,
        tempfile.TemporaryDirectory(prefix="tenantry-simulate-") as folder,
        installation(Path(folder), observers=[story.note]) as running,
    ):
        bar = progress.add_task("tenants that are Ready", total=len(given))
        for kind in fail:
            running.workloads.fail(kind)
        assumed = _assume(running, template)
        running.apply({**template, "metadata": {"name": template["metadata"]["name"]}})
        for one in given:
            running.apply(tenant_of(template, one))
        quiet = _come_to_rest(running, patience, lambda ready: progress.update(bar, completed=ready))
        story.end()
        calm = quiet and running.loop.wait_until_quiet(patience, quiet_for=2.0) and not story.late
        result = _result(running, story, quiet=calm, seconds=patience) | {"assumed": assumed}
    if not print_data(result, output):
        _show(result)
    if not calm:
        sys.exit(NOT_QUIET)
    if any(not tenant["ready"] for tenant in result["tenants"]):
        sys.exit(NOT_READY)


def _assume(running: Installation, template: JSONObject) -> list[str]:
    """Have kinds that controllers do not list by default managed here. Answers what they are called."""
    controller = read_object(CONTROLLERS / "tenant.yaml")
    kinds = assumed_kinds(running.cluster, template, controller)
    serve(running.cluster, kinds, field_manager=USER)
    if kinds:
        running.loop.add_controller(managing(controller, kinds))
    return [f"{kind.kind} of {kind.api_version}" for kind in kinds]


def _come_to_rest(running: Installation, seconds: float, tell: Callable[[int], None]) -> bool:
    """Wait until nothing happens any more; ``tell`` is called with the number of tenants that are Ready."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        if running.loop.wait_until_quiet(min(left, 2.0), quiet_for=1.0):
            return True
        tell(sum(bool(_condition(one, "Ready", "True")) for one in _tenants(running)))
    return False


def _tenants(running: Installation) -> list[JSONObject]:
    return running.cluster.list(running.cluster.resource_type(TENANT.api_version, kind=TENANT.name))


def tenant_of(template: JSONObject, given: Given) -> JSONObject:
    """The Tenant that a registry would make of a row for this template alone."""
    row, labels = given
    registry = template["spec"].get("registry")
    name = tenant_name(registry, row["uid"]) if registry else slug(row["uid"])
    return {
        "apiVersion": TENANT.api_version,
        "kind": TENANT.name,
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "uid": row["uid"],
            "selector": {"matchLabels": {TENANT_LABEL: name}},
            "values": {key: value for key, value in row.items() if key != "uid" and value is not None},
            "nulls": sorted(key for key, value in row.items() if value is None),
            "templates": [{"name": template["metadata"]["name"]}],
        },
    }


def _result(running: Installation, story: Story, *, quiet: bool, seconds: float) -> dict[str, Any]:
    templates = running.cluster.list(running.cluster.resource_type(TENANT.api_version, kind="TenantTemplate"))
    return {
        "quiet": quiet,
        "seconds": seconds,
        "problems": [told for found in templates if (told := _condition(found, "Valid", "False"))],
        "steps": [{"what": what, "object": obj} for what, obj in story.steps],
        "repeated": [{"what": what, "object": obj} for what, obj in (() if quiet else story.repeated()[:LISTED])],
        "tenants": [
            {
                "name": tenant["metadata"]["name"],
                "ready": bool(_condition(tenant, "Ready", "True")),
                "message": _message(tenant),
                "objects": [
                    {key: entry.get(key, "") for key in _PLACE}
                    for entry in (tenant.get("status") or {}).get("resources") or ()
                ],
            }
            for tenant in sorted(_tenants(running), key=lambda one: str(one["metadata"]["name"]))
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


def _show(result: dict[str, Any]) -> None:
    screen = console()
    for problem in result["problems"]:
        screen.print(f"[red]The template makes nothing:[/red] {escape(problem)}")
    screen.print(f"[bold]{counted(len(result['steps']), 'step')}[/bold]")
    for number, step in enumerate(result["steps"], 1):
        screen.print(f"{number:5}  {step['what']:8}  {escape(step['object'])}")
    for tenant in result["tenants"]:
        screen.print(_tree(tenant))
    if result["assumed"]:
        names = ", ".join(result["assumed"])
        screen.print(f"[yellow]Assumed:[/] {escape(names)}. On a cluster, list them: controllers.extraChildResources.")
    screen.print("Then nothing happens any more." if result["quiet"] else _unrest(result))


def _unrest(result: dict[str, Any]) -> str:
    if result["repeated"]:
        names = ", ".join(dict.fromkeys(step["object"] for step in result["repeated"]))
        return f"[red]It does not come to rest:[/red] these are written again and again: {escape(names)}"
    ready = sum(tenant["ready"] for tenant in result["tenants"])
    return (
        f"[red]It did not come to rest in {result['seconds']:g} s:[/red] {ready} of {len(result['tenants'])} tenants "
        "are Ready, and nothing was written over and over. Give it more time with --seconds."
    )


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
