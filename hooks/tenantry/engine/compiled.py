"""What a template is when it is compiled, and what is wrong with one that cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

from tenantry.engine.expressions import Leaf, Option, Unit
from tenantry.engine.jsonpath import JSONPath
from tenantry.engine.references import Reference
from tenantry.engine.variables import Variable

APPLY: Final = "apply"
MERGE: Final = "merge"
REPLACE: Final = "replace"


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
