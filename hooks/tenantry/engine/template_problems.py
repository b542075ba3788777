"""What is wrong with the entries of a template: each finding with its place and the way out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from tenantry.engine.compiled import Problem
from tenantry.engine.constants import nested_deeper_than
from tenantry.engine.dependencies import dependencies
from tenantry.engine.expressions import BadExpression, compile_leaf, compile_option, leaves_of
from tenantry.engine.graph import find_cycle
from tenantry.engine.ignore import compile_ignored
from tenantry.engine.jsonpath import BadPath
from tenantry.engine.lengths import too_long
from tenantry.engine.lifecycle import problems_of
from tenantry.engine.object_problems import object_problems
from tenantry.engine.positions import Path, spell
from tenantry.engine.references import BadReference, has_secrets, needs_of, references_in
from tenantry.engine.values import MAX_DEPTH
from tenantry.kinds.template import MAX_RESOURCES
from tenantry.protocol import JSONObject

_SHOWN: Final = "secrets must not stand in metadata or make items: names, labels and annotations are shown everywhere"
_EXPRESSION_OPTIONS: Final = ("when", "forEach", "readyWhen")
_UNKNOWN: Final = "there is no entry {!r} in this template"
_ELSEWHERE: Final = re.compile(r"[a-z0-9][-a-z0-9.]{0,252}/[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
"""How an entry of another template is called: a TenantTemplate's name, and an id."""


def object_problem(entry: JSONObject, path: Path, message: str) -> Problem:
    """A problem at a path of an entry's object."""
    return Problem(f"resources[{entry['id']}].object{spell(path)}", message)


def graph_problems(resources: list[JSONObject], needs: Mapping[str, Sequence[str]]) -> list[Problem]:
    """Ids, references and dependencies that cannot be; a circle only where nothing else is wrong."""
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
    if not problems and (cycle := find_cycle(dependencies(resources, needs))):
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


def length_problems(resources: list[JSONObject]) -> list[Problem]:
    """Expressions that are too long to be read at all."""
    texts = [text for entry in resources for text in _texts_of(entry)]
    return [Problem(path, message) for path, message in too_long(texts)]


def _elsewhere_problems(entry: JSONObject, need: str) -> list[Problem]:
    """What is wrong with a need of another template, which nobody can see here: only its spelling can be checked."""
    if _ELSEWHERE.fullmatch(need):
        return []
    return [Problem(f"resources[{entry['id']}].dependsOn", f"{need!r} is neither an id nor template/id")]


def expression_problems(entry: JSONObject, obj: JSONObject) -> list[Problem]:
    """Expressions of an entry that cannot be compiled, one by one."""
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
            problems.append(object_problem(entry, leaf.path, f"{leaf.source!r}: {error}"))
    return problems


def path_problems(entry: JSONObject) -> list[Problem]:
    """Paths of ``ignoreFields`` that cannot be read."""
    problems = []
    for path in entry.get("ignoreFields") or ():
        try:
            compile_ignored(path)
        except BadPath as error:
            problems.append(Problem(f"resources[{entry['id']}].ignoreFields", f"{path!r} {error}"))
    return problems


def shape_problems(resources: list[JSONObject]) -> list[Problem]:
    """What keeps entries from being looked at any further: too many, too deep, or no objects."""
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
