"""Entries as they are rendered for one tenant, each for itself: an object, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from jinja2.runtime import Context

from tenantry.engine.compile import Compiled, CompiledEntry
from tenantry.engine.environment import ENVIRONMENT
from tenantry.engine.expressions import Option
from tenantry.engine.items import BadItems, Item, items_of
from tenantry.engine.references import RESOURCES, Reference, missing
from tenantry.engine.render import RenderError, evaluate, render_entry, render_identity, with_variables
from tenantry.engine.variables import fit
from tenantry.names import item_id, resource_id
from tenantry.protocol import JSONObject, ObjectKey

MAX_OBJECTS: Final = 1000
"""Objects that a tenant may have: its status lists every one of them."""
RENDER_ERROR: Final = "RenderError"
INVALID_VALUES: Final = "InvalidValues"
"""Reason of all entries of a template whose declared variables a row does not fit."""
WAITING_FOR_VALUE: Final = "WaitingForValue"
"""Reason of an entry that refers to a field of another's object that is not there yet."""
WHEN_FALSE: Final = "WhenFalse"
"""Reason of an entry that is switched off: no object is wanted, and nothing is wrong."""


class TenantTemplate(NamedTuple):
    """A compiled template as one tenant uses it."""

    name: str
    compiled: Compiled


class Bound(NamedTuple):
    """An entry under the name that it has in tenants of its template."""

    id: str
    entry: CompiledEntry
    needs: tuple[str, ...]


class Draft(NamedTuple):
    """What became of an entry by itself, without a look at the others."""

    bound: Bound
    rendered: JSONObject | None
    key: ObjectKey | None
    """The object's identity; none if it has none or it is not known."""
    context: Context
    """What its expressions see."""
    item: str = ""
    """Key of the item; empty if the entry has no ``forEach``."""
    failure: str = ""
    """Reason for which there is no object."""
    message: str = ""


Seen = Mapping[str, Mapping[ObjectKey, JSONObject]]
"""``template/id`` of entries and items → the observed objects that were made from them."""


class Drafts(NamedTuple):
    """The drafts of all entries of a tenant."""

    drafts: list[Draft]
    """Template by template, dependencies first."""
    items: dict[str, tuple[str, ...]]
    """Each entry with ``forEach`` → the ids of its items."""


def drafts_of(templates: Sequence[TenantTemplate], context: Context, seen: Seen | None = None) -> Drafts:
    """Render every entry of these templates by itself. ``seen`` are the objects to which expressions may refer."""
    found = Drafts([], {})
    room = MAX_OBJECTS - sum(entry.for_each is None for template in templates for entry in template.compiled.entries)
    for template in templates:
        entries = _bound(template.name, template.compiled)
        visible, misfits = _fitted(template, context)
        if misfits:
            found.drafts.extend(_failed(bound, visible, INVALID_VALUES, misfits) for bound in entries)
            continue
        objects: dict[str, Any] = {}
        for bound in entries:
            if bound.entry.for_each is None:
                drafts = [_draft(bound, visible, objects)]
            else:
                drafts = _drafts_of_items(bound, bound.entry.for_each, visible, objects, room)
                if not _is_undivided(bound, drafts):
                    found.items[bound.id] = tuple(draft.bound.id for draft in drafts)
                    room -= len(drafts)
            found.drafts.extend(drafts)
            if bound.entry.id in template.compiled.referenced:
                objects |= _objects_of(bound, drafts, seen or {})
    return found


def _is_undivided(bound: Bound, drafts: Sequence[Draft]) -> bool:
    """Whether the items of an entry are not known: then there is one draft, which is the entry's own."""
    return len(drafts) == 1 and drafts[0].bound is bound


def _objects_of(bound: Bound, drafts: Sequence[Draft], seen: Seen) -> dict[str, Any]:
    """The observed object of an entry under its id; with ``forEach`` those of its items by their keys."""
    live = {draft.item: seen.get(draft.bound.id, {}).get(draft.key) for draft in drafts if draft.key is not None}
    present = {key: obj for key, obj in live.items() if obj is not None}
    if not _is_undivided(bound, drafts):
        return {bound.entry.id: present}
    return {bound.entry.id: present[""]} if present else {}


