"""JSONPath (RFC 9535) as templates may write it: compiled once, checked, and cheap whatever it says.

The language has no bound of its own: two descendant segments, or a filter inside a filter, visit an object's fields as
often as there are fields. So a path is refused when it could do that, and its regular expressions are those of RE2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

import re2
from iregexp_check import check
from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathError, JSONPathQuery
from jsonpath_rfc9535.filter_expressions import (
    ComparisonExpression,
    Expression,
    FilterExpression,
    FilterQuery,
    FunctionExtension,
    LogicalExpression,
    PrefixExpression,
    RootFilterQuery,
)
from jsonpath_rfc9535.function_extensions import ExpressionType, FilterFunction
from jsonpath_rfc9535.segments import JSONPathRecursiveDescentSegment
from jsonpath_rfc9535.selectors import FilterSelector, NameSelector

from tenantry.protocol import JSONObject, Location

MAX_BRANCHES: Final = 16
"""How many ways a path may branch by listing several selectors in one pair of brackets, all segments together."""
_MEMORY: Final = 256 * 1024
"""Bytes of a compiled regular expression and its states."""


class BadPath(ValueError):
    """A text that cannot be used as a path. The message tells why, and what to do."""


class JSONPath:
    """A compiled path."""

    def __init__(self, text: str, query: JSONPathQuery) -> None:
        self.text = text
        self._query = query

    def locations(self, obj: JSONObject) -> Iterator[Location]:
        """Where it matches in an object."""
        return (node.location for node in self._query.finditer(obj))

    def names(self) -> Iterator[str]:
        """Names of fields that it spells out, those in filters aside."""
        selectors = (selector for segment in self._query.segments for selector in segment.selectors)
        return (selector.name for selector in selectors if isinstance(selector, NameSelector))


def compile_path(text: str) -> JSONPath:
    """The path that a text writes. Raises ``BadPath``."""
    try:
        query = _ENVIRONMENT.compile(text)
    except JSONPathError as error:
        raise BadPath(f"is not a JSONPath of RFC 9535: {error}") from error
    except RecursionError as error:
        raise BadPath("is not a JSONPath that can be read: it is nested too deeply") from error
    except (ArithmeticError, ValueError) as error:
        raise BadPath(f"is not a JSONPath of RFC 9535: {error}") from error
    _check(query)
    return JSONPath(text, query)


class _RegularExpression(FilterFunction):
    """``match`` and ``search``, which take time in proportion to the text."""

    arg_types: Final = [ExpressionType.VALUE, ExpressionType.VALUE]
    return_type: Final = ExpressionType.LOGICAL

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole

    def __call__(self, text: object, pattern: object) -> bool:
        """Whether the pattern is found; never if one of the two is no text, or the pattern none of RFC 9485."""
        if not isinstance(text, str) or not isinstance(pattern, str):
            return False
        compiled = _pattern(pattern)
        if compiled is None:
            return False
        return (compiled.fullmatch(text) if self._whole else compiled.search(text)) is not None


class _Environment(JSONPathEnvironment):
    def setup_function_extensions(self) -> None:
        """The functions of RFC 9535."""
        super().setup_function_extensions()
        self.function_extensions["match"] = _RegularExpression(whole=True)
        self.function_extensions["search"] = _RegularExpression(whole=False)


@lru_cache(maxsize=256)
def _pattern(text: str) -> Any:
    """The compiled pattern, none if it is not one of RFC 9485 (I-Regexp), or too large."""
    if not check(text):
        return None
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        return re2.compile(_as_re2(text), options)
    except re2.error:
        return None


def _as_re2(pattern: str) -> str:
    """RFC 9485, section 5.3: a dot outside of brackets is any character that ends no line."""
    parts = []
    escaped = bracketed = False
    for character in pattern:
        parts.append(r"[^\n\r]" if character == "." and not escaped and not bracketed else character)
        if not escaped and character in "[]":
            bracketed = character == "["
        escaped = character == "\\" and not escaped
    return "".join(parts)


_ENVIRONMENT: Final = _Environment()


def _check(query: JSONPathQuery) -> None:
    queries = [query, *_inner(query)]
    segments = [segment for one in queries for segment in one.segments]
    if sum(isinstance(segment, JSONPathRecursiveDescentSegment) for segment in segments) > 1:
        raise BadPath("has more than one descendant segment (..): write the other fields out")
    branches = 1
    for segment in segments:
        branches *= max(1, len(segment.selectors))
    if branches > MAX_BRANCHES:
        raise BadPath(f"branches in {branches} ways, more than {MAX_BRANCHES}: write several paths")


def _inner(query: JSONPathQuery) -> list[JSONPathQuery]:
    """The queries in the filters of a path, which must be simple. Raises ``BadPath``."""
    found = []
    for inner in _queries_in_filters(query):
        selectors = [selector for segment in inner.query.segments for selector in segment.selectors]
        if any(isinstance(selector, FilterSelector) for selector in selectors):
            raise BadPath("has a filter inside a filter: write it with one")
        if isinstance(inner, RootFilterQuery) and not inner.query.singular_query():
            raise BadPath(f"searches the whole object in a filter ({inner.query}): name one field there")
        found.append(inner.query)
    return found


def _queries_in_filters(query: JSONPathQuery) -> Iterator[FilterQuery]:
    for segment in query.segments:
        for selector in segment.selectors:
            if isinstance(selector, FilterSelector):
                yield from _queries_of([selector.expression])


def _queries_of(expressions: Iterable[Expression]) -> Iterator[FilterQuery]:
    for expression in expressions:
        if isinstance(expression, FilterQuery):
            yield expression
        elif isinstance(expression, FilterExpression):
            yield from _queries_of([expression.expression])
        elif isinstance(expression, PrefixExpression):
            yield from _queries_of([expression.right])
        elif isinstance(expression, LogicalExpression | ComparisonExpression):
            yield from _queries_of([expression.left, expression.right])
        elif isinstance(expression, FunctionExtension):
            yield from _queries_of(expression.args)
