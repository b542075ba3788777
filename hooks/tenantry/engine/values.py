"""What an expression's value becomes in an object: JSON that an API server stores just so.

Values keep their type. What JSON cannot hold, or what would come back from the API server changed, is refused or
normalised here, once, so that what is compared later is equal.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from jinja2 import Undefined

from tenantry.engine import limits

_LABEL_VALUE = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_MAX_INTEGER: Final = 2**63 - 1
MAX_DEPTH: Final = 64
"""Lists and mappings around a value: an encoder has a bound of its own, and no kind of Kubernetes nests deeper."""
_SHORT: Final = 4096
"""Characters up to which a plain text needs no further look."""


class ValueRefused(Exception):
    """A value that cannot stand where it would. The message says what to write instead."""


class Rendered:
    """A value of a type of ours, such as a quantity: wherever it leaves an expression it is its text."""

    __slots__ = ()


def native(value: Any, depth: int = 0) -> Any:
    """A value as JSON holds it: integral floats as integers, keys with null left out, other sequences as lists.

    ``depth`` counts the lists and mappings around it. Raises ``ValueRefused``, or Jinja's ``UndefinedError``.
    """
    if type(value) is str:
        return value if value.isascii() and len(value) <= _SHORT else _bounded(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, Undefined):
        return str(value)  # StrictUndefined raises here, with the name in its message.
    if isinstance(value, str):
        return _bounded(str(value))
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Rendered):
        return str(value)
    if depth > MAX_DEPTH:
        raise ValueRefused(f"the value is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        return {_key(key): item for key, found in value.items() if (item := native(found, depth + 1)) is not None}
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        return [item for found in _bounded_list(value) if (item := native(found, depth + 1)) is not None]
    raise ValueRefused(f"the value is of type {type(value).__name__}, which JSON cannot hold")


def kind_of(value: Any) -> str:
    """What a value is, in the words of those who write templates."""
    if isinstance(value, bool):
        return "true or false"
    words = {str: "text", int: "a number", float: "a number", list: "a list", dict: "a mapping", type(None): "null"}
    return words.get(type(value), type(value).__name__)


def text(value: Any) -> str | None:
    """A value where Kubernetes wants a string: true and false, and numbers in their usual spelling."""
    if type(value) is str and value.isascii() and len(value) <= _SHORT:
        return value
    if isinstance(value, float) and math.isfinite(value) and abs(value) > _MAX_INTEGER:
        return str(value)
    plain = native(value)
    if plain is None or isinstance(plain, str):
        return plain
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, int | float):
        return str(plain)
    raise ValueRefused("a string is wanted here and the value is a list or mapping: choose an item, or use tojson")


def piece(value: Any) -> str:
    """A value as a part of a longer text. Null is refused: an object with ``None`` in its text is never meant."""
    if type(value) is str and value.isascii() and len(value) <= _SHORT:
        return value
    found = text(value)
    if found is None:
        raise ValueRefused("the value is null: write default('…', true) behind it to say what stands there instead")
    return found


def label(value: Any) -> str | None:
    """A value where Kubernetes wants a label's value. Raises ``ValueRefused`` where the API server would refuse."""
    found = text(value)
    if found is not None and not is_label(found):
        raise ValueRefused(
            f"{found[:80]!r} is not a label value: 1 to 63 letters, digits, '-', '_' and '.', first and last a "
            "letter or digit; put it into an annotation, or use slug"
        )
    return found


def concat(parts: Sequence[str]) -> str:
    """The pieces of a mixed string as one."""
    limits.text_of(sum(map(len, parts)))
    return "".join(parts)


def without_nulls(mapping: dict[str, Any]) -> dict[str, Any]:
    """A mapping without the keys whose value is null."""
    if None in mapping.values():
        return {key: value for key, value in mapping.items() if value is not None}
    return mapping


def items_without_nulls(items: list[Any]) -> list[Any]:
    """A list without nulls."""
    return [item for item in items if item is not None]


@lru_cache(maxsize=4096)
def is_label(text: str) -> bool:
    """Whether a label's value may be this text."""
    return _LABEL_VALUE.fullmatch(text) is not None


def _key(key: Any) -> str:
    found = text(key)
    if found is None:
        raise ValueRefused("a mapping has a null key")
    return found


def _integer(value: int) -> int:
    if not -_MAX_INTEGER - 1 <= value <= _MAX_INTEGER:
        raise ValueRefused("the number has more than 64 bits, which Kubernetes cannot hold: use string")
    return value


def _number(value: float) -> int | float:
    if not math.isfinite(value):
        raise ValueRefused(f"the value is {value}, which JSON cannot hold")
    return _integer(int(value)) if value.is_integer() else value


def _bounded(value: str) -> str:
    if not value.isascii():
        _check_unicode(value)
    if len(value) > limits.MAX_TEXT:
        limits.text_of(len(value))
    return value


def _check_unicode(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueRefused("the text has half a surrogate pair, which UTF-8 cannot hold") from error


def _bounded_list(values: Iterable[Any]) -> list[Any]:
    found = []
    for value in values:
        found.append(value)
        if len(found) > limits.MAX_ITEMS:
            limits.items_of(len(found))
    return found
