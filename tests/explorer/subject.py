"""The template of a case in its two states, and what a tenant of it shall consist of in the end, without the engine.

A row has one column, ``row``, which is 1 or 2. The template has two states, 1 and 2, with different content.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from tenantry.names import content_hash
from tenantry.protocol import JSONObject
from tests.explorer.cases import POST_READY, PRE_CREATE, PRE_DELETE, SHAPES, SYNC, Case

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
NOTED_KINDS: Final[Mapping[str, str]] = {"Namespace": "v1", "Job": "batch/v1"}
"""Those whose content nobody can change: annotations tell what they were made from."""
TEMPLATE_NOTE: Final = "example.com/template"
ROW_NOTE: Final = "example.com/row"
OWN_FIELDS: Final = frozenset(["template", "row", "free", "former", TEMPLATE_NOTE, ROW_NOTE])
"""All that a template says of the content of objects."""
TIMEOUT_SECONDS: Final = 300
READY_WHEN: Final[Mapping[str, str]] = {
    "Widget": "{{ self.status.level == 1 }}",
    "ConfigMap": "{{ self.data.template != '' }}",
}


class Wanted(NamedTuple):
    """What a tenant shall be."""

    state: int
    """Of the template."""
    row: int


def is_home(case: Case, id_: str) -> bool:
    """Whether an entry is the Namespace in which others live."""
    return id_ == "a" and bool(SHAPES[case.shape].inside)


def kind_of(case: Case, id_: str) -> str:
    return "Namespace" if is_home(case, id_) else case.choices[id_]["kind"]


def lifecycle_of(case: Case, id_: str) -> str:
    return SHAPES[case.shape].lifecycles.get(id_, SYNC)


def is_run(case: Case, id_: str) -> bool:
    """Whether an entry has a lifecycle: it is made again, under another name, when its content changes."""
    return lifecycle_of(case, id_) != SYNC


def is_once(case: Case, id_: str) -> bool:
    """Whether an object keeps the content that it was made with."""
    return case.choices[id_]["creationPolicy"] == "Once" or kind_of(case, id_) == "Job"


def goes_on(case: Case, id_: str) -> bool:
    """Whether nothing waits for an entry once it failed."""
    return case.choices[id_]["onFailure"] == "Continue"


def ids_in(case: Case, state: int) -> tuple[str, ...]:
    """The entries of the template in this state."""
    return tuple(id_ for id_, chosen in case.choices.items() if state == 1 or chosen["templates"] == "both")


def needs_of(case: Case, id_: str, state: int) -> frozenset[str]:
    """What an entry depends on, the Namespace that it lives in included."""
    graph = SHAPES[case.shape]
    needs = {*graph.needs.get(id_, ()), *("a" if id_ in graph.inside else "")}
    return frozenset(needs & set(ids_in(case, state)))


def predecessors_of(case: Case, id_: str, state: int) -> frozenset[str]:
    """What comes before an entry because of their lifecycles.

    What a PreCreate entry needs itself comes before it, and waits for none of them.
    """
    lifecycles = {other: lifecycle_of(case, other) for other in ids_in(case, state)}
    first = frozenset(other for other, lifecycle in lifecycles.items() if lifecycle == PRE_CREATE)
    match lifecycle_of(case, id_):
        case "Sync":
            return frozenset() if id_ in _all_needs(case, first, state) else first
        case "PostReady":
            return frozenset(other for other, lifecycle in lifecycles.items() if lifecycle in (PRE_CREATE, SYNC))
    return frozenset()


def _all_needs(case: Case, ids: frozenset[str], state: int) -> frozenset[str]:
    found = ids.union(*(needs_of(case, id_, state) for id_ in ids))
    return found if found == ids else _all_needs(case, found, state)


def resources(case: Case, state: int) -> list[JSONObject]:
    """The entries of the template in this state; dependents first, so that their order helps nobody."""
    return [_entry(case, id_, state) for id_ in reversed(ids_in(case, state))]


def _entry(case: Case, id_: str, state: int) -> JSONObject:
    chosen = case.choices[id_]
    declared = SHAPES[case.shape].needs.get(id_, ())
    entry: JSONObject = {
        "id": id_,
        "object": _object(case, id_, state, "{{ row }}", "{{ item }}"),
        "dependsOn": [need for need in declared if need in ids_in(case, state)],
        "deletionPolicy": chosen["deletionPolicy"],
        "creationPolicy": chosen["creationPolicy"],
        "patchStrategy": chosen["patchStrategy"],
        "conflictPolicy": chosen["conflictPolicy"],
        "waitForReady": chosen["waitForReady"] == "true",
        "skipOnDependencyFailure": chosen["skipOnDependencyFailure"] == "true",
    }
    if is_run(case, id_):
        lifecycle = {"lifecycle": lifecycle_of(case, id_), "onFailure": chosen["onFailure"]}
        entry |= {**lifecycle, "timeoutSeconds": TIMEOUT_SECONDS}
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


def _object(case: Case, id_: str, state: int, row: object, item: str) -> JSONObject:
    """The object of an entry: as the template has it, or as it is rendered if row and item are known."""
    kind, found = kind_of(case, id_), content(case, id_, state, row)
    if kind == "Namespace":
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": HOME, "annotations": found}}
    metadata: JSONObject = {"name": _name(id_, case.choices[id_], row, item), "namespace": namespace_of(case, id_)}
    if kind == "Job":
        metadata["annotations"] = found
        container = {"name": "main", "image": "shop:1", "args": [f"state {state}", f"row {row}"]}
        spec = {"template": {"spec": {"restartPolicy": "Never", "containers": [container]}}}
        return {"apiVersion": NOTED_KINDS["Job"], "kind": "Job", "metadata": metadata, "spec": spec}
    api_version, field = KINDS[kind]
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, field: found}


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
    """What is in an object, as the template and the row say; where nobody can change that, annotations that tell it."""
    kind = kind_of(case, id_)
    if kind in NOTED_KINDS:
        return {TEMPLATE_NOTE: str(state)} | ({ROW_NOTE: f"number {row}"} if kind == "Job" else {})
    found: dict[str, Any] = {"template": str(state), "row": f"number {row}", "free": "ours"}
    return found | ({"former": "ours"} if state == 1 else {})


def fixed_content(case: Case, id_: str, state: int, row: object) -> JSONObject:
    """The part of it that nobody else may change."""
    found = content(case, id_, state, row)
    return found if case.choices[id_]["ignoreFields"] == "none" else {**found, "free": None}


def is_wanted(case: Case, id_: str, state: int, row: int) -> bool:
    """Whether the template and the row want objects of an entry of a tenant that lives."""
    return lifecycle_of(case, id_) != PRE_DELETE and _has_entry(case, id_, state, row)


def runs_at_end(case: Case, id_: str, state: int, row: int) -> bool:
    """Whether the template and the row want an entry to run when the tenant is deleted."""
    return lifecycle_of(case, id_) == PRE_DELETE and _has_entry(case, id_, state, row)


def _has_entry(case: Case, id_: str, state: int, row: int) -> bool:
    return id_ in ids_in(case, state) and (case.choices[id_]["when"] == "always" or row == 1)


def names_of(case: Case, id_: str, wanted: Wanted) -> tuple[str, ...]:
    """Names of the objects of an entry, whether they are wanted or not.

    What runs has its content's hash in its name. How PreDelete objects are called is known only as far as their bases.
    """
    bases = bases_of(case, id_, wanted.row)
    if lifecycle_of(case, id_) not in (PRE_CREATE, POST_READY):
        return bases
    items = _items(case, id_, wanted.row)
    hashes = [content_hash(_object(case, id_, wanted.state, wanted.row, item)) for item in items]
    return tuple(f"{base}-{hash_}" for base, hash_ in zip(bases, hashes, strict=True))


def bases_of(case: Case, id_: str, row: int) -> tuple[str, ...]:
    """Names of the objects of an entry for a row, without the hash that the name of a run ends with."""
    if is_home(case, id_):
        return (HOME,)
    return tuple(_name(id_, case.choices[id_], row, item) for item in _items(case, id_, row))


def base_of(case: Case, name: str) -> str:
    """The name of an object without the hash that the name of a run ends with."""
    return name.rpartition("-")[0] if is_run(case, id_of(case, name)) else name


def _items(case: Case, id_: str, row: int) -> tuple[str, ...]:
    return ITEMS[row] if case.choices[id_]["forEach"] != "no" else ("",)


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
    """The name that an object had with the other row; of an entry without a lifecycle."""
    for row in ROWS:
        for place, found in enumerate(bases_of(case, id_, row)):
            if found == name:
                items = [item_of(other) for other in bases_of(case, id_, 3 - row)]
                item = item_of(name)
                return bases_of(case, id_, 3 - row)[items.index(item) if item in items else place]
    return name
