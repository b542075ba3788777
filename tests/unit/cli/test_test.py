"""``tenantry test``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from tenantry.cli import main
from tests.support.results import undocumented

EXAMPLES = Path(__file__).parents[3] / "examples"
TEMPLATE = """\
apiVersion: tenantry.io/v1
kind: TenantTemplate
metadata: {name: webapp}
spec:
  resources:
  - id: config
    object:
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: config, namespace: shared}
      data: {plan: "{{ plan }}", port: "{{ port | default(80) }}"}
  - id: banner
    when: "{{ plan == 'trial' }}"
    object: {apiVersion: v1, kind: ConfigMap, metadata: {name: banner, namespace: shared}}
  - id: url
    object:
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: url, namespace: shared}
      data: {address: "{{ resources.config.data.address }}"}
"""
ROW = {"uid": "acme", "plan": "pro"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "webapp.yaml").write_text(TEMPLATE)
    return tmp_path


def run(folder: Path, *cases: dict[str, Any], arguments: tuple[str, ...] = (), **suite: Any) -> Result:
    """Run these cases, whose names and rows have defaults."""
    listed = [{"name": "case", "row": ROW, **case} for case in cases]
    text = yaml.safe_dump({"template": "webapp.yaml", "cases": listed, **suite})
    (folder / "webapp.test.yaml").write_text(text)
    return CliRunner().invoke(main, ["test", str(folder), *arguments])


def test_the_examples_hold() -> None:
    result = CliRunner().invoke(main, ["test", str(EXAMPLES)])
    assert (result.exit_code, result.stdout) == (0, result.stdout)
    assert "0 failed" in result.stderr


@pytest.mark.parametrize(
    "case",
    [
        {"expect": {"config": {"data": {"plan": "pro"}}}},
        {"expect": {"banner": None}},
        {"row": {"uid": "acme", "plan": "trial"}, "expect": {"banner": {"kind": "ConfigMap"}}},
        {"row": {"uid": "acme"}, "problems": {"config": "'plan' is undefined", "banner": "'plan' is undefined"}},
        {"observed": {"config": {"data": {"address": "here"}}}, "expect": {"url": {"data": {"address": "here"}}}},
        {"expect": {"url": None}},
    ],
    ids=["part", "switched off", "switched on", "problem", "reference", "waits"],
)
def test_a_case_that_holds_passes(folder: Path, case: dict[str, Any]) -> None:
    result = run(folder, case)
    assert result.stdout.startswith("✓ ")
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ({"expect": {"config": {"data": {"plan": "basic"}}}}, "config.data.plan: is 'pro', and should be 'basic'"),
        ({"expect": {"config": {"data": {"port": 80}}}}, "config.data.port: is '80', and should be 80"),
        ({"expect": {"config": {"data": {"zone": "a"}}}}, "config.data.zone: is missing, and should be 'a'"),
        ({"expect": {"config": None}}, "config: there is an object, and should be none"),
        ({"expect": {"banner": {}}}, "banner: there is no object: is switched off"),
        ({"expect": {"web": {}}}, "web: there is no such entry; there are config, banner, url"),
        ({"row": {"uid": "acme"}}, "'plan' is undefined"),
        ({"problems": {"config": "wrong"}}, "config: is rendered, and should not be"),
        ({"golden": "golden.yaml"}, "is not there: --update writes it"),
    ],
    ids=["value", "type", "missing", "unwanted", "no object", "no entry", "problem", "no problem", "no golden"],
)
def test_a_case_that_does_not_hold_says_where(folder: Path, case: dict[str, Any], told: str) -> None:
    result = run(folder, case)
    assert result.exit_code == 1
    assert result.stdout.startswith("✗ ")
    assert told in result.stdout


def test_a_golden_file_is_written_and_then_compared_with(folder: Path) -> None:
    case = {"golden": "golden/acme.yaml"}
    assert run(folder, case, arguments=("--update",)).exit_code == 0
    assert run(folder, case).exit_code == 0
    changed = run(folder, {**case, "row": {"uid": "acme", "plan": "basic"}})
    assert changed.exit_code == 1
    assert "-  plan: pro\n    +  plan: basic" in changed.stdout


def test_a_template_that_is_not_valid_fails_all_its_cases(folder: Path) -> None:
    (folder / "webapp.yaml").write_text(TEMPLATE.replace("{{ plan }}", "{{ plan | nope }}"))
    result = run(folder, {})
    assert result.exit_code == 1
    assert "nope" in result.stdout


@pytest.mark.parametrize(
    ("suite", "told"),
    [
        ({"template": "other.yaml"}, "there is no file"),
        ({"cases": [{"name": "x"}]}, "cases.0.row: Field required"),
        ({"cases": [{"name": "x", "row": ROW, "expects": {}}]}, "cases.0.expects: Extra inputs are not permitted"),
    ],
    ids=["template", "row", "unknown"],
)
def test_a_file_that_cannot_be_used_is_told(folder: Path, suite: dict[str, Any], told: str) -> None:
    result = run(folder, **suite)
    assert result.exit_code == 2
    assert told in result.stderr


def test_programs_get_json(folder: Path) -> None:
    (found,) = json.loads(run(folder, {}, arguments=("-o", "json")).stdout)
    assert (found["case"], found["passed"], found["complaints"]) == ("case", True, [])


def test_every_key_of_the_result_is_documented(folder: Path) -> None:
    assert undocumented("test", json.loads(run(folder, {}, arguments=("-o", "json")).stdout)) == []


def test_what_is_updated_is_told_and_what_is_as_it_was_is_not(folder: Path) -> None:
    case = {"golden": "golden/acme.yaml"}
    assert "golden/acme.yaml" in run(folder, case, arguments=("--update",)).stderr
    assert "golden/acme.yaml" not in run(folder, case, arguments=("--update",)).stderr


@pytest.mark.parametrize(
    ("row", "told"), [({"plan": "pro"}, "at least a uid is needed"), ({"uid": "a", "slug": "b"}, "of its own")]
)
def test_a_row_that_cannot_be_one_is_told_with_file_and_case(folder: Path, row: dict[str, Any], told: str) -> None:
    result = run(folder, {"row": row})
    assert result.exit_code == 2
    assert "webapp.test.yaml: case 'case': row: " in result.stderr
    assert told in result.stderr


def test_a_template_that_is_no_yaml_is_a_file_that_cannot_be_read(folder: Path) -> None:
    (folder / "webapp.yaml").write_text("a: [")
    assert run(folder, {}).exit_code == 2
