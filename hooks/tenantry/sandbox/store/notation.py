"""The notation in which the structures of built-in kinds are written down, and its parser.

One structure a line, continued on indented lines::

    Name: field:type field:type …

``Name#`` is atomic as a whole. Types are ``string int bool number bytes quantity intstr time any``, the name of another
structure, ``{type}`` for a map (``{type}!`` if atomic), ``[type]`` for a list, which is atomic unless ``set`` or its
keys (``[ServicePort]port+protocol``) follow.

A mark behind a field's name tells what is stored when the field has no value, or its type's zero value:

- none: nothing, but a zero number or ``false`` is kept (the field is optional and knows "not set");
- ``-``: nothing, not even for a zero number or ``false``;
- ``+``: nothing, but an empty string is kept;
- ``!``: the zero value of the type (null for lists, maps, structures and times);
- ``*``: an empty structure, with its own zero values.
"""

from __future__ import annotations

import re
from typing import Final

from tenantry.sandbox.store.schema import DEDUCED, Form, Schema

_FIELD: Final = re.compile(r"([\w$]+)([-+!*]?):(\S+)")
_SCALARS: Final = frozenset(["string", "int", "bool", "number", "bytes", "quantity", "intstr", "time"])
# Fields that identify items of associative lists and may be left out: the protocol of ports, and names (which turn out
# to be required only later). Required fields count as their zero value, too.
_KEY_DEFAULTS: Final = {"protocol": "TCP", "name": ""}
_ZERO_KEYS: Final[dict[str, str | int]] = {"string": "", "int": 0}


class Structures:
    """The parsed structures, by name."""

    def __init__(self, *texts: str) -> None:
        lines = "\n".join(texts).replace("\n  ", " ").split("\n")
        self._lines = {line.partition(":")[0].rstrip("#"): line for line in lines if line}
        self._parsed: dict[str, Schema] = {}

    def __getitem__(self, name: str) -> Schema:
        if name not in self._parsed:
            self._parsed[name] = self._structure(self._lines[name])
        return self._parsed[name]

    def _structure(self, line: str) -> Schema:
        name, _, rest = line.partition(":")
        found: list[tuple[str, str, str]] = _FIELD.findall(rest)
        return Schema(
            Form.MAP,
            fields={key: self._type(text, _default(key, mark, text)) for key, mark, text in found},
            marks={key: mark for key, mark, _ in found},
            atomic=name.endswith("#"),
        )

    def _type(self, text: str, default: str | int | None = None) -> Schema:
        if text == "any":
            return DEDUCED
        if text in _SCALARS:
            return Schema(Form.SCALAR, type=text) if default is None else Schema(Form.SCALAR, text, default=default)
        if text[0] == "{":
            return Schema(Form.MAP, values=self._type(text.rstrip("!")[1:-1]), atomic=text.endswith("!"))
        if text[0] == "[":
            inner, _, kind = text[1:].rpartition("]")
            keys = tuple(kind.split("+")) if kind not in ("", "set") else ()
            is_set = kind == "set"
            return Schema(Form.LIST, items=self._type(inner), keys=keys, is_set=is_set, atomic=not (keys or is_set))
        return self[text]


def _default(key: str, mark: str, text: str) -> str | int | None:
    if key in _KEY_DEFAULTS:
        return _KEY_DEFAULTS[key]
    return _ZERO_KEYS.get(text) if mark == "!" else None
