"""``tenantry migrate lynq`` as a command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from tenantry.cli import main
from tests.unit.cli.migrate.lynqs import form, hub, widget


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, ["migrate", "lynq", *arguments], input=given, catch_exceptions=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "lynq.yaml"
    found.write_text(yaml.safe_dump_all([hub(), form(widget("{{ now }}"))]))
    return found


def test_yaml_is_printed_and_notes_go_to_standard_error(file: Path) -> None:
    result = run(str(file))
    assert [obj["kind"] for obj in yaml.safe_load_all(result.stdout)] == ["TenantRegistry", "TenantTemplate"]
    assert "not converted: LynqForm web: manifests[it].spec.spec.field: now has no equal" in result.stderr
    assert result.exit_code == 0


def test_json_is_a_list_that_kubectl_applies(file: Path) -> None:
    told = json.loads(run(str(file), "-o", "json").stdout)
    assert (told["apiVersion"], told["kind"]) == ("v1", "List")
    assert [obj["kind"] for obj in told["items"]] == ["TenantRegistry", "TenantTemplate"]


def test_strict_fails_if_something_was_not_converted(file: Path) -> None:
    assert run(str(file), "--strict").exit_code == 1


def test_strict_minds_no_differences(tmp_path: Path) -> None:
    (tmp_path / "hub.yaml").write_text(yaml.safe_dump(hub()))
    assert run(str(tmp_path), "--strict").exit_code == 0


def test_standard_input_is_read() -> None:
    assert "kind: TenantRegistry" in run("-", given=yaml.safe_dump(hub())).stdout


@pytest.mark.parametrize("given", ["{}", "{apiVersion: tenantry.io/v1, kind: TenantTemplate, metadata: {name: web}}"])
def test_files_without_lynqs_objects_are_told_of(given: str) -> None:
    result = run("-", given=given)
    assert (result.exit_code, "no LynqHub" in result.stderr) == (1, True)


def test_a_file_that_is_no_yaml_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("a: [")
    assert run(str(tmp_path)).exit_code == 2


def test_options_of_the_cluster_are_for_taking_over(file: Path) -> None:
    assert run(str(file), "--yes").exit_code == 2


def test_help_teaches_with_examples() -> None:
    assert "tenantry migrate lynq --take-over tenantry.yaml --yes" in run("--help").stdout
