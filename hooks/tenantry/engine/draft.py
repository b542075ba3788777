"""Entries as they are rendered for one tenant, each for itself: an object, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from jinja2.runtime import Context

from tenantry.engine.compiled import CompiledEntry
from tenantry.engine.composition import MAX_OBJECTS, Bound, TenantTemplate, compose
from tenantry.engine.expressions import Option
from tenantry.engine.items import BadItems, Item, items_of
from tenantry.engine.lifecycle import NAMESPACE_GONE, PRE_DELETE, SYNC, WAITS_FOR_DELETION, as_run
from tenantry.engine.references import RESOURCES, SECRETS, TEMPLATES, Reference, has_secrets, missing
from tenantry.engine.render import COLUMNS, RenderError, evaluate, render_entry, render_identity, with_variables
from tenantry.engine.variables import fit
from tenantry.names import item_id
from tenantry.protocol import JSONObject, ObjectKey

RENDER_ERROR: Final = "RenderError"
INVALID_VALUES: Final = "InvalidValues"
"""Reason of all entries of a template whose declared variables a row does not fit."""
TOO_MANY_OBJECTS: Final = "TooManyObjects"
"""Reason of an entry beyond as many objects as a tenant may have."""
WAITING_FOR_VALUE: Final = "WaitingForValue"
"""Reason of an entry that refers to a field of another's object that is not there yet."""
WAITING_FOR_DEPENDENCY: Final = "WaitingForDependency"
"""Reason of an entry that depends on one that is not ready yet, or that no template of the tenant has."""
WHEN_FALSE: Final = "WhenFalse"
"""Reason of an entry that is switched off: no object is wanted, and nothing is wrong."""


NOT_WANTED: Final = frozenset((WHEN_FALSE, WAITS_FOR_DELETION, NAMESPACE_GONE))
"""Reasons for which there shall be no object, and nothing waits for one."""


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


class _Stage(NamedTuple):
    """What the entries of one template see."""

    context: Context
    misfits: str
    """Why the row does not fit the template's variables; empty if it does."""
    visible: dict[str, Any]
    """Observed objects, as ``resources`` and ``templates`` show them."""


def drafts_of(
    templates: Sequence[TenantTemplate], context: Context, seen: Seen | None = None, *, deletion: str = ""
) -> Drafts:
    """Render every entry of these templates by itself. ``seen`` are the objects to which expressions may refer.

    ``deletion`` is the uid of the Tenant if it is being deleted: PreDelete entries are named after it.
    """
    composition = compose(tuple(templates))
    room = MAX_OBJECTS - sum(bound.entry.for_each is None for bound in composition.entries)
    stages = _stages(templates, context)
    drafts: dict[str, list[Draft]] = {}
    items: dict[str, tuple[str, ...]] = {}
    for bound in composition.order:
        stage = stages[bound.template]
        if stage.misfits:
            found = [_failed(bound, stage.context, INVALID_VALUES, stage.misfits)]
        elif bound.id in composition.excess:
            told = f"a tenant may have {MAX_OBJECTS:,} objects: take entries out of its templates"
            found = [_failed(bound, stage.context, TOO_MANY_OBJECTS, told, _identity(bound.entry, stage.context))]
        elif bound.entry.for_each is None:
            found = [_draft(bound, stage.context, stage.visible)]
        else:
            found = _drafts_of_items(bound, bound.entry.for_each, stage, room)
            if not _is_undivided(bound, found):
                items[bound.id] = tuple(draft.bound.id for draft in found)
                room -= len(found)
        if bound.entry.lifecycle != SYNC:
            found = [_as_run(draft, deletion if bound.entry.lifecycle == PRE_DELETE else "") for draft in found]
        drafts[bound.id] = found
        if bound.id in composition.referenced:
            stage.visible[RESOURCES] |= _objects_of(bound, found, seen or {})
    return Drafts([draft for bound in composition.entries for draft in drafts[bound.id]], items)


