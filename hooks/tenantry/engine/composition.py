"""The templates of one tenant as one graph: entries may depend on, and refer to, entries of other templates.

A template is compiled by itself, so what it says of others can be looked at only here, where a tenant brings its
templates together.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from tenantry.engine.compiled import Compiled, CompiledEntry
from tenantry.engine.graph import in_order
from tenantry.names import resource_id

MAX_OBJECTS: Final = 1000
"""Objects that a tenant may have: its status lists every one of them."""


class TenantTemplate(NamedTuple):
    """A compiled template as one tenant uses it."""

    name: str
    compiled: Compiled


class Bound(NamedTuple):
    """An entry under the name that it has in tenants of its template."""

    id: str
    """``template/id``, with ``[key]`` for an item."""
    entry: CompiledEntry
    needs: tuple[str, ...]
    """Ids of the entries that it depends on, sorted."""
    template: str
    lacks: str = ""
    """Why it can never have what it needs, and the way out; empty if all that it needs is there."""


class Composition(NamedTuple):
    """All entries of a tenant's templates."""

    entries: tuple[Bound, ...]
    """Template by template, dependencies within a template first."""
    order: tuple[Bound, ...]
    """The same, so that an entry comes behind those of other templates to which it refers."""
    referenced: frozenset[str]
    """Ids of entries to whose objects expressions refer."""
    excess: frozenset[str]
    """Ids of entries beyond as many objects as a tenant may have."""


@lru_cache(maxsize=256)
def compose(templates: tuple[TenantTemplate, ...]) -> Composition:
    """Bring templates together. What is missing, or waits for itself, is told where it is decided, never raised."""
    names = frozenset(template.name for template in templates)
    known = frozenset(resource_id(name, entry.id) for name, compiled in templates for entry in compiled.entries)
    entries = tuple(
        _bound(template, entry, known, names) for template, compiled in templates for entry in compiled.entries
    )
    order = entries
    if any("/" in need for _, compiled in templates for entry in compiled.entries for need in entry.depends_on):
        by_id = {bound.id: bound for bound in entries}
        order = tuple(by_id[id_] for id_ in in_order({bound.id: bound.needs for bound in entries}))
    referenced = frozenset(
        _qualified(template, need) for template, compiled in templates for need in compiled.referenced
    )
    plain = [bound.id for bound in entries if bound.entry.for_each is None]
    return Composition(entries, order, referenced, frozenset(plain[MAX_OBJECTS:]))


def _bound(template: str, entry: CompiledEntry, known: frozenset[str], names: frozenset[str]) -> Bound:
    needs = tuple(sorted({_qualified(template, need) for need in entry.depends_on}))
    lacks = next((_lack(need, names) for need in needs if need not in known), "")
    return Bound(resource_id(template, entry.id), entry, needs, template, lacks)


def _lack(need: str, names: frozenset[str]) -> str:
    template, _, id_ = need.partition("/")
    if template not in names:
        way_out = "make that TenantTemplate for its registry, add it to spec.templates, or correct the name"
        return f"waits for {need}: this tenant has no template {template}: {way_out}"
    return f"waits for {need}: template {template} has no entry {id_}: add it there, or correct the id"


def _qualified(template: str, need: str) -> str:
    """The id of an entry that a template names by its id alone, or as ``template/id``."""
    return need if "/" in need else resource_id(template, need)
