"""The variables that a template declares: what a row must hold, looked at before anything is rendered."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from pydantic_core import SchemaError, SchemaValidator, core_schema

from tenantry.engine.values import ValueRefused, native
from tenantry.kinds.registry import RESERVED_VARIABLES, VARIABLE
from tenantry.protocol import JSONObject

Findings = list[tuple[str, str]]
"""Where in ``spec.variables`` something is wrong, and what to do about it."""

_WANTED: Final = {
    "string": "text",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "list": "a list",
    "object": "a mapping",
}
_KEYWORDS: Final = frozenset(
    ("and", "dict", "elif", "else", "false", "if", "in", "is", "loop", "none", "not", "or", "range", "self", "true")
)
_LONGEST_SHOWN: Final = 60


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """What one variable may be."""

    name: str
    type: str
    default: Any
    """None if there is no default."""
    choices: tuple[Any, ...]
    """All allowed values; empty if any will do."""
    pattern: str
    matching: SchemaValidator | None
    """Tells whether a text matches ``pattern``, in a time that grows with its length alone."""
    required: bool


class Misfit(ValueError):
    """A value that a variable cannot have. The message says why."""


def compile_variables(declared: Mapping[str, JSONObject]) -> tuple[tuple[Variable, ...], Findings]:
    """The variables that can be used, and everything that is wrong with the others."""
    variables, findings = [], []
    for name, options in declared.items():
        found = _name_findings(name)
        try:
            variable = _variable(name, options)
        except SchemaError as error:
            found.append((".pattern", f"is not a regular expression: {' '.join(str(error).split())}"))
        else:
            variables.append(variable)
            found += _value_findings(variable, options)
        findings += [(f"[{name}]{path}", message) for path, message in found]
    return tuple(variables), findings


def fit(
    variables: Sequence[Variable], values: Mapping[str, Any], columns: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], list[str]]:
    """What the variables are, given a row's values, and a sentence for each one that does not fit.

    ``columns`` are those of the values that are not called like their variable; none if the values are of no row.
    """
    fitted: dict[str, Any] = {}
    problems = []
    for variable in variables:
        value = values.get(variable.name)
        if value is None:
            value = variable.default
        if value is None and variable.required:
            problems.append(f"{_called(variable.name, values, columns)} has no value, and no default")
            continue
        try:
            fitted[variable.name] = None if value is None else _fitting(variable, value)
        except Misfit as error:
            problems.append(f"{_called(variable.name, values, columns)} {error}")
    return fitted, problems


def _called(name: str, values: Mapping[str, Any], columns: Mapping[str, str] | None) -> str:
    """A variable, and the column that a person must look at; a variable of no row, or of no column, by itself."""
    if columns is None or name not in values:
        return f"variable {name}"
    return f"variable {name} from column {columns.get(name, name)}"


def _variable(name: str, options: JSONObject) -> Variable:
    default, pattern = options.get("default"), options.get("pattern") or ""
    schema = core_schema.str_schema(pattern=pattern, regex_engine="rust-regex")
    required = options.get("required")
    return Variable(
        name=name,
        type=options["type"],
        default=default,
        choices=tuple(options.get("enum") or ()),
        pattern=pattern,
        matching=SchemaValidator(schema) if pattern else None,
        required=default is None if required is None else required,
    )


def _name_findings(name: str) -> Findings:
    if not re.fullmatch(VARIABLE, name):
        return [("", "is no name for a variable: a letter, then letters, digits and underscores")]
    if name in RESERVED_VARIABLES or name.lower() in _KEYWORDS:
        return [("", "has a meaning of its own in expressions: choose another name")]
    return []


def _value_findings(variable: Variable, options: JSONObject) -> Findings:
    found = []
    if variable.pattern and variable.type != "string":
        found.append((".pattern", f"is for texts, and this variable is of type {variable.type}"))
    for index, choice in enumerate(variable.choices):
        try:
            _typed(variable, choice)
        except Misfit as error:
            found.append((f".enum[{index}]", str(error)))
    if options.get("default") is not None and not found:
        try:
            _fitting(variable, variable.default)
        except Misfit as error:
            found.append((".default", str(error)))
    return found


def _fitting(variable: Variable, value: Any) -> Any:
    typed = _typed(variable, value)
    if variable.choices and not any(typed == _typed(variable, choice) for choice in variable.choices):
        raise Misfit(f"is {_shown(typed)}: one of {', '.join(map(_shown, variable.choices))} is wanted")
    if variable.matching is not None and not variable.matching.isinstance_python(typed):
        raise Misfit(f"is {_shown(typed)}, which does not match {variable.pattern}")
    return typed


def _typed(variable: Variable, value: Any) -> Any:
    """The value with the type of the variable. Databases without booleans have 0 and 1, rows hold JSON as text."""
    wanted = variable.type
    found = value
    if wanted in ("list", "object") and isinstance(value, str):
        found = _parsed(value)
    elif wanted == "boolean" and isinstance(value, int) and value in (0, 1):
        found = bool(value)
    elif isinstance(value, float) and value.is_integer():
        found = int(value)
    if not _is_of_type(found, wanted):
        raise Misfit(f"is {_shown(value)}: {_WANTED[wanted]} is wanted")
    try:
        return native(found)
    except ValueRefused as error:
        raise Misfit(f"cannot be used: {error}") from error


def _is_of_type(value: Any, wanted: str) -> bool:
    match wanted:
        case "string":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "list":
            return isinstance(value, list)
        case _:
            return isinstance(value, dict)


def _parsed(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _shown(value: Any) -> str:
    text = orjson.dumps(value, default=str).decode()
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
