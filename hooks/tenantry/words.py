"""Numbers in sentences for people."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """A number of things in words: 1 problem, 2 problems; with ``many`` also 1 row is, 2 rows are."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
