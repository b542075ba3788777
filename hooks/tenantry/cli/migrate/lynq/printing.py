"""Functions of Lynq's templates that write values: printf, print and quotes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tenantry.cli.migrate.lynq.jinja import NO_TEXT, Binds, Expr, as_text, constant, filtered, joined
from tenantry.cli.migrate.lynq.notes import Unconvertible

_VERB: Final = re.compile(r"%(?:(?P<percent>%)|(?P<flags>[-+ 0#]*\d*(?:\.\d+)?)(?P<verb>[a-zA-Z]))")


def printf(pattern: Expr, *values: Expr) -> Expr:
    """A format with values in it. Raises ``Unconvertible`` for what fails in Lynq too, or has no equal."""
    if not pattern.text.startswith("'"):
        raise Unconvertible("printf needs a constant format")
    source = pattern.text[1:-1]
    parts: list[Expr] = []
    left, place = list(values), 0
    for found in _VERB.finditer(source):
        parts += [Expr(f"'{source[place : found.start()]}'", Binds.ATOM, "str", sure=True)][: found.start() - place]
        place = found.end()
        if found["percent"]:
            parts.append(constant("%"))
        elif not left:
            raise Unconvertible(f"printf has no value for {found.group()}")
        else:
            parts.append(_formatted(found["flags"], found["verb"], left.pop(0)))
    parts += [Expr(f"'{source[place:]}'", Binds.ATOM, "str", sure=True)][: len(source) - place]
    if left:
        raise Unconvertible("printf has more values than its format names")
    return joined(parts) if parts else constant("")


def _formatted(flags: str, verb: str, value: Expr) -> Expr:
    if verb == "q" and not flags:
        return filtered(as_text(value), "tojson")
    texts = value.kind in ("row", "str")
    if (verb == "d" and value.kind not in ("int", "any")) or (verb in "ftexg" and texts):
        raise Unconvertible(f"printf gets a text for %{flags}{verb}, which fails in Lynq too: put int before it")
    if verb not in "svdfx" and not (verb == "t" and not flags):
        raise Unconvertible(f"printf: %{flags}{verb} has no equal")
    if not flags and verb in "svdt":
        return replace(as_text(value), sure=value.sure or value.kind in NO_TEXT)
    shown = value if verb in "dfx" else as_text(value)
    return filtered(constant(f"%{flags}{'s' if verb == 'v' else verb}"), "format", shown)


def print_(*values: Expr) -> Expr:
    """Values one behind the other."""
    return joined(list(values))


def quoted(quote: str) -> Callable[..., Expr]:
    """What writes values in these quotes."""

    def of(*values: Expr) -> Expr:
        parts: list[Expr] = []
        for value in values:
            parts += [constant(" ")] if parts else []
            parts += [constant(quote), value, constant(quote)] if quote == "'" else [filtered(as_text(value), "tojson")]
        return joined(parts)

    return of
