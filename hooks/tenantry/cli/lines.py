"""YAML documents that know on which line each of their fields stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

_STEP = re.compile(r"\[([^\]]*)\]|\.?([^.\[]+)")


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a stream."""

    value: Any
    node: yaml.Node

    @property
    def line(self) -> int:
        """The line on which it begins, from 1."""
        return self.node.start_mark.line + 1

    def line_of(self, path: str) -> int:
        """The line of a field, or of the innermost one around it that is there.

        ``path`` is written as findings have it: ``spec.resources[web].object``; items of lists by id or from 0.
        """
        node, line = self.node, self.line
        while path:
            found = _inner(node, path)
            if found is None:
                return line
            node, line, path = found
        return line


def _inner(node: yaml.Node, path: str) -> tuple[yaml.Node, int, str] | None:
    """The node of the first step of a path, its line, and the rest of the path."""
    step = _STEP.match(path)
    if step is None:
        return None
    bracket, name = step.groups()
    if isinstance(node, yaml.SequenceNode) and bracket is not None:
        item = _item(node, bracket)
        return (item, item.start_mark.line + 1, path[step.end() :]) if item is not None else None
    if not isinstance(node, yaml.MappingNode) or not (name or bracket):
        return None
    # Keys may have dots in them: the longest one that fits is meant.
    rest = path.removeprefix(".")
    fitting = [(key, value) for key, value in node.value if _begins(rest, str(key.value)) or key.value == bracket]
    if not fitting:
        return None
    # The last of equals: one that was merged in by << comes before the one that stands here.
    key, value = max(reversed(fitting), key=lambda pair: len(str(pair[0].value)))
    after = rest[len(str(key.value)) :] if _begins(rest, str(key.value)) else path[step.end() :]
    return value, key.start_mark.line + 1, after


def _begins(path: str, key: str) -> bool:
    return path.startswith(key) and path[len(key) : len(key) + 1] in ("", ".", "[")


def _item(node: yaml.SequenceNode, key: str) -> yaml.Node | None:
    for item in node.value:
        if isinstance(item, yaml.MappingNode) and any(k.value == "id" and v.value == key for k, v in item.value):
            return item
    return node.value[int(key)] if key.isdigit() and int(key) < len(node.value) else None
