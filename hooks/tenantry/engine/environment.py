"""The Jinja2 in which expressions are evaluated: sandboxed, strict about undefined names, bounded, deterministic.

``NativeEnvironment`` is not used: it evaluates the text it made as a Python literal, so that a value from the database
would be looked at a second time. Here an expression's value is taken as it is.
"""

from __future__ import annotations

import textwrap
from typing import Any, Final

import orjson
from jinja2 import Environment, StrictUndefined, nodes, pass_context, pass_environment
from jinja2.compiler import CodeGenerator, Frame
from jinja2.filters import FILTERS, make_attrgetter
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tenantry import names
from tenantry.engine import limits, values

# Names with a space in them cannot be written in a template: these filters are the compiler's own.
NATIVE: Final = " native"
TEXT: Final = " text"
LABEL: Final = " label"
PIECE: Final = " piece"
CONCAT: Final = " concat"
WITHOUT_NULLS: Final = " without nulls"
ITEMS_WITHOUT_NULLS: Final = " items without nulls"
EACH: Final = " each"
STEPS: Final = " steps"
"""Name of the variable that holds the tenant's ``Steps``."""

_UNAVAILABLE_FILTERS: Final = ("pprint", "random", "urlize", "xmlattr")


class _UnitGenerator(CodeGenerator):
    """Generates code that yields the values of top-level expressions as they are, instead of their texts."""

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:
        if frame.buffer is not None:
            super().visit_Output(node, frame)
            return
        for child in node.nodes:
            self.writeline("yield ", child)
            self.visit(child, frame)


class ExpressionEnvironment(ImmutableSandboxedEnvironment):
    """The environment of all expressions. It holds no state of a tenant."""

    code_generator_class = _UnitGenerator
    intercepted_binops = frozenset(limits.BINARY_OPERATORS)

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True, cache_size=0)
        self.binop_table.update(limits.BINARY_OPERATORS)
        self.globals.clear()
        self.globals.update(range=limits.bounded_range, dict=dict)
        for name in _UNAVAILABLE_FILTERS:
            del self.filters[name]
        self.filters.update(_BOUNDED_FILTERS)
        self.filters.update(_INTERNAL_FILTERS)
        self.filters["slug"] = _slug

    def getattr(self, obj: Any, attribute: str) -> Any:
        """``obj.attribute``, where a key of a mapping comes before a method of the same name."""
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """``obj(…)``, refused where a text's own method would make too large a text."""
        limits.check_method(obj, args)
        return super().call(context, obj, *args, **kwargs)


@pass_context
def _each(context: Context, items: Any) -> Any:
    steps: limits.Steps = context.parent[STEPS]
    return steps.each(items)


def _slug(value: Any) -> str:
    return names.slug(values.piece(value))


def _tojson(value: Any) -> str:
    return orjson.dumps(values.native(value), option=orjson.OPT_SORT_KEYS).decode()


def _center(value: Any, width: int = 80) -> str:
    limits.text_of(width)
    return values.piece(value).center(width)


def _indent(value: str, width: int | str = 4, first: bool = False, blank: bool = False) -> Any:
    step = len(width) if isinstance(width, str) else width
    limits.text_of(len(value) + (value.count("\n") + 1) * step)
    return FILTERS["indent"](value, width, first, blank)


def _replace(value: Any, old: str, new: str, count: int | None = None) -> str:
    return limits.replace(values.piece(value), old, new, count)


@pass_environment
def _join(environment: Environment, value: Any, d: str = "", attribute: str | int | None = None) -> str:
    items = value if attribute is None else map(make_attrgetter(environment, attribute), value)
    return limits.join(map(values.piece, items), d)


def _format(value: str, *args: Any, **kwargs: Any) -> str:
    return limits.percent_format(value, kwargs or args)


def _batch(value: Any, linecount: int, fill_with: Any = None) -> Any:
    limits.items_of(linecount)
    return FILTERS["batch"](value, linecount, fill_with)


def _wordwrap(value: str, width: int = 79, break_long_words: bool = True) -> str:
    wrapped = (textwrap.wrap(line, width=width, break_long_words=break_long_words) for line in value.splitlines())
    return "\n".join("\n".join(lines) for lines in wrapped)


def _slice(value: Any, slices: int, fill_with: Any = None) -> Any:
    limits.items_of(slices)
    return FILTERS["slice"](value, slices, fill_with)


_BOUNDED_FILTERS: Final[dict[str, Any]] = {
    "batch": _batch,
    "center": _center,
    "format": _format,
    "indent": _indent,
    "join": _join,
    "replace": _replace,
    "slice": _slice,
    "tojson": _tojson,
    "wordwrap": _wordwrap,
}

_INTERNAL_FILTERS: Final[dict[str, Any]] = {
    NATIVE: values.native,
    TEXT: values.text,
    LABEL: values.label,
    PIECE: values.piece,
    CONCAT: values.concat,
    WITHOUT_NULLS: values.without_nulls,
    ITEMS_WITHOUT_NULLS: values.items_without_nulls,
    EACH: _each,
}

ENVIRONMENT: Final = ExpressionEnvironment()
