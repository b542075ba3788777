"""References: ``resources.db.status.endpoint`` is a field of the object that another entry has in the cluster.

They are found when a template is compiled, since each one is a dependency; and they are looked up before Jinja sees
them, since an entry waits for a field that is not there yet: a ``default()`` must not make a value of "not yet".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from jinja2 import TemplateError as JinjaError
from jinja2 import nodes

from tenantry.engine.environment import ENVIRONMENT

RESOURCES: Final = "resources"


class BadReference(ValueError):
    """A use of ``resources`` that names no entry. The message says what to write."""


class Reference(NamedTuple):
    """A field of another entry's object, as far as its path is plain."""

    entry: str
    path: tuple[str | int, ...]

    def __str__(self) -> str:
        steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in (self.entry, *self.path))
        return f"{RESOURCES}{steps}"


def references_in(sources: Iterable[str]) -> tuple[Reference, ...]:
    """Every reference in these texts, each once. Raises ``BadReference``; what is no Jinja refers to nothing."""
    found: dict[Reference, None] = {}
    for source in sources:
        if RESOURCES in source:
            try:
                found |= dict.fromkeys(_walk(ENVIRONMENT.parse(source), called=False))
            except (JinjaError, RecursionError):
                continue  # Whoever compiles the text tells what is wrong with it.
    return tuple(found)


def missing(references: Iterable[Reference], objects: Mapping[str, Any]) -> list[Reference]:
    """Those of which the field is not there yet. ``objects`` are the observed objects by entry."""
    return [reference for reference in references if not _is_there(reference, objects)]


def _walk(node: nodes.Node, *, called: bool) -> Iterator[Reference]:
    base, steps = _chain(node)
    if isinstance(base, nodes.Name) and base.name == RESOURCES:
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
            steps.append(node.arg.value if isinstance(node.arg, nodes.Const) else node.arg)
        node = node.node
    return node, steps[::-1]


def _reference(base: nodes.Name, steps: list[Any], *, called: bool) -> Reference:
    if base.ctx != "load" or not steps or not isinstance(steps[0], str):
        raise BadReference(f"name the entry whose object is meant: {RESOURCES}.<id> or {RESOURCES}['<id>']")
    plain = []
    for step in steps[1:]:
        if not isinstance(step, str | int):
            break
        plain.append(step)
    if called and len(plain) == len(steps) - 1:
        plain = plain[:-1]  # The last step is a method.
    return Reference(steps[0], tuple(plain))


def _is_there(reference: Reference, objects: Mapping[str, Any]) -> bool:
    found = objects.get(reference.entry)
    for step in reference.path:
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and isinstance(step, int):
            found = found[step] if -len(found) <= step < len(found) else None
    return found is not None
