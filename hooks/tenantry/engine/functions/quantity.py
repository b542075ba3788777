"""Kubernetes quantities (``512Mi``, ``250m``, ``1e3``): exact arithmetic, and the canonical spelling.

Rule: ``k8s.io/apimachinery/pkg/api/resource``. A quantity is a number with one of three spellings, and keeps the
spelling of the first operand. Written out, it is as fine as 10⁻⁹ and rounded up: who wants a little gets a little.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from tenantry.engine import limits
from tenantry.engine.functions.arguments import present, shown
from tenantry.engine.values import Rendered, ValueRefused

_BINARY: Final = "binary"
_DECIMAL: Final = "decimal"
_EXPONENT: Final = "exponent"
_PATTERN: Final = re.compile(
    r"(?P<number>[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))"
    r"(?:(?P<suffix>[KMGTPE]i|[numkMGTPE]?)|[eE](?P<exponent>[-+]?[0-9]{1,2}))"
)
_LONGEST: Final = 64
_DECIMAL_SUFFIXES: Final = {-9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E"}
_POWERS: Final = {suffix: Fraction(10) ** power for power, suffix in _DECIMAL_SUFFIXES.items()} | {
    f"{letter}i": Fraction(1024**power) for power, letter in enumerate("KMGTPE", start=1)
}
_LARGEST: Final = 2**63 - 1
_NANO: Final = 10**9
_MOST_BITS: Final = 512
"""Bits of what a quantity is divided by, over all divisions."""


class Quantity(Rendered):
    """A quantity: it can be added, multiplied and compared, and stands in an object as Kubernetes writes it."""

    __slots__ = ("_amount", "_spelling")

    def __init__(self, amount: Fraction, spelling: str) -> None:
        if abs(amount.numerator) > _LARGEST * amount.denominator:
            raise ValueRefused(f"a quantity would be larger than {_LARGEST}, which Kubernetes cannot hold")
        if amount.denominator.bit_length() > _MOST_BITS:
            raise limits.LimitExceeded("a quantity would have too many digits: divide less often")
        self._amount = amount
        self._spelling = spelling

    def __str__(self) -> str:
        numerator, denominator = self._amount.numerator, self._amount.denominator
        if self._spelling == _BINARY and denominator == 1 and abs(numerator) >= 1024:
            return _binary(numerator)
        digits = -(-abs(numerator) * _NANO // denominator)  # Rounded up.
        return ("-" if numerator < 0 else "") + _decimal(digits, self._spelling)

    def __repr__(self) -> str:
        return f"quantity {self}"

    def units(self) -> int:
        """The number without its suffix, as an integer. Raises ``ValueRefused`` if it has a fraction."""
        if self._amount.denominator != 1:
            raise ValueRefused(f"int: the quantity {self} is not a whole number: write float, or round it up first")
        return self._amount.numerator

    def number(self) -> float:
        """The number without its suffix."""
        return float(self._amount)

    def rounded_up(self, unit: Quantity) -> Quantity:
        """The next multiple of a unit, away from zero."""
        if unit._amount <= 0:
            raise ValueRefused(f"quantity: {unit} is no unit to round up to")
        times = self._amount / unit._amount
        return Quantity((math.ceil(times) if times > 0 else math.floor(times)) * unit._amount, unit._spelling)

    def __hash__(self) -> int:
        return hash(self._amount)

    def __eq__(self, other: object) -> bool:
        found = _operand(other)
        return False if found is None else self._amount == found._amount

    def __lt__(self, other: object) -> bool:
        return self._amount < _operand_of(other, "<")._amount

    def __le__(self, other: object) -> bool:
        return self._amount <= _operand_of(other, "<=")._amount

    def __gt__(self, other: object) -> bool:
        return self._amount > _operand_of(other, ">")._amount

    def __ge__(self, other: object) -> bool:
        return self._amount >= _operand_of(other, ">=")._amount

    def __add__(self, other: object) -> Quantity:
        found = _operand_of(other, "+")
        return Quantity(self._amount + found._amount, self._spelling if self._amount else found._spelling)

    def __radd__(self, other: object) -> Quantity:
        found = _operand_of(other, "+")
        return Quantity(found._amount + self._amount, self._spelling if _is_number(other) else found._spelling)

    def __sub__(self, other: object) -> Quantity:
        found = _operand_of(other, "-")
        return Quantity(self._amount - found._amount, self._spelling if self._amount else found._spelling)

    def __rsub__(self, other: object) -> Quantity:
        found = _operand_of(other, "-")
        return Quantity(found._amount - self._amount, self._spelling if _is_number(other) else found._spelling)

    def __mul__(self, other: object) -> Quantity:
        return Quantity(self._amount * _factor(other, "multiplied with"), self._spelling)

    def __rmul__(self, other: object) -> Quantity:
        return self * other

    def __truediv__(self, other: object) -> Any:
        if _is_number(other):
            return Quantity(self._amount / _factor(other, "divided by"), self._spelling)
        ratio = self._amount / _divisor(other)
        return ratio.numerator if ratio.denominator == 1 else float(ratio)

    def __floordiv__(self, other: object) -> Any:
        if _is_number(other):
            return Quantity(Fraction(self._amount // _factor(other, "divided by")), self._spelling)
        return self._amount // _divisor(other)

    def __neg__(self) -> Quantity:
        return Quantity(-self._amount, self._spelling)

    def __abs__(self) -> Quantity:
        return Quantity(abs(self._amount), self._spelling)


def quantity(value: Any, unit: Any = None) -> Quantity:
    """A quantity out of a text or number; with a unit, the next multiple of that."""
    found = _operand(present(value, "quantity"))
    if found is None:
        raise ValueRefused(f"quantity: {shown(value)} is no quantity, which is a number with one suffix, as 512Mi")
    if unit is None:
        return found
    text = str(unit)
    return found.rounded_up(_parsed(f"1{text}" if text[:1].isalpha() else text))


def _operand(value: object) -> Quantity | None:
    if isinstance(value, Quantity):
        return value
    if isinstance(value, str):
        return _parsed(value)
    return Quantity(_exact(value), _DECIMAL) if _is_number(value) else None


def _operand_of(value: object, operator: str) -> Quantity:
    found = _operand(value)
    if found is None:
        raise ValueRefused(f"quantity: {shown(value)} is no quantity, and cannot stand next to {operator}")
    return found


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Quantity:
    found = _PATTERN.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        raise ValueRefused(f"quantity: {shown(text)} is no quantity, which is a number with one suffix, as 512Mi")
    number = Fraction(found["number"])
    if found["exponent"] is not None:
        return Quantity(number * Fraction(10) ** int(found["exponent"]), _EXPONENT)
    suffix = found["suffix"]
    return Quantity(number * _POWERS[suffix], _BINARY if suffix.endswith("i") else _DECIMAL)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _exact(value: Any) -> Fraction:
    """A number as it is written: 0.1 is a tenth, not the nearest binary fraction."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueRefused(f"quantity: {value} is no quantity")
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


def _factor(value: object, what: str) -> Fraction:
    if not _is_number(value):
        raise ValueRefused(f"quantity: a quantity can be {what} a number, not {shown(value)}")
    factor = _exact(value)
    if not factor and what == "divided by":
        raise ValueRefused("quantity: a quantity cannot be divided by zero")
    return factor


def _divisor(value: object) -> Fraction:
    found = _operand_of(value, "/")._amount
    if not found:
        raise ValueRefused("quantity: a quantity cannot be divided by zero")
    return found


def _binary(number: int) -> str:
    power = 0
    while number % 1024 == 0:
        number //= 1024
        power += 1
    return f"{number}{('', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei')[power]}"


def _decimal(digits: int, spelling: str) -> str:
    """A number of billionths."""
    if not digits:
        return "0"
    power = -9
    while digits % 1000 == 0 and power < 18:
        digits //= 1000
        power += 3
    suffix = _DECIMAL_SUFFIXES[power] if spelling != _EXPONENT else f"e{power}" if power else ""
    return f"{digits}{suffix}"
