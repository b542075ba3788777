"""``tenantry simulate``: with the webhooks under gunicorn and the cluster in this process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tenantry.cli import main
from tests.support.results import undocumented

HOOKS = Path(__file__).parents[3] / "hooks"
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
    assert (result.exit_code, told["quiet"], undocumented("simulate", told)) == (0, True, [])
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
    assert (result.exit_code, result.stdout) == (1, "")
    assert "spec.resources[config].object.data.plan: '{{ plan | nope }}': No filter named 'nope'" in result.stderr


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("uid,plan\nacme,pro\nacme,basic\n", "two rows have the uid 'acme'"),
        ("plan\npro\n", "at least a uid"),
        ("uid,secrets\nacme,x\n", "'secrets' has a meaning of its own"),
        ("", "there is no row in it"),
    ],
    ids=["twice", "no uid", "reserved", "none"],
)
def test_rows_that_cannot_be_used_are_told(files: list[str], rows: str, told: str) -> None:
    Path(files[3]).write_text(rows)
    result = simulate(*files)
    assert result.exit_code == 2
    assert told in result.stderr


def test_too_little_time_is_told_from_a_hot_loop(files: list[str]) -> None:
    result = simulate(*files, "--seconds", "1")
    assert result.exit_code == 3
    assert "It did not come to rest in 1 s:" in result.stdout
    assert "Give it more time with --seconds." in result.stdout


def test_a_kind_that_cannot_fail_is_refused(files: list[str]) -> None:
    result = simulate(*files, "--fail", "Deploymnt")
    assert (result.exit_code, "'Deployment'" in result.stderr) == (2, True)


def certificate(api_version: str, kind: str) -> str:
    return f"""\
apiVersion: tenantry.io/v1
kind: TenantTemplate
metadata: {{name: certs}}
spec:
  resources:
  - id: cert
    object:
      apiVersion: {api_version}
      kind: {kind}
      metadata: {{name: "{{{{ slug }}}}", namespace: default}}
      spec: {{secretName: "{{{{ slug }}}}"}}
  - id: role
    dependsOn: [cert]
    object:
      apiVersion: rbac.authorization.k8s.io/v1
      kind: ClusterRole
      metadata: {{name: "{{{{ slug }}}}"}}
      rules: []
"""


def test_kinds_of_others_are_taken_for_granted_and_told() -> None:
    text = certificate("cert-manager.io/v1", "Certificate")
    told = as_json(simulate("-t", "-", "-r", '{"uid": "acme"}', "-o", "json", text=text))
    assert [step["object"] for step in told["steps"]] == ["Certificate default/acme", "ClusterRole acme"]
    assert told["assumed"] == ["Certificate of cert-manager.io/v1", "ClusterRole of rbac.authorization.k8s.io/v1"]
    assert [tenant["ready"] for tenant in told["tenants"]] == [True]


@pytest.mark.parametrize("api_version", ["v1", "apps/v1", "networking.k8s.io/v1"])
def test_a_kind_that_a_known_group_does_not_have_is_a_mistake(api_version: str) -> None:
    result = simulate("-t", "-", "-r", '{"uid": "acme"}', text=certificate(api_version, "Deploymnt"))
    assert (result.exit_code, "Failed certs/cert: Deploymnt default/acme" in result.stdout) == (1, True)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_simulation_that_is_ended_leaves_nothing_running(files: list[str], number: int, code: int) -> None:
    command = [sys.executable, "-m", "tenantry.cli", "simulate", *files, "--seconds", "600", "--fail", "Job"]
    environment = {**os.environ, "PYTHONPATH": str(HOOKS), "TMPDIR": str(Path(files[1]).parent)}
    # A shell lets what it starts in the background ignore Ctrl-C, and so would all that is started from there.
    heed = partial(signal.signal, number, signal.SIG_DFL)
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, preexec_fn=heed) as process:
        webhooks = _children_of(process)
        process.send_signal(number)
        _, told = process.communicate(timeout=60)
    assert (process.returncode, b"Traceback" in told) == (code, False)
    assert [pid for pid in webhooks if _runs(pid)] == []
    assert list(Path(files[1]).parent.glob("tenantry-simulate-*")) == []


def _children_of(process: subprocess.Popen[bytes]) -> list[int]:
    """The processes of a simulation, as soon as its webhooks have started."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if found := [int(pid) for pid in children.read_text().split()]:
            return found
        time.sleep(0.05)
    raise AssertionError("the webhooks did not start")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
