"""Bounds on what an expression may cost: memory by the size of every text and number, time by the steps of every loop.

A template's author is trusted with the objects of a tenant, not with the worker that serves all tenants. The bounds are
counts, never clocks, so that the same request gets the same answer on a slow day.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Iterator, Sized
from typing import Any, Final

MAX_TEXT: Final = 1024 * 1024
"""Characters of any text that an expression makes: an API server takes no larger object anyway."""
MAX_ITEMS: Final = 10_000
"""Items of any list that an expression makes."""
MAX_STEPS: Final = 100_000
"""Loop steps of all expressions of one tenant together."""
MAX_BITS: Final = 4096
"""Bits of any integer that an expression makes."""

_WIDE_FORMAT = re.compile(r"[0-9]{4,}|\*")


class LimitExceeded(Exception):
    """An expression wants more than a template may have. The message tells which bound it met."""


class Steps:
    """Loop steps that the expressions of one tenant have left."""

    __slots__ = ("left",)

    def __init__(self, left: int = MAX_STEPS) -> None:
        self.left = left

    def each(self, items: Iterable[Any]) -> Iterator[Any]:
        """The items, one step each. Raises ``LimitExceeded``."""
        for item in items:
            self.left -= 1
            if self.left < 0:
                raise LimitExceeded(f"the loops of this tenant take more than {MAX_STEPS:,} steps")
            yield item


def text_of(length: int) -> None:
    """Raise ``LimitExceeded`` unless a text may be that long."""
    if length > MAX_TEXT:
        raise LimitExceeded(f"a text would have {length:,} characters; {MAX_TEXT:,} are allowed")


def items_of(length: int) -> None:
    """Raise ``LimitExceeded`` unless a list may be that long."""
    if length > MAX_ITEMS:
        raise LimitExceeded(f"a list would have {length:,} items; {MAX_ITEMS:,} are allowed")


def bounded_range(*arguments: int) -> range:
    """``range`` of at most ``MAX_ITEMS`` numbers."""
    result = range(*arguments)
    items_of(len(result))
    return result


def add(left: Any, right: Any) -> Any:
    """``+`` of bounded size."""
    if isinstance(left, Sized) and isinstance(right, Sized):
        _sized(left, len(left) + len(right))
    return operator.add(left, right)


def multiply(left: Any, right: Any) -> Any:
    """``*`` of bounded size."""
    if isinstance(left, int) and isinstance(right, int):
        _bits(left.bit_length() + right.bit_length())
    elif isinstance(left, Sized) and isinstance(right, int):
        _sized(left, len(left) * right)
    elif isinstance(right, Sized) and isinstance(left, int):
        _sized(right, len(right) * left)
    return operator.mul(left, right)


def power(left: Any, right: Any) -> Any:
    """``**`` of bounded size."""
    if isinstance(left, int) and isinstance(right, int):
        _bits(left.bit_length() * max(right, 0))
    return operator.pow(left, right)


def modulo(left: Any, right: Any) -> Any:
    """``%``, also as text formatting, of bounded width."""
    return percent_format(left, right) if isinstance(left, str) else operator.mod(left, right)


def percent_format(template: str, arguments: Any) -> str:
    """``template % arguments`` of bounded width."""
    if _WIDE_FORMAT.search(template):
        raise LimitExceeded(f"the format {template[:40]!r} has a width of more than 999")
    formatted: str = template % arguments
    return formatted


def join(items: Iterable[Any], separator: str = "") -> str:
    """Join the texts of items, bounded before the result is made."""
    texts: list[str] = []
    total = 0
    for item in items:
        texts.append(str(item))
        total += len(texts[-1]) + len(separator)
        text_of(total)
        items_of(len(texts))
    return separator.join(texts)


def replace(text: str, old: str, new: str, count: int | None = None) -> str:
    """``text.replace``, bounded before the result is made."""
    times = text.count(old) if count is None or count < 0 else min(text.count(old), count)
    text_of(len(text) + times * len(new))
    return text.replace(old, new, -1 if count is None else count)


BINARY_OPERATORS: Final = {"+": add, "*": multiply, "**": power, "%": modulo}
"""Operators whose result can be much larger than what they are given."""

_PADDING_METHODS: Final = frozenset({"center", "expandtabs", "ljust", "rjust", "zfill"})


def check_method(method: Any, arguments: tuple[Any, ...]) -> None:
    """Raise ``LimitExceeded`` where calling a text's own method with these arguments would make too large a text."""
    text = getattr(method, "__self__", None)
    if not isinstance(text, str):
        return
    name = method.__name__
    if name in _PADDING_METHODS and arguments and isinstance(arguments[0], int):
        text_of((len(text) if name == "expandtabs" else 1) * arguments[0])
    elif name == "replace" and len(arguments) >= 2:
        text_of(len(text) + text.count(arguments[0]) * len(arguments[1]))
    elif name == "join" and arguments:
        items = list(arguments[0])
        text_of(sum(len(item) + len(text) for item in items))
    elif name in ("format", "format_map") and _WIDE_FORMAT.search(text):
        raise LimitExceeded(f"the format {text[:40]!r} has a width of more than 999")
    elif name == "translate":
        raise LimitExceeded("translate() is not available here: use replace")


def _sized(sample: Sized, length: int) -> None:
    if isinstance(sample, str):
        text_of(length)
    else:
        items_of(length)


def _bits(count: int) -> None:
    if count > MAX_BITS:
        raise LimitExceeded(f"a number would have {count:,} bits; {MAX_BITS:,} are allowed")
