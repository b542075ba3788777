"""What is told of a value that cannot stand where it would, and where the bounds of values are exactly."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.engine import limits
from tenantry.engine.limits import LimitExceeded, percent_format
from tenantry.engine.values import ValueRefused, kind_of, label, native, text


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "true or false"),
        ("x", "text"),
        (1, "a number"),
        (1.5, "a number"),
        ([], "a list"),
        ({}, "a mapping"),
        (None, "null"),
        (b"", "bytes"),
    ],
)
def test_values_have_names_that_authors_of_templates_know(value: Any, words: str) -> None:
    assert kind_of(value) == words


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({None: 1}, "a mapping has a null key"),
        (float("inf"), "the value is inf, which JSON cannot hold"),
        (b"x", "the value is of type bytes, which JSON cannot hold"),
        (2**63, "the number has more than 64 bits, which Kubernetes cannot hold: use string"),
        (-(2**63) - 1, "the number has more than 64 bits, which Kubernetes cannot hold: use string"),
        ("\ud800", "the text has half a surrogate pair, which UTF-8 cannot hold"),
    ],
)
def test_a_refused_value_is_told_with_the_way_out(value: Any, why: str) -> None:
    with pytest.raises(ValueRefused) as caught:
        native(value)
    assert str(caught.value) == why


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63)])
def test_the_largest_numbers_of_64_bits_are_kept(value: int) -> None:
    assert native(value) == value


def test_a_number_beyond_64_bits_with_a_fraction_is_text_where_text_is_wanted() -> None:
    assert text(2.0**63) == "9.223372036854776e+18"


def test_a_list_where_text_is_wanted_is_refused_with_the_way_out() -> None:
    with pytest.raises(ValueRefused, match="a string is wanted here and the value is a list or mapping"):
        text([1])


def test_what_is_no_label_is_refused_with_its_first_80_characters() -> None:
    with pytest.raises(ValueRefused) as caught:
        label("x y" + "z" * 100)
    told = "is not a label value: 1 to 63 letters, digits, '-', '_' and '.', first and last a letter or digit; "
    assert str(caught.value) == f"{'x y' + 'z' * 77!r} {told}put it into an annotation, or use slug"


@pytest.mark.parametrize(("value", "kept"), [("x" * 63, True), ("x" * 64, False), ("-x", False), ("", False)])
def test_a_label_has_1_to_63_characters(value: str, kept: bool) -> None:
    if kept:
        assert label(value) == value
    else:
        with pytest.raises(ValueRefused):
            label(value)


@pytest.mark.parametrize(
    ("template", "arguments", "result"),
    [
        ("%s-%s", ("a", "b"), "a-b"),
        ("%(x)s", {"x": "a"}, "a"),
        ("%5.2f", 1.5, " 1.50"),
        ("%r", "a", "'a'"),
        ("%%", (), "%"),
        ("plain", (), "plain"),
        ("%999d", 1, f"{1:999d}"),
    ],
)
def test_a_format_of_bounded_size_is_what_python_makes_of_it(template: str, arguments: Any, result: str) -> None:
    assert percent_format(template, arguments) == result


@pytest.mark.parametrize(
    ("template", "arguments"), [("%1000d", 1), ("%.1000f", 1.0), ("%*d", (5, 1)), ("%.*f", (5, 1.0))]
)
def test_a_wide_format_is_refused_and_names_itself(template: str, arguments: Any) -> None:
    with pytest.raises(LimitExceeded) as caught:
        percent_format(template, arguments)
    assert str(caught.value) == f"the format {template!r} has a width of more than 999"


@pytest.mark.parametrize(
    ("template", "arguments"),
    [
        ("%s%s", ("x" * (limits.MAX_TEXT // 2),) * 2),
        ("%(x)s%(x)s%(x)s", {"x": "x" * (limits.MAX_TEXT // 2)}),
        ("%r", "x" * (limits.MAX_TEXT // 9)),
        ("%a", "x" * (limits.MAX_TEXT // 9)),
        ("x" * limits.MAX_TEXT + "%s", "x"),
    ],
)
def test_a_format_that_would_be_too_long_is_refused_before_it_is_made(template: str, arguments: Any) -> None:
    with pytest.raises(LimitExceeded, match="a text would have"):
        percent_format(template, arguments)


@pytest.mark.parametrize(("count", "times"), [(None, 3), (-1, 3), (0, 0), (1, 1), (2, 2), (9, 3)])
def test_replacing_counts_what_is_replaced(count: int | None, times: int) -> None:
    assert limits.replace("aaa", "a", "bb", count) == "bb" * times + "a" * (3 - times)


def test_replacing_once_what_is_there_often_is_not_too_long() -> None:
    long = "x" * 2000
    assert len(limits.replace("a" * 1000, "a", long, 1)) == 2999


def test_replacing_everything_by_something_long_is_refused() -> None:
    with pytest.raises(LimitExceeded, match="a text would have"):
        limits.replace("a" * 1000, "a", "x" * 2000)


def test_a_sum_of_two_texts_is_as_long_as_both() -> None:
    half = "x" * (limits.MAX_TEXT // 2)
    assert len(limits.add(half, half)) == limits.MAX_TEXT
    with pytest.raises(LimitExceeded, match="a text would have 1,048,577 characters"):
        limits.add(half + "x", half)


def test_a_power_has_at_most_4096_bits() -> None:
    assert limits.power(2, 2048) == 2**2048
    with pytest.raises(LimitExceeded):
        limits.power(2, 2049)
    assert limits.power(2, -1) == 0.5


def test_joining_without_a_separator_puts_texts_side_by_side() -> None:
    assert limits.join(["a", "b"]) == "ab"
