"""From the resources of a template to compiled entries in the order of their dependencies, or to all their problems.

Compiling costs milliseconds and is done once for each content: the cache is keyed by the content itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import Final, NamedTuple

import orjson
from cachetools import LRUCache, cached

from tenantry import tally
from tenantry.engine.constants import nested_deeper_than, settled
from tenantry.engine.copied_labels import may_make_copied_labels
from tenantry.engine.expressions import (
    BadExpression,
    Leaf,
    Option,
    Unit,
    compile_later,
    compile_leaf,
    compile_object,
    compile_option,
    leaves_of,
)
from tenantry.engine.graph import find_cycle, in_order
from tenantry.engine.ignore import compile_ignored
from tenantry.engine.jsonpath import BadPath, JSONPath
from tenantry.engine.lengths import too_long
from tenantry.engine.lifecycle import CONTINUE, SYNC, lifecycle_of, problems_of
from tenantry.engine.object_problems import object_problems
from tenantry.engine.positions import Path
from tenantry.engine.references import BadReference, Reference, has_secrets, needs_of, references_in
from tenantry.engine.values import MAX_DEPTH
from tenantry.engine.variables import Variable, compile_variables
from tenantry.kinds.template import MAX_RESOURCES
from tenantry.names import FORCE, RETAIN
from tenantry.protocol import JSONObject

CACHED_REVISIONS = 256
_TIMEOUT_SECONDS: Final = 300
APPLY: Final = "apply"
MERGE: Final = "merge"
REPLACE: Final = "replace"
_SHOWN: Final = "secrets must not stand in metadata or make items: names, labels and annotations are shown everywhere"
_EXPRESSION_OPTIONS: Final = ("when", "forEach", "readyWhen")
_CONSTANT_PER_STEP: Final = 250
"""Characters of an object's constant parts that are made, hashed and written in the time of a step; a list or a
mapping takes a step by itself."""
_SOURCE_PER_STEP: Final = 8
"""Characters of an expression that are evaluated in the time of a step, operators being the dearest."""
_UNKNOWN: Final = "there is no entry {!r} in this template"
_ELSEWHERE: Final = re.compile(r"[a-z0-9][-a-z0-9.]{0,252}/[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
"""How an entry of another template is called: a TenantTemplate's name, and an id."""


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
    """Ids of entries of the same template, and ``template/id`` of others, declared or referred to."""
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
    force: bool
    """Whether the object may take the place of one that somebody else made."""
    replace: bool
    """Whether an object under another name replaces the one there is; else the entry is blocked then."""
    ignored: tuple[JSONPath, ...]
    """Fields that belong to whoever changes them."""
    patch: str
    """apply, merge or replace: what becomes of fields that the template does not have."""
    lifecycle: str
    """Sync, PreCreate, PostReady or PreDelete."""
    goes_on: bool
    """Whether nothing waits for the entry when it fails."""
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
    makes_blueprints: bool
    """Whether an expression may make labels that other objects get, or a selector: they are looked at when made."""
    cost: int
    """Steps of making the object, beyond what its values take: by the length of what stands in the template."""


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A template's entries, dependencies before their dependents, otherwise in the order of the template."""

    entries: tuple[CompiledEntry, ...]
    variables: tuple[Variable, ...] = ()
    referenced: frozenset[str] = frozenset()
    """Ids of entries, ``template/id`` those of other templates, to whose objects expressions refer."""


def compile_resources(resources: list[JSONObject], variables: JSONObject | None = None) -> Compiled:
    """The compiled ``spec.resources`` and ``spec.variables``. Raises ``TemplateError`` with all problems at once."""
    try:
        content = orjson.dumps(resources)
        declared = orjson.dumps(variables or {})
    except orjson.JSONEncodeError as error:
        raise TemplateError([Problem("resources", f"cannot be written as JSON: {error}")]) from error
    tally.asked("revisions")
    return compile_content(content, declared)


def check_resources(resources: list[JSONObject], variables: JSONObject | None = None) -> list[Problem]:
    """All problems of ``spec.resources`` and ``spec.variables``; none if tenants can be made from them."""
    try:
        compile_resources(resources, variables)
    except TemplateError as error:
        return error.problems
    return []


