"""What the filters are given, checked: each refusal names the filter, the value, and what to write instead."""

from __future__ import annotations

import reprlib
from typing import Any, Final

from jinja2 import Undefined

from tenantry.engine import values

_SHORT: Final = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxlong = _SHORT.maxother = 60


def shown(value: Any) -> str:
    """A value as an error names it, shortened."""
    return _SHORT.repr(value)


def present(value: Any, function: str) -> Any:
    """The value, unless it is null or undefined. Raises ``ValueRefused``, or Jinja's ``UndefinedError``."""
    if value is None:
        raise values.ValueRefused(
            f"{function} was given null: write default('…', true) before it to say what stands there instead"
        )
    if isinstance(value, Undefined):
        str(value)  # StrictUndefined raises here, with the name in its message.
    return value


def text_of(value: Any, function: str) -> str:
    """A scalar as text. Raises ``ValueRefused``."""
    return values.piece(present(value, function))


def integer_of(value: Any, function: str, name: str) -> int:
    """An argument that must be an integer. Raises ``ValueRefused``."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise values.ValueRefused(f"{function}: {name} must be an integer, not {shown(value)}")
    return value
