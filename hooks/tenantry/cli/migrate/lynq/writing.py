"""A string with Go templates in it as one with Jinja in it, whose value is the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from tenantry.cli.migrate.lynq import nodes
from tenantry.cli.migrate.lynq.jinja import Binds, Expr, as_text, choice, constant, joined, known
from tenantry.cli.migrate.lynq.notes import Unconvertible
from tenantry.cli.migrate.lynq.parsing import parse
from tenantry.cli.migrate.lynq.translating import Surroundings, translate

NATIVE: Final = "native"
"""A place in an object where any type may stand."""
TEXT: Final = "text"
"""A place where Kubernetes wants a text."""
LABEL: Final = "label"
_SIGNS: Final = re.compile(r"\{[{%#]|\{$")
_MARKER_STAYS: Final = "Lynq leaves the marker of int, float or bool inside of a text; here it is the plain value"
_EMPTY_LABEL: Final = "a label without a value is left out here; Lynq sets it to the empty text"


def convert(source: str, around: Surroundings, place: str) -> str:
    """A string of a LynqForm as one of a TenantTemplate. Raises ``Unconvertible``."""
    if "{{" not in source:
        return literal(source)
    body = parse(source)
    again = {node.name for node in _all_nodes(body) if isinstance(node, nodes.Assign) and not node.declares}
    value = None if again else _value(body, around)
    if value is None:
        return _Writer(again, place, around.differences).body(body, around)
    return "{{ " + _finished(value, place, around).text + " }}"


def literal(text: str) -> str:
    """A text in which Jinja finds nothing to do."""
    return _SIGNS.sub(lambda found: "{{ '" + found.group() + "' }}", text) if "{" in text else text


def _all_nodes(body: Iterable[nodes.Node]) -> Iterable[nodes.Node]:
    for node in body:
        yield node
        match node:
            case nodes.Choice():
                for branch in node.branches:
                    yield from _all_nodes(branch.body)
                yield from _all_nodes(node.otherwise)
            case nodes.Range():
                yield from _all_nodes(node.body)
                yield from _all_nodes(node.otherwise)


def _value(body: Sequence[nodes.Node], around: Surroundings) -> Expr | None:
    """The one value that a template is; none if it is made of several parts, or has a loop."""
    found: Expr | None = None
    for node in body:
        if isinstance(node, nodes.Assign):
            around = around.with_variable(node.name, translate(node.value, around))
            continue
        if found is not None or isinstance(node, nodes.Range):
            return None
        match node:
            case nodes.Text():
                found = constant(node.text)
            case nodes.Output():
                found = translate(node.value, around)
            case nodes.Choice():
                found = _choice(node, around)
                if found is None:
                    return None
    return found if found is not None else constant("")


def _choice(node: nodes.Choice, around: Surroundings) -> Expr | None:
    parts: list[tuple[Expr, Expr]] = []
    for branch in node.branches:
        condition = translate(branch.value, around)
        inner = around.with_variable(branch.name, condition)
        value = _value(branch.body, inner.with_dot(condition) if branch.dot else inner)
        if value is None:
            return None
        parts.append((_condition(condition), value if value.typed else as_text(value)))
        around = around.with_variable(branch.name, condition)
    last = _value(node.otherwise, around)
    if last is None:
        return None
    result = last if last.typed else as_text(last)
    for condition, value in reversed(parts):
        mixed = value.typed or result.typed
        # Each branch has the type that Lynq gives it: nothing is made a text of afterwards.
        result = replace(choice(condition, value, result), typed=mixed)
    return result


def _condition(value: Expr) -> Expr:
    return as_text(value) if value.kind == "row" else value


def _finished(value: Expr, place: str, around: Surroundings) -> Expr:
    if place == LABEL and not value.sure and value.kind in ("row", "str"):
        around.differences.add(_EMPTY_LABEL)
        return Expr(f"{as_text(value).within(Binds.AND)} or none", Binds.OR, "any")
    if value.typed:
        return value
    return as_text(value) if place == NATIVE else known(value)


class _Writer:
    """Writes a text with statements."""

    def __init__(self, again: set[str], place: str, differences: set[str]) -> None:
        self._again = again
        self._place = place
        self._differences = differences
        self._loops = 0

    def body(self, body: Sequence[nodes.Node], around: Surroundings) -> str:
        found = []
        for node in body:
            match node:
                case nodes.Text():
                    found.append(literal(node.text))
                case nodes.Output():
                    found.append(self._output(translate(node.value, around)))
                case nodes.Assign():
                    text, around = self._assign(node, around)
                    found.append(text)
                case nodes.Choice():
                    found.append(self._choice(node, around))
                case nodes.Range():
                    found.append(self._range(node, around))
        return "".join(found)

    def _output(self, value: Expr) -> str:
        if value.typed and self._place == NATIVE:
            self._differences.add(_MARKER_STAYS)
        return "{{ " + joined([value]).text + " }}" if value.kind == "bool" else "{{ " + known(value).text + " }}"

    def _assign(self, node: nodes.Assign, around: Surroundings) -> tuple[str, Surroundings]:
        value = translate(node.value, around)
        if node.name not in self._again:
            return "", around.with_variable(node.name, value)
        if not node.declares and self._loops:
            raise Unconvertible(f"${node.name} gets another value in a loop: Jinja has no such thing")
        name = f"var_{node.name}"
        text = "{% set " + name + " = " + as_text(value).text + " %}"
        return text, around.with_variable(node.name, Expr(name, Binds.ATOM, "str"))

    def _choice(self, node: nodes.Choice, around: Surroundings) -> str:
        found = []
        for index, branch in enumerate(node.branches):
            value = translate(branch.value, around)
            around = around.with_variable(branch.name, value)
            found.append("{% " + ("elif" if index else "if") + f" {_condition(value).text} %}}")
            found.append(self.body(branch.body, around.with_dot(value) if branch.dot else around))
        if node.otherwise:
            found.append("{% else %}" + self.body(node.otherwise, around))
        return "".join(found) + "{% endif %}"

    def _range(self, node: nodes.Range, around: Surroundings) -> str:
        value = translate(node.value, around)
        self._loops += 1
        name = f"item_{self._loops}"
        before = ""
        if value.kind == "any" and value.binds is not Binds.ATOM:
            before = "{% set " + f"items_{self._loops} = {value.text}" + " %}"
            value = Expr(f"items_{self._loops}", Binds.ATOM, "any")
        item, key, over = _iteration(value, name)
        inner = around.with_dot(item).with_variable(node.item, item)
        index = ""
        if node.key:
            index = "{% set " + f"key_{self._loops} = {key}" + " %}"
            inner = inner.with_variable(node.key, Expr(f"key_{self._loops}", Binds.ATOM, "any"))
        text = before + "{% for " + f"{name} in {over}" + " %}" + index + self.body(node.body, inner)
        if node.otherwise:
            text += "{% else %}" + self.body(node.otherwise, around)
        return text + "{% endfor %}"


def _iteration(value: Expr, name: str) -> tuple[Expr, str, str]:
    """What an item and its key are in a loop over a value, and over what the loop goes."""
    if value.kind == "list":
        kind = "str" if ".split(" in value.text else "any"
        return Expr(name, Binds.ATOM, "str" if kind == "str" else "any"), "loop.index0", value.within(Binds.FILTER)
    if value.kind == "int":
        return Expr(name, Binds.ATOM, "int"), "loop.index0", f"range({value.text})"
    if value.kind != "any":
        raise Unconvertible(f"{value.text} is no list: put fromJson or splitList before it")
    found = value.within(Binds.ATOM)
    over = f"({found} | dictsort(true) if {found} is mapping else {found})"
    item = Expr(f"({name}[1] if {found} is mapping else {name})", Binds.ATOM, "any")
    return item, f"({name}[0] if {found} is mapping else loop.index0)", over
