"""The finalize hook of TenantRegistries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from tenantry.conditions import ConditionType, Reason, condition, set_conditions, timestamp
from tenantry.engine.hold import let_go
from tenantry.engine.keep import keep
from tenantry.kinds import TENANT_SLICE
from tenantry.names import anchor_uid
from tenantry.protocol import JSONObject, SyncRequest, SyncResponse
from tenantry.registry.layout import Layout, lay_out_all
from tenantry.registry.removals import forget_all_done
from tenantry.registry.sequences import Written, refuse_stale, slice_children, written_status
from tenantry.registry.slices import Content, ObservedSlice, observe
from tenantry.registry.status import tenant_counts

RETRY_SECONDS: Final = 2.0


def finalize(request: SyncRequest, *, now: datetime) -> SyncResponse:
    """Let the registry go. It reads the spec leniently and touches no database.

    ``Retain``, and a registry that merely changes its controller, leave everything as it is: the Tenants are anchored.
    ``Delete`` keeps the slices, with every uid among the removals, until no Tenant is left.
    """
    observed = request.children.get(TENANT_SLICE.type_key, {})
    spec = request.parent.get("spec")
    policy = spec.get("deletionPolicy") if isinstance(spec, dict) else None
    if not request.deleting or policy != "Delete" or not observed:
        return let_go(request)
    name: str = request.parent["metadata"]["name"]
    slices, foreign = observe(name, observed)
    if not slices:
        return let_go(request)
    previous: JSONObject = request.parent.get("status") or {}
    written = Written.of(previous)
    layout = lay_out_all(name, slices)
    refuse_stale(layout, written, now=now)
    emptied = {
        slice_: _emptied(content, layout.observed.get(slice_), now=now) for slice_, content in layout.contents.items()
    }
    remaining, _ = forget_all_done(emptied, layout.observed, now=now)
    if all(_is_done(found, remaining[slice_]) for slice_, found in layout.observed.items()) and not layout.missing:
        return let_go(request)
    anchor = anchor_uid(request.related) or next(iter(layout.observed.values())).spec.get("anchor", "")
    children = slice_children(layout, remaining, anchor, written)
    return SyncResponse(
        children=[*children.values(), *(keep(child) for child in foreign)],
        status=_deleting_status(request.parent, layout, children, now=now),
        resync_after_seconds=RETRY_SECONDS,
    )


def _emptied(content: Content, found: ObservedSlice | None, *, now: datetime) -> Content:
    """No row any more; every uid that had one, or that was found without one, among the removals."""
    if found is None or found.takes_over(now):
        return content
    leaving = {row["uid"] for row in content.rows}.union(found.unlisted)
    if not leaving:
        return content
    removals = {uid: {"time": timestamp(now), "uid": uid} for uid in leaving}
    removals |= {removal["uid"]: removal for removal in content.removals}
    return Content([], [removals[uid] for uid in sorted(removals)])


def _is_done(found: ObservedSlice, remaining: Content) -> bool:
    """Whether the slice says, of what it was told last, that no Tenant is left."""
    return found.up_to_date and not (found.content.rows or found.unlisted or found.removing or remaining.removals)


def _deleting_status(
    parent: JSONObject, layout: Layout, children: Mapping[str, JSONObject], *, now: datetime
) -> JSONObject:
    previous: JSONObject = parent.get("status") or {}
    generation = parent["metadata"].get("generation", 0)
    tenants = tenant_counts(layout, children)
    message = f"The registry waits until its tenants are gone: {tenants['removing']} are being removed."
    conditions = [
        condition(ConditionType.READY, False, Reason.DELETING, message, generation=generation),
        condition(ConditionType.PROGRESSING, True, Reason.DELETING, message, generation=generation),
    ]
    return {
        **previous,
        "tenants": tenants,
        "slices": written_status(children, previous, now=now),
        "conditions": set_conditions(previous, conditions, now=now),
    }
