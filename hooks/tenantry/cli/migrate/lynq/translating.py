"""Values of Go templates as expressions of Jinja."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from tenantry.cli.migrate.lynq import nodes
from tenantry.cli.migrate.lynq.functions import DIFFERENCES, TYPED, call
from tenantry.cli.migrate.lynq.jinja import Binds, Expr, constant, item
from tenantry.cli.migrate.lynq.lists import part_of_split
from tenantry.cli.migrate.lynq.notes import Unconvertible
from tenantry.cli.migrate.lynq.scope import Scope

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_MARKER_FAILS: Final = "the result of int, float or bool is no number in Lynq, so this gives another value there"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a value sees: the row, the dot, variables, and where to tell of differences."""

    scope: Scope
    dot: Expr | None = None
    """None where the dot is the row."""
    variables: Mapping[str, Expr] = field(default_factory=dict)
    differences: set[str] = field(default_factory=set)

    def with_variable(self, name: str, value: Expr) -> Surroundings:
        """The same with one more variable."""
        return replace(self, variables={**self.variables, name: value}) if name else self

    def with_dot(self, value: Expr) -> Surroundings:
        """The same with another dot."""
        return replace(self, dot=value)


def translate(value: nodes.Value, around: Surroundings) -> Expr:
    """A value as an expression. Raises ``Unconvertible``."""
    match value:
        case nodes.Literal():
            return constant(value.value)
        case nodes.Dot():
            if around.dot is None:
                raise Unconvertible("the whole row is no value here: name its variables")
            return around.dot
        case nodes.Variable():
            return _variable(value.name, around)
        case nodes.Field():
            return _field(value, around)
        case nodes.Call():
            return _call(value, around)


def _variable(name: str, around: Surroundings) -> Expr:
    if not name:
        raise Unconvertible("the whole row is no value here: name its variables")
    if name not in around.variables:
        raise Unconvertible(f"${name} has no value here")
    return around.variables[name]


def _is_row(value: nodes.Value, around: Surroundings) -> bool:
    return value == nodes.Variable("") or (value == nodes.Dot() and around.dot is None)


def _field(value: nodes.Field, around: Surroundings) -> Expr:
    if _is_row(value.of, around):
        return around.scope.variable(value.name)
    of = translate(value.of, around)
    part = part_of_split(of, value.name)
    if part is not None:
        return part
    if of.kind not in ("any", "list"):
        raise Unconvertible(f"{of.text} is a text and has no field {value.name}")
    if _NAME.fullmatch(value.name):
        return Expr(f"{of.within(Binds.ATOM)}.{value.name}", Binds.ATOM, "any")
    return item(of, constant(value.name))


def _call(value: nodes.Call, around: Surroundings) -> Expr:
    given = value.arguments
    if value.name in ("index", "get", "hasKey") and given and _is_row(given[0], around):
        if len(given) != 2 or not isinstance(given[1], nodes.Literal) or not isinstance(given[1].value, str):
            raise Unconvertible(f"{value.name} needs the name of a variable as a constant")
        if value.name == "hasKey":
            known = around.scope.extra is None or given[1].value in around.scope.extra
            return constant(known)
        return around.scope.variable(given[1].value, by_index=True)
    arguments = [translate(argument, around) for argument in given]
    if value.name in DIFFERENCES:
        around.differences.add(DIFFERENCES[value.name])
    if value.name not in TYPED and any(argument.typed for argument in arguments):
        around.differences.add(_MARKER_FAILS)
    result = call(value.name, arguments)
    passes = value.name in ("ternary", "default")
    return result if value.name in TYPED or passes else replace(result, typed=False)
