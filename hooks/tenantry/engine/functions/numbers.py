"""Numbers and truths out of texts. What cannot be read is an error that names it, unless a default was given."""

from __future__ import annotations

import math
import re
from typing import Any, Final

from tenantry.engine import limits
from tenantry.engine.functions.arguments import present, shown
from tenantry.engine.functions.quantity import Quantity
from tenantry.engine.values import ValueRefused

_MISSING: Final = object()
_LONGEST: Final = 400
"""Characters of a number's text."""
_DIGITS: Final = {
    2: re.compile(r"[-+]?(0[bB])?[01]+"),
    8: re.compile(r"[-+]?(0[oO])?[0-7]+"),
    10: re.compile(r"[-+]?[0-9]+"),
    16: re.compile(r"[-+]?(0[xX])?[0-9a-fA-F]+"),
}
_FLOAT: Final = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_TRUE: Final = frozenset(("1", "true", "yes", "on"))
_FALSE: Final = frozenset(("0", "false", "no", "off"))


def to_int(value: Any, default: Any = _MISSING, base: Any = 10) -> Any:
    """An integer; of a number with a fraction, what stands before the point."""
    if base not in _DIGITS:
        raise ValueRefused(f"int: the base must be 2, 8, 10 or 16, not {shown(base)}")
    if default is not _MISSING and value is None:
        return default
    found = present(value, "int")
    if isinstance(found, int):
        return int(found)
    if isinstance(found, float) and math.isfinite(found):
        return int(found)
    if isinstance(found, Quantity):
        return found.units()
    if isinstance(found, str) and len(found) > _LONGEST:
        raise limits.LimitExceeded(f"int: {shown(found)} has more than {_LONGEST} characters")
    if isinstance(found, str) and _DIGITS[base].fullmatch(found.strip()):
        return int(found, base)
    if default is not _MISSING:
        return default
    hint = ": write float before it" if isinstance(found, str) and _is_float(found) else ""
    raise ValueRefused(f"int: {shown(found)} is not an integer{hint}")


def to_float(value: Any, default: Any = _MISSING) -> Any:
    """A number with a fraction. An object gets it as an integer if it is one."""
    if default is not _MISSING and value is None:
        return default
    found = present(value, "float")
    if isinstance(found, bool):
        return float(found)
    if isinstance(found, Quantity):
        return found.number()
    if isinstance(found, int | float) or (isinstance(found, str) and _is_float(found)):
        number = float(found)
        if math.isfinite(number):
            return number
    if default is not _MISSING:
        return default
    if isinstance(found, str) and found.strip().lower().lstrip("+-") in ("inf", "infinity", "nan"):
        raise ValueRefused(f"float: {shown(found)} is a number that JSON cannot hold")
    raise ValueRefused(f"float: {shown(found)} is not a number")


def to_bool(value: Any, default: Any = _MISSING) -> Any:
    """True or false out of the spellings of it that databases and people use."""
    if default is not _MISSING and value is None:
        return default
    found = present(value, "bool")
    if isinstance(found, bool):
        return found
    if isinstance(found, int | float) and found in (0, 1):
        return bool(found)
    text = found.strip().lower() if isinstance(found, str) else ""
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if default is not _MISSING:
        return default
    raise ValueRefused(f"bool: {shown(found)} is neither true, yes, on, 1 nor false, no, off, 0")


def _is_float(text: str) -> bool:
    return len(text) <= _LONGEST and _FLOAT.fullmatch(text.strip()) is not None
