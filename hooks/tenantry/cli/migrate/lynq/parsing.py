"""From the tokens of a Go template to its parts."""

from __future__ import annotations

import ast
from typing import Final

from tenantry.cli.migrate.lynq import nodes
from tenantry.cli.migrate.lynq.lexing import Piece, Token, pieces_of
from tenantry.cli.migrate.lynq.notes import Unconvertible

_KEYWORDS: Final = frozenset({"if", "else", "end", "range", "with", "define", "template", "block", "break", "continue"})
_CONSTANTS: Final[dict[str, bool | None]] = {"true": True, "false": False, "nil": None}


def parse(source: str) -> tuple[nodes.Node, ...]:
    """The parts of a Go template. Raises ``Unconvertible``."""
    parser = _Parser(pieces_of(source))
    body, ending = parser.body()
    if ending is not None:
        raise Unconvertible(f"{{{{ {ending[0].text} }}}} belongs to nothing")
    return body


class _Parser:
    def __init__(self, pieces: list[Piece]) -> None:
        self._pieces = pieces
        self._next = 0

    def body(self) -> tuple[tuple[nodes.Node, ...], tuple[Token, ...] | None]:
        """Parts up to an ``else`` or ``end``, and the tokens of that; none at the end of the template."""
        found: list[nodes.Node] = []
        while self._next < len(self._pieces):
            piece = self._pieces[self._next]
            self._next += 1
            if piece.tokens is None:
                found.append(nodes.Text(piece.text))
                continue
            word = piece.tokens[0].text if piece.tokens else ""
            if word in ("else", "end"):
                return tuple(found), piece.tokens
            found.append(self._action(word, piece.tokens))
        return tuple(found), None

    def _action(self, word: str, tokens: tuple[Token, ...]) -> nodes.Node:
        if word in ("if", "with"):
            return self._choice(tokens)
        if word == "range":
            return self._range(tokens[1:])
        if word in _KEYWORDS:
            raise Unconvertible(f"{{{{ {word} }}}} has no equal: write the text out")
        names, declares, value = _pipeline(tokens)
        if not names:
            return nodes.Output(value)
        if len(names) != 1:
            raise Unconvertible("two variables are for range alone")
        return nodes.Assign(names[0], value, declares)

    def _choice(self, tokens: tuple[Token, ...]) -> nodes.Choice:
        branches: list[nodes.Branch] = []
        while True:
            names, _, value = _pipeline(tokens[1:])
            body, ending = self.body()
            branches.append(nodes.Branch(value, body, "".join(names), dot=tokens[0].text == "with"))
            if ending is None:
                raise Unconvertible(f"{{{{ {tokens[0].text} }}}} has no {{{{ end }}}}")
            if ending[0].text == "end":
                return nodes.Choice(tuple(branches))
            if len(ending) == 1:
                return nodes.Choice(tuple(branches), self._last(tokens))
            tokens = ending[1:]

    def _range(self, tokens: tuple[Token, ...]) -> nodes.Range:
        names, _, value = _pipeline(tokens)
        key, item = (names[0], names[1]) if len(names) == 2 else ("", "".join(names))
        body, ending = self.body()
        if ending is None:
            raise Unconvertible("{{ range }} has no {{ end }}")
        otherwise = self._last(tokens) if ending[0].text == "else" else ()
        return nodes.Range(value, body, otherwise, key, item)

    def _last(self, tokens: tuple[Token, ...]) -> tuple[nodes.Node, ...]:
        body, ending = self.body()
        if ending is None or ending[0].text != "end":
            raise Unconvertible(f"the {{{{ else }}}} of {tokens[0].text!r} has no {{{{ end }}}}")
        return body


def _pipeline(tokens: tuple[Token, ...]) -> tuple[tuple[str, ...], bool, nodes.Value]:
    """The variables that get a pipeline's value, whether they are new, and the value."""
    names: list[str] = []
    place = 0
    while place + 1 < len(tokens) and tokens[place].kind == "variable" and tokens[place + 1].text in (",", ":=", "="):
        names.append(tokens[place].text[1:])
        mark = tokens[place + 1].text
        place += 2
        if mark != ",":
            return tuple(names), mark == ":=", _Reader(tokens[place:]).all()
    return (), False, _Reader(tokens).all()


class _Reader:
    """Reads one pipeline."""

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._tokens = tokens
        self._next = 0

    def all(self) -> nodes.Value:
        value = self.pipeline()
        if self._next < len(self._tokens):
            raise Unconvertible(f"{self._tokens[self._next].text!r} is not expected here")
        return value

    def pipeline(self) -> nodes.Value:
        value = self._command(None)
        while self._is("|"):
            self._next += 1
            value = self._command(value)
        return value

    def _is(self, mark: str) -> bool:
        return self._next < len(self._tokens) and self._tokens[self._next].text == mark

    def _command(self, piped: nodes.Value | None) -> nodes.Value:
        if self._next >= len(self._tokens):
            raise Unconvertible("a value is missing")
        first = self._tokens[self._next]
        if first.kind == "word" and first.text not in _CONSTANTS:
            self._next += 1
            arguments = self._operands()
            return nodes.Call(first.text, (*arguments, piped) if piped is not None else tuple(arguments))
        operands = self._operands()
        if piped is not None or len(operands) != 1:
            raise Unconvertible(f"{first.text} is no function, and gets arguments")
        return operands[0]

    def _operands(self) -> list[nodes.Value]:
        found: list[nodes.Value] = []
        while self._next < len(self._tokens) and self._tokens[self._next].text not in ("|", ")"):
            found.append(self._operand())
        return found

    def _operand(self) -> nodes.Value:
        value = self._term()
        while self._next < len(self._tokens):
            token = self._tokens[self._next]
            if token.kind != "field" or not token.glued:
                break
            self._next += 1
            value = nodes.Field(value, token.text[1:])
        return value

    def _term(self) -> nodes.Value:
        token = self._tokens[self._next]
        self._next += 1
        match token.kind:
            case "string" | "raw" | "char" | "number":
                return nodes.Literal(_constant(token))
            case "variable":
                return nodes.Variable(token.text[1:])
            case "field":
                return nodes.Field(nodes.Dot(), token.text[1:])
            case "dot":
                return nodes.Dot()
            case "word" if token.text in _CONSTANTS:
                return nodes.Literal(_CONSTANTS[token.text])
            case "word":
                return nodes.Call(token.text, ())
        if token.text != "(":
            raise Unconvertible(f"{token.text!r} is not expected here")
        value = self.pipeline()
        if not self._is(")"):
            raise Unconvertible("a bracket is not closed")
        self._next += 1
        return value


def _constant(token: Token) -> str | int | float:
    if token.kind == "raw":
        return token.text[1:-1]
    text = token.text.replace("_", "") if token.kind == "number" else token.text
    try:
        value = ast.literal_eval(text.lstrip("+"))
    except (SyntaxError, ValueError) as error:
        raise Unconvertible(f"{token.text} cannot be read") from error
    if token.kind == "char":
        return ord(value)
    assert isinstance(value, str | int | float)
    return value
