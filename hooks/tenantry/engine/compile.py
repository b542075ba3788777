"""From the resources of a template to compiled entries in the order of their dependencies, or to all their problems.

Compiling costs milliseconds and is done once for each content: the cache is keyed by the content itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from threading import Lock
from typing import Final

import orjson
from cachetools import LRUCache, cached

from tenantry import tally
from tenantry.engine.compiled import APPLY, Compiled, CompiledEntry, Problem, Reads, TemplateError
from tenantry.engine.constants import settled
from tenantry.engine.copied_labels import may_make_copied_labels
from tenantry.engine.dependencies import dependencies, needs_in
from tenantry.engine.expressions import BadExpression, compile_later, compile_object, compile_option, leaves_of
from tenantry.engine.graph import in_order
from tenantry.engine.ignore import compile_ignored
from tenantry.engine.jsonpath import BadPath
from tenantry.engine.lifecycle import CONTINUE, SYNC, lifecycle_of
from tenantry.engine.references import BadReference, needs_of, references_in
from tenantry.engine.template_problems import (
    expression_problems,
    graph_problems,
    length_problems,
    object_problem,
    path_problems,
    shape_problems,
)
from tenantry.engine.variables import compile_variables
from tenantry.names import FORCE, RETAIN
from tenantry.protocol import JSONObject

CACHED_REVISIONS = 256
_TIMEOUT_SECONDS: Final = 300
_CONSTANT_PER_STEP: Final = 250
"""Characters of an object's constant parts that are made, hashed and written in the time of a step; a list or a
mapping takes a step by itself."""
_SOURCE_PER_STEP: Final = 8
"""Characters of an expression that are evaluated in the time of a step, operators being the dearest."""


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
    problems = shape_problems(resources) or length_problems(resources)
    if problems:
        raise TemplateError(problems)
    variables, misfits = compile_variables(orjson.loads(declared))
    needs = {entry["id"]: needs_in(entry) for entry in resources}
    problems = [Problem(f"variables{path}", message) for path, message in misfits] + graph_problems(resources, needs)
    by_id: dict[str, CompiledEntry] = {}
    for entry in resources:
        obj, findings = settled(entry["object"])
        problems += [object_problem(entry, path, message) for path, message in findings]
        try:
            by_id[entry["id"]] = _compiled(entry, obj, needs[entry["id"]])
        except BadReference:
            # This one is told already, where it stands.
            problems += expression_problems(entry, obj) + path_problems(entry)
        except BadPath:
            problems += expression_problems(entry, obj) + path_problems(entry)
        except BadExpression as error:
            # Compiling one by one takes twice as long, so it is done only to learn which ones are wrong.
            found = expression_problems(entry, obj) or [object_problem(entry, (), str(error))]
            problems += found + path_problems(entry)
    if problems:
        raise TemplateError(problems)
    entries = tuple(by_id[id_] for id_ in in_order(dependencies(resources, needs)))
    referenced = frozenset(need for entry in entries for part in entry.reads for need in needs_of(part))
    return Compiled(entries, variables, referenced)


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
