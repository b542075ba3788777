"""Regular expressions of RE2, which take time in proportion to the text: there is no slow pattern.

What they cost is counted before they run: the size of the compiled pattern times the characters that it may look at.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

import re2
from jinja2 import pass_context
from jinja2.runtime import Context

from tenantry.engine import limits
from tenantry.engine.functions.arguments import shown, text_of
from tenantry.engine.values import ValueRefused

_LONGEST_PATTERN: Final = 1_000
_LARGEST_PROGRAM: Final = 1_000
"""Instructions of a compiled pattern."""
_MEMORY: Final = 1024 * 1024
"""Bytes of a compiled pattern and its states."""
_COMPILING: Final = 20
"""Steps for a pattern, whether it is compiled already or not: the same request costs the same."""
_WORK_PER_STEP: Final = 200
"""Instructions times characters: at worst, a few nanoseconds each."""
_REFERENCE: Final = re.compile(r"\\(.?)", re.DOTALL)


@pass_context
def regex_match(context: Context, value: Any, pattern: Any) -> bool:
    """Whether the pattern is found anywhere in a text; ``^`` and ``$`` mean its beginning and its end."""
    text = text_of(value, "regex_match")
    compiled = _pattern(context, pattern, "regex_match")
    _steps(context).take(_work(compiled, len(text)))
    return compiled.search(text) is not None


@pass_context
def regex_replace(context: Context, value: Any, pattern: Any, replacement: Any) -> str:
    r"""The text with everything replaced that the pattern finds; ``\1`` stands for the first group, ``\0`` for all."""
    text = text_of(value, "regex_replace")
    compiled = _pattern(context, pattern, "regex_replace")
    pieces = _pieces(text_of(replacement, "regex_replace"), compiled.groups)
    steps = _steps(context)
    steps.take(_work(compiled, len(text)))
    found: list[str] = []
    end = length = 0
    for match in compiled.finditer(text):
        # The search for the next one may look at all the rest.
        steps.take(4 + _work(compiled, len(text) - match.end()))
        new = [text[end : match.start()], *(_written(piece, match) for piece in pieces)]
        length += sum(map(len, new))
        limits.text_of(length)
        found += new
        end = match.end()
    return "".join((*found, text[end:]))


def _steps(context: Context) -> limits.Steps:
    found: limits.Steps = context.parent[limits.STEPS]
    return found


def _work(compiled: Any, characters: int) -> int:
    return int(compiled.programsize * characters // _WORK_PER_STEP)


def _pattern(context: Context, pattern: Any, function: str) -> Any:
    if not isinstance(pattern, str) or len(pattern) > _LONGEST_PATTERN:
        raise ValueRefused(
            f"{function}: a pattern is a text of at most {_LONGEST_PATTERN} characters, not {shown(pattern)}"
        )
    _steps(context).take(_COMPILING)
    try:
        compiled = _compiled(pattern)
    except re2.error as error:
        cause = error.args[0]
        message = cause.decode(errors="replace") if isinstance(cause, bytes) else cause
        raise ValueRefused(f"{function}: {shown(pattern)} is not a pattern of RE2: {message}") from error
    if compiled.programsize > _LARGEST_PROGRAM:
        raise limits.LimitExceeded(f"{function}: the pattern {shown(pattern)} is too large: repeat less in it")
    _steps(context).take(int(compiled.programsize) // 4)
    return compiled


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    return re2.compile(pattern, options)


def _pieces(replacement: str, groups: int) -> list[str | int]:
    """A replacement as texts and numbers of groups."""
    pieces: list[str | int] = []
    for index, piece in enumerate(_REFERENCE.split(replacement)):
        if index % 2 == 0 or piece == "\\":
            pieces.append(piece)
        elif piece in "0123456789" and piece and int(piece) <= groups:
            pieces.append(int(piece))
        else:
            raise ValueRefused(
                rf"regex_replace: the pattern has {groups} groups, and \{piece} is none of them; write \\ for one \ "
            )
    return pieces


def _written(piece: str | int, match: Any) -> str:
    return piece if isinstance(piece, str) else match.group(piece) or ""
