"""Numbers and truths out of texts, quantities and versions."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.engine.functions.quantity import quantity
from tenantry.engine.functions.versions import semver
from tenantry.engine.values import ValueRefused
from tests.support.rendering import refusal, render


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ '7' | int }}", 7),
        ("{{ ' -7 ' | int }}", -7),
        ("{{ true | int }}", 1),
        ("{{ '0b101' | int(base=2) }}", 5),
        ("{{ '0o17' | int(base=8) }}", 15),
        ("{{ '0xFF' | int(0, 16) }}", 255),
        ("{{ '' | int(5) }}", 5),
        ("{{ none | int(5) }}", 5),
        ("{{ none | float(5) }}", 5),
        ("{{ none | bool(true) }}", True),
        ("{{ 'x' | float(2.5) }}", 2.5),
        ("{{ '1e3' | float }}", 1000),
        ("{{ '.5' | float }}", 0.5),
        ("{{ true | float }}", 1),
        ("{{ 1.0 | bool }}", True),
        ("{{ ' OFF ' | bool }}", False),
    ],
)
def test_a_text_is_read_as(source: str, expected: Any) -> None:
    rendered = render(source)
    assert (rendered, type(rendered)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("{{ '' | int }}", "int: '' is not an integer"),
        ("{{ '1_000' | int }}", "'1_000'"),
        ("{{ '٣' | int }}", "'٣'"),
        ("{{ '0x10' | int }}", "'0x10'"),
        ("{{ [1] | int }}", "int: [1] is not an integer"),
        ("{{ '7' | int(base=7) }}", "2, 8, 10 or 16, not 7"),
        ("{{ '1.5' | quantity | int }}", "not a whole number"),
        ("{{ '' | float }}", "float: '' is not a number"),
        ("{{ '1,5' | float }}", "'1,5'"),
        ("{{ '-inf' | float }}", "JSON cannot hold"),
        ("{{ {} | float }}", "float: {} is not a number"),
        ("{{ '' | bool }}", "bool: '' is neither"),
        ("{{ 2 | bool }}", "bool: 2 is neither"),
    ],
)
def test_what_is_no_number_or_truth_is_named(source: str, part: str) -> None:
    assert part in refusal(source).message


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("0", "0"),
        ("-0Mi", "0"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("1000", "1k"),
        ("1023Ki", "1023Ki"),
        ("0.5Ki", "512"),
        ("0.5", "500m"),
        ("1.1Ki", "1126400m"),
        ("1100", "1100"),
        ("12345.6k", "12345600"),
        ("100000000", "100M"),
        ("1E", "1E"),
        ("1e3", "1e3"),
        ("1E3", "1e3"),
        ("1e4", "10e3"),
        ("1e-4", "100e-6"),
        ("5.", "5"),
        ("+.5", "500m"),
        ("0.1n", "1n"),
        ("-0.1n", "-1n"),
        ("9223372036854775807", "9223372036854775807"),
        ("8191Pi", "8191Pi"),
        ("-1536Mi", "-1536Mi"),
    ],
)
def test_a_quantity_is_spelled_as_kubernetes_spells_it(text: str, canonical: str) -> None:
    assert str(quantity(text)) == canonical


@pytest.mark.parametrize(
    "text",
    ["", "Mi", "1K", "1mi", "1 Mi", " 1", "1MiB", "1e", "1e3Mi", "1.2.3", "0x1", "1_0", "--1", "٣", "8Ei", "10E"],
)
def test_what_kubernetes_cannot_hold_is_refused(text: str) -> None:
    assert "quantity" in refusal("{{ x | quantity }}", x=text).message


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ '1Gi' | quantity - '512Mi' }}", "512Mi"),
        ("{{ '1Gi' + ('1Gi' | quantity) }}", "2Gi"),
        ("{{ 2 - ('500m' | quantity) }}", "1500m"),
        ("{{ 3 * ('1Gi' | quantity) }}", "3Gi"),
        ("{{ '100m' | quantity * 0.1 }}", "10m"),
        ("{{ '1Gi' | quantity // 3 }}", "357913941"),
        ("{{ '1Gi' | quantity // '300Mi' }}", 3),
        ("{{ '1' | quantity / '4' }}", 0.25),
        ("{{ ['1Gi' | quantity, '1Gi' | quantity] | sum }}", "2Gi"),
        ("{{ 0 | quantity + '1Gi' }}", "1Gi"),
        ("{{ (-('1Gi' | quantity)) | abs }}", "1Gi"),
        ("{{ '-1.5Mi' | quantity('Mi') }}", "-2Mi"),
        ("{{ '130m' | quantity('50m') }}", "150m"),
        ("{{ '1G' | quantity('Mi') }}", "954Mi"),
        ("{{ '1Gi' | quantity == '1024Mi' }}", True),
        ("{{ '1Gi' | quantity != 1 }}", True),
        ("{{ '1Gi' | quantity == none }}", False),
        ("{{ '1k' | quantity <= 1000 }}", True),
        ("{{ '1Gi' < ('2Gi' | quantity) }}", True),
        ("{{ '1' | quantity >= '1001m' }}", False),
        ("{{ ['1Gi' | quantity, '1024Mi' | quantity] | unique | list }}", ["1Gi"]),
        ("{{ {'limit': '2' | quantity / 4} }}", {"limit": "500m"}),
        ("{{ ['2Gi' | quantity, '1Gi' | quantity] | sort | tojson }}", '["1Gi","2Gi"]'),
        ("limit={{ '1Gi' | quantity * 2 }}", "limit=2Gi"),
    ],
)
def test_arithmetic_with_quantities(source: str, expected: Any) -> None:
    assert render(source) == expected


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("{{ '1Gi' | quantity * '2' }}", "multiplied with a number, not '2'"),
        ("{{ '1Gi' | quantity * ('2' | quantity) }}", "multiplied with a number"),
        ("{{ '1Gi' | quantity * true }}", "multiplied with a number, not True"),
        ("{{ '1Gi' | quantity / 0 }}", "divided by zero"),
        ("{{ '1Gi' | quantity / '0' }}", "divided by zero"),
        ("{{ '1Gi' | quantity + none }}", "None is no quantity"),
        ("{{ '1Gi' | quantity < [] }}", "[] is no quantity"),
        ("{{ '1Gi' | quantity == 'much' }}", "'much' is no quantity"),
        ("{{ '1Gi' | quantity('-1') }}", "no unit"),
        ("{{ '1Gi' | quantity('Zi') }}", "'1Zi' is no quantity"),
        ("{{ '4Ei' | quantity * 2 }}", "larger than 9223372036854775807"),
        ("{{ true | quantity }}", "True is no quantity"),
    ],
)
def test_arithmetic_that_means_nothing_is_refused(source: str, part: str) -> None:
    assert part in refusal(source).message


@given(st.integers(-(10**17), 10**17), st.sampled_from(["", "m", "n", "k", "Ki", "Mi", "e3", "e-3"]))
def test_the_canonical_spelling_means_the_same_and_is_stable(number: int, suffix: str) -> None:
    try:
        found = quantity(f"{number}{suffix}")
    except ValueRefused:
        assert abs(number) * {"k": 10**3, "Ki": 2**10, "Mi": 2**20, "e3": 10**3}.get(suffix, 1) > 2**63 - 1
        return
    again = quantity(str(found))
    assert (again == found, str(again)) == (True, str(found))


@given(st.integers(0, 10**9), st.integers(1, 1000))
def test_division_is_exact(number: int, divisor: int) -> None:
    assert quantity(number) / divisor * divisor == quantity(number)


IN_ORDER = (
    *("0.0.1", "1.0.0-0", "1.0.0-2", "1.0.0-10", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta"),
    *("1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0"),
)


@pytest.mark.parametrize(("first", "second"), [*pairwise(IN_ORDER)])
def test_versions_come_in_the_order_of_their_rules(first: str, second: str) -> None:
    assert (semver(first) < semver(second), semver(second) > first, semver(first) >= second) == (True, True, False)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ 'v1.2.3-rc.1+b.2' | semver }}", "1.2.3-rc.1+b.2"),
        ("{{ ('1.2.3-rc.1+b.2' | semver).prerelease }}", "rc.1"),
        ("{{ ('1.2.3-rc.1+b.2' | semver).build }}", "b.2"),
        ("{{ ('1.2.3' | semver).major }}", 1),
        ("{{ ('1.2.3' | semver).patch }}", 3),
        ("{{ ('1.2.3' | semver).prerelease }}", ""),
        ("{{ '1.2.3+a' | semver == 'v1.2.3+b' }}", True),
        ("{{ '1.2.3' | semver == none }}", False),
        ("{{ '1.2.3' | semver | semver }}", "1.2.3"),
        ("{{ ['1.10.0', '1.9.0'] | map('semver') | min }}", "1.9.0"),
        ("{{ '1.9.0' < ('1.10.0' | semver) }}", True),
    ],
)
def test_a_version_has_parts_and_a_text(source: str, expected: Any) -> None:
    assert render(source) == expected


@pytest.mark.parametrize(
    "text", ["", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3-a..b", "V1.2.3", "1.2.x"]
)
def test_what_is_no_version_is_refused(text: str) -> None:
    assert "is not a version" in refusal("{{ x | semver }}", x=text).message
