"""From the resources of a template to compiled entries in the order of their dependencies, or to all their problems.

Compiling costs milliseconds and is done once for each content: the cache is keyed by the content itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Final

import orjson
from cachetools import LRUCache, cached

from tenantry.engine.constants import nested_deeper_than, settled
from tenantry.engine.expressions import BadExpression, Leaf, Unit, compile_leaf, compile_object, leaves_of
from tenantry.engine.graph import find_cycle, in_order
from tenantry.engine.positions import Path
from tenantry.engine.values import MAX_DEPTH
from tenantry.names import GROUP
from tenantry.protocol import JSONObject
from tenantry.scopes import is_namespaced

CACHED_REVISIONS = 256
_NOT_FOR_TEMPLATES: Final = (
    *("creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "finalizers", "generateName"),
    *("generation", "managedFields", "ownerReferences", "resourceVersion", "selfLink", "uid"),
)
"""Fields of metadata that a cluster writes, or by which an object would get another name, owner or end."""


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


@dataclass(frozen=True, slots=True, eq=False)
class CompiledEntry:
    """One entry of a template, ready to be rendered."""

    id: str
    kind: str
    type_key: str
    namespaced: bool
    """Whether the template gives the object a namespace: then it never comes without one."""
    depends_on: tuple[str, ...]
    """Ids of entries of the same template."""
    wait_for_ready: bool
    once: bool
    leaves: tuple[Leaf, ...]
    unit: Unit
    """Makes the object."""
    identity: Unit
    """Makes the object's name and namespace alone: what can still be said when the rest fails."""


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A template's entries, dependencies before their dependents, otherwise in the order of the template."""

    entries: tuple[CompiledEntry, ...]


def compile_resources(resources: list[JSONObject]) -> Compiled:
    """The compiled entries of ``spec.resources``. Raises ``TemplateError`` with all problems at once."""
    try:
        content = orjson.dumps(resources)
    except orjson.JSONEncodeError as error:
        raise TemplateError([Problem("resources", f"cannot be written as JSON: {error}")]) from error
    return compile_content(content)


def check_resources(resources: list[JSONObject]) -> list[Problem]:
    """All problems of ``spec.resources``; none if tenants can be made from it."""
    try:
        compile_resources(resources)
    except TemplateError as error:
        return error.problems
    return []


@cached(LRUCache(CACHED_REVISIONS), lock=Lock())
def compile_content(content: bytes) -> Compiled:
    """``compile_resources`` of resources that are JSON text already."""
    resources = orjson.loads(content)
    problems = _shape_problems(resources)
    if problems:
        raise TemplateError(problems)
    problems = _graph_problems(resources)
    by_id: dict[str, CompiledEntry] = {}
    for entry in resources:
        obj, findings = settled(entry["object"])
        found = [_problem(entry, path, message) for path, message in findings] + _expression_problems(entry, obj)
        if not found:
            try:
                by_id[entry["id"]] = _compiled(entry, obj)
            except BadExpression as error:
                found.append(_problem(entry, (), str(error)))
        problems += found
    if problems:
        raise TemplateError(problems)
    return Compiled(tuple(by_id[id_] for id_ in in_order(_dependencies(resources))))


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
        depends_on=tuple(entry.get("dependsOn") or ()),
        wait_for_ready=entry.get("waitForReady", True),
        # A Job's pod template is immutable: what shall run again needs another name.
        once=entry.get("creationPolicy") == "Once" or type_key == "Job.batch/v1",
        leaves=tuple(leaves),
        unit=compile_object(obj, leaves),
        identity=compile_object(identity, leaves_of(identity)),
    )


def _dependencies(resources: list[JSONObject]) -> dict[str, list[str]]:
    """Declared dependencies, and those on the Namespace whose name is spelled like an object's namespace."""
    namespaces = {
        entry["object"]["metadata"]["name"]: entry["id"]
        for entry in resources
        if entry["object"]["kind"] == "Namespace" and entry["object"]["apiVersion"] == "v1"
    }
    graph = {}
    for entry in resources:
        needs = list(entry.get("dependsOn") or ())
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
                problems.append(Problem(path, f"there is no entry {need!r} in this template"))
    if not problems and (cycle := find_cycle(_dependencies(resources))):
        problems.append(Problem(f"resources[{cycle[0]}]", f"depends on itself: {' → '.join(cycle)}"))
    return problems


def _expression_problems(entry: JSONObject, obj: JSONObject) -> list[Problem]:
    problems = []
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
            problems += [Problem(f"{path}.object{where}", message) for where, message in _object_problems(obj)]
    return problems


def _object_problems(obj: JSONObject) -> list[tuple[str, str]]:
    found = []
    for field in ("apiVersion", "kind"):
        if not isinstance(obj.get(field), str) or not obj[field] or "{" in obj[field]:
            found.append((f".{field}", "must be a plain string, without expressions"))
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict) or not metadata.get("name") or not isinstance(metadata["name"], str):
        found.append((".metadata.name", 'is required; write for example "{{ slug }}"'))
        return found
    if not isinstance(metadata.get("namespace", ""), str):
        found.append((".metadata.namespace", "must be a string"))
    for field in _NOT_FOR_TEMPLATES:
        if metadata.get(field) is not None:
            found.append((f".metadata.{field}", "cannot be set by a template: remove it"))
    if "status" in obj:
        found.append((".status", "is written by the cluster: remove it"))
    for field in ("labels", "annotations"):
        entries = metadata.get(field) or {}
        if not isinstance(entries, dict):
            found.append((f".metadata.{field}", "must be a mapping, whose values may be expressions"))
            continue
        for key, value in entries.items():
            if key.startswith(f"{GROUP}/"):
                found.append((f".metadata.{field}[{key}]", f"keys of {GROUP} are Tenantry's own: choose another"))
            if isinstance(value, dict | list):
                found.append((f".metadata.{field}.{key}", "must be a string"))
    return found + _scope_problems(obj, metadata)


def _scope_problems(obj: JSONObject, metadata: JSONObject) -> list[tuple[str, str]]:
    scope = is_namespaced(f"{obj.get('kind')}.{obj.get('apiVersion')}")
    if scope is True and not metadata.get("namespace"):
        return [(".metadata.namespace", f"is required: a {obj['kind']} lives in a namespace")]
    if scope is False and metadata.get("namespace"):
        return [(".metadata.namespace", f"must be removed: a {obj['kind']} lives in no namespace")]
    return []


def spell(path: Path) -> str:
    """A path as people write it: ``.spec.containers[0].image``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
