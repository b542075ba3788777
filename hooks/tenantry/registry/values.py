"""What a column's value becomes in a row: JSON that compares equal after a journey through the API server."""

from __future__ import annotations

import math
from base64 import b64encode
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from tenantry.datasource.result import Unreadable

MAX_EXACT_INTEGER: Final = 2**53
"""Integers beyond it lose digits in programs that read JSON numbers as floats, so they travel as text."""

MAX_DEPTH: Final = 100
"""How deep lists and objects may lie in each other: as deep as MySQL takes them, and no program on the way gives up."""

_TRUTH_OF_INTEGERS: Final = {0: False, 1: True}
_TRUE: Final = frozenset(("1", "true", "yes"))
_FALSE: Final = frozenset(("0", "false", "no", ""))

Scalar = str | int | float | bool
Value = Scalar | list[Any] | dict[str, Any]
"""What stands in a row. Lists and objects come from arrays and JSON."""


class Unusable(ValueError):
    """A value that cannot stand in a row. The message says why, without the value."""


def canonical(value: Any) -> Value | None:
    """A value as rows hold it; ``None`` stands for NULL. Raises ``Unusable``.

    Integral floats are integers, integers beyond 2^53 and decimals text, bytes base64 text, dates and times ISO 8601
    text. What is null inside of an object is left out, since an API server drops it.
    """
    if value.__class__ is str and value.isascii():
        return str(value)  # Most values are: a poll asks this for every one.
    return _canonical(value, MAX_DEPTH)


def _canonical(value: Any, depth: int) -> Value | None:
    match value:
        case None | bool():
            return value
        case str():
            return _text(value)
        case int():
            return _integer(value)
        case float():
            return _number(value)
        case Decimal():
            return _decimal(value)
        case bytes() | bytearray() | memoryview():
            return b64encode(value).decode()
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return _time_span(value)
        case UUID():
            return str(value)
        case list() | dict() if not depth:
            raise Unusable(f"has more than {MAX_DEPTH} lists and objects in each other")
        case list():
            return [_item(item, depth - 1) for item in value]
        case dict():
            plain = ((str(key), _canonical(item, depth - 1)) for key, item in value.items())
            return {_text(key): item for key, item in plain if item is not None}
        case Unreadable():
            raise Unusable(value.why)
        case _:
            raise Unusable(f"is of type {type(value).__name__}, which no row can hold")


def uid_text(value: Any) -> str:
    """A uid as text; empty if there is none. Raises ``Unusable``."""
    plain = value if value.__class__ is str else _without_zeros(value)
    plain = canonical(plain)
    if isinstance(plain, str):
        return plain
    if plain is None:
        return ""
    if isinstance(plain, bool):
        raise Unusable("is a boolean, which identifies no tenant")
    if isinstance(plain, list | dict):
        raise Unusable("is a list or an object, which identifies no tenant")
    return str(plain)


def truth(value: Any) -> bool | None:
    """Whether an activate column says yes or no; ``None`` if it says neither. Raises ``Unusable``."""
    if value.__class__ is int:
        return _TRUTH_OF_INTEGERS.get(value)
    plain = canonical(_without_zeros(value))
    if plain is None or isinstance(plain, bool):
        return bool(plain)
    text = str(plain).casefold()
    if text in _TRUE:
        return True
    return False if text in _FALSE else None


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Unusable("is text that is not valid UTF-8") from error
    # A driver may hand over a subclass of str: Jinja's Markup, for example, would behave differently in templates.
    return value if value.__class__ is str else str.__str__(value)


def _integer(value: int) -> Scalar:
    if -MAX_EXACT_INTEGER <= value <= MAX_EXACT_INTEGER:
        return value
    try:
        return str(value)
    except ValueError:
        raise Unusable("is an integer with thousands of digits") from None


def _number(value: float) -> Scalar:
    if not math.isfinite(value):
        raise Unusable("is not a finite number")
    if not value.is_integer():
        return value
    return int(value) if abs(value) <= MAX_EXACT_INTEGER else repr(value)


def _decimal(value: Decimal) -> str:
    """All digits, those at the end included, and no exponent."""
    if not value.is_finite():
        raise Unusable("is not a finite number")
    return format(value, "f")


def _without_zeros(value: Any) -> Any:
    """A decimal that is an integer as that: a uid 7.00 is the uid 7."""
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return int(value)
    return value


def _item(value: Any, depth: int) -> Value:
    plain = _canonical(value, depth)
    if plain is None:
        raise Unusable("has null in a list, which Kubernetes cannot keep")
    return plain


def _time_span(value: timedelta) -> str:
    """As MySQL writes its TIME, which may be negative and have more than 24 hours."""
    sign, span = ("-", -value) if value < timedelta() else ("", value)
    minutes, seconds = divmod(span.days * 86400 + span.seconds, 60)
    fraction = f".{span.microseconds:06d}" if span.microseconds else ""
    return f"{sign}{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}{fraction}"
