"""Texts: their length, case and spelling."""

from __future__ import annotations

import re
from typing import Any, Final

from jinja2 import pass_context
from jinja2.runtime import Context

from tenantry import names
from tenantry.engine import limits, values
from tenantry.engine.functions.arguments import integer_of, present, shown, text_of

_WORD: Final = re.compile(r"[^-\s({\[<]+")
_CHARACTERS_PER_STEP: Final = 5
"""Each may be a word of its own."""
_MOST_BUCKETS: Final = 2**32
"""A CRC-32 has no more values."""


def slug(value: Any) -> str:
    """A text as a DNS label, the same as in the names of Tenants."""
    return names.slug(text_of(value, "slug"))


def bucket(value: Any, count: Any) -> int:
    """Which of ``count`` buckets a text belongs to, from 0: always the same one."""
    number = integer_of(count, "bucket", "the number of buckets")
    if not 1 <= number <= _MOST_BUCKETS:
        raise values.ValueRefused(f"bucket: there can be 1 to {_MOST_BUCKETS} buckets, not {number}")
    return names.bucket_of(text_of(value, "bucket"), number)


def trunc(value: Any, length: Any) -> str:
    """At most ``length`` characters; what was cut does not end in ``-``, ``_`` or ``.``, which names may not."""
    most = integer_of(length, "trunc", "the length")
    if most < 1:
        raise values.ValueRefused(f"trunc: the length must be at least 1, not {most}")
    found = text_of(value, "trunc")
    return found if len(found) <= most else found[:most].rstrip("-_.")


def string(value: Any) -> str:
    """A scalar as text: numbers in their usual spelling, however large, and true and false."""
    present(value, "string")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return values.piece(value)


def capitalize(value: Any) -> str:
    """The first letter large, the others small."""
    return text_of(value, "capitalize").capitalize()


def lower(value: Any) -> str:
    """All letters small."""
    return text_of(value, "lower").lower()


def upper(value: Any) -> str:
    """All letters large."""
    return text_of(value, "upper").upper()


@pass_context
def title(context: Context, value: Any) -> str:
    """The first letter of each word large, the others small. Words end at spaces, ``-`` and brackets."""
    text = text_of(value, "title")
    steps: limits.Steps = context.parent[limits.STEPS]
    steps.take(len(text) // _CHARACTERS_PER_STEP)
    return _WORD.sub(lambda word: word[0][0].upper() + word[0][1:].lower(), text)


def trim(value: Any, chars: Any = None) -> str:
    """Without white space, or without these characters, at both ends."""
    if chars is not None and not isinstance(chars, str):
        raise values.ValueRefused(f"trim: the characters must be a text, not {shown(chars)}")
    return text_of(value, "trim").strip(chars)