def _failed(bound: Bound, context: Context, reason: str, message: str, key: ObjectKey | None = None) -> Draft:
    return Draft(bound, None, key, context, failure=reason, message=message)


def _fitted(template: TenantTemplate, context: Context) -> tuple[Context, str]:
    """What the expressions of a template see, and why the row does not fit its variables, if so."""
    variables = template.compiled.variables
    if not variables:
        return context, ""
    fitted, problems = fit(variables, _given(context))
    if problems:
        return context, f"{template.name}: {'; '.join(problems)}"
    return with_variables(context, fitted), ""


def _given(context: Context) -> JSONObject:
    known = ENVIRONMENT.globals
    return {name: value for name, value in context.parent.items() if name not in known or value is not known[name]}


@lru_cache(maxsize=256)
def _bound(template: str, compiled: Compiled) -> tuple[Bound, ...]:
    return tuple(
        Bound(
            resource_id(template, entry.id),
            entry,
            tuple(sorted(resource_id(template, need) for need in entry.depends_on)),
        )
        for entry in compiled.entries
    )


def _drafts_of_items(
    bound: Bound, for_each: Option, context: Context, objects: Mapping[str, Any], room: int
) -> list[Draft]:
    references = bound.entry.reads.for_each
    if lacking := missing(references, objects):
        return [_failed(bound, context, WAITING_FOR_VALUE, _waits_for(lacking))]
    try:
        items = _items(for_each, _seeing(context, references, objects), room)
    except RenderError as error:
        return [_failed(bound, context, RENDER_ERROR, str(error))]
    drafts = []
    for index, item in enumerate(items):
        visible = with_variables(context, {"item": item.value, "key": item.key, "index": index})
        draft = _draft(bound._replace(id=item_id(bound.id, item.key)), visible, objects)
        drafts.append(draft._replace(item=item.key))
    return drafts


def _items(for_each: Option, context: Context, room: int) -> list[Item]:
    try:
        items = items_of(evaluate(for_each, context))
    except BadItems as error:
        raise RenderError(for_each.name, f"{for_each.leaf.source}: {error}") from error
    if len(items) > room:
        told = f"gives {len(items):,} items; of a tenant's {MAX_OBJECTS:,} objects {max(room, 0):,} are left"
        raise RenderError(for_each.name, f"{for_each.leaf.source}: {told}")
    return items


def _draft(bound: Bound, context: Context, objects: Mapping[str, Any]) -> Draft:
    entry = bound.entry
    if entry.when is not None:
        if lacking := missing(entry.reads.when, objects):
            return _failed(bound, context, WAITING_FOR_VALUE, _waits_for(lacking))
        try:
            if not evaluate(entry.when, _seeing(context, entry.reads.when, objects)):
                return _failed(bound, context, WHEN_FALSE, f"is switched off by when: {entry.when.leaf.source}")
        except RenderError as error:
            return _failed(bound, context, RENDER_ERROR, str(error))
    if entry.reads.content:
        if lacking := missing(entry.reads.content, objects):
            return _failed(bound, context, WAITING_FOR_VALUE, _waits_for(lacking), _identity(entry, context))
        context = _seeing(context, entry.reads.content, objects)
    try:
        rendered = render_entry(entry, context)
    except RenderError as error:
        return _failed(bound, context, RENDER_ERROR, str(error), _identity(entry, context))
    return Draft(bound, rendered, _key(entry, rendered["metadata"]), context)


def _seeing(context: Context, references: Sequence[Reference], objects: Mapping[str, Any]) -> Context:
    return with_variables(context, {RESOURCES: objects}) if references else context


def _waits_for(lacking: Sequence[Reference]) -> str:
    return f"waits for {', '.join(map(str, lacking))}"


def _identity(entry: CompiledEntry, context: Context) -> ObjectKey | None:
    try:
        return _key(entry, render_identity(entry, context)["metadata"])
    except RenderError:
        return None


def _key(entry: CompiledEntry, metadata: JSONObject) -> ObjectKey:
    namespace = metadata.get("namespace")
    return ObjectKey(entry.type_key, f"{namespace}/{metadata['name']}" if namespace else metadata["name"])
