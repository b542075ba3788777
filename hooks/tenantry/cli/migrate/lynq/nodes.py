"""The parts of a Go template (package text/template), as far as they mean something in one string."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant; none is ``nil``."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Dot:
    """The value that the template, or the innermost range or with, is about."""


@dataclass(frozen=True, slots=True)
class Variable:
    """``$name``; ``$`` alone is what the whole template is about."""

    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a value."""

    of: Value
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments; what is piped into it comes last."""

    name: str
    arguments: tuple[Value, ...]


Value = Literal | Dot | Variable | Field | Call


@dataclass(frozen=True, slots=True)
class Text:
    """What stands between actions."""

    text: str


@dataclass(frozen=True, slots=True)
class Output:
    """A value that is written."""

    value: Value


@dataclass(frozen=True, slots=True)
class Assign:
    """A variable that gets a value; ``declares`` tells ``:=`` from ``=``."""

    name: str
    value: Value
    declares: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """What is written if a value is true. ``name`` is a variable that has it; ``dot`` if it becomes the dot."""

    value: Value
    body: tuple[Node, ...]
    name: str = ""
    dot: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """``if`` and ``with``, with all that follows ``else``."""

    branches: tuple[Branch, ...]
    otherwise: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Range:
    """``range``, with names for key and value, empty where there are none."""

    value: Value
    body: tuple[Node, ...]
    otherwise: tuple[Node, ...]
    key: str = ""
    item: str = ""


Node = Text | Output | Assign | Choice | Range
