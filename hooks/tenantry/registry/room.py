"""A slice is one object of the API server, which takes objects up to a size."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import orjson

from tenantry.protocol import JSONObject

MAX_ROWS_BYTES: Final = 1_000_000
"""Bytes that the rows of a slice may have as JSON: with its other fields, the slice stays under 1 MiB."""


def has_room(rows: Sequence[JSONObject]) -> bool:
    """Whether one slice can hold these rows."""
    return len(orjson.dumps(rows)) <= MAX_ROWS_BYTES


def fit(wanted: Collection[JSONObject], present: Collection[JSONObject]) -> tuple[list[JSONObject], int]:
    """As many of the wanted rows as one slice can hold, by uid, and the number of those that it cannot.

    A row that is present already comes first, and stays as it is if what is wanted of it is too big.
    """
    before = {row["uid"]: row for row in present}
    chosen = {row["uid"]: before[row["uid"]] for row in wanted if row["uid"] in before}
    size = 2 + sum(_size(row) for row in chosen.values())
    refused = 0
    for row in sorted(wanted, key=lambda row: (row["uid"] not in before, row["uid"])):
        uid = row["uid"]
        change = _size(row) - (_size(chosen[uid]) if uid in chosen else 0)
        if change <= 0 or size + change <= MAX_ROWS_BYTES:
            chosen[uid] = row
            size += change
        else:
            refused += 1
    return [chosen[uid] for uid in sorted(chosen)], refused


def _size(row: JSONObject) -> int:
    return len(orjson.dumps(row)) + 1
