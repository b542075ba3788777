"""The Jinja2 in which expressions are evaluated: sandboxed, strict about undefined names, bounded, deterministic.

``NativeEnvironment`` is not used: it evaluates the text it made as a Python literal, so that a value from the database
would be looked at a second time. Here an expression's value is taken as it is.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from typing import Any, Final

from jinja2 import Environment, StrictUndefined, nodes, pass_context, pass_environment
from jinja2.compiler import CodeGenerator, Frame
from jinja2.filters import FILTERS, make_attrgetter, sync_do_slice
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tenantry.engine import limits, methods, values
from tenantry.engine.functions import COSTS, FUNCTIONS

# Names with a space in them cannot be written in a template: these filters are the compiler's own.
NATIVE: Final = " native"
TEXT: Final = " text"
LABEL: Final = " label"
PIECE: Final = " piece"
CONCAT: Final = " concat"
WITHOUT_NULLS: Final = " without nulls"
ITEMS_WITHOUT_NULLS: Final = " items without nulls"
EACH: Final = " each"
OUTPUT: Final = " output"
CHAINED: Final = " chained"
USED: Final = " used"
MADE: Final = " made"
SELF: Final = "_self"
"""What ``self`` is called inside: Jinja itself gives that name another meaning."""
STEPS: Final = limits.STEPS
"""Name of the variable that holds the tenant's ``Steps``."""

_CHEAP_FILTERS: Final = frozenset(("abs", "count", "d", "default", "first", "length"))
# Not the same for the same request, without a bound, or of no use outside of web pages.
_UNAVAILABLE_FILTERS: Final = (
    "pprint",
    "random",
    "e",
    "escape",
    "forceescape",
    "safe",
    "striptags",
    "urlize",
    "xmlattr",
)
_COSTS_BY_SIZE: Final = {
    "batch": 4,
    "dictsort": 4,
    "groupby": 10,
    "map": 4,
    "reject": 5,
    "rejectattr": 10,
    "select": 5,
    "selectattr": 10,
    "slice": 4,
    "slug": 2,
    "sort": 5,
    "tojson": 3,
    "toyaml": 4,
    "unique": 4,
    "wordwrap": 16,
}
"""How much dearer than others a filter is for each item or character: measured."""
_LONGEST_WORD: Final = 10_000
_MOST_DIGITS: Final = 30


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
        # Not optimized: Jinja looks for constants anew below every operator, so that a chain would take the square of
        # its length to compile.
        super().__init__(
            undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True, cache_size=0, optimized=False
        )
        self.globals.clear()
        self.globals.update(range=limits.bounded_range, dict=dict)
        for name in _UNAVAILABLE_FILTERS:
            del self.filters[name]
        self.filters.update(_BOUNDED_FILTERS)
        self.filters.update(FUNCTIONS)
        for name, function in self.filters.items():
            if name not in _CHEAP_FILTERS:
                self.filters[name] = _counted(function, COSTS.get(name, 1), _COSTS_BY_SIZE.get(name, 1))
        self.filters.update(_INTERNAL_FILTERS)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """``obj.attribute``, where a key of a mapping comes before a method of the same name."""
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """``obj(…)``, refused unless it is known to be harmless, and counted."""
        steps: limits.Steps = context.parent[STEPS]
        arguments = tuple([list(steps.each(item)) if isinstance(item, Iterator) else item for item in args])
        steps.take(1)
        steps.used(getattr(obj, "__self__", None))
        steps.used(arguments)
        methods.check_call(obj, arguments)
        return steps.made(super().call(context, obj, *arguments, **kwargs))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """An operator whose result can be larger than what it is given, counted."""
        steps: limits.Steps = context.parent[STEPS]
        steps.take(1)
        return steps.made(limits.BINARY_OPERATORS[operator](left, right))


def _steps(context: Context) -> limits.Steps:
    found: limits.Steps = context.parent[STEPS]
    return found


