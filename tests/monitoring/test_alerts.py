"""The alerts: they are rules of Prometheus, each fires when it should and has a runbook."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.controlplane.product import REPOSITORY
from tests.monitoring.programs import programs
from tests.monitoring.queries import ALERTS, alerts

CASES = sorted((Path(__file__).parent / "alerts").glob("*.yaml"))
RUNBOOKS = REPOSITORY / "docs" / "runbooks"
ADDRESS = "https://runbooks.example.com"
SECTIONS = ("## Meaning", "## Impact", "## How to look", "## What to do")


def runbook_of(alert: dict[str, dict[str, str]]) -> str:
    """The file name of an alert's runbook."""
    return alert["annotations"]["runbook_url"].removeprefix("RUNBOOKS/")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The rules as the chart installs them."""
    file = tmp_path / "rules.yaml"
    file.write_text(ALERTS.read_text().replace("RUNBOOKS", ADDRESS))
    return file


def promtool(*arguments: str | Path) -> str:
    """What promtool says. Raises ``AssertionError`` with that when it complains."""
    answer = subprocess.run([programs().promtool, *arguments], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def test_prometheus_can_read_the_rules(rules: Path) -> None:
    assert "SUCCESS" in promtool("check", "rules", "--lint=all", "--lint-fatal", rules)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_an_alert_fires_when_it_should(case: Path, rules: Path) -> None:
    copy = rules.with_name(case.name)
    copy.write_text(case.read_text())
    assert "SUCCESS" in promtool("test", "rules", copy)


def test_every_alert_has_a_test_that_sees_it_fire_and_one_that_does_not() -> None:
    for alert in alerts():
        case = yaml.safe_load((Path(__file__).parent / "alerts" / f"{Path(runbook_of(alert)).stem}.yaml").read_text())
        checks = [
            check for test in case["tests"] for check in test["promql_expr_test"] if alert["alert"] in check["expr"]
        ]
        assert {bool(check["exp_samples"]) for check in checks} == {True, False}, alert["alert"]


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    assert sorted(map(runbook_of, alerts())) == sorted(file.name for file in RUNBOOKS.glob("*.md"))


@pytest.mark.parametrize("file", sorted(RUNBOOKS.glob("*.md")), ids=lambda file: file.stem)
def test_a_runbook_names_its_alert_and_says_what_to_do(file: Path) -> None:
    text = file.read_text()
    (alert,) = [alert for alert in alerts() if runbook_of(alert) == file.name]
    assert text.startswith(f"# {alert['alert']}\n")
    assert re.findall(r"^## .+$", text, re.MULTILINE) == list(SECTIONS)
    assert "```sh\n" in text