def _stages(templates: Sequence[TenantTemplate], context: Context) -> dict[str, _Stage]:
    shown: dict[str, dict[str, Any]] = {template.name: {RESOURCES: {}} for template in templates}
    base = {TEMPLATES: shown, SECRETS: context.parent.get(SECRETS) or {}}
    return {
        template.name: _Stage(*_fitted(template, context), {**base, **shown[template.name]}) for template in templates
    }


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
    fitted, problems = fit(variables, context.parent, context.parent[COLUMNS])
    if problems:
        return context, f"{template.name}: {'; '.join(problems)}"
    return with_variables(context, fitted), ""


def _drafts_of_items(bound: Bound, for_each: Option, stage: _Stage, room: int) -> list[Draft]:
    context, _, visible = stage
    references = bound.entry.reads.for_each
    if lacking := missing(references, visible):
        return [_waiting(bound, context, lacking)]
    try:
        items = _items(for_each, _seeing(context, references, visible), room)
    except RenderError as error:
        return [_failed(bound, context, RENDER_ERROR, str(error))]
    drafts = []
    for index, item in enumerate(items):
        own = with_variables(context, {"item": item.value, "key": item.key, "index": index})
        draft = _draft(bound._replace(id=item_id(bound.id, item.key)), own, visible)
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


def _draft(bound: Bound, context: Context, visible: Mapping[str, Any]) -> Draft:
    entry = bound.entry
    if entry.when is not None:
        if lacking := missing(entry.reads.when, visible):
            return _waiting(bound, context, lacking)
        try:
            if not evaluate(entry.when, _seeing(context, entry.reads.when, visible)):
                return _failed(bound, context, WHEN_FALSE, f"is switched off by when: {entry.when.leaf.source}")
        except RenderError as error:
            return _failed(bound, context, RENDER_ERROR, _told(error, entry.reads.when))
    lacking = missing(entry.reads.content, visible) if entry.reads.content else []
    if lacking or bound.lacks:
        return _waiting(bound, context, lacking, _identity(entry, context))
    context = _seeing(context, entry.reads.content, visible)
    try:
        rendered = render_entry(entry, context)
    except RenderError as error:
        return _failed(bound, context, RENDER_ERROR, _told(error, entry.reads.content), _identity(entry, context))
    return Draft(bound, rendered, _key(entry, rendered["metadata"]), context)


def _told(error: RenderError, references: Sequence[Reference]) -> str:
    """Why an entry cannot be rendered. Where secrets take part, the cause may quote one, and is not told."""
    if not has_secrets(references):
        return str(error)
    place = f"{error.path}: " if error.path else ""
    return f"{place}cannot be rendered with the secrets of this row; the cause is not told, since it may quote one"


def _as_run(draft: Draft, deletion: str) -> Draft:
    """The draft of what runs: its name is known only together with its content."""
    if draft.rendered is None:
        return draft._replace(key=None)
    entry = draft.bound.entry
    rendered = as_run(draft.rendered, entry.type_key, deletion=deletion)
    return draft._replace(rendered=rendered, key=_key(entry, rendered["metadata"]))


def _seeing(context: Context, references: Sequence[Reference], visible: Mapping[str, Any]) -> Context:
    return with_variables(context, visible) if references else context


def _waiting(bound: Bound, context: Context, lacking: Sequence[Reference], key: ObjectKey | None = None) -> Draft:
    if bound.lacks:
        return _failed(bound, context, WAITING_FOR_DEPENDENCY, bound.lacks, key)
    return _failed(bound, context, WAITING_FOR_VALUE, f"waits for {', '.join(map(str, lacking))}", key)


def _identity(entry: CompiledEntry, context: Context) -> ObjectKey | None:
    try:
        return _key(entry, render_identity(entry, context)["metadata"])
    except RenderError:
        return None


def _key(entry: CompiledEntry, metadata: JSONObject) -> ObjectKey:
    namespace = metadata.get("namespace")
    return ObjectKey(entry.type_key, f"{namespace}/{metadata['name']}" if namespace else metadata["name"])
