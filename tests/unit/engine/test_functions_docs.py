"""What docs/functions.md shows is what happens, and nothing that expressions can use is missing there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jinja2.defaults import DEFAULT_NAMESPACE
from jinja2.filters import FILTERS as DEFAULT_FILTERS

from tenantry.engine.environment import ENVIRONMENT
from tenantry.engine.functions import FUNCTIONS
from tests.support.rendering import refusal, render

PAGE = (Path(__file__).parents[3] / "docs" / "functions.md").read_text(encoding="utf-8")
ROW: dict[str, Any] = {"name": "Ada's Shop", "plan": "pro", "replicas": 3}
EXAMPLES = [
    example
    for block in re.findall(r"^```jinja\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for example in re.findall(r"^(\{\{.*\}\}) (→|✗) (.*)$", block, re.MULTILINE)
]
RESULTS = [(source, result) for source, mark, result in EXAMPLES if mark == "→"]
REFUSALS = [(source, part) for source, mark, part in EXAMPLES if mark == "✗"]
OWN = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL))
FILTERS = {name for name in ENVIRONMENT.filters if not name.startswith(" ")}


def _section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(("source", "result"), RESULTS, ids=[source for source, _ in RESULTS])
def test_an_example_has_the_result_that_the_page_shows(source: str, result: str) -> None:
    rendered = render(source, nulls=("nickname",), **ROW)
    assert (rendered, type(rendered)) == (json.loads(result), type(json.loads(result)))


@pytest.mark.parametrize(("source", "part"), REFUSALS, ids=[source for source, _ in REFUSALS])
def test_an_example_is_refused_with_the_words_that_the_page_shows(source: str, part: str) -> None:
    assert part in refusal(source, nulls=("nickname",), **ROW).message


def test_every_line_of_an_example_is_one() -> None:
    blocks = re.findall(r"^```jinja\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert sum(block.count("\n") for block in blocks) == len(EXAMPLES)


def test_every_filter_of_ours_has_an_entry() -> None:
    assert set(OWN) == set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_entry_has_an_example_of_its_filter(name: str) -> None:
    assert re.search(rf"^\{{\{{.*\| {name}\b.*→", OWN[name], re.MULTILINE)


@pytest.mark.parametrize("name", sorted(FILTERS - set(FUNCTIONS)))
def test_every_filter_of_jinja_has_an_example(name: str) -> None:
    assert re.search(rf"^\{{\{{.*\| {name}\b.*→", _section("Filters of Jinja"), re.MULTILINE)


def test_every_filter_that_is_left_out_is_named() -> None:
    left_out = _section("Filters of Jinja").partition("Left out")[2]
    assert set(re.findall(r"`(\w+)`", left_out)) == set(DEFAULT_FILTERS) - FILTERS


def test_every_test_is_named() -> None:
    assert set(re.findall(r"`([^`\s]+)`", re.sub(r"select|`is`", "", _section("Tests")))) == set(ENVIRONMENT.tests)


def test_every_global_is_named() -> None:
    section = _section("Globals, methods and statements")
    assert [name for name in {*ENVIRONMENT.globals, *DEFAULT_NAMESPACE} if f"`{name}`" not in section] == []
