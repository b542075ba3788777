"""From an object with expressions in it to one function that makes the whole object.

All strings of an entry are parsed once and become the leaves of *one* Jinja unit, whose single value is the object: a
dictionary display with expressions inside, compiled to Python by Jinja. Looking up a variable once for 70 expressions
instead of 70 times is what makes rendering cheap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from jinja2 import TemplateError as JinjaError
from jinja2 import nodes
from jinja2.environment import Template
from jinja2.runtime import Context
from jinja2.visitor import NodeTransformer

from tenantry.engine.environment import (
    CHAINED,
    CONCAT,
    EACH,
    ENVIRONMENT,
    ITEMS_WITHOUT_NULLS,
    LABEL,
    MADE,
    NATIVE,
    OUTPUT,
    PIECE,
    SELF,
    TEXT,
    USED,
    WITHOUT_NULLS,
)
from tenantry.engine.positions import Path, is_label, wants_string

Unit = Callable[[Context], Any]
"""Makes a value in a context. Raises whatever its expressions raise."""

_STATEMENTS: Final = (nodes.If, nodes.For, nodes.With, nodes.Assign, nodes.AssignBlock, nodes.Output)
_CHEAP_TESTS: Final = frozenset(
    ("boolean", "defined", "false", "float", "integer", "mapping", "none", "number", "string", "true", "undefined")
)
_NODES_PER_STEP: Final = 8
"""Parts of an expression that are evaluated in the time of a step."""
_BLOCK_PREFIX: Final = "_text_"
_TOO_DEEP: Final = (MemoryError, OverflowError, RecursionError, SyntaxError, ValueError)
"""What Python raises for source that it cannot nest that deep, or whose numbers it does not read."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One string with expressions in it."""

    path: Path
    source: str
    finish: str
    """The internal filter that its value passes: what kind of value is wanted at this path."""


@dataclass(frozen=True, slots=True, eq=False)
class Option:
    """An option of an entry that is an expression."""

    name: str
    leaf: Leaf
    unit: Unit


class BadExpression(Exception):
    """A string that cannot be compiled. The message says why."""


def is_expression(value: object) -> bool:
    """Whether this is a string in which Jinja would find something to do."""
    return isinstance(value, str) and ("{{" in value or "{%" in value or "{#" in value)


def leaves_of(obj: dict[str, Any]) -> list[Leaf]:
    """Every string with expressions in an object, with the kind of value that is wanted there."""
    api_version, kind = str(obj.get("apiVersion", "")), str(obj.get("kind", ""))
    return [Leaf(path, text, _finish(api_version, kind, path)) for path, text in _strings(obj, ())]


def compile_object(obj: dict[str, Any], leaves: Iterable[Leaf]) -> Unit:
    """The unit that makes this object. Raises ``BadExpression`` (check the leaves one by one to learn which)."""
    return _Builder({leaf.path: leaf for leaf in leaves}).compile(obj)


def compile_later(obj: dict[str, Any]) -> Unit:
    """The unit that makes this object, which is compiled when it is asked for the first time."""

    @cache
    def unit() -> Unit:
        return compile_object(obj, leaves_of(obj))

    return lambda context: unit()(context)


def compile_leaf(leaf: Leaf) -> Unit:
    """The unit that makes the value of one leaf alone. Raises ``BadExpression``."""
    return _Builder({(): leaf}).compile(leaf.source)


def compile_option(name: str, source: str) -> Option:
    """An option whose value is that of one expression, with its type. Raises ``BadExpression``."""
    leaf = Leaf((), source, NATIVE)
    body = _parse(source).body
    parts = body[0].nodes if len(body) == 1 and isinstance(body[0], nodes.Output) else []
    if len(parts) != 1 or isinstance(parts[0], nodes.TemplateData):
        raise BadExpression("must be one single expression, for example {{ plan == 'pro' }}")
    return Option(name, leaf, compile_leaf(leaf))


def _finish(api_version: str, kind: str, path: Path) -> str:
    if is_label(path):
        return LABEL
    return TEXT if wants_string(api_version, kind, path) else NATIVE