@cached(LRUCache(CACHED_REVISIONS), lock=Lock())
@tally.made("revisions")
def compile_content(content: bytes, declared: bytes = b"{}") -> Compiled:
    """``compile_resources`` of resources and variables that are JSON text already."""
    resources = orjson.loads(content)
    problems = _shape_problems(resources) or _length_problems(resources)
    if problems:
        raise TemplateError(problems)
    variables, misfits = compile_variables(orjson.loads(declared))
    needs = {entry["id"]: _needs(entry) for entry in resources}
    problems = [Problem(f"variables{path}", message) for path, message in misfits] + _graph_problems(resources, needs)
    by_id: dict[str, CompiledEntry] = {}
    for entry in resources:
        obj, findings = settled(entry["object"])
        problems += [_problem(entry, path, message) for path, message in findings]
        try:
            by_id[entry["id"]] = _compiled(entry, obj, needs[entry["id"]])
        except BadReference:
            # This one is told already, where it stands.
            problems += _expression_problems(entry, obj) + _path_problems(entry)
        except BadPath:
            problems += _expression_problems(entry, obj) + _path_problems(entry)
        except BadExpression as error:
            # Compiling one by one takes twice as long, so it is done only to learn which ones are wrong.
            found = _expression_problems(entry, obj) or [_problem(entry, (), str(error))]
            problems += found + _path_problems(entry)
    if problems:
        raise TemplateError(problems)
    entries = tuple(by_id[id_] for id_ in in_order(_dependencies(resources, needs)))
    referenced = frozenset(need for entry in entries for part in entry.reads for need in needs_of(part))
    return Compiled(entries, variables, referenced)


def _problem(entry: JSONObject, path: Path, message: str) -> Problem:
    return Problem(f"resources[{entry['id']}].object{spell(path)}", message)


def _compiled(entry: JSONObject, obj: JSONObject, needs: Sequence[str]) -> CompiledEntry:
    metadata = obj["metadata"]
    leaves = leaves_of(obj)
    identity = {"metadata": {key: metadata[key] for key in ("name", "namespace") if key in metadata}}
    type_key = f"{obj['kind']}.{obj['apiVersion']}"
    return CompiledEntry(
        id=entry["id"],
        kind=obj["kind"],
        type_key=type_key,
        namespaced="namespace" in metadata,
        depends_on=tuple(needs),
        skip_on_failure=entry.get("skipOnDependencyFailure", True),
        wait_for_ready=entry.get("waitForReady", True),
        ready_when=compile_option("readyWhen", entry["readyWhen"]) if entry.get("readyWhen") else None,
        timeout=timedelta(seconds=entry.get("timeoutSeconds", _TIMEOUT_SECONDS)),
        # A Job's pod template is immutable: what shall run again needs another name.
        once=entry.get("creationPolicy") == "Once" or type_key == "Job.batch/v1",
        force=entry.get("conflictPolicy") == FORCE,
        replace=entry.get("onRename") == "Replace" or lifecycle_of(entry) != SYNC,
        ignored=tuple([compile_ignored(path) for path in entry.get("ignoreFields") or ()]),
        patch=entry.get("patchStrategy") or APPLY,
        lifecycle=lifecycle_of(entry),
        goes_on=entry.get("onFailure") == CONTINUE,
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
        identity=compile_later(identity),
        makes_blueprints=any(may_make_copied_labels(leaf.path) for leaf in leaves),
        cost=_cost_of_constants(obj) + cost_of(leaf.source for leaf in leaves),
    )


def _cost_of_constants(obj: JSONObject) -> int:
    text = orjson.dumps(obj)
    return len(text) // _CONSTANT_PER_STEP + text.count(b"{") + text.count(b"[")


def cost_of(sources: Iterable[str]) -> int:
    """Steps of evaluating expressions once, beyond what their values take."""
    return sum(map(len, sources)) // _SOURCE_PER_STEP


def _needs(entry: JSONObject) -> list[str]:
    """Declared dependencies, and entries to which expressions refer."""
    texts = [leaf.source for leaf in leaves_of(entry["object"])]
    try:
        found = references_in([entry.get("when") or "", entry.get("forEach") or "", *texts])
    except BadReference:
        found = ()  # Told where it stands.
    return list(dict.fromkeys([*(entry.get("dependsOn") or ()), *needs_of(found)]))


