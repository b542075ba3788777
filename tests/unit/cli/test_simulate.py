"""``tenantry simulate``: with the webhooks under gunicorn and the cluster in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tenantry.cli import main

TEMPLATE = """\
apiVersion: tenantry.io/v1
kind: TenantTemplate
metadata: {name: webapp}
spec:
  registry: shops
  resources:
  - id: namespace
    object: {apiVersion: v1, kind: Namespace, metadata: {name: "{{ slug }}"}}
  - id: migrate
    object:
      apiVersion: batch/v1
      kind: Job
      metadata: {name: migrate, namespace: "{{ slug }}"}
      spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: "web:1"}]}}}
  - id: config
    dependsOn: [migrate]
    object:
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: config, namespace: "{{ slug }}"}
      data: {plan: "{{ plan }}"}
"""
ROWS = "uid,plan\nacme,pro\nbeta,basic\n"


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "rows.csv").write_text(ROWS)
    return ["-t", str(tmp_path / "template.yaml"), "--rows", str(tmp_path / "rows.csv")]


def simulate(*arguments: str, text: str = "") -> Result:
    return CliRunner().invoke(main, ["simulate", *arguments], input=text)


def as_json(result: Result) -> Any:
    return json.loads(result.stdout)


def test_rows_become_tenants_in_order_and_come_to_rest(files: list[str]) -> None:
    result = simulate(*files, "-o", "json")
    told = as_json(result)
    assert (result.exit_code, told["quiet"]) == (0, True)
    assert [tenant["name"] for tenant in told["tenants"]] == ["shops.acme", "shops.beta"]
    of_acme = [(step["what"], step["object"]) for step in told["steps"] if "acme" in step["object"]]
    assert of_acme == [
        ("created", "Namespace acme"),
        ("created", "Job acme/migrate"),
        ("created", "ConfigMap acme/config"),
    ]


def test_what_waits_for_a_failed_job_is_shown(files: list[str]) -> None:
    result = simulate(*files, "--fail", "Job")
    assert result.exit_code == 1
    assert "Failed webapp/migrate: Job acme/migrate" in result.stdout
    assert "Skipped webapp/config" in result.stdout
    assert "Then nothing happens any more." in result.stdout


def test_a_template_that_is_not_valid_is_told() -> None:
    row = '{"uid": "acme", "plan": "pro"}'
    result = simulate("-t", "-", "-r", row, text=TEMPLATE.replace("{{ plan }}", "{{ plan | nope }}"))
    assert result.exit_code == 1
    assert "The template makes nothing" in result.stdout
    assert "nope" in result.stdout


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("uid,plan\nacme,pro\nacme,basic\n", "two rows have the uid 'acme'"),
        ("plan\npro\n", "at least a uid"),
        ("uid,secrets\nacme,x\n", "'secrets' has a meaning of its own"),
        ("", "Give a row"),
    ],
    ids=["twice", "no uid", "reserved", "none"],
)
def test_rows_that_cannot_be_used_are_told(files: list[str], rows: str, told: str) -> None:
    Path(files[3]).write_text(rows)
    result = simulate(*files)
    assert result.exit_code == 2
    assert told in result.stderr
