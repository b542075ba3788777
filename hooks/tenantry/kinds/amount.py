"""Fields that several specs share: an amount that is a number or a percentage, and a duration."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field

PERCENTAGE: Final = "^(100|[1-9]?[0-9])%$"
DURATION: Final = r"^(0|[1-9][0-9]{0,5})(s|m|h|d)$"

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}

Amount = Annotated[int, Field(ge=0)] | Annotated[str, Field(pattern=PERCENTAGE)]
"""A number, or a percentage of something as text: 10%."""

AMOUNT_SCHEMA: dict[str, Any] = {"x-kubernetes-int-or-string": True, "minimum": 0, "pattern": PERCENTAGE}
"""Schema of an ``Amount``: the bound is for numbers, the pattern for text."""


def is_all(amount: int | str) -> bool:
    """Whether an amount is all there is, however much that may be."""
    return amount == "100%"


def rounded_down(amount: int | str, total: int) -> int:
    """How many of ``total`` an amount is. A percentage that is not 0% is at least one."""
    if isinstance(amount, int):
        return amount
    percent = int(amount[:-1])
    return max(total * percent // 100, 1) if percent else 0


def rounded_up(amount: int | str, total: int) -> int:
    """How many of ``total`` an amount is, at least one."""
    if isinstance(amount, int):
        return max(amount, 1)
    return max(-(-total * int(amount[:-1]) // 100), 1)


def seconds_in(duration: str) -> float:
    """Seconds in a duration as specs hold it: 30s, 10m, 1h or 7d."""
    return float(int(duration[:-1]) * _SECONDS[duration[-1]])
