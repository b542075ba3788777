"""How many parts expressions may have, counted before anything is parsed."""

from __future__ import annotations

import pytest

from tenantry.engine import lengths
from tenantry.engine.lengths import parts_of, too_long


def chain(parts: int) -> str:
    """An expression of an odd number of parts, of which two are its braces and two are white space."""
    names = "+".join(["a"] * ((parts - 3) // 2))
    return f"{{{{ {names} }}}}"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds that short expressions meet."""
    monkeypatch.setattr(lengths, "MAX_PARTS", 9)
    monkeypatch.setattr(lengths, "MAX_PARTS_OF_TEMPLATE", 20)


@pytest.mark.parametrize(
    ("source", "parts"), [("", 0), ("text", 1), ("{{ a }}", 5), ("x{{ a }}y", 7), ("{{ 'x }}", 2), (chain(9), 9)]
)
def test_parts_are_tokens_and_what_is_between_them(source: str, parts: int) -> None:
    assert parts_of(source, 100) == parts


def test_of_a_text_with_more_parts_than_the_limit_one_more_is_told() -> None:
    assert [parts_of(chain(9), limit) for limit in (7, 8, 9)] == [8, 9, 9]


@pytest.mark.usefixtures("small")
def test_expressions_of_as_many_parts_as_are_allowed_are_welcome() -> None:
    assert too_long([("a", chain(9)), ("b", chain(9)), ("c", "xx")]) == []


@pytest.mark.usefixtures("small")
def test_an_expression_of_more_parts_is_told_with_its_place_and_its_beginning() -> None:
    assert too_long([("a", chain(11)), ("b", chain(9))]) == [
        ("a", "'{{ a+a+a+a }}'… has more than 9 parts: split it up, or let the data source compute it")
    ]


@pytest.mark.usefixtures("small")
def test_expressions_that_are_too_many_together_are_told_where_the_bound_is_met_and_no_further() -> None:
    texts = [(place, chain(9)) for place in "abcd"]
    told = "the expressions of the template have more than 20 parts up to here"
    assert too_long(texts) == [("c", f"{told}: shorten them, or make two templates of it")]


@pytest.mark.usefixtures("small")
def test_a_text_that_is_too_long_counts_as_one_part_more_than_is_allowed() -> None:
    assert [place for place, _ in too_long([("a", chain(11)), ("b", chain(11)), ("c", chain(9))])] == ["a", "b", "c"]


def test_a_long_text_is_shown_by_its_beginning_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lengths, "MAX_PARTS", 1)
    (found,) = too_long([("a", "{{ a\n   +  " + "b" * 100 + " }}")])
    assert found[1].startswith("'{{ a + " + "b" * 29 + "'… has more than 1 parts")
