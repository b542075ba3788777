"""``tenantry validate``."""

from __future__ import annotations

import json
from pathlib import Path

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
  registry: shops
  resources:
  - id: config
    object:
      apiVersion: v1
      kind: ConfigMap
      metadata:
        name: config
        namespace: shared
        labels:
          app.kubernetes.io/name: "{{ plan }}"
"""
REGISTRY = """\
---
apiVersion: tenantry.io/v1
kind: TenantRegistry
metadata: {name: shops}
spec:
  source: {sqlite: {path: /data/shops.db, table: shops}}
  valueMappings: {uid: id, activate: active}
  extraValueMappings: {plan: plan}
"""


def validate(text: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["validate", *arguments], input=text)


def test_a_template_with_its_registry_is_accepted() -> None:
    result = validate(TEMPLATE + REGISTRY)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "2 objects: 0 problems, 0 warnings" in result.stderr


def test_the_examples_are_valid() -> None:
    assert validate("", str(EXAMPLES)).exit_code == 0


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("plan }}", "plam }}", 15, "no column is mapped to plam, nor is it in spec.variables: did you mean plan?"),
        ("{{ plan }}", "{{ plan | nope }}", 15, "nope"),
        ("kind: ConfigMap\n", "kind: ConfigMap\n      data: {a: '{{ secrets.pin }}'}\n", 11, "has no pin"),
        ("  - id: config\n", "  - id: config\n    dependsOn: [base]\n", 8, "base"),
        ("  - id: config\n", "  - id: config\n    wen: x\n", 8, "did you mean when?"),
        ("    object:\n", "    timeoutSeconds: soon\n    object:\n", 8, "integer"),
        ("{name: webapp}", "{name: Web App}", 3, "DNS label"),
        ("kind: ConfigMap\n", "kind: ConfigMap\n      status: {}\n", 11, "written by the cluster"),
        ("{uid: id, activate: active}", "{uid: id}", 22, "Field required"),
    ],
    ids=["variable", "filter", "secret", "dependency", "unknown field", "type", "name", "status", "required"],
)
def test_a_problem_is_told_with_its_line(old: str, new: str, line: int, told: str) -> None:
    result = validate((TEMPLATE + REGISTRY).replace(old, new, 1))
    assert result.exit_code == 1
    (problem,) = result.stdout.splitlines()
    assert problem.startswith(f"standard input:{line}: error: ")
    assert told in problem


def test_all_problems_are_told_at_once() -> None:
    text = TEMPLATE.replace("{{ plan }}", "{{ plan | nope }}").replace("name: config\n", 'name: "{{ ( }}"\n')
    assert validate(text).stdout.count("error:") == 2


@pytest.mark.parametrize(("arguments", "code"), [((), 0), (("--strict",), 1)], ids=["as it is", "strict"])
def test_a_variable_that_may_be_mapped_elsewhere_is_a_warning(arguments: tuple[str, ...], code: int) -> None:
    result = validate(TEMPLATE, *arguments)
    assert result.exit_code == code
    assert "warning: TenantTemplate webapp" in result.stdout


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  - id: config\n", "  - id: config\n    conflictPolicy: Force\n", "Stuck would report it"),
        ("kind: ConfigMap", "kind: PersistentVolumeClaim", "deletionPolicy: Retain keeps it"),
        ("table: shops}}", "table: shops}, syncInterval: 1s}", "source.probe"),
        ("spec:\n  source", "spec:\n  deletionPolicy: Delete\n  source", "deletes all its tenants"),
    ],
    ids=["force", "data", "interval", "registry"],
)
def test_a_risky_choice_is_a_warning_with_a_better_one(old: str, new: str, told: str) -> None:
    result = validate((TEMPLATE + REGISTRY).replace(old, new, 1))
    assert result.exit_code == 0
    assert "warning:" in result.stdout
    assert told in result.stdout


def test_what_an_autoscaler_changes_should_be_ignored() -> None:
    workload = """\
  - id: web
    object:
      {apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shared}, spec: {replicas: 2}}
  - id: scaler
    object:
      apiVersion: autoscaling/v2
      kind: HorizontalPodAutoscaler
      metadata: {name: web, namespace: shared}
      spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
