"""What a column's value is as the value of a label, or why it cannot be one.

A value is never altered to fit: two different values could become one label, and a label would say what no row says.
A tenant whose value does not fit goes without the label, and its row is told of.
"""

from __future__ import annotations

import re
from typing import Any, Final

from tenantry.kinds.shards import DEFAULT_SHARD, SHARD_PATTERN
from tenantry.registry.values import Unusable, canonical

_LABEL_VALUE: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_SHARD: Final = re.compile(SHARD_PATTERN.strip("^$"))


def label_value(value: Any) -> str:
    """A column's value as a label value; empty for NULL and the empty text. Raises ``Unusable``, without the value."""
    text = _text(value)
    if text and not _LABEL_VALUE.fullmatch(text):
        raise Unusable(
            "is no label value: at most 63 letters, digits, '-', '_' and '.', the first and the last a letter or digit"
        )
    return text


def shard_name(value: Any) -> str:
    """The shard that a column names; empty for the permanent controller's. Raises ``Unusable``, without the value."""
    text = _text(value)
    if text and not _SHARD.fullmatch(text):
        raise Unusable("names no shard: at most 26 lower-case letters, digits and '-', no '-' at either end")
    return "" if text == DEFAULT_SHARD else text


def _text(value: Any) -> str:
    plain = canonical(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, list | dict):
        raise Unusable("is a list or an object, and a label is one word")
    return str(plain)
