"""What is explored: graphs of up to three entries, and policies of their entries combined pairwise.

A new option of entries is a new line of ``OPTIONS``, and a line of ``subject.py`` that says what it means in the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from tests.explorer.pairwise import pairwise

IDS: Final = ("a", "b", "c")

OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "kind": ("Widget", "ConfigMap"),
    "deletionPolicy": ("Delete", "Retain"),
    "creationPolicy": ("WhenNeeded", "Once"),
    "when": ("always", "first row"),
    "forEach": ("no", "items"),
    "onRename": ("no", "Block", "Replace"),
    "waitForReady": ("true", "false"),
    "skipOnDependencyFailure": ("true", "false"),
    "readyWhen": ("no", "level"),
    "ignoreFields": ("none", "free"),
    "patchStrategy": ("apply", "merge", "replace"),
    "conflictPolicy": ("Stuck", "Force"),
    "templates": ("both", "first"),
}
"""Option of an entry → its values; the first is the default. ``templates``: in which of the two states of the template
the entry is. ``onRename: no``: its name does not depend on the row."""

NAMESPACE_OPTIONS: Final = frozenset(["deletionPolicy", "creationPolicy", "waitForReady", "skipOnDependencyFailure"])
"""Those that make sense for the Namespace in which other entries live: it cannot go before them."""


class Shape(NamedTuple):
    """A graph: how many entries, which of them needs which, and which live in ``a``, which then is a Namespace."""

    size: int
    needs: Mapping[str, tuple[str, ...]] = {}
    inside: str = ""


SHAPES: Final[Mapping[str, Shape]] = {
    "one": Shape(1),
    "two": Shape(2),
    "pair": Shape(2, {"b": ("a",)}),
    "three": Shape(3),
    "pair and one": Shape(3, {"b": ("a",)}),
    "chain": Shape(3, {"b": ("a",), "c": ("b",)}),
    "fork": Shape(3, {"b": ("a",), "c": ("a",)}),
    "join": Shape(3, {"c": ("a", "b")}),
    "triangle": Shape(3, {"b": ("a",), "c": ("a", "b")}),
    "home": Shape(2, {}, "b"),
    "home of two": Shape(3, {}, "bc"),
    "home of a pair": Shape(3, {"c": ("b",)}, "bc"),
    "home and one": Shape(3, {}, "b"),
    "home before one": Shape(3, {"c": ("a",)}, "b"),
    "home after one": Shape(3, {"a": ("c",)}, "b"),
    "one after a home's": Shape(3, {"c": ("b",)}, "b"),
}
"""All graphs without circles of up to three entries, and those in which some entries live in a Namespace of the tenant:
they need it without saying so."""


class Case(NamedTuple):
    """One template to explore."""

    shape: str
    foreign: bool
    """Whether there is an object of somebody else that carries the tenant's label."""
    choices: Mapping[str, Mapping[str, str]]
    """Entry → option → value."""

    def __str__(self) -> str:
        told = [
            f"{id_}({', '.join(f'{name}: {value}' for name, value in chosen.items() if value != OPTIONS[name][0])})"
            for id_, chosen in self.choices.items()
        ]
        return f"{self.shape}: {' '.join(told)}{' beside a foreign object' if self.foreign else ''}"


def cases() -> list[Case]:
    """Every two values of two options, of one entry or of two, and of every graph, in one case at least."""
    return [
        case_of(row["graph", ""], row, foreign=row["foreign", ""] == "yes")
        for row in pairwise(list(map(_table, SHAPES)))
    ]


def _table(shape: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """What can be chosen for a graph: its name, and the options of its entries."""
    table = {("graph", ""): (shape,), ("foreign", ""): ("no", "yes")}
    return table | {(id_, name): values for id_ in IDS for name, values in OPTIONS.items() if _has(shape, id_, name)}


def case_of(shape: str, chosen: Mapping[tuple[str, str], str], *, foreign: bool = False) -> Case:
    """The case of a graph with these options; what is not named is as it is by default."""
    ids = IDS[: SHAPES[shape].size]
    choices = {id_: {name: chosen.get((id_, name), OPTIONS[name][0]) for name in OPTIONS} for id_ in ids}
    return Case(shape, foreign, choices)


def _has(shape: str, id_: str, option: str) -> bool:
    """Whether a graph has this entry, and the option makes sense for it."""
    graph = SHAPES[shape]
    if id_ not in IDS[: graph.size]:
        return False
    return option in NAMESPACE_OPTIONS or not (graph.inside and id_ == "a")