def _dependencies(resources: list[JSONObject], declared: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """All dependencies: these, and those on the Namespace whose name is spelled like an object's namespace."""
    namespaces = {
        entry["object"]["metadata"]["name"]: entry["id"]
        for entry in resources
        if entry["object"]["kind"] == "Namespace"
        and entry["object"]["apiVersion"] == "v1"
        and lifecycle_of(entry) == SYNC
    }
    graph = {}
    for entry in resources:
        needs = list(declared[entry["id"]])
        home = namespaces.get(entry["object"]["metadata"].get("namespace"))
        if home is not None and home not in needs:
            needs.append(home)
        graph[entry["id"]] = needs
    return graph


def _graph_problems(resources: list[JSONObject], needs: Mapping[str, Sequence[str]]) -> list[Problem]:
    ids = [entry["id"] for entry in resources]
    problems = []
    for id_, times in Counter(ids).items():
        for _ in range(1, times):
            problems.append(Problem(f"resources[{id_}]", "this id is used twice: ids are unique in a template"))
    for entry in resources:
        for need in entry.get("dependsOn") or ():
            if "/" in need:
                problems += _elsewhere_problems(entry, need)
            elif need not in needs:
                path = f"resources[{entry['id']}].dependsOn"
                problems.append(Problem(path, _UNKNOWN.format(need)))
        problems += _reference_problems(entry, needs.keys())
    problems += [Problem(f"resources[{id_}]{path}", message) for id_, path, message in problems_of(resources, needs)]
    if not problems and (cycle := find_cycle(_dependencies(resources, needs))):
        problems.append(Problem(f"resources[{cycle[0]}]", f"depends on itself: {' → '.join(cycle)}"))
    return problems


def _reference_problems(entry: JSONObject, ids: Collection[str]) -> list[Problem]:
    problems = []
    for path, text in _texts_of(entry):
        try:
            found = references_in([text])
        except BadReference as error:
            problems.append(Problem(path, f"{text!r}: {error}"))
            continue
        if found and path.endswith(".readyWhen"):
            problems.append(Problem(path, f"{text!r}: {found[0]} cannot be seen here, only the object itself, as self"))
        if has_secrets(found) and (".object.metadata" in path or path.endswith(".forEach")):
            problems.append(Problem(path, f"{text!r}: {_SHOWN}"))
        unknown = dict.fromkeys(need for need in needs_of(found) if need not in ids)
        problems += [Problem(path, f"{text!r}: {_UNKNOWN.format(id_)}") for id_ in unknown if "/" not in id_]
    return problems


def _texts_of(entry: JSONObject) -> list[tuple[str, str]]:
    """All expressions of an entry, each with its place in the template."""
    where = f"resources[{entry['id']}]"
    options = [(f"{where}.{option}", entry[option]) for option in _EXPRESSION_OPTIONS if entry.get(option)]
    leaves = leaves_of(entry["object"])
    return options + [(f"{where}.object{spell(leaf.path)}", leaf.source) for leaf in leaves]


def _length_problems(resources: list[JSONObject]) -> list[Problem]:
    texts = [text for entry in resources for text in _texts_of(entry)]
    return [Problem(path, message) for path, message in too_long(texts)]


def _elsewhere_problems(entry: JSONObject, need: str) -> list[Problem]:
    """What is wrong with a need of another template, which nobody can see here: only its spelling can be checked."""
    if _ELSEWHERE.fullmatch(need):
        return []
    return [Problem(f"resources[{entry['id']}].dependsOn", f"{need!r} is neither an id nor template/id")]


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


def _path_problems(entry: JSONObject) -> list[Problem]:
    problems = []
    for path in entry.get("ignoreFields") or ():
        try:
            compile_ignored(path)
        except BadPath as error:
            problems.append(Problem(f"resources[{entry['id']}].ignoreFields", f"{path!r} {error}"))
    return problems


def _shape_problems(resources: list[JSONObject]) -> list[Problem]:
    problems = []
    if len(resources) > MAX_RESOURCES:
        told = f"has {len(resources):,} entries; a tenant may have {MAX_RESOURCES:,} objects: take some out"
        problems.append(Problem("resources", told))
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
