"""JSON and YAML: what is written is read as the same by others, and what is read is data alone."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tenantry.engine.functions import yamltext
from tests.support.rendering import refusal, render

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=20)
    | st.sampled_from(
        ["no", "Yes", "null", "~", "1e5", "0x1f", "12:30", "2026-01-01", "a: b", "a #b", "- a", "=", "<<"]
    )
)
KEYS = st.text(st.characters(codec="utf-8"), max_size=10)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


def _free(_: int) -> None:
    """Takes no steps."""


@given(VALUES)
def test_yaml_that_we_wrote_is_read_as_the_same_by_us(value: Any) -> None:
    assert yamltext.read(yamltext.write(value, _free), _free) == value


@given(VALUES)
def test_yaml_that_we_wrote_is_read_as_the_same_by_a_parser_of_yaml_1_1(value: Any) -> None:
    assert yaml.safe_load(yamltext.write(value, _free)) == value


def test_yaml_is_laid_out_for_people() -> None:
    value = {"b": [{"x": 1, "z": [True, None]}, [], "image: nginx", "nginx:1.29"], "a": {}, "c": {"d": {"e": 2.5}}}
    assert yamltext.write(value, _free) == (
        'a: {}\nb:\n- x: 1\n  z:\n  - true\n  - null\n- []\n- "image: nginx"\n- nginx:1.29\nc:\n  d:\n    e: 2.5\n'
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("# a remark", None),
        ("~", None),
        ("a:", {"a": None}),
        ("TRUE", True),
        ("yes", "yes"),
        ("0o17", 15),
        ("0x1F", 31),
        ("010", 10),
        ("1e3", 1000),
        ("-.5", -0.5),
        ("+7", 7),
        ("12:30", "12:30"),
        ("2026-01-01", "2026-01-01"),
        ("'7'", "7"),
        ('"7"', "7"),
        ("!!str 7", "7"),
        ("! 7", "7"),
        ("|\n  a\n  b\n", "a\nb\n"),
        (">\n  a\n  b\n", "a b\n"),
        ("{1: a, true: b, 1.5: c}", {"1": "a", "true": "b", "1.5": "c"}),
        ("<<: {a: 1}", {"<<": {"a": 1}}),
        ("---\na: 1\n...\n", {"a": 1}),
        ("- {a: [1, {b: 2}]}\n- []", [{"a": [1, {"b": 2}]}, []]),
    ],
)
def test_yaml_is_read_by_the_core_schema(text: str, expected: Any) -> None:
    assert yamltext.read(text, _free) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a: 1\na: 2", "'a' occurs twice"),
        ("{1: a, '1': b}", "'1' occurs twice"),
        ("? [a]\n: b", "the key of a mapping"),
        ("~: a", "the key of a mapping"),
        ("--- a\n--- b", "more than one document"),
        ("!!binary aGk=", "the tag 'tag:yaml.org,2002:binary'"),
        ("!mine {a: 1}", "the tag '!mine'"),
        (".inf", "JSON cannot hold"),
        ("-.INF", "JSON cannot hold"),
        (".nan", "JSON cannot hold"),
        ("1e999", "JSON cannot hold"),
        ("a: [", "line 2"),
        ("a\x00b", "is not YAML"),
        ("\t- a", "is not YAML"),
    ],
)
def test_yaml_that_is_no_json_value_is_refused(text: str, part: str) -> None:
    assert part in refusal("{{ x | fromyaml }}", x=text).message


@pytest.mark.parametrize("text", ["", "{'a': 1}", "[1,]", "NaN", "1 2", '"\\ud800"'])
def test_what_is_not_json_is_refused(text: str) -> None:
    assert "is not JSON" in refusal("{{ x | fromjson }}", x=text).message


def test_json_may_be_nested_as_deeply_as_any_value() -> None:
    assert render("{{ ('[' * 60 ~ ']' * 60) | fromjson | tojson }}") == "[" * 60 + "]" * 60


def test_a_null_is_null_in_json() -> None:
    assert render("{{ x | tojson }}", nulls=("x",)) == "null"


def test_a_null_is_null_in_yaml() -> None:
    assert render("{{ x | toyaml }}", nulls=("x",)) == "null\n"


def test_a_long_key_is_refused_in_yaml() -> None:
    assert "use tojson" in refusal("{{ {'x' * 2000: 1} | toyaml }}").message
