"""Resource quantities in the form in which the API server stores them ("Quantity" in the Kubernetes API reference)."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Final

_FORM: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+|)")
_BINARY: Final = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL: Final = {-9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E"}
_EXPONENTS: Final = {suffix: power for power, suffix in _DECIMAL.items()}


@lru_cache(maxsize=4096)
def canonical_quantity(text: str) -> str:
    """The canonical form: ``1000m`` is ``1``, ``1024Mi`` is ``1Gi``. Raises ``ValueError`` if it is no quantity."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"not a quantity: {text!r}")
    number, suffix = Fraction(match[1]), match[2]
    if suffix in _BINARY[1:]:
        number *= 1024 ** _BINARY.index(suffix)
        if abs(number) >= 1024 and number.denominator == 1:
            return _binary(int(number))
        return _decimal(number, _DECIMAL)
    if len(suffix) > 1:
        exponent = int(suffix[1:])
        return _decimal(number * Fraction(10) ** exponent, {p: f"e{p}" if p else "" for p in range(-9, 19, 3)})
    return _decimal(number * Fraction(10) ** _EXPONENTS[suffix], _DECIMAL)


def _binary(number: int) -> str:
    power = 0
    while number % 1024 == 0 and power < 6:
        number //= 1024
        power += 1
    return f"{number}{_BINARY[power]}"


def _decimal(number: Fraction, suffixes: dict[int, str]) -> str:
    nano = -(-number.numerator * 10**9 // number.denominator)  # finer than nano is rounded up
    if nano == 0:
        return "0"
    power = -9
    while nano % 1000 == 0 and power < 18:
        nano //= 1000
        power += 3
    return f"{nano}{suffixes[power]}"
