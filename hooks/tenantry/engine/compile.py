"""From the resources of a template to compiled entries in the order of their dependencies, or to all their problems.

Compiling costs milliseconds and is done once for each content: the cache is keyed by the content itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import Final, NamedTuple

import orjson
from cachetools import LRUCache, cached

from tenantry.engine.constants import nested_deeper_than, settled
from tenantry.engine.expressions import (
    BadExpression,
    Leaf,
    Option,
    Unit,
    compile_leaf,
    compile_object,
    compile_option,
    leaves_of,
)
from tenantry.engine.graph import find_cycle, in_order
from tenantry.engine.object_problems import object_problems
from tenantry.engine.positions import Path
from tenantry.engine.references import BadReference, Reference, references_in
from tenantry.engine.values import MAX_DEPTH
from tenantry.engine.variables import Variable, compile_variables
from tenantry.names import RETAIN
from tenantry.protocol import JSONObject

CACHED_REVISIONS = 256
_TIMEOUT_SECONDS: Final = 300
_EXPRESSION_OPTIONS: Final = ("when", "forEach", "readyWhen")
_UNKNOWN: Final = "there is no entry {!r} in this template"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a template: where, and what to do about it."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class TemplateError(Exception):
    """A template that cannot be used, with every problem that was found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


class Reads(NamedTuple):
    """References to objects of other entries, by where they stand."""

    when: tuple[Reference, ...]
    for_each: tuple[Reference, ...]
    content: tuple[Reference, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CompiledEntry:
    """One entry of a template, ready to be rendered."""

    id: str
    kind: str
    type_key: str
    namespaced: bool
    """Whether the template gives the object a namespace: then it never comes without one."""
    depends_on: tuple[str, ...]
    """Ids of entries of the same template, declared or referred to."""
    skip_on_failure: bool
    """Whether the entry is skipped when one fails that it depends on; else it goes on then."""
    wait_for_ready: bool
    ready_when: Option | None
    """Whether the observed object is ready; none if the rule of its kind tells."""
    timeout: timedelta
    """How long an object may take to become ready with its content for the first time."""
    once: bool
    retain: bool
    """Whether the object stays when it loses its place."""
    replace: bool
    """Whether an object under another name replaces the one there is; else the entry is blocked then."""
    when: Option | None
    """Whether the object is wanted; none if it always is."""
    for_each: Option | None
    """For which items there is an object each; none if there is just one."""
    reads: Reads
    leaves: tuple[Leaf, ...]
    unit: Unit
    """Makes the object."""
    identity: Unit
    """Makes the object's name and namespace alone: what can still be said when the rest fails."""


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A template's entries, dependencies before their dependents, otherwise in the order of the template."""

    entries: tuple[CompiledEntry, ...]
    variables: tuple[Variable, ...] = ()
    referenced: frozenset[str] = frozenset()
    """Ids of entries to whose objects expressions of others refer."""


def compile_resources(resources: list[JSONObject], variables: JSONObject | None = None) -> Compiled:
    """The compiled ``spec.resources`` and ``spec.variables``. Raises ``TemplateError`` with all problems at once."""
    try:
        content = orjson.dumps(resources)
        declared = orjson.dumps(variables or {})
    except orjson.JSONEncodeError as error:
        raise TemplateError([Problem("resources", f"cannot be written as JSON: {error}")]) from error
    return compile_content(content, declared)


def check_resources(resources: list[JSONObject], variables: JSONObject | None = None) -> list[Problem]:
    """All problems of ``spec.resources`` and ``spec.variables``; none if tenants can be made from them."""
    try:
        compile_resources(resources, variables)
    except TemplateError as error:
        return error.problems
    return []


@cached(LRUCache(CACHED_REVISIONS), lock=Lock())
def compile_content(content: bytes, declared: bytes = b"{}") -> Compiled:
    """``compile_resources`` of resources and variables that are JSON text already."""
    resources = orjson.loads(content)
    problems = _shape_problems(resources)
    if problems:
        raise TemplateError(problems)
    variables, misfits = compile_variables(orjson.loads(declared))
    problems = [Problem(f"variables{path}", message) for path, message in misfits] + _graph_problems(resources)
    by_id: dict[str, CompiledEntry] = {}
    for entry in resources:
        obj, findings = settled(entry["object"])
        problems += [_problem(entry, path, message) for path, message in findings]
        try:
            by_id[entry["id"]] = _compiled(entry, obj)
        except BadReference:
            problems += _expression_problems(entry, obj)  # This one is told already, where it stands.
        except BadExpression as error:
            # Compiling one by one takes twice as long, so it is done only to learn which ones are wrong.
            problems += _expression_problems(entry, obj) or [_problem(entry, (), str(error))]
    if problems:
        raise TemplateError(problems)
    entries = tuple(by_id[id_] for id_ in in_order(_dependencies(resources)))
    referenced = frozenset(reference.entry for entry in entries for part in entry.reads for reference in part)
    return Compiled(entries, variables, referenced)


def _problem(entry: JSONObject, path: Path, message: str) -> Problem:
    return Problem(f"resources[{entry['id']}].object{spell(path)}", message)


def _compiled(entry: JSONObject, obj: JSONObject) -> CompiledEntry:
    metadata = obj["metadata"]
    leaves = leaves_of(obj)
    identity = {"metadata": {key: metadata[key] for key in ("name", "namespace") if key in metadata}}
    type_key = f"{obj['kind']}.{obj['apiVersion']}"
    return CompiledEntry(
        id=entry["id"],
        kind=obj["kind"],
        type_key=type_key,
        namespaced="namespace" in metadata,
        depends_on=tuple(_needs(entry)),
        skip_on_failure=entry.get("skipOnDependencyFailure", True),
        wait_for_ready=entry.get("waitForReady", True),
        ready_when=compile_option("readyWhen", entry["readyWhen"]) if entry.get("readyWhen") else None,
        timeout=timedelta(seconds=entry.get("timeoutSeconds", _TIMEOUT_SECONDS)),
        # A Job's pod template is immutable: what shall run again needs another name.
        once=entry.get("creationPolicy") == "Once" or type_key == "Job.batch/v1",
        replace=entry.get("onRename") == "Replace",
        retain=entry.get("deletionPolicy") == RETAIN,
        when=compile_option("when", entry["when"]) if entry.get("when") else None,
        for_each=compile_option("forEach", entry["forEach"]) if entry.get("forEach") else None,
        reads=Reads(
            references_in([entry.get("when") or ""]),
            references_in([entry.get("forEach") or ""]),
            references_in([leaf.source for leaf in leaves]),
        ),
        leaves=tuple(leaves),
        unit=compile_object(obj, leaves),
        identity=compile_object(identity, leaves_of(identity)),
    )


def _needs(entry: JSONObject) -> dict[str, None]:
    """Declared dependencies, and entries to which expressions refer."""
    texts = [leaf.source for leaf in leaves_of(entry["object"])]
    try:
        found = references_in([entry.get("when") or "", entry.get("forEach") or "", *texts])
    except BadReference:
        found = ()  # Told where it stands.
    return dict.fromkeys([*(entry.get("dependsOn") or ()), *(reference.entry for reference in found)])


def _dependencies(resources: list[JSONObject]) -> dict[str, list[str]]:
    """All dependencies, also those on the Namespace whose name is spelled like an object's namespace."""
    namespaces = {
        entry["object"]["metadata"]["name"]: entry["id"]
        for entry in resources
        if entry["object"]["kind"] == "Namespace" and entry["object"]["apiVersion"] == "v1"
    }
    graph = {}
    for entry in resources:
        needs = list(_needs(entry))
        home = namespaces.get(entry["object"]["metadata"].get("namespace"))
        if home is not None and home not in needs:
            needs.append(home)
        graph[entry["id"]] = needs
    return graph


def _graph_problems(resources: list[JSONObject]) -> list[Problem]:
    ids = [entry["id"] for entry in resources]
    problems = []
    for index, id_ in enumerate(ids):
        if id_ in ids[:index]:
            problems.append(Problem(f"resources[{id_}]", "this id is used twice: ids are unique in a template"))
    for entry in resources:
        for need in entry.get("dependsOn") or ():
            if need not in ids:
                path = f"resources[{entry['id']}].dependsOn"
                problems.append(Problem(path, _UNKNOWN.format(need)))
        problems += _reference_problems(entry, ids)
    if not problems and (cycle := find_cycle(_dependencies(resources))):
        problems.append(Problem(f"resources[{cycle[0]}]", f"depends on itself: {' → '.join(cycle)}"))
    return problems


def _reference_problems(entry: JSONObject, ids: list[str]) -> list[Problem]:
    where = f"resources[{entry['id']}]"
    texts = [(f"{where}.{option}", entry[option]) for option in _EXPRESSION_OPTIONS if entry.get(option)]
    texts += [(f"{where}.object{spell(leaf.path)}", leaf.source) for leaf in leaves_of(entry["object"])]
    problems = []
    for path, text in texts:
        try:
            found = references_in([text])
        except BadReference as error:
            problems.append(Problem(path, f"{text!r}: {error}"))
            continue
        if found and path.endswith(".readyWhen"):
            problems.append(Problem(path, f"{text!r}: {found[0]} cannot be seen here, only the object itself, as self"))
        unknown = dict.fromkeys(reference.entry for reference in found if reference.entry not in ids)
        problems += [Problem(path, f"{text!r}: {_UNKNOWN.format(id_)}") for id_ in unknown]
    return problems


def _expression_problems(entry: JSONObject, obj: JSONObject) -> list[Problem]:
    problems = []
    for option in _EXPRESSION_OPTIONS:
        try:
            if source := entry.get(option):
                compile_option(option, source)
        except BadExpression as error:
            problems.append(Problem(f"resources[{entry['id']}].{option}", f"{source!r}: {error}"))
    for leaf in leaves_of(obj):
        try:
            compile_leaf(leaf)
        except BadExpression as error:
            problems.append(_problem(entry, leaf.path, f"{leaf.source!r}: {error}"))
    return problems


def _shape_problems(resources: list[JSONObject]) -> list[Problem]:
    problems = []
    for index, entry in enumerate(resources):
        obj = entry.get("object")
        path = f"resources[{entry.get('id', index)}]"
        if not isinstance(entry.get("id"), str) or not isinstance(obj, dict):
            problems.append(Problem(path, "an entry needs id and object"))
        elif nested_deeper_than(obj, MAX_DEPTH):
            problems.append(Problem(f"{path}.object", f"is nested deeper than {MAX_DEPTH} levels"))
        else:
            problems += [Problem(f"{path}.object{where}", message) for where, message in object_problems(obj)]
    return problems


def spell(path: Path) -> str:
    """A path as people write it: ``.spec.containers[0].image``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
