"""A Go template as texts and actions, and an action as tokens (package text/template, "Text and spaces", "Actions")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from tenantry.cli.migrate.lynq.notes import Unconvertible

_ACTION: Final = re.compile(
    r"""\{\{(?P<left>-[ \t\r\n])?
        (?:\s*(?P<comment>/\*.*?\*/)\s*|(?P<body>(?:"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)*'|[^"`'}]|\}(?!\}))*?))
        (?P<right>[ \t\r\n]-)?\}\}""",
    re.DOTALL | re.VERBOSE,
)
_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)|(?P<string>"(?:[^"\\\n]|\\.)*")|(?P<raw>`[^`]*`)|(?P<char>'(?:[^'\\\n]|\\.)+')
        |(?P<number>[-+]?(?:0[xX][0-9a-fA-F]+|[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?))
        |(?P<variable>\$\w*)|(?P<field>\.[A-Za-z_]\w*)|(?P<dot>\.)|(?P<word>[A-Za-z_]\w*)
        |(?P<mark>:=|=|\||\(|\)|,)""",
    re.VERBOSE,
)


class Token(NamedTuple):
    """One token of an action. ``glued`` if nothing stands between it and the one before."""

    kind: str
    text: str
    glued: bool


class Piece(NamedTuple):
    """A text, or the tokens of an action."""

    text: str
    tokens: tuple[Token, ...] | None


def pieces_of(source: str) -> list[Piece]:
    """Texts and actions of a template, white space already trimmed where ``{{-`` and ``-}}`` ask for it.

    Raises ``Unconvertible`` where it is no Go template.
    """
    found: list[Piece] = []
    place, trim = 0, False
    while (start := source.find("{{", place)) >= 0:
        action = _ACTION.match(source, start)
        if action is None:
            raise Unconvertible(f"{source[start : start + 40]!r} is no action of a Go template")
        text = source[place:start]
        text = text.lstrip(" \t\r\n") if trim else text
        found.append(Piece(text.rstrip(" \t\r\n") if action["left"] else text, None))
        trim, place = bool(action["right"]), action.end()
        if not action["comment"]:
            found.append(Piece("", tuple(_tokens(action["body"]))))
    rest = source[place:]
    found.append(Piece(rest.lstrip(" \t\r\n") if trim else rest, None))
    return [piece for piece in found if piece.text or piece.tokens is not None]


def _tokens(body: str) -> Iterator[Token]:
    place, glued = 0, False
    while place < len(body):
        found = _TOKEN.match(body, place)
        if found is None:
            raise Unconvertible(f"{body[place : place + 20]!r} cannot be read")
        if found.lastgroup != "space":
            yield Token(str(found.lastgroup), found.group(), glued)
        glued = found.lastgroup != "space"
        place = found.end()
