"""Which methods of values an expression may call: those that look, and those whose result is bounded before it is made.

Whatever is not listed is refused. That keeps out what makes bytes, what formats with widths of its own, and what a
later Python may add.
"""

from __future__ import annotations

from types import BuiltinMethodType, MethodType
from typing import Any, Final

from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext, Undefined

from tenantry.engine import limits


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OF_TEXT: Final = _names(
    "capitalize casefold center count endswith find index isalnum isalpha isascii isdecimal isdigit isidentifier "
    "islower isnumeric isprintable isspace istitle isupper join ljust lower lstrip partition removeprefix removesuffix "
    "replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title upper zfill"
)
_OF_MAPPINGS: Final = _names("copy get items keys values")
_OF_LISTS: Final = _names("copy count index")
_OF_NUMBERS: Final = _names("bit_length is_integer")
_AVAILABLE: Final[tuple[tuple[type | tuple[type, ...], frozenset[str]], ...]] = (
    (str, _OF_TEXT),
    (dict, _OF_MAPPINGS),
    ((list, tuple, range), _OF_LISTS),
    ((int, float), _OF_NUMBERS),
)
_PADDING: Final = _names("center ljust rjust zfill")


def check_call(function: Any, arguments: tuple[Any, ...]) -> None:
    """Raise unless this may be called with these arguments: one of Jinja's errors, or ``LimitExceeded``."""
    if function is limits.bounded_range or function is dict:
        return
    if isinstance(function, MethodType) and isinstance(function.__self__, LoopContext):
        return
    if isinstance(function, Undefined):
        function()  # It raises what names it.
    name = getattr(function, "__name__", type(function).__name__)
    owner = function.__self__ if isinstance(function, BuiltinMethodType) else None
    if not any(isinstance(owner, types) and name in names for types, names in _AVAILABLE):
        raise SecurityError(f"{name}() is not available in expressions: use a filter")
    if isinstance(owner, str):
        _check_text(owner, name, arguments)


def _check_text(text: str, name: str, arguments: tuple[Any, ...]) -> None:
    if name in _PADDING and arguments and isinstance(arguments[0], int):
        limits.text_of(arguments[0])
    elif name == "replace" and len(arguments) >= 2:
        limits.text_of(len(text) + text.count(arguments[0]) * len(arguments[1]))
    elif name == "join" and arguments:
        limits.text_of(sum(len(item) + len(text) for item in arguments[0]))
