"""Rows of choices in which every two values of two factors meet, where some values exclude others."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations
from typing import TypeVar

Factor = TypeVar("Factor", bound=Hashable)
Choice = tuple[Factor, str]


def pairwise(tables: Sequence[Mapping[Factor, Sequence[str]]]) -> list[dict[Factor, str]]:
    """Rows that hold together every two values that some table allows together.

    A row takes one value of each factor of one table. The same factor may be in several tables, with other values. The
    rows are always the same: greedily, each begins with a pair that is still missing and takes in as many as it can.
    """
    missing = dict.fromkeys(pair for table in tables for pair in _pairs_of(table))
    rows = []
    while missing:
        first, second = next(iter(missing))
        fitting = [table for table in tables if _allows(table, first) and _allows(table, second)]
        row = max((_row(table, (first, second), missing) for table in fitting), key=lambda row: _gain(row, missing))
        for pair in combinations(row.items(), 2):
            missing.pop(pair, None)
        rows.append(row)
    return rows


def _pairs_of(table: Mapping[Factor, Sequence[str]]) -> list[tuple[Choice[Factor], Choice[Factor]]]:
    return [
        ((one, value), (other, further))
        for one, other in combinations(table, 2)
        for value in table[one]
        for further in table[other]
    ]


def _allows(table: Mapping[Factor, Sequence[str]], choice: Choice[Factor]) -> bool:
    return choice[1] in table.get(choice[0], ())


def _row(
    table: Mapping[Factor, Sequence[str]],
    begin: Sequence[Choice[Factor]],
    missing: Mapping[tuple[Choice[Factor], Choice[Factor]], None],
) -> dict[Factor, str]:
    row = dict(begin)
    order = list(table)
    for factor in order:
        if factor in row:
            continue
        place = order.index(factor)
        known = [((other, value), order.index(other) < place) for other, value in row.items()]

        def gain(value: str, factor: Factor = factor, known: list[tuple[Choice[Factor], bool]] = known) -> int:
            mine = (factor, value)
            return sum(((other, mine) if before else (mine, other)) in missing for other, before in known)

        row[factor] = max(table[factor], key=gain)
    return {factor: row[factor] for factor in order}


def _gain(row: Mapping[Factor, str], missing: Mapping[tuple[Choice[Factor], Choice[Factor]], None]) -> int:
    return sum(pair in missing for pair in combinations(row.items(), 2))