def _counted(function: Callable[..., Any], cost: int, times: int) -> Callable[..., Any]:
    """A filter that counts what it is given and what it makes."""

    passed = getattr(getattr(function, "jinja_pass_arg", None), "name", "")

    @pass_context
    def counted(context: Context, *args: Any, **kwargs: Any) -> Any:
        steps: limits.Steps = context.parent[STEPS]
        steps.take(cost)
        if times > 1 and args:
            steps.looked_through(args[0], times)
        for item in args:
            steps.used(item)
        for item in kwargs.values():
            steps.used(item)
        if passed == "context":
            return steps.made(function(context, *args, **kwargs))
        if passed == "environment":
            return steps.made(function(context.environment, *args, **kwargs))
        if passed == "eval_context":
            return steps.made(function(context.eval_ctx, *args, **kwargs))
        return steps.made(function(*args, **kwargs))

    return counted


@pass_context
def _each(context: Context, items: Any, cost: int) -> Any:
    return _steps(context).each(items, cost)


@pass_context
def _output(context: Context, value: Any) -> str:
    text = values.piece(value)
    steps = _steps(context)
    steps.take(1)
    steps.used(text)
    return text


def _finished(finish: Callable[[Any], Any], is_finished: Callable[[str], bool]) -> Callable[[Context, Any], Any]:
    """A filter that a value passes on its way into the object: what leaves there is counted as well.

    ``is_finished`` tells which short texts are what they shall be, as nearly all are.
    """

    @pass_context
    def finished(context: Context, value: Any) -> Any:
        if type(value) is str and len(value) < limits.CHARACTERS_PER_STEP:
            return value if is_finished(value) else finish(value)
        found = _steps(context).made(value)
        return finish(found)

    return finished


@pass_context
def _chained(context: Context, parts: tuple[str, ...]) -> Any:
    return _steps(context).made(values.concat(parts))


@pass_context
def _used(context: Context, value: Any) -> Any:
    return _steps(context).used(value)


@pass_context
def _made(context: Context, value: Any) -> Any:
    return _steps(context).made(value)


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


def _round(value: Any, precision: int = 0, method: str = "common") -> Any:
    if abs(precision) > _MOST_DIGITS:
        raise limits.LimitExceeded(f"numbers are rounded to at most {_MOST_DIGITS} digits")
    return FILTERS["round"](value, precision, method)


@pass_environment
def _sum(environment: Environment, value: Any, attribute: str | int | None = None, start: float = 0) -> Any:
    if not isinstance(start, int | float):
        raise limits.LimitExceeded("sum() is for numbers: use join for texts")
    return sum(value if attribute is None else map(make_attrgetter(environment, attribute), value), start)


def _batch(value: Any, linecount: int, fill_with: Any = None) -> Any:
    limits.items_of(linecount)
    return FILTERS["batch"](value, linecount, fill_with)


def _wordwrap(value: str, width: int = 79, break_long_words: bool = True) -> str:
    if any(len(word) > _LONGEST_WORD for word in value.split()):
        raise limits.LimitExceeded(f"a word has more than {_LONGEST_WORD:,} characters")
    wrapped = (textwrap.wrap(line, width=width, break_long_words=break_long_words) for line in value.splitlines())
    return "\n".join("\n".join(lines) for lines in wrapped)


def _slice(value: Any, slices: int, fill_with: Any = None) -> Any:
    limits.items_of(slices)
    return sync_do_slice(value, slices, fill_with)


_BOUNDED_FILTERS: Final[dict[str, Any]] = {
    "batch": _batch,
    "center": _center,
    "format": _format,
    "indent": _indent,
    "join": _join,
    "replace": _replace,
    "round": _round,
    "slice": _slice,
    "sum": _sum,
    "wordwrap": _wordwrap,
}

_INTERNAL_FILTERS: Final[dict[str, Any]] = {
    NATIVE: _finished(values.native, str.isascii),
    TEXT: _finished(values.text, str.isascii),
    LABEL: _finished(values.label, values.is_label),
    PIECE: values.piece,
    CONCAT: values.concat,
    WITHOUT_NULLS: values.without_nulls,
    ITEMS_WITHOUT_NULLS: values.items_without_nulls,
    EACH: _each,
    OUTPUT: _output,
    CHAINED: _chained,
    USED: _used,
    MADE: _made,
}

ENVIRONMENT: Final = ExpressionEnvironment()
