"""Regular expressions in paths, as RFC 9485 spells them."""

from __future__ import annotations

import pytest

from tenantry.engine.jsonpath import BadPath, compile_path


def found(condition: str, *values: str) -> list[str]:
    """Which of these values a filter lets through."""
    path = compile_path(f"$.items[?{condition}]")
    return [values[int(location[-1])] for location in path.locations({"items": [{"v": value} for value in values]})]


@pytest.mark.parametrize(
    ("pattern", "values", "matching"),
    [
        ("a.c", ["abc", "a.c", "a\nc", "a\rc", "ac", "xabc"], ["abc", "a.c"]),
        (r"a\\.c", ["abc", "a.c"], ["a.c"]),
        ("a[.]c", ["abc", "a.c"], ["a.c"]),
        ("a[.b].", ["abx", "a.x", "acx", "ab\n"], ["abx", "a.x"]),
        (r"a[\\].].", ["a]x", "a.x", "abx", "a.\n"], ["a]x", "a.x"]),
        (r"\\\\.", [r"\x", "\\\n", "x"], [r"\x"]),
    ],
    ids=["dot", "escaped dot", "dot in brackets", "dot behind brackets", "escaped bracket", "escaped backslash"],
)
def test_a_dot_is_any_character_of_a_line_unless_it_is_escaped_or_in_brackets(
    pattern: str, values: list[str], matching: list[str]
) -> None:
    assert found(f"match(@.v, '{pattern}')", *values) == matching


def test_match_is_about_the_whole_text_and_search_about_a_part() -> None:
    assert found("match(@.v, 'b')", "abc", "b") == ["b"]
    assert found("search(@.v, 'b')", "abc", "b", "x") == ["abc", "b"]


def test_a_path_that_is_none_is_told_with_the_reason() -> None:
    with pytest.raises(BadPath, match=r"is not a JSONPath of RFC 9535: .+"):
        compile_path("$.spec[")


def test_a_filter_in_a_filter_is_told_with_the_way_out() -> None:
    with pytest.raises(BadPath, match="has a filter inside a filter: write it with one"):
        compile_path("$.a[?@.b[?@.c]]")


def test_as_many_branches_as_are_allowed_are_welcome() -> None:
    assert compile_path(f"$.a[{','.join(str(number) for number in range(16))}]").text.startswith("$.a[0,1")
    with pytest.raises(BadPath):
        compile_path(f"$.a[{','.join(str(number) for number in range(17))}]")
