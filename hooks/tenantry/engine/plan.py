"""What a tenant shall consist of: every entry of its templates, rendered, with what it depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from jinja2.runtime import Context

from tenantry.engine.compiled import CompiledEntry
from tenantry.engine.composition import TenantTemplate
from tenantry.engine.conflict import with_conflict_policy
from tenantry.engine.draft import NOT_WANTED, RENDER_ERROR, WAITING_FOR_VALUE, Draft, Seen, drafts_of
from tenantry.engine.dress import dressed
from tenantry.engine.ignore import NOTHING_IGNORED, Ignored, ignored_in
from tenantry.engine.lifecycle import PRE_DELETE, SYNC, WAITS_FOR_DELETION, misplaced, predecessors
from tenantry.engine.limits import Steps
from tenantry.engine.ready_when import Judge, by_kind, ready_when
from tenantry.engine.retain import is_namespace_in, namespace_of, with_policy
from tenantry.engine.sizes import Room
from tenantry.names import canonical_json, content_hash_of, entry_of
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
    readiness: Judge = by_kind
    """Tells how the observed object is."""
    ignored: Ignored = NOTHING_IGNORED
    """Where ``ignoreFields`` match in the object."""
    after: tuple[str, ...] = ()
    """Ids of the entries that come before this one because of their lifecycle, sorted."""


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
    size: int = 0
    """Bytes of the JSON of all objects."""


def make_plan(
    templates: Sequence[TenantTemplate],
    context: Context,
    *,
    tenant: str,
    anchor: str,
    seen: Seen | None = None,
    deletion: str = "",
) -> Plan:
    """Render all entries of a tenant's templates. An entry that fails takes no other with it.

    ``anchor`` is the uid of Namespace kube-system: an object that is to be retained must know it. ``seen`` are the
    observed objects to which expressions refer. ``deletion`` is the uid of a Tenant that is being deleted: only then
    are objects wanted of its PreDelete entries.
    """
    drafts, items = drafts_of(templates, context, seen, deletion=deletion)
    homes: dict[str, str] = {}
    for draft in drafts:
        if draft.bound.entry.type_key == "Namespace.v1" and draft.key is not None:
            homes.setdefault(draft.key.key, draft.bound.id)
    claimed: dict[ObjectKey, str] = {}
    retaining = frozenset(home for draft in drafts if draft.bound.entry.retain and (home := namespace_of(draft.key)))
    if not deletion:
        drafts = [_put_off(draft) if draft.bound.entry.lifecycle == PRE_DELETE else draft for draft in drafts]
    room = Room()
    planned = _in_phases([_planned(draft, homes, claimed, room, tenant) for draft in drafts])
    planned = [_judged(one, draft.context) for one, draft in zip(planned, drafts, strict=True)]
    entries = tuple([_retained(one, anchor) if _may_retain(one, retaining) else one for one in planned])
    complete = all(_is_decided(one) for one in entries)
    return Plan(entries, frozenset(claimed), retaining, items, complete, room.used)


def judged_within(steps: Steps, planned: Planned) -> Planned:
    """The entry, whose ``readyWhen`` takes its steps from these, together with those of the others."""
    if planned.entry.ready_when is None:
        return planned
    return planned._replace(readiness=partial(planned.readiness, steps=steps))


def _put_off(draft: Draft) -> Draft:
    """A draft of what runs before a deletion, while there is none: only what is wrong with it is told."""
    if draft.failure not in ("", WAITING_FOR_VALUE):
        return draft._replace(key=None)
    told = "is made when the Tenant is deleted"
    return draft._replace(rendered=None, key=None, failure=WAITS_FOR_DELETION, message=told)


def _in_phases(planned: list[Planned]) -> list[Planned]:
    """The entries, each with those that come before it because of their lifecycle."""
    lifecycles = {one.id: one.entry.lifecycle for one in planned}
    if all(lifecycle == SYNC for lifecycle in lifecycles.values()):
        return planned
    after = predecessors(lifecycles, {one.id: one.needs for one in planned})
    by_entry = {entry_of(id_): lifecycle for id_, lifecycle in lifecycles.items()}
    return [_in_phase(one, by_entry, after.get(one.id, ())) for one in planned]


def _in_phase(planned: Planned, lifecycles: Mapping[str, str], after: tuple[str, ...]) -> Planned:
    """Templates are checked by themselves, so what an entry needs of another template is checked here."""
    lifecycle = planned.entry.lifecycle
    found = (misplaced(planned.id, lifecycle, need, lifecycles.get(need, lifecycle)) for need in planned.needs)
    why = next(filter(None, found), "")
    if why:
        # Without its needs: it would wait for what waits for it.
        return planned._replace(object=None, needs=(), failure="WrongLifecycle", message=why)
    return planned._replace(after=after)


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
    return planned.key is not None or planned.failure in NOT_WANTED or planned.entry.lifecycle == PRE_DELETE


def _planned(draft: Draft, homes: dict[str, str], claimed: dict[ObjectKey, str], room: Room, tenant: str) -> Planned:
    """The entry with the Namespace it lives in among its needs; a failure if an earlier one has the same object."""
    (id_, entry, needs, *_), rendered, key, _, _, failure, message = draft
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
    content = canonical_json(rendered)
    if refusal := room.refusal(len(content)):
        return Planned(id_, entry, None, key, "", needs, "", RENDER_ERROR, refusal)
    hash_ = content_hash_of(content)
    obj = dressed(rendered, id_=id_, needs=needs, tenant=tenant, hash_=hash_)
    obj = with_conflict_policy(obj, force=entry.force)
    ignored = ignored_in(entry.ignored, rendered) if entry.ignored else NOTHING_IGNORED
    return Planned(id_, entry, obj, key, hash_, needs, "", "", "", ignored=ignored)
