"""What a tenant shall consist of: every entry of its templates, rendered, with what it depends on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from jinja2.runtime import Context

from tenantry.engine.compile import Compiled, CompiledEntry
from tenantry.engine.dress import dressed
from tenantry.engine.render import RenderError, render_entry, render_identity
from tenantry.names import content_hash, resource_id
from tenantry.protocol import JSONObject, ObjectKey


class TenantTemplate(NamedTuple):
    """A compiled template as one tenant uses it."""

    name: str
    compiled: Compiled


class Planned(NamedTuple):
    """One entry with what it became for this tenant."""

    id: str
    """``template/id``."""
    entry: CompiledEntry
    object: JSONObject | None
    """The object as it leaves, labels and annotations of ours included; none when it could not be rendered."""
    key: ObjectKey | None
    """The object's identity; none when not even that could be rendered."""
    content_hash: str
    """Of the object as it was rendered, without what is ours."""
    needs: tuple[str, ...]
    """Ids of the entries that this one depends on, sorted."""
    failure: str
    """Reason for which there is no object, CamelCase; empty if there is one."""
    message: str


class Plan(NamedTuple):
    """All entries of a tenant, dependencies before their dependents as far as they were declared."""

    entries: tuple[Planned, ...]
    keys: frozenset[ObjectKey]
    """Identities that some entry claims."""
    complete: bool
    """Whether every identity is known: only then may an object that no entry claims be removed."""


def make_plan(templates: Sequence[TenantTemplate], context: Context, *, tenant: str) -> Plan:
    """Render all entries of a tenant's templates. An entry that fails takes no other with it."""
    drafts = [_draft(bound, context) for template in templates for bound in _bound(*template)]
    homes: dict[str, str] = {}
    for draft in drafts:
        if draft.bound.entry.type_key == "Namespace.v1" and draft.key is not None:
            homes.setdefault(draft.key.key, draft.bound.id)
    claimed: dict[ObjectKey, str] = {}
    entries = tuple([_planned(draft, homes, claimed, tenant) for draft in drafts])
    return Plan(entries, frozenset(claimed), all(planned.key is not None for planned in entries))


class _Bound(NamedTuple):
    """An entry under the name that it has in tenants of its template."""

    id: str
    entry: CompiledEntry
    needs: tuple[str, ...]


class _Draft(NamedTuple):
    bound: _Bound
    rendered: JSONObject | None
    key: ObjectKey | None
    message: str


@lru_cache(maxsize=256)
def _bound(template: str, compiled: Compiled) -> tuple[_Bound, ...]:
    return tuple(
        _Bound(
            resource_id(template, entry.id),
            entry,
            tuple(sorted(resource_id(template, need) for need in entry.depends_on)),
        )
        for entry in compiled.entries
    )


def _draft(bound: _Bound, context: Context) -> _Draft:
    entry = bound.entry
    try:
        rendered = render_entry(entry, context)
    except RenderError as error:
        return _Draft(bound, None, _identity(entry, context), str(error))
    return _Draft(bound, rendered, _key(entry, rendered["metadata"]), "")


def _identity(entry: CompiledEntry, context: Context) -> ObjectKey | None:
    try:
        return _key(entry, render_identity(entry, context)["metadata"])
    except RenderError:
        return None


def _key(entry: CompiledEntry, metadata: JSONObject) -> ObjectKey:
    namespace = metadata.get("namespace")
    return ObjectKey(entry.type_key, f"{namespace}/{metadata['name']}" if namespace else metadata["name"])


def _planned(draft: _Draft, homes: dict[str, str], claimed: dict[ObjectKey, str], tenant: str) -> Planned:
    """The entry with the Namespace it lives in among its needs; a failure if an earlier one has the same object."""
    (id_, entry, needs), rendered, key, message = draft
    if key is not None:
        first = claimed.setdefault(key, id_)
        if first != id_:
            message = f"{first} makes the same object: remove one of the two"
            return Planned(id_, entry, None, key, "", needs, "Duplicate", message)
        namespace, separator, _ = key.key.partition("/")
        home = homes.get(namespace) if separator else None
        if home is not None and home not in needs:
            needs = tuple(sorted((*needs, home))) if needs else (home,)
    if rendered is None:
        return Planned(id_, entry, None, key, "", needs, "RenderError", message)
    hash_ = content_hash(rendered)
    obj = dressed(rendered, id_=id_, needs=needs, tenant=tenant, hash_=hash_)
    return Planned(id_, entry, obj, key, hash_, needs, "", "")
