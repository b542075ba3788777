"""Which variables and secrets a template's expressions use, and whether anybody gives them a value."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from jinja2 import TemplateError as JinjaError
from jinja2 import meta

from tenantry.engine.environment import ENVIRONMENT, SELF
from tenantry.kinds.registry import RESERVED_VARIABLES
from tenantry.protocol import JSONObject
from tenantry.validation.finding import Finding

_OPTIONS = ("when", "forEach", "readyWhen")
_SECRET = re.compile(r"\bsecrets(?:\.([A-Za-z_]\w*)|\[['\"]([^'\"]+)['\"]\])")


class Mapped(NamedTuple):
    """What the rows of a registry have."""

    variables: frozenset[str]
    secrets: frozenset[str]


def variable_findings(spec: JSONObject, mapped: Mapped | None) -> Iterator[Finding]:
    """Variables that nobody declares or maps, and secrets that nobody maps; none if the registry is not known.

    Without the registry a variable may still be mapped: then that is a warning.
    """
    known = {*(spec.get("variables") or {}), *RESERVED_VARIABLES, *ENVIRONMENT.globals, SELF}
    if mapped is not None:
        known |= mapped.variables
    told: set[str] = set()
    for path, source in _expressions(spec):
        for name in sorted(_used(source) - known - told):
            told.add(name)
            if mapped is None:
                yield Finding(path, f"{name} is not declared in spec.variables: rows must have it", warning=True)
            else:
                yield Finding(path, f"no column is mapped to {name}, nor is it in spec.variables{_hint(name, known)}")
        if mapped is not None:
            for name in sorted(_secrets(source) - mapped.secrets):
                text = f"secretValueMappings of the registry has no {name}{_hint(name, mapped.secrets)}"
                yield Finding(path, text)


def _secrets(source: str) -> set[str]:
    return {plain or quoted for plain, quoted in _SECRET.findall(source)}


def _hint(name: str, known: Collection[str]) -> str:
    meant = difflib.get_close_matches(name, known, n=1)
    return f": did you mean {meant[0]}?" if meant else ""


def _used(source: str) -> set[str]:
    try:
        return meta.find_undeclared_variables(ENVIRONMENT.parse(source))
    except JinjaError:
        return set()


def _expressions(spec: JSONObject) -> Iterator[tuple[str, str]]:
    for entry in spec.get("resources") or ():
        place = f"spec.resources[{entry.get('id', '')}]"
        for option in _OPTIONS:
            if isinstance(entry.get(option), str):
                yield f"{place}.{option}", entry[option]
        yield from _texts(entry.get("object"), f"{place}.object")


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{path}[{index}]")
    elif isinstance(value, str) and "{" in value:
        yield path, value
