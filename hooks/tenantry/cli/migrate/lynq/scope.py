"""The variables of a row, as Lynq's templates call them and as ours do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from tenantry.cli.migrate.lynq.functions import call
from tenantry.cli.migrate.lynq.jinja import Binds, Expr, as_text, constant, filtered
from tenantry.cli.migrate.lynq.notes import Unconvertible
from tenantry.kinds.registry import RESERVED_VARIABLES

HOST_VARIABLE: Final = "hostOrUrl"
ACTIVATE_VARIABLE: Final = "activate"
_KEYWORDS: Final = frozenset(
    ("and", "dict", "elif", "else", "false", "if", "in", "is", "loop", "none", "not", "or", "range", "self", "true")
)
_TAKEN: Final = _KEYWORDS | frozenset(RESERVED_VARIABLES)
_OTHERS: Final = re.compile(r"[^A-Za-z0-9_]")


def variable_name(name: str) -> str:
    """How a variable of Lynq's is called in our expressions: the same, unless that has a meaning of its own."""
    found = _OTHERS.sub("_", name)[:58]
    return f"row_{found}" if not found[:1].isalpha() or found.lower() in _TAKEN else found


@dataclass(slots=True)
class Scope:
    """What the templates of one LynqForm see."""

    hub: str
    form: str
    extra: Mapping[str, str] | None = None
    """The hub's extraValueMappings; none if the hub is not known."""
    has_host: bool = True
    """Whether the hub maps hostOrUrl."""
    in_metadata: bool = False
    """Whether this is a template of a name, a label or an annotation, for which Lynq has no value to fall back on."""
    used: set[str] = field(default_factory=set)
    """Built-in columns that are used, by our names of them."""

    def variable(self, name: str, *, by_index: bool = False) -> Expr:
        """``.name``, or ``index . "name"``. Raises ``Unconvertible`` if Lynq has no such variable either."""
        if self.extra is not None and name in self.extra:
            return Expr(variable_name(name), Binds.ATOM, "row")
        match name:
            case "uid":
                return Expr("uid", Binds.ATOM, "str", sure=True)
            case "activate":
                self.used.add(ACTIVATE_VARIABLE)
                return Expr(ACTIVATE_VARIABLE, Binds.ATOM, "row")
            case "hubId":
                return constant(self.hub)
            case "templateRef":
                return constant(self.form)
            case "hostOrUrl":
                return self._address()
            case "host":
                return call("toHost", [self._address()])
        if self.extra is None:
            return Expr(variable_name(name), Binds.ATOM, "row")
        if by_index:
            return constant("")
        raise Unconvertible(f"extraValueMappings of LynqHub {self.hub} has no {name}, so this fails in Lynq too")

    def _address(self) -> Expr:
        uid = Expr("uid", Binds.ATOM, "str", sure=True)
        if not self.has_host:
            if self.in_metadata:
                raise Unconvertible(f"LynqHub {self.hub} maps no hostOrUrl, so this fails in Lynq too")
            return uid
        self.used.add(HOST_VARIABLE)
        row = Expr(HOST_VARIABLE, Binds.ATOM, "row")
        return row if self.in_metadata else replace(filtered(as_text(row), "default", uid, "true"), sure=True)
