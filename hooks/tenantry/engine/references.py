"""References: ``resources.db.status.endpoint`` is a field of the object that another entry has in the cluster.

``templates['base'].resources.db.status.endpoint`` is one of an entry of another template of the same tenant.

They are found when a template is compiled, since each one is a dependency; and they are looked up before Jinja sees
them, since an entry waits for a field that is not there yet: a ``default()`` must not make a value of "not yet".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from jinja2 import TemplateError as JinjaError
from jinja2 import nodes

from tenantry.engine.environment import ENVIRONMENT
from tenantry.names import resource_id

RESOURCES: Final = "resources"
TEMPLATES: Final = "templates"
SECRETS: Final = "secrets"
_SECRET: Final = f"name the secret that is meant: {SECRETS}.<name> or {SECRETS}['<name>']"
_WITHIN: Final = f"name the entry whose object is meant: {RESOURCES}.<id> or {RESOURCES}['<id>']"
_ACROSS: Final = f"name the entry whose object is meant: {TEMPLATES}['<template>'].{RESOURCES}.<id>"


class BadReference(ValueError):
    """A use of ``resources`` or ``templates`` that names no entry. The message says what to write."""


class Reference(NamedTuple):
    """A field of another entry's object, as far as its path is plain."""

    entry: str
    path: tuple[str | int, ...]
    template: str = ""
    """The template of that entry; empty for the one in which the reference stands."""
    secret: bool = False
    """Whether this is no entry but a secret of the row, ``secrets.<name>``: it is waited for, but depends on nobody."""

    def __str__(self) -> str:
        if self.secret:
            return f"{SECRETS}.{self.entry}"
        steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in (self.entry, *self.path))
        return f"{TEMPLATES}['{self.template}'].{RESOURCES}{steps}" if self.template else f"{RESOURCES}{steps}"

    @property
    def need(self) -> str:
        """The entry as ``dependsOn`` names it: its id, or ``template/id``."""
        return resource_id(self.template, self.entry) if self.template else self.entry

    @property
    def steps(self) -> tuple[str | int, ...]:
        """The way to the field from what expressions see."""
        if self.secret:
            return (SECRETS, self.entry)
        within = (RESOURCES, self.entry, *self.path)
        return (TEMPLATES, self.template, *within) if self.template else within


def references_in(sources: Iterable[str]) -> tuple[Reference, ...]:
    """Every reference in these texts, each once. Raises ``BadReference``; what is no Jinja refers to nothing."""
    found: dict[Reference, None] = {}
    for source in sources:
        if RESOURCES in source or TEMPLATES in source or SECRETS in source:
            try:
                found |= dict.fromkeys(_walk(ENVIRONMENT.parse(source), called=False))
            except (JinjaError, RecursionError):
                continue  # Whoever compiles the text tells what is wrong with it.
    return tuple(found)


def missing(references: Iterable[Reference], visible: Mapping[str, Any]) -> list[Reference]:
    """Those of which the field is not there yet. ``visible`` is what ``resources`` and ``templates`` are."""
    return [reference for reference in references if not _is_there(reference, visible)]


def needs_of(references: Iterable[Reference]) -> list[str]:
    """The entries on which these references depend."""
    return [reference.need for reference in references if not reference.secret]


def has_secrets(references: Iterable[Reference]) -> bool:
    """Whether any of these is a secret."""
    return any(reference.secret for reference in references)


def _walk(node: nodes.Node, *, called: bool) -> Iterator[Reference]:
    base, steps = _chain(node)
    if isinstance(base, nodes.Name) and base.name in (RESOURCES, TEMPLATES, SECRETS):
        yield _reference(base, steps, called=called)
        children: list[nodes.Node] = [step for step in steps if isinstance(step, nodes.Node)]
    else:
        children = list(node.iter_child_nodes())
    for child in children:
        yield from _walk(child, called=isinstance(node, nodes.Call) and child is node.node)


def _chain(node: nodes.Node) -> tuple[nodes.Node, list[Any]]:
    """What a chain of attributes and items begins with, and its steps: plain ones as they are, others as nodes."""
    steps: list[Any] = []
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        if isinstance(node, nodes.Getattr):
            steps.append(node.attr)
        else:
            steps.append(_step(node.arg))
        node = node.node
    return node, steps[::-1]


def _step(arg: nodes.Node) -> Any:
    """What stands between brackets if that is a constant; else the expression. ``-1`` is an operator and a number."""
    if isinstance(arg, nodes.Neg) and isinstance(arg.node, nodes.Const) and isinstance(arg.node.value, int):
        return -arg.node.value
    return arg.value if isinstance(arg, nodes.Const) else arg


def _reference(base: nodes.Name, steps: list[Any], *, called: bool) -> Reference:
    template, within = "", steps
    if base.name == SECRETS:
        if base.ctx != "load" or not steps or not isinstance(steps[0], str):
            raise BadReference(_SECRET)
        return Reference(steps[0], (), secret=True)
    if base.name == TEMPLATES:
        if len(steps) < 2 or not isinstance(steps[0], str) or not steps[0] or steps[1] != RESOURCES:
            raise BadReference(_ACROSS)
        template, within = steps[0], steps[2:]
    if base.ctx != "load" or not within or not isinstance(within[0], str):
        raise BadReference(_ACROSS if template else _WITHIN)
    plain = []
    for step in within[1:]:
        if not isinstance(step, str | int):
            break
        plain.append(step)
    if called and len(plain) == len(within) - 1:
        plain = plain[:-1]  # The last step is a method.
    return Reference(within[0], tuple(plain), template)


def _is_there(reference: Reference, visible: Mapping[str, Any]) -> bool:
    found: Any = visible
    for step in reference.steps:
        if isinstance(found, Mapping):
            found = found.get(step)
        elif isinstance(found, list) and isinstance(step, int):
            found = found[step] if -len(found) <= step < len(found) else None
    return found is not None
