"""Reference pages out of the code: kinds, settings, commands, metrics. mkdocs runs this when it builds the site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import click
import mkdocs_gen_files
import yaml

from tenantry.cli import main
from tenantry.cli.results import RESULTS, Key, Maybe, Named
from tenantry.kinds import KINDS
from tenantry.kinds.crd import custom_resource_definition
from tenantry.server.measures import MEASURES
from tenantry.settings import Settings

CHART_FILES = Path(__file__).parents[1] / "charts" / "tenantry" / "files"


def kinds() -> Iterator[str]:
    """Every field of every kind, as ``kubectl explain`` knows it."""
    yield "# Kinds"
    yield "Fields of all kinds of `tenantry.io/v1`. `kubectl explain` tells the same on a cluster that has them."
    for kind in KINDS:
        version = custom_resource_definition(kind)["spec"]["versions"][0]
        schema = version["schema"]["openAPIV3Schema"]
        yield f"## {kind.name}"
        yield f"{kind.description} (`kubectl get {kind.plural}`, or `{'`, `'.join(kind.short_names)}`)"
        for part in ("spec", "status"):
            if part in schema["properties"]:
                yield f"### {kind.name} {part}"
                yield _table(("Field", "Type", "What it is"), _fields(schema["properties"][part], part))


def settings() -> Iterator[str]:
    """Every setting of the webhooks."""
    yield "# Settings"
    yield "What the webhooks do is configured in Kubernetes objects; how they are served, by environment variables."
    yield "The chart sets all of them but the first by [values](values.md) of its own, most of them under `server`."
    rows = [
        (f"`TENANTRY_{name.upper()}`", f"`{field.default}`", field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    yield _table(("Variable", "Default", "What it does"), rows)


def values() -> Iterator[str]:
    """The values of the chart, whose comments are their documentation."""
    yield "# Values of the chart"
    yield "All of `charts/tenantry/values.yaml`. What is not among them, `values.schema.json` refuses."
    yield f"```yaml\n{(CHART_FILES.parent / 'values.yaml').read_text()}```"


def commands() -> Iterator[str]:
    """Every command with its help."""
    yield "# Commands"
    yield from _command(main, "tenantry")


def results() -> Iterator[str]:
    """Every key of what commands print for programs."""
    yield "# Results of commands"
    yield (
        "What commands print with `-o json` and `-o yaml`. Keys are there always, empty where there is nothing to say; "
        "new ones may come. `render`, `crds` and `migrate lynq` print objects: with `-o json` one List, which kubectl "
        "applies. What is said on standard error is for people, and exit codes are the same with any output."
    )
    for command, shape in RESULTS.items():
        yield f"## {command}"
        yield _table(("Key", "Type", "What it is"), _keys(shape, ""))


def metrics() -> Iterator[str]:
    """Every metric and every alert."""
    yield "# Metrics and alerts"
    yield "How to collect them: [Monitor](../how-to/monitor.md)."
    yield "## Of the webhooks"
    yield "`GET /metrics` of each pod. Of what is told of a registry, the pod that synced it last knows best."
    rows = [(f"`{measure.name}`", measure.type, _labels(measure.labels), measure.help) for measure in MEASURES]
    yield _table(("Metric", "Type", "Labels", "What it says"), rows)
    yield "## Of kube-state-metrics"
    yield "With the chart's configuration. Each has the labels `customresource_group`, `_version` and `_kind`, too."
    yield _table(("Metric", "Labels", "What it says"), _fleet(_file("kube-state-metrics")["spec"]["resources"]))
    yield "## Alerts"
    found = [rule for group in _file("alerts")["groups"] for rule in group["rules"]]
    alerts = [
        (
            f"[{rule['alert']}](../{rule['annotations']['runbook_url'].replace('RUNBOOKS', 'runbooks')})",
            rule["labels"]["severity"],
            rule["for"],
            rule["annotations"]["description"].replace("|", "\\|").replace("{{", "`{{").replace("}}", "}}`"),
        )
        for rule in found
        if "alert" in rule
    ]
    yield _table(("Alert", "Severity", "After", "What it means"), alerts)
    yield "## Recorded"
    yield "What the alerts are made of, for queries of your own."
    recorded = [(rule["record"], rule["expr"].replace("|", "\\|")) for rule in found if "record" in rule]
    yield _table(("Series", "Expression"), [(f"`{name}`", f"`{expression}`") for name, expression in recorded])


def _file(name: str) -> Any:
    return yaml.safe_load((CHART_FILES / f"{name}.yaml").read_text())


def _labels(labels: Iterable[str]) -> str:
    return ", ".join(f"`{label}`" for label in labels)


def _fleet(resources: Any) -> Iterator[tuple[str, str, str]]:
    for resource in resources:
        for metric in resource["metrics"]:
            each = metric["each"]
            option = each.get("gauge") or each["stateSet"]
            own = [option[key] for key in ("labelFromKey", "labelName") if key in option]
            labels = [*resource["labelsFromPath"], *option.get("labelsFromPath", ()), *own]
            yield f"`{resource['metricNamePrefix']}_{metric['name']}`", _labels(labels), metric["help"]


def _command(command: click.Command, name: str) -> Iterator[str]:
    context = click.Context(command, info_name=name, terminal_width=96, **main.context_settings)
    yield f"## {name}"
    yield f"```text\n{command.get_help(context)}\n```"
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                yield from _command(found, f"{name} {inner}")


def _keys(shape: Any, path: str) -> Iterator[tuple[str, str, str]]:
    match shape:
        case Key():
            yield f"`{path}`", shape.type, shape.means
        case Maybe():
            yield f"`{path}`", "object or null", "Null where there is none."
            yield from _keys(shape.shape, path)
        case Named():
            yield from _keys(shape.key, f"{path}.*")
        case [item]:
            yield from _keys(item, f"{path}[]")
        case _:
            for key, below in shape.items():
                yield from _keys(below, f"{path}.{key}" if path else key)


def _fields(schema: Any, path: str) -> Iterator[tuple[str, str, str]]:
    for name, field in sorted(schema.get("properties", {}).items()):
        here = f"{path}.{name}"
        yield f"`{here}`", _type(field), _description(field)
        yield from _fields(field, here)
        yield from _fields(field.get("items", {}), f"{here}[]")
        if isinstance(field.get("additionalProperties"), dict):
            yield from _fields(field["additionalProperties"], f"{here}.*")


def _type(field: Any) -> str:
    if "enum" in field:
        return " \\| ".join(f"`{value}`" for value in field["enum"])
    if field.get("x-kubernetes-int-or-string"):
        return "integer or string"
    return str(field.get("format") or field.get("type") or "any value")


def _description(field: Any) -> str:
    text = escape(str(field.get("description", "")), quote=False)
    default = field.get("default")
    return text if default is None or " by default" in text else f"{text} Default: `{default}`."


def _table(head: tuple[str, ...], rows: Any) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(' '.join(cell.split()) for cell in row)} |" for row in rows]
    return "\n".join(lines)


for page in (kinds, settings, values, metrics, commands, results):
    with mkdocs_gen_files.open(f"reference/{page.__name__}.md", "w") as file:
        file.write("\n\n".join(page()) + "\n")
