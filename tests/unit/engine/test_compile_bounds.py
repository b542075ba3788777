"""Compiling a template takes steps in proportion to its expressions, and these have a bound."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import FrameType

import pytest

from tenantry.engine.environment import ENVIRONMENT, NATIVE
from tenantry.engine.expressions import Leaf, compile_leaf, compile_object, leaves_of
from tenantry.engine.lengths import MAX_PARTS, MAX_PARTS_OF_TEMPLATE, parts_of
from tests.support.rendering import problems, render, widget_with
from tests.support.tenancy import entry, widget

LONG = "{{ [" + "1, " * MAX_PARTS + "] }}"


def calls_of(function: Callable[[], object]) -> int:
    """How many calls of Python functions a call takes."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(before)
    return calls


def compiling(source: str) -> int:
    return calls_of(partial(compile_leaf, Leaf((), source, NATIVE)))


@pytest.mark.parametrize("operator", [" + ", " and ", " ~ ", " < ", " if x else ", "|upper|length + ", " not in "])
def test_a_chain_of_operators_takes_steps_in_proportion_to_its_length(operator: str) -> None:
    short, long = (compiling("{{ " + operator.join(["x"] * length) + " }}") for length in (20, 60))
    assert long < 3 * short


def test_an_object_takes_steps_in_proportion_to_its_expressions() -> None:
    few, many = ({"spec": {f"field{index}": {"a": ["{{ x }}", 1]} for index in range(number)}} for number in (40, 120))
    steps = [calls_of(partial(compile_object, obj, leaves_of(obj))) for obj in (few, many)]
    assert steps[1] < 3 * steps[0]


def test_an_expression_that_is_too_long_is_a_problem_with_its_place() -> None:
    found = problems(entry("a", widget("a", x=["{{ y }}", LONG])), entry("b", widget("b", x="{{ y }}")))
    assert [problem.path for problem in found] == ["resources[a].object.spec.x[1]"]
    assert f"more than {MAX_PARTS:,} parts: split it up" in found[0].message


def test_an_option_that_is_too_long_is_a_problem_with_its_place() -> None:
    found = problems(entry("a", widget("a"), when=LONG))
    assert [problem.path for problem in found] == ["resources[a].when"]


def test_too_many_expressions_together_are_a_problem_where_the_bound_is_met() -> None:
    text = "{{ x }}" * (MAX_PARTS // 5)
    number = MAX_PARTS_OF_TEMPLATE // MAX_PARTS
    assert problems(*[entry(f"e{index}", widget(f"w{index}", x=text)) for index in range(number)]) == []
    found = problems(*[entry(f"e{index}", widget(f"w{index}", x=text)) for index in range(number + 2)])
    assert [problem.path for problem in found] == [f"resources[e{number}].object.spec.x"]
    assert f"more than {MAX_PARTS_OF_TEMPLATE:,} parts" in found[0].message


def test_plain_text_around_expressions_is_a_part_however_long_it_is() -> None:
    assert len(render("x" * 100_000 + "{{ y }}", y="z")) == 100_001


def test_parts_are_counted_no_further_than_up_to_the_bound() -> None:
    short, long = (calls_of(partial(parts_of, text, 50)) for text in (LONG[:1000], LONG))
    assert short == long


def test_parts_are_counted_up_to_what_is_wrong() -> None:
    assert parts_of("{{ a ` }}", 50) == 4


def test_a_template_that_is_too_long_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ENVIRONMENT, "parse", pytest.fail)
    assert len(problems(entry("a", widget_with(LONG)))) == 1
