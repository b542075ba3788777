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
from tenantry.cli.results import RESULTS
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


def explained(site: Path, name: str) -> set[str]:
    """What the tables of a page are about: the code in the first cell of a row whose last one says something."""
    rows = re.findall(r"<tr>(.*?)</tr>", (site / name).read_text(encoding="utf-8"), re.DOTALL)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]
    told = [(re.sub(r"<[^>]+>", "", row[0]), row[-1].strip()) for row in cells if row]
    return {html.unescape(about) for about, text in told if text}


def paths(schema: Any, path: str) -> Iterator[str]:
    """The paths of all fields below a field."""
    for name, field in schema.get("properties", {}).items():
        yield f"{path}.{name}"
        for inner, end in ((field, ""), (field.get("items", {}), "[]"), (field.get("additionalProperties"), ".*")):
            if isinstance(inner, dict):
                yield from paths(inner, f"{path}.{name}{end}")


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """A command and all below it, by name."""
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=name)
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None
            yield from commands(found, f"{name} {inner}")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_field_has_an_entry_that_says_what_it_is(site: Path, kind: Any) -> None:
    schema = custom_resource_definition(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
    told = explained(site, "reference/kinds.html")
    fields = [path for part in ("spec", "status") for path in paths(schema.get(part, {}), part)]
    assert [field for field in fields if field not in told] == []


def test_every_setting_has_an_entry_that_says_what_it_does(site: Path) -> None:
    told = explained(site, "reference/settings.html")
    assert [name for name in Settings.model_fields if f"TENANTRY_{name.upper()}" not in told] == []


def test_every_metric_has_an_entry_that_says_what_it_is(site: Path) -> None:
    told = explained(site, "reference/metrics.html")
    assert [measure.name for measure in MEASURES if measure.name not in told] == []


def test_every_command_has_an_entry(site: Path) -> None:
    told = page(site, "reference/commands.html")
    assert [name for name, _ in commands(main, "tenantry") if f"Usage: {name}" not in told] == []


@pytest.mark.parametrize(("name", "command"), [pytest.param(*each, id=each[0]) for each in commands(main, "tenantry")])
def test_a_command_explains_itself_and_its_options(name: str, command: click.Command) -> None:
    options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    assert command.help, name
    assert [option.name for option in options if not option.help] == []


def test_every_result_of_a_command_has_an_entry(site: Path) -> None:
    told = page(site, "reference/results.html")
    assert [name for name in RESULTS if name not in told] == []
    assert "registries[].tenants.ready" in explained(site, "reference/results.html")


def test_every_value_of_the_chart_has_an_entry(site: Path) -> None:
    told = page(site, "reference/values.html")
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    assert [name for name in values if f"\n{name}:" not in told] == []


def test_every_alert_has_an_entry_that_says_what_it_means(site: Path) -> None:
    alerts = [rule["alert"] for group in ALERTS["groups"] for rule in group["rules"] if "alert" in rule]
    assert sorted(set(alerts) - explained(site, "reference/metrics.html")) == []


def test_every_alert_has_a_runbook_of_its_name(site: Path) -> None:
    for rule in (rule for group in ALERTS["groups"] for rule in group["rules"] if "alert" in rule):
        runbook = rule["annotations"]["runbook_url"].replace("RUNBOOKS", "runbooks").replace(".md", ".html")
        assert re.search(rf"<h1[^>]*>{rule['alert']}\b", (site / runbook).read_text(encoding="utf-8")), runbook


def test_notes_for_the_tests_show_nowhere(site: Path) -> None:
    pages = [file for file in site.rglob("*.html") if file.name != "testing.html"]
    assert [file.name for file in pages if "&lt;!--" in file.read_text(encoding="utf-8")] == []


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    loaded = re.compile(r"<(?:script|img)[^>]+src=\"https?:|<link[^>]+rel=\"stylesheet\"[^>]+href=\"https?:")
    assert [file.name for file in site.rglob("*.html") if loaded.search(file.read_text(encoding="utf-8"))] == []
