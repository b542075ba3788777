"""Bounds on what an expression may cost: memory by the size of every value, time by the steps of every operation.

A template's author is trusted with the objects of a tenant, not with the worker that serves all tenants. The bounds are
counts, never clocks, so that the same request gets the same answer on a slow day.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Iterator, Mapping, Sized
from typing import Any, Final

MAX_TEXT: Final = 1024 * 1024
"""Characters of any text that an expression makes: an API server takes no larger object anyway."""
MAX_ITEMS: Final = 10_000
"""Items of any list that an expression makes."""
MAX_BITS: Final = 4096
"""Bits of any integer that an expression makes."""
RENDER_BUDGET_MS: Final = 250
"""Milliseconds that one tenant may take to be rendered, unless the settings say otherwise."""
STEPS_PER_MS: Final = 1_000
"""Steps that stand for a millisecond. The dearest operations there are take about that long on one core of a server."""
FREE_STEPS: Final = 20
"""Steps of every evaluation that take nothing from anybody, so that the last entry can be rendered like the first."""
OWN_STEPS: Final = 1_000
"""Steps that an evaluation may take from the reserve: bombs in one entry leave that to the others."""
ENTRY_SHARE: Final = 0.2
"""Part of the budget that one evaluation may take beyond its own steps."""
RESERVED_SHARE: Final = 0.3
"""Part of the budget that only own steps are taken from."""
SHARED_SHARE: Final = 0.5
"""Part of the budget that is for whoever needs it; the rest is for free steps."""
STEPS: Final = " steps"
"""Name of the variable that holds the tenant's ``Steps``: with a space, no template can write it."""
CHARACTERS_PER_STEP: Final = 100
CHARACTERS_PER_ITEM: Final = 25
"""An item of a list counts as much as so many characters: a step is four of them."""
OBJECT_STEPS: Final = 3
"""Steps for an object of another kind, as a quantity: its operators are slower than those of numbers."""

_CONVERSION = re.compile(r"%(?:\([^)]*\))?[-#0 +]*(\*|[0-9]*)(?:\.(\*|[0-9]*))?(.?)", re.DOTALL)
_MAX_WIDTH: Final = 999
_LONGEST_NUMBER: Final = 1300
"""Characters of the longest number, 4096 bits, in decimal."""
_ESCAPED: Final = 10
"""How many characters an escaped one has at most."""


_WEIGHTLESS: Final = frozenset((bool, float, int, type(None)))


class LimitExceeded(Exception):
    """An expression wants more than a template may have. The message tells which bound it met."""


