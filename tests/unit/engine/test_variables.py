"""Declared variables: what a template expects of a row, told all at once before anything is rendered."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.engine.compile import check_resources
from tenantry.engine.environment import ENVIRONMENT
from tenantry.engine.variables import compile_variables, fit

PLAN = {"type": "string", "enum": ["basic", "pro"]}


def fitted(options: dict[str, Any], **values: Any) -> Any:
    """What variable ``v`` becomes; nothing may be wrong with it."""
    variables, findings = compile_variables({"v": options})
    assert findings == []
    found, problems = fit(variables, values)
    assert problems == []
    return found["v"]


def misfits(declared: dict[str, Any], **values: Any) -> list[str]:
    variables, findings = compile_variables(declared)
    assert findings == []
    return fit(variables, values)[1]


def test_a_misfit_of_a_row_names_the_column_beside_the_variable() -> None:
    variables, _ = compile_variables({"plan": PLAN, "size": {"type": "integer"}, "note": {"type": "string"}})
    columns = {"plan": "plan_id", "note": "remark"}
    assert fit(variables, {"plan": "gold", "size": "x", "note": None}, columns)[1] == [
        'variable plan from column plan_id is "gold": one of "basic", "pro" is wanted',
        'variable size from column size is "x": an integer is wanted',
        "variable note from column remark has no value, and no default",
    ]


def test_a_variable_to_which_no_column_is_mapped_is_named_alone() -> None:
    variables, _ = compile_variables({"plan": PLAN})
    assert fit(variables, {}, {"size": "size_id"})[1] == ["variable plan has no value, and no default"]


def findings(declared: dict[str, Any]) -> list[str]:
    return [path for path, _ in compile_variables(declared)[1]]


@pytest.mark.parametrize(
    ("type_", "value", "becomes"),
    [
        ("string", "text", "text"),
        ("string", "", ""),
        ("integer", 3, 3),
        ("integer", 3.0, 3),
        ("number", 0.5, 0.5),
        ("number", 2, 2),
        ("boolean", True, True),
        ("boolean", 0, False),
        ("boolean", 1, True),
        ("list", ["a"], ["a"]),
        ("list", '["a", 1]', ["a", 1]),
        ("object", {"a": 1}, {"a": 1}),
        ("object", '{"a": [1]}', {"a": [1]}),
    ],
)
def test_a_value_that_fits_has_the_type_of_its_variable(type_: str, value: Any, becomes: Any) -> None:
    found = fitted({"type": type_}, v=value)
    assert (found, type(found)) == (becomes, type(becomes))


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("string", 5),
        ("string", True),
        ("integer", "5"),
        ("integer", True),
        ("integer", 0.5),
        ("number", "1"),
        ("number", False),
        ("boolean", 2),
        ("boolean", "true"),
        ("list", "a,b"),
        ("list", '{"a": 1}'),
        ("object", "[1]"),
        ("object", [1]),
    ],
)
def test_a_value_of_another_type_is_told(type_: str, value: Any) -> None:
    assert len(misfits({"v": {"type": type_}}, v=value)) == 1


@pytest.mark.parametrize("values", [{}, {"v": None}])
def test_a_default_stands_for_a_value_that_is_missing_or_null(values: dict[str, Any]) -> None:
    assert fitted({"type": "string", "default": "basic"}, **values) == "basic"


def test_a_variable_without_a_default_is_required() -> None:
    assert misfits({"v": {"type": "string"}}) == ["variable v has no value, and no default"]


def test_a_variable_that_is_not_required_is_none_without_a_value() -> None:
    assert fitted({"type": "string", "required": False}) is None


def test_a_value_that_is_none_of_the_choices_is_told_with_them() -> None:
    assert misfits({"plan": PLAN}, plan="gold") == ['variable plan is "gold": one of "basic", "pro" is wanted']


def test_a_text_that_does_not_match_is_told_with_the_pattern() -> None:
    told = misfits({"host": {"type": "string", "pattern": "^[a-z.]+$"}}, host="Acme")
    assert told == ['variable host is "Acme", which does not match ^[a-z.]+$']


def test_a_pattern_takes_no_longer_for_a_text_that_almost_matches() -> None:
    assert misfits({"v": {"type": "string", "pattern": "^(a+)+$"}}, v="a" * 10_000 + "b")


def test_a_value_that_no_object_can_hold_is_told() -> None:
    told = misfits({"v": {"type": "number"}}, v=float("nan"))
    assert told == ["variable v cannot be used: the value is nan, which JSON cannot hold"]


@pytest.mark.parametrize(("length", "shortened"), [(58, False), (59, True)])
def test_a_value_is_shown_with_at_most_sixty_characters(length: int, shortened: bool) -> None:
    told = misfits({"v": {"type": "integer"}}, v="x" * length)[0]
    assert ("…" in told) is shortened


def test_declarations_are_told_with_what_is_wrong_with_each_of_them() -> None:
    _, found = compile_variables(
        {"a": {"type": "string", "enum": ["x", 1]}, "b": {"type": "integer", "default": "5"}, "c": {"type": "string"}}
    )
    assert found == [("[a].enum[1]", "is 1: text is wanted"), ("[b].default", 'is "5": an integer is wanted')]


def test_every_variable_that_does_not_fit_is_told() -> None:
    declared = {"plan": PLAN, "replicas": {"type": "integer"}, "host": {"type": "string"}}
    assert len(misfits(declared, plan="gold", replicas="two")) == 3


def test_a_long_value_is_told_shortened() -> None:
    assert len(misfits({"v": {"type": "integer"}}, v="x" * 5000)[0]) < 120


@pytest.mark.parametrize(
    "name",
    ["uid", "slug", "tenant", "resources", "item", "true", "not", "1st", "a-b", "", *sorted(ENVIRONMENT.globals)],
)
def test_a_name_that_cannot_be_used_is_a_problem(name: str) -> None:
    assert findings({name: {"type": "string"}}) == [f"[{name}]"]


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"type": "integer", "default": "5"}, "[v].default"),
        ({"type": "string", "default": "gold", "enum": ["basic"]}, "[v].default"),
        ({"type": "string", "default": "A", "pattern": "^[a-z]$"}, "[v].default"),
        ({"type": "string", "enum": ["a", 1]}, "[v].enum[1]"),
        ({"type": "string", "pattern": "(a"}, "[v].pattern"),
        ({"type": "string", "pattern": "(?=a)"}, "[v].pattern"),
        ({"type": "integer", "pattern": "^[0-9]$"}, "[v].pattern"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_a_problem(options: dict[str, Any], path: str) -> None:
    assert findings({"v": options}) == [path]


def test_problems_of_variables_are_told_beside_those_of_entries() -> None:
    resources = [{"id": "a", "object": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "{{ a"}}}]
    found = check_resources(resources, {"uid": {"type": "string"}})
    assert [problem.path for problem in found] == ["variables[uid]", "resources[a].object.metadata.name"]
