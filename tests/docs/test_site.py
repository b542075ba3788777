"""The site builds strictly, and everything that there is has its entry in it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from tenantry.cli import main
from tenantry.kinds import KINDS
from tenantry.kinds.crd import custom_resource_definition
from tenantry.server.measures import MEASURES
from tenantry.settings import Settings
from tests.controlplane.product import REPOSITORY

CHART = REPOSITORY / "charts" / "tenantry"
ALERTS = yaml.safe_load((CHART / "files" / "alerts.yaml").read_text(encoding="utf-8"))


def page(site: Path, name: str) -> str:
    """The text of a built page."""
    return html.unescape(re.sub(r"<[^>]+>", "", (site / name).read_text(encoding="utf-8")))


def code(site: Path, name: str) -> set[str]:
    """What is set as code in a page."""
    text = (site / name).read_text(encoding="utf-8")
    return {html.unescape(found) for found in re.findall(r"<code>([^<]+)</code>", text)}


def paths(schema: Any, path: str) -> Iterator[str]:
    """The paths of all fields below a field."""
    for name, field in schema.get("properties", {}).items():
        yield f"{path}.{name}"
        for inner, end in ((field, ""), (field.get("items", {}), "[]"), (field.get("additionalProperties"), ".*")):
            if isinstance(inner, dict):
                yield from paths(inner, f"{path}.{name}{end}")


def commands(command: click.Command, name: str) -> Iterator[str]:
    """Names of a command and of all below it."""
    yield name
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=name)
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None
            yield from commands(found, f"{name} {inner}")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_field_has_an_entry_that_says_what_it_is(site: Path, kind: Any) -> None:
    schema = custom_resource_definition(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
    told = code(site, "reference/kinds.html")
    fields = [path for part in ("spec", "status") for path in paths(schema.get(part, {}), part)]
    assert [field for field in fields if field not in told] == []


def test_every_setting_has_an_entry(site: Path) -> None:
    told = code(site, "reference/settings.html")
    assert [name for name in Settings.model_fields if f"TENANTRY_{name.upper()}" not in told] == []


def test_every_setting_says_what_it_does() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_metric_has_an_entry(site: Path) -> None:
    told = page(site, "reference/metrics.html")
    assert [measure.name for measure in MEASURES if measure.name not in told] == []


def test_every_command_has_an_entry(site: Path) -> None:
    told = page(site, "reference/commands.html")
    assert [name for name in commands(main, "tenantry") if f"Usage: {name}" not in told] == []


def test_every_value_of_the_chart_has_an_entry(site: Path) -> None:
    told = page(site, "reference/values.html")
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    assert [name for name in values if f"\n{name}:" not in told] == []


def test_every_alert_has_a_runbook(site: Path) -> None:
    runbooks = " ".join(
        page(site, f"runbooks/{file.stem}.html") for file in (REPOSITORY / "docs/runbooks").glob("*.md")
    )
    alerts = [rule["alert"] for group in ALERTS["groups"] for rule in group["rules"] if "alert" in rule]
    assert [alert for alert in alerts if alert not in runbooks] == []


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    loaded = re.compile(r"<(?:script|img)[^>]+src=\"https?:|<link[^>]+rel=\"stylesheet\"[^>]+href=\"https?:")
    assert [file.name for file in site.rglob("*.html") if loaded.search(file.read_text(encoding="utf-8"))] == []