"""
    warned = validate(TEMPLATE + workload + REGISTRY)
    assert "add $.spec.replicas to ignoreFields" in warned.stdout
    ignoring = workload.replace("- id: web\n", '- id: web\n    ignoreFields: ["$.spec.replicas"]\n')
    assert "ignoreFields" not in validate(TEMPLATE + ignoring + REGISTRY).stdout


def test_programs_get_json() -> None:
    (found,) = json.loads(validate(TEMPLATE, "-o", "json").stdout)
    assert found == {
        "file": "standard input",
        "line": 15,
        "object": "TenantTemplate webapp",
        "path": "spec.resources[config].object.metadata.labels.app.kubernetes.io/name",
        "message": "plan is not declared in spec.variables: rows must have it",
        "severity": "warning",
    }


def test_every_key_of_the_result_is_documented() -> None:
    assert undocumented("validate", json.loads(validate(TEMPLATE, "-o", "json").stdout)) == []


def test_yaml_tells_the_same() -> None:
    assert yaml.safe_load(validate(TEMPLATE, "-o", "yaml").stdout) == json.loads(
        validate(TEMPLATE, "-o", "json").stdout
    )


def test_what_is_not_yaml_has_an_exit_code_of_its_own() -> None:
    result = validate("a: [")
    assert result.exit_code == 2
    assert result.stdout.startswith("standard input:1: error: this is not YAML: ")


def test_objects_of_others_are_passed_by() -> None:
    assert validate("{apiVersion: v1, kind: Secret}").exit_code == 0
    assert "0 objects: 0 problems, 0 warnings (1 of other kinds passed by)" in validate("{kind: Secret}").stderr


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "TenantTemplate",
            "TenantTemplat",
            "2: error: TenantTemplat webapp: kind: tenantry.io/v1 has no TenantTemplat: did",
        ),
        (
            "tenantry.io/v1",
            "tenantry.io/v2",
            "1: error: TenantTemplate webapp: apiVersion: is 'tenantry.io/v2', and sho",
        ),
        ("apiVersion: tenantry.io/v1\n", "", "apiVersion: is None, and should be tenantry.io/v1"),
        (
            "  registry: shops\n",
            "  registry: shops\n  registry: shop\n",
            "6: error: this is not YAML: the key 'registry' is",
        ),
        ("{name: webapp}", "[webapp]", "TenantTemplate without a name: metadata.name: is required"),
        ("spec:\n", "spec: 5\nother:\n", "spec: is required: it is a mapping"),
    ],
    ids=["kind", "version", "no version", "twice", "metadata", "spec"],
)
def test_what_was_meant_to_be_ours_is_not_passed_by(old: str, new: str, told: str) -> None:
    result = validate(TEMPLATE.replace(old, new, 1))
    assert result.exit_code > 0
    assert told in result.stdout


def test_objects_of_a_list_are_looked_at_each_with_its_line() -> None:
    items = "".join(f"- {text}" for text in (TEMPLATE, REGISTRY.removeprefix("---\n"))).replace("\n", "\n  ")
    listed = f"apiVersion: v1\nkind: List\nitems:\n{items.replace('plan }}', 'plam }}')}".replace(
        "\n  - api", "\n- api"
    )
    assert "standard input:18: error: TenantTemplate webapp: " in validate(listed).stdout


def test_all_files_are_looked_at_though_one_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe")
    (tmp_path / "b.yaml").write_text("a: [")
    (tmp_path / "c.yaml").write_text(TEMPLATE)
    result = validate("", str(tmp_path), "-o", "json")
    assert result.exit_code == 2
    found = [(Path(one["file"]).name, one["severity"]) for one in json.loads(result.stdout)]
    assert found == [("a.yaml", "error"), ("b.yaml", "error"), ("c.yaml", "warning")]


@pytest.mark.parametrize("text", ["", "---\n", "# nothing\n"])
def test_an_empty_stream_is_no_success(text: str) -> None:
    result = validate(text)
    assert (result.exit_code, "there is nothing in it" in result.stderr) == (2, True)


def test_a_folder_without_yaml_is_no_success(tmp_path: Path) -> None:
    result = validate("", str(tmp_path))
    assert (result.exit_code, "There is no YAML file in" in result.stderr) == (2, True)


def test_a_finding_stays_on_its_line_whatever_it_quotes() -> None:
    (told,) = validate(TEMPLATE.replace("{name: webapp}", '{name: "we\\e[31m\\n::error"}')).stdout.splitlines()
    assert "we\\x1b[31m\\n::error" in told