class Steps:
    """Steps that the expressions of one tenant have left: one a loop iteration, and by size for every value handled.

    A budget in milliseconds is a number of steps, never a clock: what a tenant is made of must not depend on how busy
    a machine is.
    """

    __slots__ = ("_entry", "_entry_share", "_free", "_own", "_reserve", "_shared")

    def __init__(self, budget_ms: int = RENDER_BUDGET_MS) -> None:
        budget = budget_ms * STEPS_PER_MS
        self._entry_share = int(budget * ENTRY_SHARE)
        self._reserve = int(budget * RESERVED_SHARE)
        self._shared = int(budget * SHARED_SHARE)
        self.begin()

    def are_used_up(self) -> bool:
        """Whether nothing is left but what each evaluation has for itself."""
        return self._shared <= 0

    def begin(self) -> None:
        """A new evaluation begins, with steps of its own."""
        self._free = FREE_STEPS
        self._own = OWN_STEPS
        self._entry = self._entry_share

    def take(self, count: int) -> None:
        """Use up steps. Raises ``LimitExceeded``."""
        self._free -= count
        if self._free < 0:
            count, self._free = -self._free, 0
            own = min(count, self._own, self._reserve)
            self._own -= own
            self._reserve -= own
            if count > own:
                self._take_shared(count - own)

    def _take_shared(self, count: int) -> None:
        # What is refused is not done: it costs no more than there was.
        self._shared -= min(count, self._entry, self._shared)
        self._entry -= count
        if self._entry < 0:
            self._entry = 0
            raise LimitExceeded("the expressions take too many steps: shorten loops, texts and lists")
        if self._shared <= 0:
            raise LimitExceeded(
                "the expressions of this tenant take too many steps together: shorten loops, texts and lists"
            )

    def each(self, items: Iterable[Any], cost: int = 1) -> Iterator[Any]:
        """The items, for ``cost`` steps each and more if they are large. Raises ``LimitExceeded``."""
        for item in items:
            self.take(cost)
            yield self.made(item)

    def used(self, value: Any) -> Any:
        """A value that an operation looks at as a whole."""
        if type(value) in _WEIGHTLESS or (type(value) is str and len(value) < CHARACTERS_PER_STEP):
            return value
        if not isinstance(value, Iterator):  # Iterators count their items themselves.
            self.take(self._weight(value))
        return value

    def looked_through(self, value: Any, times: int) -> None:
        """A value that an operation goes through item by item, each taking ``times`` as long as usual."""
        if isinstance(value, str):
            self.take(max(len(value), times * len(value) // CHARACTERS_PER_STEP))
        elif type(value) not in _WEIGHTLESS and not isinstance(value, Iterator):
            self.take(times * self._weight(value))

    def made(self, value: Any) -> Any:
        """A value that an operation made; of an iterator, one that counts its items."""
        if type(value) is str and len(value) < CHARACTERS_PER_STEP:
            return value
        if isinstance(value, Iterator):
            return self.each(value)
        if isinstance(value, int):
            _bits(value.bit_length())
            return value
        if isinstance(value, str):
            text_of(len(value))
        return self.used(value)

    def _weight(self, value: Any) -> int:
        """Steps for one look at a value with all that it contains, shared parts as often as they occur."""
        left = self._free + min(self._own, self._reserve) + min(self._entry, self._shared)
        limit = (left + 1) * CHARACTERS_PER_STEP
        weight = 0
        pending = [value]
        while pending and weight <= limit:
            found = pending.pop()
            kind = type(found)
            if kind is str:
                weight += len(found)
            elif kind in _WEIGHTLESS:
                continue
            elif kind is list or kind is tuple:
                weight += CHARACTERS_PER_ITEM * len(found)
                pending.extend(found)
            elif isinstance(found, str | bytes):
                weight += len(found)
            elif isinstance(found, Mapping):
                weight += 2 * CHARACTERS_PER_ITEM * len(found)
                pending.extend(found)
                pending.extend(found.values())
            elif isinstance(found, list | tuple):
                weight += CHARACTERS_PER_ITEM * len(found)
                pending.extend(found)
            elif isinstance(found, range):
                weight += CHARACTERS_PER_ITEM * len(found)
            else:
                weight += OBJECT_STEPS * CHARACTERS_PER_STEP
        return weight // CHARACTERS_PER_STEP


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
    """``%``, also as text formatting, of bounded size."""
    return percent_format(left, right) if isinstance(left, str) else operator.mod(left, right)


def percent_format(template: str, arguments: Any) -> str:
    """``template % arguments``, bounded before the result is made."""
    text_of(len(template))
    total = len(template)
    sizes = [_written(item) for item in _arguments(arguments)]
    named = isinstance(arguments, Mapping)
    largest = max(sizes, default=0)
    for index, (width, precision, letter) in enumerate(_CONVERSION.findall(template)):
        if "*" in (width, precision) or max(int(width or 0), int(precision or 0)) > _MAX_WIDTH:
            raise LimitExceeded(f"the format {template[:40]!r} has a width of more than {_MAX_WIDTH}")
        size = largest if named else sizes[index] if index < len(sizes) else 0
        total += max(int(width or 0), int(precision or 0), size * (_ESCAPED if letter in "ra" else 1))
        text_of(total)
    formatted: str = template % arguments
    return formatted


def _arguments(arguments: Any) -> Iterable[Any]:
    if isinstance(arguments, Mapping):
        return arguments.values()
    return arguments if isinstance(arguments, tuple) else (arguments,)


def _written(value: Any) -> int:
    """How many characters a value has at most when it is written into a text."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, int | float | None):
        return _LONGEST_NUMBER if isinstance(value, int) and value.bit_length() > 64 else 0
    # Whatever else there is, a text of it is bounded when it is made.
    raise LimitExceeded("only texts and numbers can be formatted: use tojson for lists and mappings")


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


def _sized(sample: Sized, length: int) -> None:
    if isinstance(sample, str):
        text_of(length)
    else:
        items_of(length)


def _bits(count: int) -> None:
    if count > MAX_BITS:
        raise LimitExceeded(f"a number would have {count:,} bits; {MAX_BITS:,} are allowed")
