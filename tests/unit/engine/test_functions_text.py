"""Filters of texts and choices, and what all filters of ours say to null."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.engine.functions import FUNCTIONS
from tenantry.engine.functions.encoding import b64decode
from tenantry.engine.functions.encoding import b64encode as our_b64encode
from tenantry.engine.functions.text import trunc
from tenantry.names import bucket_of
from tests.support.rendering import refusal, render

ARGUMENTS = {
    "bucket": "(4)",
    "cidr_host": "(1)",
    "cidr_subnet": "(1, 1)",
    "regex_match": "('x')",
    "regex_replace": "('x', 'y')",
    "required": "('it is required')",
    "ternary": "(1, 2)",
    "trunc": "(3)",
    "url_part": "('host')",
}
TAKE_NULL = ("coalesce", "tojson", "toyaml")


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in TAKE_NULL])
def test_null_is_refused_with_the_filters_own_name_or_message(name: str) -> None:
    message = refusal("{{ x | " + name + ARGUMENTS.get(name, "") + " }}", nulls=("x",)).message
    assert (f": {name} was given null: write default" in message) or message.endswith("it is required")


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "required"])
def test_an_unknown_name_is_named(name: str) -> None:
    assert "'zzz' is undefined" in refusal("{{ zzz | " + name + ARGUMENTS.get(name, "") + " }}").message


@pytest.mark.parametrize(
    "name",
    ["b64encode", "lower", "regex_replace", "sha1", "sha256", "slug", "string", "title", "trim", "trunc", "upper"],
)
def test_a_list_is_not_taken_for_a_text(name: str) -> None:
    assert "tojson" in refusal("{{ [1] | " + name + ARGUMENTS.get(name, "") + " }}").message


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ true | upper }}", "TRUE"),
        ("{{ 3.0 | sha1 == '3' | sha1 }}", True),
        ("{{ 'a.b' | trunc(2) }}", "a"),
        ("{{ 'ééé' | trunc(2) }}", "éé"),
        ("{{ '---' | trunc(2) }}", ""),
        ("{{ 'a-' | trunc(2) }}", "a-"),
        ("{{ 7 | trunc(2) }}", "7"),
        ("{{ 'xaxbx' | trim('x') }}", "axb"),
        ("{{ \"it's o'neill (the [second])\" | title }}", "It's O'neill (The [Second])"),
        ("{{ '' | string }}", ""),
        ("{{ 2.5 | string }}", "2.5"),
        ("{{ '' | coalesce('x') }}", ""),
        ("{{ 0 | coalesce(1) }}", 0),
        ("{{ none | coalesce }}", None),
        ("{{ 0 | required('x') }}", 0),
        ("{{ false | required('x') }}", False),
        ("{{ zzz | default(none) | coalesce('x') }}", "x"),
        ("{{ true | ternary(none, 1) }}", None),
        ("{{ 'bm8=\n' | b64decode }}", "no"),
    ],
)
def test_a_text_becomes(source: str, expected: Any) -> None:
    assert render(source) == expected


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("{{ 'x' | trunc(0) }}", "at least 1"),
        ("{{ 'x' | trunc('3') }}", "must be an integer, not '3'"),
        ("{{ 'x' | trunc(true) }}", "must be an integer, not True"),
        ("{{ 'x' | bucket(-1) }}", "not -1"),
        ("{{ 'x' | bucket(2 ** 32 + 1) }}", "4294967296"),
        ("{{ 'x' | trim(1) }}", "must be a text, not 1"),
        ("{{ zzz | required('say why') }}", "say why"),
        ("{{ '' | required('say why') }}", "say why"),
        ("{{ '' | required('') }}", "required needs a message"),
        ("{{ 1 | ternary(1, 2) }}", "true or false, not 1"),
        ("{{ zzz.yyy | required('x') }}", "'zzz' is undefined"),
        ("{{ 'YQ' | b64decode }}", "'YQ' is not Base64"),
        ("{{ 'é' | b64decode }}", "is not Base64"),
        ("{{ none | coalesce(zzz) }}", "'zzz' is undefined"),
        ("{{ ('x' * 1000) | int }}", "int: 'xxxx"),
    ],
)
def test_a_refusal_says_what_is_wrong(source: str, part: str) -> None:
    assert part in refusal(source).message


def test_a_refusal_shows_a_long_value_shortened() -> None:
    assert len(refusal("{{ x | b64decode }}", x="?" * 9999).message) < 200


def test_a_bucket_is_that_of_the_tenants_slice() -> None:
    assert render("{{ uid | bucket(64) }}", uid="Ac Me") == bucket_of("Ac Me", 64)


@given(st.text(st.characters(codec="utf-8")), st.integers(1, 80))
def test_a_truncated_text_is_a_beginning_that_is_short_enough(text: str, length: int) -> None:
    found = trunc(text, length)
    assert (text.startswith(found), len(found) <= length) == (True, True)


@given(st.text(st.characters(codec="utf-8")))
def test_base64_comes_back(text: str) -> None:
    encoded = our_b64encode(text)
    assert (encoded, b64decode(encoded)) == (b64encode(text.encode()).decode(), text)
