"""What a template makes of a row, entry by entry, without a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tenantry.cli.rows import Row
from tenantry.engine.compiled import Compiled
from tenantry.engine.composition import TenantTemplate
from tenantry.engine.draft import INVALID_VALUES, WAITING_FOR_DEPENDENCY, WAITING_FOR_VALUE, WHEN_FALSE, Seen, drafts_of
from tenantry.engine.render import template_context
from tenantry.names import resource_id, slug, tenant_name
from tenantry.protocol import JSONObject


class Preview(NamedTuple):
    """One entry for one row."""

    id: str
    """The entry's id; ``id[key]`` for an item."""
    object: JSONObject | None
    """None if there is none, or none yet."""
    problem: str = ""
    """Why it cannot be rendered."""
    remark: str = ""
    """Why there is none although nothing is wrong."""


def previews(
    template: JSONObject,
    compiled: Compiled,
    row: Row,
    *,
    active: bool = True,
    labels: Mapping[str, str] | None = None,
    observed: Mapping[str, JSONObject] | None = None,
) -> list[Preview]:
    """Every entry, in the order in which the objects would be created.

    ``labels`` are the Tenant's own. ``observed`` are live objects by the ids of their entries, for expressions that
    refer to them.
    """
    name = template["metadata"]["name"]
    registry = template["spec"].get("registry")
    context = template_context(
        uid=row["uid"],
        name=tenant_name(registry, row["uid"]) if registry else slug(row["uid"]),
        values={key: value for key, value in row.items() if key != "uid" and value is not None},
        nulls=[key for key, value in row.items() if value is None],
        active=active,
        labels=labels,
    )
    templates = [TenantTemplate(name, compiled)]
    seen: Seen = {}
    if observed:
        seen = {
            draft.bound.id: {draft.key: observed[id_]}
            for draft in drafts_of(templates, context).drafts
            if draft.key is not None and (id_ := _id_of(draft.bound.id)) in observed
        }
    return [_preview(draft) for draft in drafts_of(templates, context, seen).drafts]


def _preview(draft: Any) -> Preview:
    id_ = _id_of(draft.bound.id)
    if draft.rendered is not None:
        return Preview(id_, draft.rendered)
    if draft.failure in (WAITING_FOR_DEPENDENCY, WAITING_FOR_VALUE, WHEN_FALSE):
        return Preview(id_, None, remark=draft.message)
    return Preview(id_, None, problem=draft.message if draft.failure == INVALID_VALUES else _place(id_, draft.message))


def _id_of(resource: str) -> str:
    return resource.removeprefix(resource_id(resource.partition("/")[0], ""))


def _place(id_: str, message: str) -> str:
    """A message that begins with a path in the object, or with the name of an option, with the entry before it."""
    return f"resources[{id_}].object{message}" if message.startswith(".") else f"resources[{id_}].{message}"
