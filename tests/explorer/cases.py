"""What is explored: graphs of up to three entries, and policies of their entries combined pairwise.

A new option of entries is a new line of ``OPTIONS``, and a line of ``subject.py`` that says what it means in the end.
Lifecycles are a part of the graph: which entry comes before which others, without saying so. Graphs with lifecycles are
combined among themselves, so that no other option loses its meaning in cases that are about something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from tests.explorer.pairwise import pairwise

IDS: Final = ("a", "b", "c")

SYNC: Final = "Sync"
PRE_CREATE: Final = "PreCreate"
POST_READY: Final = "PostReady"
PRE_DELETE: Final = "PreDelete"

OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "kind": ("Widget", "ConfigMap", "Job"),
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
    "onFailure": ("Block", "Continue"),
}
"""Option of an entry → its values; the first is the default. ``templates``: in which of the two states of the template
the entry is. ``onRename: no``: its name does not depend on the row."""


def _only(*names: str) -> dict[str, tuple[str, ...]]:
    return {name: OPTIONS[name] for name in names}


PLAIN_OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    name: ("Widget", "ConfigMap") if name == "kind" else values
    for name, values in OPTIONS.items()
    if name != "onFailure"
}
"""Those of an entry in a graph without lifecycles. A Job is ``Once`` by itself."""
NAMESPACE_OPTIONS: Final = _only("deletionPolicy", "creationPolicy", "waitForReady", "skipOnDependencyFailure")
"""Those that make sense for the Namespace in which other entries live: it cannot go before them."""
BESIDE_OPTIONS: Final = _only(
    "deletionPolicy", "creationPolicy", "when", "forEach", "waitForReady", "skipOnDependencyFailure", "templates"
) | {"kind": ("Widget", "ConfigMap"), "onRename": ("no", "Replace")}
"""Those of an entry that has no lifecycle of its own, in a graph in which another one has."""
RUN_OPTIONS: Final = _only("deletionPolicy", "when", "forEach", "templates", "onFailure") | {"kind": ("Job", "Widget")}
"""Those of an entry with a lifecycle: its name changes with its content, whatever ``onRename`` says."""


class Shape(NamedTuple):
    """A graph: how many entries, which of them needs which, and which live in ``a``, which then is a Namespace."""

    size: int
    needs: Mapping[str, tuple[str, ...]] = {}
    inside: str = ""
    lifecycles: Mapping[str, str] = {}
    """Entry → its lifecycle, unless that is Sync."""


PLAIN_SHAPES: Final[Mapping[str, Shape]] = {
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
LIFECYCLE_SHAPES: Final[Mapping[str, Shape]] = {
    "before one": Shape(2, lifecycles={"a": PRE_CREATE}),
    "before a pair": Shape(3, {"c": ("b",)}, lifecycles={"a": PRE_CREATE}),
    "before one, after what it needs": Shape(3, {"b": ("a",)}, lifecycles={"b": PRE_CREATE}),
    "two before one": Shape(3, {"b": ("a",)}, lifecycles={"a": PRE_CREATE, "b": PRE_CREATE}),
    "after one": Shape(2, lifecycles={"b": POST_READY}),
    "after a pair": Shape(3, {"b": ("a",)}, lifecycles={"c": POST_READY}),
    "two after one": Shape(3, {"c": ("b",)}, lifecycles={"b": POST_READY, "c": POST_READY}),
    "before and after one": Shape(3, lifecycles={"a": PRE_CREATE, "c": POST_READY}),
    "at the end of one": Shape(2, lifecycles={"b": PRE_DELETE}),
    "at the end of a pair": Shape(3, {"b": ("a",), "c": ("b",)}, lifecycles={"c": PRE_DELETE}),
    "two at the end of one": Shape(3, {"c": ("b",)}, lifecycles={"b": PRE_DELETE, "c": PRE_DELETE}),
    "before one, and at its end": Shape(3, lifecycles={"a": PRE_CREATE, "c": PRE_DELETE}),
    "after one, and at its end": Shape(3, lifecycles={"b": POST_READY, "c": PRE_DELETE}),
    "in a home, before one": Shape(3, {}, "b", {"b": PRE_CREATE}),
    "in a home, after one": Shape(3, {}, "bc", {"c": POST_READY}),
    "in a home, at its end": Shape(3, {}, "bc", {"c": PRE_DELETE}),
}
"""Graphs in which some entries run before, after, or at the end of the others."""
SHAPES: Final[Mapping[str, Shape]] = {**PLAIN_SHAPES, **LIFECYCLE_SHAPES}


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
    """Every two values of two options, of one entry or of two, and of every graph, in one case at least.

    Graphs with lifecycles come last.
    """
    return [
        case_of(row["graph", ""], row, foreign=row.get(("foreign", "")) == "yes")
        for shapes in (PLAIN_SHAPES, LIFECYCLE_SHAPES)
        for row in pairwise(list(map(_table, shapes)))
    ]


def _table(shape: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """What can be chosen for a graph: its name, and the options of its entries."""
    graph = SHAPES[shape]
    table: dict[tuple[str, str], tuple[str, ...]] = {("graph", ""): (shape,)}
    if not graph.lifecycles:
        table["foreign", ""] = ("no", "yes")
    options = {(id_, name): values for id_ in IDS[: graph.size] for name, values in _options(graph, id_).items()}
    return table | options


def case_of(shape: str, chosen: Mapping[tuple[str, str], str], *, foreign: bool = False) -> Case:
    """The case of a graph with these options; what is not named is as it is by default."""
    graph = SHAPES[shape]
    choices = {id_: _chosen(id_, _options(graph, id_), chosen) for id_ in IDS[: graph.size]}
    return Case(shape, foreign, choices)


def _chosen(id_: str, options: Mapping[str, tuple[str, ...]], chosen: Mapping[tuple[str, str], str]) -> dict[str, str]:
    return {name: chosen.get((id_, name), options.get(name, OPTIONS[name])[0]) for name in OPTIONS}


def _options(graph: Shape, id_: str) -> Mapping[str, tuple[str, ...]]:
    """The options that make sense for an entry of a graph."""
    if graph.inside and id_ == "a":
        return NAMESPACE_OPTIONS
    if id_ in graph.lifecycles:
        return RUN_OPTIONS
    return BESIDE_OPTIONS if graph.lifecycles else PLAIN_OPTIONS
