"""What the values of columns become."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.registry.values import Unusable, canonical, truth, uid_text


class Markup(str):
    """Text of a driver's own type."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        ("", ""),
        ("{{ x }}", "{{ x }}"),
        ("snow \N{SNOWMAN}", "snow \N{SNOWMAN}"),
        (3, 3),
        (2**53, 2**53),
        (2**53 + 1, "9007199254740993"),
        (-(2**53) - 1, "-9007199254740993"),
        (1.0, 1),
        (-0.0, 0),
        (1.5, 1.5),
        (1e300, "1e+300"),
        (Decimal("2.0"), "2.0"),
        (Decimal("2.50"), "2.50"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.1000000000000000000001"), "0.1000000000000000000001"),
        (b"\x00\xff", "AP8="),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05+00:00"),
        (date(2026, 1, 2), "2026-01-02"),
        (time(3, 4), "03:04:00"),
        (timedelta(hours=-30, microseconds=5), "-29:59:59.999995"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ([1.0, [2]], [1, [2]]),
        ({"a": {"b": 1.5, "gone": None}}, {"a": {"b": 1.5}}),
    ],
)
def test_a_value_becomes_json_that_stays_equal(value: Any, expected: Any) -> None:
    result = canonical(value)
    assert (type(result), result) == (type(expected), expected)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), Decimal("NaN"), "\ud800", object(), [None], {"a": [None]}]
)
def test_what_no_row_can_hold_is_refused(value: Any) -> None:
    with pytest.raises(Unusable):
        canonical(value)


def nested(depth: int) -> Any:
    """Lists and objects in turn, so many of them."""
    value: Any = 1
    for level in range(depth):
        value = [value] if level % 2 else {"in": value}
    return value


def test_lists_and_objects_lie_in_each_other_a_hundred_deep() -> None:
    assert canonical(nested(100)) == nested(100)


@pytest.mark.parametrize("depth", [101, 400, 100_000])
def test_what_is_deeper_is_refused_and_breaks_nothing(depth: int) -> None:
    with pytest.raises(Unusable, match="100 lists and objects"):
        canonical(nested(depth))


HUGE = 10**5000


@pytest.mark.parametrize("value", [HUGE, -HUGE, [HUGE], {"a": HUGE}], ids=["positive", "negative", "listed", "named"])
def test_an_integer_with_thousands_of_digits_is_refused(value: Any) -> None:
    with pytest.raises(Unusable, match="thousands of digits"):
        canonical(value)


@pytest.mark.parametrize("value", [HUGE, Decimal(HUGE), Decimal("1e5000")], ids=["integer", "decimal", "exponent"])
def test_a_uid_has_less_than_thousands_of_digits(value: Any) -> None:
    with pytest.raises(Unusable, match="thousands of digits"):
        uid_text(value)


def test_an_activation_with_thousands_of_digits_says_neither_yes_nor_no() -> None:
    assert truth(HUGE) is None
    with pytest.raises(Unusable, match="thousands of digits"):
        truth(Decimal(HUGE))


def test_text_of_a_drivers_own_type_becomes_plain_text() -> None:
    assert type(canonical(Markup("<b>"))) is str


@pytest.mark.parametrize("value", [1, "1", "true", "TRUE", "Yes", True, 1.0, Decimal("1.0")])
def test_known_true(value: Any) -> None:
    assert truth(value) is True


@pytest.mark.parametrize("value", [0, "0", "false", "No", "", None, False, 0.0])
def test_known_false(value: Any) -> None:
    assert truth(value) is False


@pytest.mark.parametrize("value", [2, -1, "on", "y", " yes", "perhaps", 0.5, b"\x01"])
def test_neither_true_nor_false(value: Any) -> None:
    assert truth(value) is None


@pytest.mark.parametrize(
    ("value", "expected"), [(7, "7"), (7.0, "7"), ("7", "7"), (2**60, str(2**60)), (None, ""), (Decimal("7.00"), "7")]
)
def test_a_uid_is_text(value: Any, expected: str) -> None:
    assert uid_text(value) == expected


def test_a_boolean_is_no_uid() -> None:
    with pytest.raises(Unusable):
        uid_text(True)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.binary(), st.booleans(), st.decimals(), st.datetimes()))
def test_every_value_survives_a_journey_as_json_or_is_refused(value: Any) -> None:
    try:
        plain = canonical(value)
    except Unusable:
        return
    back = orjson.loads(orjson.dumps(plain))
    assert (type(back), back) == (type(plain), plain)
    assert canonical(back) == plain
