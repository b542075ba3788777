"""``tenantry render``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from tenantry.cli import main
from tests.support.results import undocumented

EXAMPLES = Path(__file__).parents[3] / "examples" / "shops"
SHOP = {"name": "Acme", "plan": "pro", "host": "acme.example.com", "replicas": 2, "token": "czNjcjN0"}

Entries = list[dict[str, Any]]


def entry(id_: str, data: dict[str, Any], **options: Any) -> dict[str, Any]:
    metadata = {"name": "{{ slug }}", "namespace": "default"}
    return {
        "id": id_,
        "object": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data},
        **options,
    }


def template(*resources: dict[str, Any], **spec: Any) -> str:
    return yaml.safe_dump(
        {
            "apiVersion": "tenantry.io/v1",
            "kind": "TenantTemplate",
            "metadata": {"name": "test"},
            "spec": {"resources": list(resources), **spec},
        }
    )


def render(text: str, row: object, *options: str) -> tuple[int, Entries, str]:
    """Exit code, printed objects, and what is told on standard error."""
    given = row if isinstance(row, str) else json.dumps(row)
    arguments = ["render", "-t", "-", "--row", given, *options]
    result = CliRunner().invoke(main, arguments, input=text, catch_exceptions=False)
    return result.exit_code, list(yaml.safe_load_all(result.stdout)), result.stderr


def test_the_objects_of_a_row_are_printed() -> None:
    code, objects, _ = render(template(entry("config", {"plan": "{{ plan }}"})), {"uid": "acme", "plan": "pro"})
    assert code == 0
    assert objects == [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "acme", "namespace": "default"},
            "data": {"plan": "pro"},
        }
    ]


def test_dependencies_come_first() -> None:
    text = template(entry("second", {"id": "second"}, dependsOn=["first"]), entry("first", {"id": "first"}))
    _, objects, _ = render(text, {"uid": "acme"})
    assert [obj["data"]["id"] for obj in objects] == ["first", "second"]


def test_a_number_for_a_uid_becomes_text() -> None:
    _, objects, _ = render(template(entry("config", {"id": "{{ uid }}"})), {"uid": 7})
    assert objects[0]["data"] == {"id": "7"}


def test_a_tenant_is_named_after_the_templates_registry() -> None:
    _, objects, _ = render(template(entry("config", {"name": "{{ tenant.name }}"}), registry="shops"), {"uid": "acme"})
    assert objects[0]["data"] == {"name": "shops.acme"}


@pytest.mark.parametrize(("options", "active"), [([], "True"), (["--inactive"], "False")])
def test_a_tenant_is_active_unless_told_otherwise(options: list[str], active: str) -> None:
    text = template(entry("config", {"active": "is {{ active }}"}))
    _, objects, _ = render(text, {"uid": "acme"}, *options)
    assert objects[0]["data"]["active"].lower() == f"is {active}".lower()


def test_null_in_a_row_is_a_value_that_is_none() -> None:
    text = template(entry("config", {"plan": "{{ 'free' if plan is none else plan }}"}))
    _, objects, _ = render(text, {"uid": "acme", "plan": None})
    assert objects[0]["data"] == {"plan": "free"}


def test_an_expression_that_fails_is_told_with_its_place_and_cause() -> None:
    code, _, told = render(template(entry("config", {"plan": "{{ plna }}"})), {"uid": "acme", "plan": "pro"})
    assert code == 1
    assert "resources[config].object.data.plan: {{ plna }}: 'plna' is undefined: do you mean 'plan'?" in told


def test_other_objects_are_printed_beside_one_that_fails() -> None:
    text = template(entry("bad", {"plan": "{{ plan }}"}), entry("good", {"id": "good"}))
    code, objects, _ = render(text, {"uid": "acme"})
    assert code == 1
    assert [obj["data"]["id"] for obj in objects] == ["good"]


def test_all_problems_of_a_template_are_told() -> None:
    text = template(entry("one", {"a": "{{ a"}), entry("two", {}, dependsOn=["three"]))
    code, _, told = render(text, {"uid": "acme"})
    assert code == 1
    assert "resources[one].object.data.a" in told
    assert "resources[two].dependsOn: there is no entry 'three' in this template" in told


def test_a_field_of_the_wrong_type_is_told_with_its_path() -> None:
    code, _, told = render(template(entry("one", {}, dependsOn="two")), {"uid": "acme"})
    assert code == 1
    assert "spec.resources[one].dependsOn: " in told


@pytest.mark.parametrize(
    ("text", "expected", "message"),
    [
        ("kind: ConfigMap", 2, "holds 0 objects of kind TenantTemplate"),
        ("", 2, "holds 0 objects of kind TenantTemplate"),
        (f"{template()}---\n{template()}", 2, "holds 2 objects of kind TenantTemplate"),
        ("a: [", 2, "standard input:1: this is not YAML"),
        ("kind: TenantTemplate", 1, "apiVersion: is None, and should be tenantry.io/v1"),
        ("{apiVersion: tenantry.io/v1, kind: TenantTemplate}", 1, "spec: is required"),
        (template(entry("one", {}, wen="x")), 1, "spec.resources[one].wen: there is no such field: did you mean when?"),
    ],
)
def test_a_file_that_is_no_template_is_refused(text: str, expected: int, message: str) -> None:
    code, _, told = render(text, {"uid": "acme"})
    assert code == expected
    assert message in told


def test_what_is_switched_off_is_told_in_a_comment() -> None:
    code, objects, _ = render(template(entry("config", {}, when="{{ plan == 'pro' }}")), {"uid": "acme", "plan": "x"})
    assert code == 0
    assert not any(objects)


def test_defaults_of_variables_are_filled_in() -> None:
    text = template(entry("config", {"plan": "{{ plan }}"}), variables={"plan": {"type": "string", "default": "pro"}})
    assert render(text, {"uid": "acme"})[1][0]["data"] == {"plan": "pro"}


def test_a_row_that_does_not_fit_the_variables_is_told_once() -> None:
    entries = (entry("one", {}), entry("two", {}))
    code, _, told = render(template(*entries, variables={"plan": {"type": "string"}}), {"uid": "acme", "plan": 1})
    assert (code, told.count("variable plan is 1: text is wanted")) == (1, 1)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", "this is not JSON"),
        ("[]", "an object with at least a uid is needed"),
        ("{}", "an object with at least a uid is needed"),
        ({"uid": None}, "an object with at least a uid is needed"),
        ({"uid": True}, "an object with at least a uid is needed"),
        ({"uid": ""}, "the uid is empty"),
        ({"uid": "a", "plan-id": 1}, "'plan-id' cannot be a variable"),
        ({"uid": "a", "slug": "b"}, "'slug' has a meaning of its own"),
    ],
)
def test_a_row_that_cannot_be_one_is_refused(row: object, message: str) -> None:
    code, _, told = render(template(), row)
    assert code == 2
    assert message in " ".join(told.split())


def test_the_example_makes_a_whole_shop() -> None:
    code, objects, _ = render((EXAMPLES / "template.yaml").read_text(), {"uid": "acme", **SHOP})
    assert code == 0
    assert sorted(obj["kind"] for obj in objects) == [
        "ConfigMap",
        "Deployment",
        "Ingress",
        "Namespace",
        "NetworkPolicy",
        "ResourceQuota",
        "Secret",
        "Service",
        "ServiceAccount",
    ]
    assert {obj["metadata"].get("namespace") for obj in objects} == {None, "shop-acme"}


def test_the_command_in_the_examples_head_works() -> None:
    text = (EXAMPLES / "template.yaml").read_text()
    row = next(line for line in text.splitlines() if "--row '" in line).partition("--row '")[2].rstrip("'")
    assert render(text, row)[0] == 0


def test_several_rows_are_rendered_one_after_the_other(tmp_path: Path) -> None:
    file = tmp_path / "rows.yaml"
    file.write_text("- {uid: acme, plan: pro}\n- {uid: beta, plan: basic}\n")
    text = template(entry("config", {"plan": "{{ plan }}"}))
    result = CliRunner().invoke(main, ["render", "-t", "-", "--rows", str(file)], input=text)
    assert [obj["data"]["plan"] for obj in yaml.safe_load_all(result.stdout)] == ["pro", "basic"]


@pytest.mark.parametrize("kind", ["TenantTemplate", "TenantTemplateRevision"])
def test_what_would_change_against_another_state_is_shown(tmp_path: Path, kind: str) -> None:
    before = yaml.safe_load(template(entry("config", {"plan": "old"}), entry("gone", {})))
    if kind == "TenantTemplateRevision":
        before = {**before, "kind": kind, "spec": {**before["spec"], "template": "test", "anchor": "uid"}}
    (tmp_path / "before.yaml").write_text(yaml.safe_dump(before))
    after = template(entry("config", {"plan": "{{ plan }}"}), entry("new", {}))
    arguments = ["render", "-t", "-", "--row", '{"uid": "acme", "plan": "pro"}', "--against"]
    told = CliRunner().invoke(main, [*arguments, str(tmp_path / "before.yaml")], input=after).stdout
    assert "--- acme/config (before)\n+++ acme/config\n" in told
    assert "-  plan: old\n+  plan: pro\n" in told
    assert "+++ acme/new\n" in told
    assert "--- acme/gone (before)\n" in told


def test_json_is_a_list_that_kubectl_applies() -> None:
    text = template(entry("config", {"plan": "{{ plan }}"}))
    arguments = ["render", "-t", "-", "-r", '{"uid": "acme", "plan": "pro"}', "-o", "json"]
    told = json.loads(CliRunner().invoke(main, arguments, input=text).stdout)
    assert (told["apiVersion"], told["kind"], [obj["data"] for obj in told["items"]]) == (
        "v1",
        "List",
        [{"plan": "pro"}],
    )


def test_what_would_change_is_told_as_data(tmp_path: Path) -> None:
    (tmp_path / "before.yaml").write_text(template(entry("same", {}), entry("config", {"plan": "old"})))
    arguments = ["render", "-t", "-", "-r", '{"uid": "acme"}', "-o", "json", "--against", str(tmp_path / "before.yaml")]
    after = template(entry("same", {}), entry("config", {"plan": "new"}), entry("more", {}))
    told = json.loads(CliRunner().invoke(main, arguments, input=after).stdout)
    assert undocumented("render --against", told) == []
    assert [(one["id"], one["before"] and one["before"]["data"]) for one in told] == [
        ("config", {"plan": "old"}),
        ("more", None),
    ]


def test_a_revision_names_tenants_as_the_template_does(tmp_path: Path) -> None:
    now = yaml.safe_load(template(entry("config", {"name": "{{ tenant.name }}"}), registry="shops"))
    spec = {"template": "test", "anchor": "uid", "resources": now["spec"]["resources"]}
    (tmp_path / "before.yaml").write_text(yaml.safe_dump({**now, "kind": "TenantTemplateRevision", "spec": spec}))
    arguments = ["render", "-t", "-", "-r", '{"uid": "acme"}', "--against", str(tmp_path / "before.yaml")]
    assert CliRunner().invoke(main, arguments, input=yaml.safe_dump(now)).stdout == ""


def test_a_difference_has_colours_on_a_terminal_alone(tmp_path: Path) -> None:
    (tmp_path / "before.yaml").write_text(template(entry("config", {"plan": "old"})))
    arguments = ["render", "-t", "-", "-r", '{"uid": "acme"}', "--against", str(tmp_path / "before.yaml")]
    after = template(entry("config", {"plan": "new"}))
    assert "\x1b" not in CliRunner().invoke(main, arguments, input=after).stdout
    coloured = CliRunner().invoke(main, arguments, input=after, color=True).stdout
    assert "\x1b[31m-  plan: old\x1b[0m\n\x1b[32m+  plan: new" in coloured
    without = CliRunner().invoke(main, arguments, input=after, color=True, env={"NO_COLOR": "1"}).stdout
    assert "\x1b" not in without


def test_standard_input_is_for_one_option_alone() -> None:
    result = CliRunner().invoke(main, ["render", "-t", "-", "--rows", "-"], input=template())
    assert (result.exit_code, "Standard input can be read once" in result.stderr) == (2, True)