def _strings(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _strings(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _strings(item, (*path, index))
    elif is_expression(value):
        yield path, value


class _Builder:
    """Builds the Jinja syntax tree of one unit."""

    def __init__(self, leaves: dict[Path, Leaf]) -> None:
        self.leaves = leaves
        self.ways = {path[:length] for path in leaves for length in range(len(path))}
        """Where lists and mappings are with a leaf somewhere in them."""
        self.blocks: list[nodes.Node] = []

    def compile(self, value: Any) -> Unit:
        tree = self.node(value, ())
        body: list[nodes.Node] = [*self.blocks, nodes.Output([tree], lineno=1)]
        root = nodes.Template(body, lineno=1)
        try:
            code = ENVIRONMENT.compile(root)
        except JinjaError as error:
            raise BadExpression(_one_line(error)) from error
        except _TOO_DEEP as error:
            raise BadExpression("is nested too deeply") from error
        render = Template.from_code(ENVIRONMENT, code, {}).root_render_func
        return lambda context: next(render(context))

    def node(self, value: Any, path: Path) -> nodes.Expr:
        leaf = self.leaves.get(path)
        if leaf is not None:
            return self.leaf(leaf)
        if path not in self.ways:
            return nodes.Const(_normal(value), lineno=1)
        if isinstance(value, dict):
            pairs = [
                nodes.Pair(nodes.Const(key), self.node(item, (*path, key)), lineno=1)
                for key, item in value.items()
                if item is not None
            ]
            nullable = any((*path, key) in self.leaves for key in value)
            display: nodes.Expr = nodes.Dict(pairs, lineno=1)
            return _filter(WITHOUT_NULLS, display) if nullable else display
        items = [self.node(item, (*path, index)) for index, item in enumerate(value) if item is not None]
        nullable = any((*path, index) in self.leaves for index in range(len(value)))
        display = nodes.List(items, lineno=1)
        return _filter(ITEMS_WITHOUT_NULLS, display) if nullable else display

    def leaf(self, leaf: Leaf) -> nodes.Expr:
        body = _parse(leaf.source).body
        if not body:
            return nodes.Const("")
        if any(not isinstance(node, nodes.Output) for node in body):
            return _filter(leaf.finish, self.block(body))
        parts = [part for node in body if isinstance(node, nodes.Output) for part in node.nodes]
        if len(parts) == 1 and not isinstance(parts[0], nodes.TemplateData):
            return _filter(leaf.finish, parts[0])
        pieces = [
            nodes.Const(part.data) if isinstance(part, nodes.TemplateData) else _filter(PIECE, part) for part in parts
        ]
        text = _filter(CONCAT, nodes.Tuple(pieces, "load", lineno=1))
        return _filter(leaf.finish, text) if leaf.finish == LABEL else text

    def block(self, body: list[nodes.Node]) -> nodes.Expr:
        """A text with statements: captured before the object is made, and named in it."""
        name = f"{_BLOCK_PREFIX}{len(self.blocks)}"
        for node in body:
            _bound(node)
        self.blocks.append(nodes.AssignBlock(nodes.Name(name, "store"), None, body, lineno=1))
        return nodes.Name(name, "load", lineno=1)


class _Counting(NodeTransformer):
    """Lets every operation count what it handles that is neither a filter nor a call: those count by themselves."""

    def visit_Name(self, node: nodes.Name) -> nodes.Node:
        if node.name == "self":
            node.name = SELF
        if node.name.startswith(_BLOCK_PREFIX):
            raise BadExpression(f"names that begin with {_BLOCK_PREFIX} are Tenantry's own")
        return node

    def visit_List(self, node: nodes.List) -> nodes.Node:
        return self._made(node)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:
        return self._made(node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:
        return self._made(node) if node.ctx == "load" else node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        pieces: list[nodes.Expr] = [_filter(PIECE, part) for part in node.nodes]
        return _filter(CHAINED, nodes.Tuple(pieces, "load", lineno=1))

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:
        self.generic_visit(node)
        node.expr = _used(node.expr)
        for operand in node.ops:
            operand.expr = _used(operand.expr)
        return node

    def visit_Test(self, node: nodes.Test) -> nodes.Node:
        self.generic_visit(node)
        if node.name not in _CHEAP_TESTS:
            node.node = _used(node.node)
            node.args = [_used(argument) for argument in node.args]
        return node

    def _made(self, node: nodes.Expr) -> nodes.Node:
        self.generic_visit(node)
        return _filter(MADE, node)


def _used(node: nodes.Expr) -> nodes.Expr:
    return node if isinstance(node, nodes.Const) else _filter(USED, node)


def _parse(source: str) -> nodes.Template:
    try:
        tree = ENVIRONMENT.parse(source)
        counted: nodes.Template = _Counting().visit(tree)
    except JinjaError as error:
        raise BadExpression(_one_line(error)) from error
    except _TOO_DEEP as error:
        raise BadExpression("is nested too deeply") from error
    return counted


def _bound(node: nodes.Node) -> None:
    """Let every loop of a text count its steps, and every output its length."""
    statements = [node, *node.find_all(nodes.Stmt)]
    for statement in statements:
        if isinstance(statement, nodes.Stmt) and not isinstance(statement, _STATEMENTS):
            raise BadExpression(
                f"the statement {type(statement).__name__.lower()} is not available: use if, for or set"
            )
        if isinstance(statement, nodes.For):
            if statement.recursive:
                raise BadExpression("recursive loops are not available")
            cost = nodes.Const(1 + _size_of(statement) // _NODES_PER_STEP)
            statement.iter = nodes.Filter(statement.iter, EACH, [cost], [], None, None, lineno=1)
        if isinstance(statement, nodes.Output):
            statement.nodes = [_counted_output(part) for part in statement.nodes]


def _size_of(loop: nodes.For) -> int:
    """How much there is to do in every round of a loop, whatever its values are."""
    return sum(1 for _ in loop.find_all(nodes.Node))


def _counted_output(part: nodes.Expr) -> nodes.Expr:
    return _filter(OUTPUT, nodes.Const(part.data) if isinstance(part, nodes.TemplateData) else part)


def _filter(name: str, node: nodes.Expr | None) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=1)


def _normal(value: Any) -> Any:
    """A constant part of an object without nulls and with integral floats as integers."""
    if isinstance(value, dict):
        return {key: _normal(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_normal(item) for item in value if item is not None]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _one_line(error: JinjaError) -> str:
    return " ".join((error.message or str(error)).split()).rstrip(".")
