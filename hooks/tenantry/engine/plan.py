"""What a tenant shall consist of: every entry of its templates, rendered, with what it depends on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from jinja2.runtime import Context

from tenantry.engine.compile import CompiledEntry
from tenantry.engine.draft import WHEN_FALSE, Draft, Seen, TenantTemplate, drafts_of
from tenantry.engine.dress import dressed
from tenantry.engine.readiness import Readiness, readiness
from tenantry.engine.ready_when import ready_when
from tenantry.engine.retain import is_namespace_in, namespace_of, with_policy
from tenantry.names import content_hash
from tenantry.protocol import JSONObject, ObjectKey


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
    anchor: str
    """uid of Namespace kube-system if the object is retained when it loses its place; else empty."""
    failure: str
    """Reason for which there is no object, CamelCase; empty if there is one."""
    message: str
    readiness: Callable[[JSONObject], Readiness] = readiness
    """Tells how the observed object is."""


class Plan(NamedTuple):
    """All entries of a tenant, dependencies before their dependents as far as they were declared."""

    entries: tuple[Planned, ...]
    keys: frozenset[ObjectKey]
    """Identities that some entry claims."""
    retaining: frozenset[str]
    """Names of Namespaces in which some entry's object is retained."""
    items: Mapping[str, tuple[str, ...]]
    """Each entry with ``forEach`` → the ids of its items. Who needs the entry needs all of them."""
    complete: bool
    """Whether every identity is known: only then may an object that no entry claims be removed."""


def make_plan(
    templates: Sequence[TenantTemplate], context: Context, *, tenant: str, anchor: str, seen: Seen | None = None
) -> Plan:
    """Render all entries of a tenant's templates. An entry that fails takes no other with it.

    ``anchor`` is the uid of Namespace kube-system: an object that is to be retained must know it. ``seen`` are the
    observed objects to which expressions refer.
    """
    drafts, items = drafts_of(templates, context, seen)
    homes: dict[str, str] = {}
    for draft in drafts:
        if draft.bound.entry.type_key == "Namespace.v1" and draft.key is not None:
            homes.setdefault(draft.key.key, draft.bound.id)
    claimed: dict[ObjectKey, str] = {}
    retaining = frozenset(home for draft in drafts if draft.bound.entry.retain and (home := namespace_of(draft.key)))
    planned = [_planned(draft, homes, claimed, tenant) for draft in drafts]
    planned = [_judged(one, draft.context) for one, draft in zip(planned, drafts, strict=True)]
    entries = tuple([_retained(one, anchor) if _may_retain(one, retaining) else one for one in planned])
    return Plan(entries, frozenset(claimed), retaining, items, all(_is_decided(one) for one in entries))


def _judged(planned: Planned, context: Context) -> Planned:
    option = planned.entry.ready_when
    return planned if option is None else planned._replace(readiness=partial(ready_when, option, context))


def _may_retain(planned: Planned, retaining: frozenset[str]) -> bool:
    """Whether an object is retained: by its own policy, or as the Namespace of another that is."""
    return planned.entry.retain or (planned.key is not None and is_namespace_in(planned.key, retaining))


def _retained(planned: Planned, anchor: str) -> Planned:
    obj = planned.object
    return planned._replace(object=with_policy(obj, anchor) if obj is not None else None, anchor=anchor)


def _is_decided(planned: Planned) -> bool:
    return planned.key is not None or planned.failure == WHEN_FALSE


def _planned(draft: Draft, homes: dict[str, str], claimed: dict[ObjectKey, str], tenant: str) -> Planned:
    """The entry with the Namespace it lives in among its needs; a failure if an earlier one has the same object."""
    (id_, entry, needs), rendered, key, _, _, failure, message = draft
    if key is not None:
        first = claimed.setdefault(key, id_)
        if first != id_:
            message = f"{first} makes the same object: remove one of the two"
            return Planned(id_, entry, None, key, "", needs, "", "Duplicate", message)
        namespace, separator, _ = key.key.partition("/")
        home = homes.get(namespace) if separator else None
        if home is not None and home not in needs:
            needs = tuple(sorted((*needs, home))) if needs else (home,)
    if rendered is None:
        return Planned(id_, entry, None, key, "", needs, "", failure, message)
    hash_ = content_hash(rendered)
    obj = dressed(rendered, id_=id_, needs=needs, tenant=tenant, hash_=hash_)
    return Planned(id_, entry, obj, key, hash_, needs, "", "", "")
