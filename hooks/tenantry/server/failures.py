"""How a bug is told: in one stable line to everybody, and with a traceback in the log."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from types import FrameType

PACKAGE = __name__.partition(".")[0]


def describe_bug(error: BaseException) -> str:
    """The exception's class and the place in our code where it arose, for example ``KeyError in tenantry.tenant.sync``.

    Its message is left out: it often quotes what the code had in its hands, and that may be a row's value or a secret.
    """
    place = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__", ""))
        if not place or module.partition(".")[0] == PACKAGE:
            place = f" in {module}.{_function(frame)}, line {line}"
    return f"{type(error).__name__}{place}"


def format_traceback(error: BaseException, *, messages: bool) -> str:
    """The traceback of an exception and of those that led to it, the last one first; messages only if asked for."""
    return "\n".join(_paragraphs(error, messages=messages))


def _function(frame: FrameType) -> str:
    return frame.f_code.co_name


def _paragraphs(error: BaseException, *, messages: bool) -> Iterator[str]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        name = f"{type(current).__module__}.{type(current).__qualname__}"
        yield f"{name}: {current}" if messages else name
        yield "".join(traceback.format_tb(current.__traceback__)).rstrip("\n")
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
