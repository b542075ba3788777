"""Functions of Lynq's templates (text/template, sprig, and its own) as expressions of Tenantry."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from tenantry.cli.migrate.lynq import printing
from tenantry.cli.migrate.lynq.jinja import (
    NO_TEXT,
    Binds,
    Expr,
    Kind,
    as_text,
    choice,
    constant,
    filtered,
    infix,
    item,
    joined,
    method,
)
from tenantry.cli.migrate.lynq.lists import COLLECTIONS
from tenantry.cli.migrate.lynq.notes import Unconvertible

Function = Callable[..., Expr]
TYPED: Final = frozenset(("int", "float", "bool"))
HOST_DIFFERS: Final = "hosts are written in small letters here, and a text that names no host is an error"
TITLE_DIFFERS: Final = "title also makes the other letters of each word small here"
DIFFERENCES: Final = {"toHost": HOST_DIFFERS, "title": TITLE_DIFFERS}
"""Functions that are converted, and mean something else in some cases."""
_REFUSED: Final = {
    "another value each time, so the object would change all the time: map a column instead, or make it with a Job of "
    "lifecycle PreCreate": "now date dateInZone htmlDate unixEpoch ago randAlpha randAlphaNum randNumeric randAscii "
    "randBytes randInt uuidv4 shuffle genPrivateKey genCA genSelfSignedCert genSignedCert bcrypt htpasswd encryptAES",
    "nothing outside of the row may be looked at: map a column instead": "env expandenv getHostByName",
}
_LIKE_A_VALUE: Final = re.compile(r"|[-+.0-9].*|true|false", re.DOTALL)
_GROUP: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


def call(name: str, arguments: Sequence[Expr]) -> Expr:
    """What a function makes of its arguments. Raises ``Unconvertible``."""
    function = _FUNCTIONS.get(name) or COLLECTIONS.get(name)
    if function is None:
        why = next((why for why, names in _REFUSED.items() if name in names.split()), "")
        raise Unconvertible(f"{name} has no equal: {why or 'compute the value in a view of the database'}")
    try:
        return function(*arguments)
    except TypeError as error:
        raise Unconvertible(f"{name} does not take {len(arguments)} arguments") from error


def _equal(first: Expr, *others: Expr) -> Expr:
    return infix("or", Binds.OR, *(_compared("==", first, other) for other in others), kind="bool")


def _compared(operator: str, left: Expr, right: Expr) -> Expr:
    kinds = {left.kind, right.kind}
    if kinds & {"row", "str"} and kinds & NO_TEXT and not (left.typed or right.typed):
        raise Unconvertible(
            f"{left.text} {operator} {right.text} compares a text with a number, which fails in Lynq too: put quotes "
            "around the number, or int behind the text"
        )
    plain = operator in ("==", "!=") and _only_texts_equal(left, right)
    if not kinds <= NO_TEXT and "any" not in kinds and not plain:
        left, right = as_text(left), as_text(right)
    return infix(operator, Binds.COMPARISON, _tight(left), _tight(right), kind="bool")


def _only_texts_equal(*values: Expr) -> bool:
    """Whether one of the values is a constant that neither NULL nor a number or a truth could be equal to as a text."""
    return any(value.is_constant_text and not _LIKE_A_VALUE.fullmatch(value.text[1:-1]) for value in values)


def _tight(value: Expr) -> Expr:
    return Expr(value.within(Binds.SUM), Binds.ATOM, value.kind)


def _comparison(operator: str) -> Function:
    return lambda left, right: _compared(operator, left, right)


def _truth(value: Expr) -> Expr:
    return as_text(value) if value.kind == "row" else value


def _any_of(*values: Expr) -> Expr:
    kind: Kind = "bool" if all(value.kind == "bool" for value in values) else "any"
    kind = "str" if all(value.kind in ("row", "str") for value in values) else kind
    found = infix("or", Binds.OR, *map(_truth, values), kind=kind)
    return replace(found, sure=values[-1].sure)


def _all_of(*values: Expr) -> Expr:
    kind: Kind = "bool" if all(value.kind == "bool" for value in values) else "any"
    kind = "str" if all(value.kind in ("row", "str") for value in values) else kind
    return infix("and", Binds.AND, *map(_truth, values), kind=kind)


def _not(value: Expr) -> Expr:
    return Expr(f"not {_truth(value).within(Binds.NOT)}", Binds.NOT, "bool")


def _default(standing_in: Expr, value: Expr | None = None) -> Expr:
    if value is None:
        return standing_in
    kind: Kind = "str" if {value.kind, standing_in.kind} <= {"row", "str"} else "any"
    found = filtered(_truth(value), "default", _truth(standing_in), "true", kind=kind)
    return replace(found, sure=standing_in.sure)


def _ternary(yes: Expr, no: Expr, condition: Expr) -> Expr:
    return choice(_truth(condition), _truth(yes), _truth(no))


def _text(filter_: str) -> Function:
    return lambda value: filtered(as_text(value), filter_)


def _sure_text(filter_: str) -> Function:
    return lambda value: replace(filtered(as_text(value), filter_), sure=True)


def _trunc(length: Expr, value: Expr) -> Expr:
    number = length.text.strip("()")
    part = f"{number}:" if number.startswith("-") else f":{number}"
    return replace(item(as_text(value), part, "str"), sure=value.sure and number != "0")


def _trunc63(value: Expr) -> Expr:
    return replace(item(as_text(value), ":63", "str"), sure=value.sure)


def _substr(start: Expr, end: Expr, value: Expr) -> Expr:
    first, last = ("" if one.text.startswith("(-") else one.text for one in (start, end))
    return item(as_text(value), f"{first}:{last}", "str")


def _to_host(value: Expr) -> Expr:
    text = as_text(value)
    if value.sure:
        return replace(filtered(text, "to_host"), sure=True)
    return choice(text, filtered(text, "to_host"), constant(""))


def _from_json(value: Expr) -> Expr:
    # A column of type JSON is a structure already. Nothing is an empty mapping, as in Lynq.
    raw = value if value.kind == "row" else as_text(value)
    parsed = filtered(raw, "fromjson", kind="any")
    name = raw.within(Binds.ATOM)
    return Expr(f"{parsed.text} if {name} is string and {name} else {name} or {{}}", Binds.CHOICE, "any")


def _int(value: Expr) -> Expr:
    if value.kind == "int":
        return replace(value, typed=True)
    return replace(filtered(filtered(value, "float", 0, kind="float"), "int", kind="int"), typed=True)


def _float(value: Expr) -> Expr:
    return replace(filtered(value, "float", 0, kind="float"), typed=True)


def _bool(value: Expr) -> Expr:
    if value.kind == "bool":
        return replace(value, typed=True)
    if value.kind in NO_TEXT:
        return Expr(f"{value.within(Binds.SUM)} != 0", Binds.COMPARISON, "bool", typed=True)
    words = "['1', 'on', 't', 'true', 'y', 'yes']"
    found = filtered(as_text(value), "lower")
    return Expr(f"{found.within(Binds.SUM)} in {words}", Binds.COMPARISON, "bool", typed=True)


def _number(value: Expr) -> Expr:
    return value if value.kind == "int" else filtered(value, "int", 0, kind="int")


def _sum(operator: str, binds: Binds) -> Function:
    return lambda *values: infix(operator, binds, *map(_number, values), kind="int")


def _extreme(filter_: str) -> Function:
    def of(*values: Expr) -> Expr:
        listed = ", ".join(_number(value).text for value in values)
        return filtered(Expr(f"[{listed}]", Binds.ATOM, "list"), filter_, kind="int")

    return of


def _contains(part: Expr, value: Expr) -> Expr:
    return Expr(f"{as_text(part).within(Binds.SUM)} in {as_text(value).within(Binds.SUM)}", Binds.COMPARISON, "bool")


def _method(name: str, kind: Kind = "str") -> Function:
    return lambda argument, value: method(as_text(value), name, as_text(argument), kind=kind)


def _replace(old: Expr, new: Expr, value: Expr) -> Expr:
    found = filtered(as_text(value), "replace", as_text(old), as_text(new))
    return replace(found, sure=value.sure and new.sure)


def _regex_replace(pattern: Expr, value: Expr, new: Expr) -> Expr:
    # Inside a text of Jinja a backslash is written twice.
    written = _GROUP.sub(lambda found: rf"\\{found[1] or found[2]}", new.text)
    return filtered(as_text(value), "regex_replace", pattern, Expr(written, Binds.ATOM, "str"))


def _indented(before: str) -> Function:
    def of(width: Expr, value: Expr) -> Expr:
        found = filtered(as_text(value), "indent", width, "true", "true")
        return joined([constant(before), found]) if before else found

    return of


_FUNCTIONS: Final[dict[str, Function]] = {
    "add": _sum("+", Binds.SUM),
    "add1": lambda value: _sum("+", Binds.SUM)(value, constant(1)),
    "and": _all_of,
    "atoi": _number,
    "b64dec": _text("b64decode"),
    "b64enc": _text("b64encode"),
    "bool": _bool,
    "coalesce": _any_of,
    "contains": _contains,
    "default": _default,
    "div": _sum("//", Binds.PRODUCT),
    "empty": _not,
    "eq": _equal,
    "fail": lambda message: filtered(constant(None), "required", as_text(message)),
    "float": _float,
    "float64": lambda value: filtered(value, "float", 0, kind="float"),
    "fromJson": _from_json,
    "ge": _comparison(">="),
    "gt": _comparison(">"),
    "hasPrefix": _method("startswith", "bool"),
    "hasSuffix": _method("endswith", "bool"),
    "indent": _indented(""),
    "int": _int,
    "int64": _number,
    "le": _comparison("<="),
    "lower": lambda value: replace(filtered(as_text(value), "lower"), sure=value.sure),
    "lt": _comparison("<"),
    "max": _extreme("max"),
    "min": _extreme("min"),
    "mod": _sum("%", Binds.PRODUCT),
    "mul": _sum("*", Binds.PRODUCT),
    "ne": lambda left, right: _compared("!=", left, right),
    "nindent": _indented("\n"),
    "nospace": lambda value: filtered(as_text(value), "regex_replace", constant(r"\s"), constant("")),
    "not": _not,
    "or": _any_of,
    "print": printing.print_,
    "printf": printing.printf,
    "quote": printing.quoted('"'),
    "regexMatch": lambda pattern, value: filtered(as_text(value), "regex_match", pattern, kind="bool"),
    "regexReplaceAll": _regex_replace,
    "repeat": lambda count, value: infix("*", Binds.PRODUCT, as_text(value), count, kind="str"),
    "replace": _replace,
    "sha1sum": _sure_text("sha1"),
    "sha256sum": _sure_text("sha256"),
    "squote": printing.quoted("'"),
    "sub": _sum("-", Binds.SUM),
    "substr": _substr,
    "ternary": _ternary,
    "title": _text("title"),
    "toHost": _to_host,
    "toJson": lambda value: filtered(as_text(value) if value.kind == "row" else value, "tojson"),
    "toString": as_text,
    "trim": _text("trim"),
    "trimAll": lambda characters, value: filtered(as_text(value), "trim", characters),
    "trimPrefix": _method("removeprefix"),
    "trimSuffix": _method("removesuffix"),
    "trimall": lambda characters, value: filtered(as_text(value), "trim", characters),
    "trunc": _trunc,
    "trunc63": _trunc63,
    "upper": lambda value: replace(filtered(as_text(value), "upper"), sure=value.sure),
}
