"""Functions of Lynq's templates that make lists and mappings, or look into them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tenantry.cli.migrate.lynq.jinja import Binds, Expr, Kind, as_text, filtered, infix, item, joined, method
from tenantry.cli.migrate.lynq.notes import Unconvertible

_SPLIT: Final = ".split("


def part_of_split(value: Expr, name: str) -> Expr | None:
    """``._0`` of a text that was split; none if it is something else."""
    if value.kind == "list" and _SPLIT in value.text and name[:1] == "_" and name[1:].isdigit():
        return item(value, name[1:], "str")
    return None


def _list(*values: Expr) -> Expr:
    return Expr(f"[{', '.join(_item(value).text for value in values)}]", Binds.ATOM, "list")


def _dict(*values: Expr) -> Expr:
    if len(values) % 2:
        raise Unconvertible("dict needs a value for each key")
    pairs = [f"{as_text(key).text}: {_item(value).text}" for key, value in zip(values[::2], values[1::2], strict=True)]
    return Expr(f"{{{', '.join(pairs)}}}", Binds.ATOM, "any")


def _item(value: Expr) -> Expr:
    return as_text(value) if value.kind == "row" else value


def _index(value: Expr, *keys: Expr) -> Expr:
    for key in keys:
        value = item(value, as_text(key) if key.kind == "row" else key)
    return value


def _slice(value: Expr, start: Expr, end: Expr | None = None) -> Expr:
    kind: Kind = "str" if value.kind in ("row", "str") else value.kind
    return item(_item(value), f"{start.text}:{end.text if end is not None else ''}", kind)


def _join(separator: Expr, value: Expr) -> Expr:
    return filtered(value, "join", as_text(separator))


def _split(separator: Expr, value: Expr) -> Expr:
    return method(as_text(value), "split", as_text(separator), kind="list")


def _cat(*values: Expr) -> Expr:
    spaced: list[Expr] = []
    for value in values:
        spaced += [Expr("' '", Binds.ATOM, "str")] if spaced else []
        spaced.append(value)
    return joined(spaced)


def _has(value: Expr, values: Expr) -> Expr:
    return Expr(f"{_item(value).within(Binds.SUM)} in {values.within(Binds.SUM)}", Binds.COMPARISON, "bool")


def _listed(filter_: str) -> Callable[[Expr], Expr]:
    return lambda value: filtered(filtered(value, filter_, kind="list"), "list", kind="list")


COLLECTIONS: Final[dict[str, Callable[..., Expr]]] = {
    "append": lambda values, value: infix("+", Binds.SUM, values, _list(value), kind="list"),
    "cat": _cat,
    "compact": _listed("select"),
    "concat": lambda *values: infix("+", Binds.SUM, *values, kind="list"),
    "dict": _dict,
    "first": lambda value: filtered(value, "first", kind="any"),
    "get": lambda values, key: method(values, "get", as_text(key), Expr("''", Binds.ATOM, "str"), kind="any"),
    "has": _has,
    "hasKey": lambda values, key: _has(key, values),
    "index": _index,
    "initial": lambda value: item(value, ":-1", "list"),
    "join": _join,
    "last": lambda value: filtered(value, "last", kind="any"),
    "len": lambda value: filtered(_item(value), "length", kind="int"),
    "list": _list,
    "prepend": lambda values, value: infix("+", Binds.SUM, _list(value), values, kind="list"),
    "rest": lambda value: item(value, "1:", "list"),
    "reverse": _listed("reverse"),
    "slice": _slice,
    "sortAlpha": lambda value: filtered(value, "sort", "case_sensitive=true", kind="list"),
    "split": _split,
    "splitList": _split,
    "tuple": _list,
    "uniq": lambda value: filtered(filtered(value, "unique", "case_sensitive=true", kind="list"), "list", kind="list"),
    "until": lambda count: Expr(f"range({count.text})", Binds.ATOM, "list"),
}
