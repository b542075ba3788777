"""Expressions of Jinja while they are put together: their text, how tightly it binds, and what is known of the value.

All values of a row are texts in Lynq, and NULL is the empty one. Tenantry keeps the column's type. So a value of a row
is made a text wherever that could make a difference.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final, Literal

Kind = Literal["row", "str", "int", "float", "bool", "list", "any"]
"""What a value is: ``row`` comes from a column, ``any`` from JSON."""
NO_TEXT: Final = frozenset(("int", "float", "bool"))
_ESCAPES: Final = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


class Binds(IntEnum):
    """How tightly parts of an expression hold together, as Jinja's grammar has it."""

    CHOICE = 0
    OR = 1
    AND = 2
    NOT = 3
    COMPARISON = 4
    SUM = 5
    CONCAT = 6
    PRODUCT = 7
    FILTER = 8
    ATOM = 9


@dataclass(frozen=True, slots=True)
class Expr:
    """An expression."""

    text: str
    binds: Binds
    kind: Kind
    typed: bool = False
    """Whether Lynq's int, float or bool asked for this type in the object."""
    sure: bool = False
    """Whether it cannot be an empty text."""

    def within(self, binds: Binds) -> str:
        """Its text as a part of something that binds so tightly."""
        return self.text if self.binds >= binds else f"({self.text})"

    def but(self, kind: Kind) -> Expr:
        """The same with another kind."""
        return replace(self, kind=kind)

    @property
    def is_constant_text(self) -> bool:
        """Whether it is a text that stands in the template."""
        return self.binds is Binds.ATOM and self.text.startswith("'") and self.text.endswith("'")


def constant(value: str | float | bool | None) -> Expr:
    """A constant."""
    if value is None:
        return Expr("none", Binds.ATOM, "any")
    if isinstance(value, bool):
        return Expr("true" if value else "false", Binds.ATOM, "bool")
    if isinstance(value, int | float):
        text = str(value)
        return Expr(text if value >= 0 else f"({text})", Binds.ATOM, "int" if isinstance(value, int) else "float")
    escaped = "".join(_ESCAPES.get(character, character) for character in value)
    return Expr(f"'{escaped}'", Binds.ATOM, "str", sure=bool(value))


def filtered(value: Expr, filter_: str, *arguments: Expr | str | int, kind: Kind = "str") -> Expr:
    """A value with a filter behind it."""
    given = ", ".join(one.text if isinstance(one, Expr) else str(one) for one in arguments)
    call = f"{filter_}({given})" if arguments else filter_
    return Expr(f"{value.within(Binds.FILTER)} | {call}", Binds.FILTER, kind)


def method(value: Expr, name: str, *arguments: Expr, kind: Kind = "str") -> Expr:
    """A call of a method."""
    given = ", ".join(one.text for one in arguments)
    return Expr(f"{value.within(Binds.ATOM)}.{name}({given})", Binds.ATOM, kind)


def item(value: Expr, key: Expr | str, kind: Kind = "any") -> Expr:
    """``value[key]``; a text is written as it is, for slices."""
    return Expr(f"{value.within(Binds.ATOM)}[{key if isinstance(key, str) else key.text}]", Binds.ATOM, kind)


def infix(operator: str, binds: Binds, *parts: Expr, kind: Kind) -> Expr:
    """Parts with an operator between them."""
    if len(parts) == 1:
        return parts[0]
    # What stands on the right of an operator must bind more tightly: a - (b - c).
    texts = [parts[0].within(binds), *(part.within(Binds(binds + 1)) for part in parts[1:])]
    return Expr(f" {operator} ".join(texts), binds, kind)


def choice(condition: Expr, yes: Expr, no: Expr) -> Expr:
    """One value or the other."""
    kind: Kind = yes.kind if yes.kind == no.kind else "any"
    text = f"{yes.within(Binds.OR)} if {condition.within(Binds.OR)} else {no.text}"
    return Expr(text, Binds.CHOICE, kind, typed=yes.typed and no.typed, sure=yes.sure and no.sure)


def known(value: Expr) -> Expr:
    """A value that is never null: NULL is the empty text in Lynq."""
    return filtered(value, "coalesce", constant("")).but("row") if value.kind == "row" else value


def as_text(value: Expr) -> Expr:
    """A value as the text that Lynq has for it."""
    if value.kind == "str":
        return value
    if value.kind == "row":
        return filtered(known(value), "string")
    return filtered(value, "string")


def joined(parts: list[Expr]) -> Expr:
    """Texts one behind the other."""
    if not parts:
        return constant("")
    if len(parts) == 1:
        return as_text(parts[0])
    found = infix("~", Binds.CONCAT, *map(known, parts), kind="str")
    return replace(found, sure=any(part.sure or part.kind in NO_TEXT for part in parts))
