"""Which values may stand inside a child: no null but those that are meant, and no float without a fraction.

A null crashes Metacontroller or removes a field that somebody else owns. An integral float is written as ``1.0``, which
never equals the ``1`` that the API server stores, so that the child would be written again and again. NaN and the
infinities come out of the encoder as null.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

import orjson

from tenantry.protocol import JSONObject, Location, object_key
from tenantry.server.checks import NO_REMOVALS, Refused, Removals, describe

# Three searches, each with a literal beginning: that is several times faster than one pattern with alternatives. A plus
# sign, which the encoder puts into exponents, is found faster still.
_NULL: Final = re.compile(rb"null[,}\]]").search
_POINT_ZERO: Final = re.compile(rb"\.0[,}\]]").search
_EXPONENT: Final = re.compile(rb"e\+?[1-9][0-9]+[,}\]]").search
"""Floats from 1e16 on are integral, and written with an exponent."""
_EXPONENT_MARK: Final = b"+" if b"+" in orjson.dumps(1e16) else b"e"


def encode_children(children: Sequence[JSONObject], removals: Removals = NO_REMOVALS) -> bytes:
    """The children as JSON. Raises ``Refused`` naming the child and the path of a value that must not leave.

    The encoded bytes are searched for anything suspicious, which is much cheaper than a walk through all objects; only
    then is it looked for. ``removals`` tell where a null stands on purpose: exactly there it may leave.
    """
    try:
        encoded = orjson.dumps(children)
    except orjson.JSONEncodeError as error:
        _refuse_wrong_values(children, removals)
        raise Refused("the children cannot be written as JSON") from error
    if _NULL(encoded) or _POINT_ZERO(encoded) or (_EXPONENT_MARK in encoded and _EXPONENT(encoded)):
        _refuse_wrong_values(children, removals)
    return encoded


def _refuse_wrong_values(children: Sequence[JSONObject], removals: Removals) -> None:
    for child in children:
        meant = removals.get(object_key(child), ()) if removals else ()
        for path, problem in _wrong_values(child, meant):
            raise Refused(f"{describe(child)}: {path} {problem}")


def _wrong_values(root: JSONObject, meant: Collection[Location]) -> Iterator[tuple[str, str]]:
    pending: list[tuple[Location, Any]] = [((), root)]
    while pending:
        place, value = pending.pop()
        if isinstance(value, dict):
            for key, item in value.items():
                if not isinstance(key, str):
                    yield _spelled(place) or "the object", "has a key that is not a string"
                pending.append(((*place, key), item))
        elif isinstance(value, list | tuple):
            pending.extend(((*place, index), item) for index, item in enumerate(value))
        elif (value is not None or place not in meant) and (problem := _problem(value)):
            yield _spelled(place), problem


def _spelled(place: Location) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.removeprefix(".")


def _problem(value: object) -> str:
    if value is None:
        return "is null: leave the field out"
    if isinstance(value, float):
        if not math.isfinite(value):
            return "is not a finite number"
        return "is a float without a fraction: write an integer" if value.is_integer() else ""
    if isinstance(value, int):
        return "" if -(2**63) <= value < 2**63 else "is an integer of more than 64 bits"
    if isinstance(value, str):
        return "" if _is_text(value) else "is not valid Unicode text"
    return f"is a {type(value).__name__}, which JSON does not have"


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
