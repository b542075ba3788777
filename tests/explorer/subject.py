"""The template of a case in its two states, and what a tenant of it shall consist of in the end, without the engine.

A row has one column, ``row``, which is 1 or 2. The template has two states, 1 and 2, with different content.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tenantry.protocol import JSONObject
from tests.explorer.cases import SHAPES, Case

TEMPLATE: Final = "shop"
HOME: Final = "acme"
"""Name of the tenant's Namespace."""
ELSEWHERE: Final = "default"
ROWS: Final = (1, 2)
STATES: Final = (1, 2)
ITEMS: Final[Mapping[int, tuple[str, ...]]] = {1: ("x", "y"), 2: ("y", "z")}
"""Row → items of an entry with ``forEach``."""
KINDS: Final[Mapping[str, tuple[str, str]]] = {"Widget": ("example.com/v1", "spec"), "ConfigMap": ("v1", "data")}
"""Kind → its version, and the field with its content."""
READY_WHEN: Final[Mapping[str, str]] = {
    "Widget": "{{ self.status.level == 1 }}",
    "ConfigMap": "{{ self.data.template != '' }}",
}


def is_home(case: Case, id_: str) -> bool:
    """Whether an entry is the Namespace in which others live."""
    return id_ == "a" and bool(SHAPES[case.shape].inside)


def kind_of(case: Case, id_: str) -> str:
    return "Namespace" if is_home(case, id_) else case.choices[id_]["kind"]


def ids_in(case: Case, state: int) -> tuple[str, ...]:
    """The entries of the template in this state."""
    return tuple(id_ for id_, chosen in case.choices.items() if state == 1 or chosen["templates"] == "both")


def needs_of(case: Case, id_: str, state: int) -> frozenset[str]:
    """What an entry depends on, the Namespace that it lives in included."""
    graph = SHAPES[case.shape]
    needs = {*graph.needs.get(id_, ()), *("a" if id_ in graph.inside else "")}
    return frozenset(needs & set(ids_in(case, state)))


def resources(case: Case, state: int) -> list[JSONObject]:
    """The entries of the template in this state; dependents first, so that their order helps nobody."""
    return [_entry(case, id_, state) for id_ in reversed(ids_in(case, state))]


def _entry(case: Case, id_: str, state: int) -> JSONObject:
    chosen = case.choices[id_]
    declared = SHAPES[case.shape].needs.get(id_, ())
    entry: JSONObject = {
        "id": id_,
        "object": _object(case, id_, state),
        "dependsOn": [need for need in declared if need in ids_in(case, state)],
        "deletionPolicy": chosen["deletionPolicy"],
        "creationPolicy": chosen["creationPolicy"],
        "patchStrategy": chosen["patchStrategy"],
        "conflictPolicy": chosen["conflictPolicy"],
        "waitForReady": chosen["waitForReady"] == "true",
        "skipOnDependencyFailure": chosen["skipOnDependencyFailure"] == "true",
    }
    if chosen["when"] != "always":
        entry["when"] = "{{ row == 1 }}"
    if chosen["forEach"] != "no":
        entry["forEach"] = "{{ ['x', 'y'] if row == 1 else ['y', 'z'] }}"
    if chosen["onRename"] != "no":
        entry["onRename"] = chosen["onRename"]
    if chosen["ignoreFields"] != "none":
        entry["ignoreFields"] = [f"$.{KINDS[chosen['kind']][1]}.free"]
    if chosen["readyWhen"] != "no":
        entry["readyWhen"] = READY_WHEN[chosen["kind"]]
    return entry


def _object(case: Case, id_: str, state: int) -> JSONObject:
    if is_home(case, id_):
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": HOME, "annotations": _note(state)}}
    chosen = case.choices[id_]
    api_version, field = KINDS[chosen["kind"]]
    name = _name(id_, chosen, "{{ row }}", "{{ item }}")
    return {
        "apiVersion": api_version,
        "kind": chosen["kind"],
        "metadata": {"name": name, "namespace": namespace_of(case, id_)},
        field: content(case, id_, state, "{{ row }}"),
    }


def _note(state: int) -> JSONObject:
    return {"example.com/template": str(state)}


def namespace_of(case: Case, id_: str) -> str:
    if is_home(case, id_):
        return ""
    return HOME if id_ in SHAPES[case.shape].inside else ELSEWHERE


def _name(id_: str, chosen: Mapping[str, str], row: object, item: str) -> str:
    parts = [id_]
    if chosen["onRename"] != "no":
        parts.append(str(row))
    if chosen["forEach"] != "no":
        parts.append(item)
    return "-".join(parts)


def content(case: Case, id_: str, state: int, row: object) -> JSONObject:
    """What is in an object, as the template and the row say; for a Namespace, its annotations."""
    if is_home(case, id_):
        return _note(state)
    found: dict[str, Any] = {"template": str(state), "row": f"number {row}", "free": "ours"}
    return found | ({"former": "ours"} if state == 1 else {})


def fixed_content(case: Case, id_: str, state: int, row: object) -> JSONObject:
    """The part of it that nobody else may change."""
    found = content(case, id_, state, row)
    return found if case.choices[id_]["ignoreFields"] == "none" else {**found, "free": None}


def is_wanted(case: Case, id_: str, state: int, row: int) -> bool:
    """Whether the template and the row want objects of an entry at all."""
    return id_ in ids_in(case, state) and (case.choices[id_]["when"] == "always" or row == 1)


def names_of(case: Case, id_: str, row: int) -> tuple[str, ...]:
    """Names of the objects of an entry for a row, whether they are wanted or not."""
    if is_home(case, id_):
        return (HOME,)
    chosen = case.choices[id_]
    items = ITEMS[row] if chosen["forEach"] != "no" else ("",)
    return tuple(_name(id_, chosen, row, item) for item in items)


def item_of(name: str) -> str:
    """What tells apart the objects of one entry with ``forEach``; empty for one without."""
    last = name.rpartition("-")[2]
    return last if last in {*ITEMS[1], *ITEMS[2]} else ""


def id_of(case: Case, name: str) -> str:
    """The entry of an object."""
    return "a" if name == HOME and SHAPES[case.shape].inside else name.partition("-")[0]


def is_retained(case: Case, id_: str) -> bool:
    """Whether an entry's objects stay: by their own policy, or as the Namespace of others that do."""
    if case.choices[id_]["deletionPolicy"] == "Retain":
        return True
    inside = SHAPES[case.shape].inside if is_home(case, id_) else ""
    return any(case.choices[other]["deletionPolicy"] == "Retain" for other in inside)


def former_name(case: Case, id_: str, name: str) -> str:
    """The name that an object had with the other row."""
    for row in ROWS:
        for place, found in enumerate(names_of(case, id_, row)):
            if found == name:
                items = [item_of(other) for other in names_of(case, id_, 3 - row)]
                item = item_of(name)
                return names_of(case, id_, 3 - row)[items.index(item) if item in items else place]
    return name
