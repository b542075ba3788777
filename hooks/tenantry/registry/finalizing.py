"""The finalize hook of TenantRegistries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from operator import itemgetter
from typing import Final

from tenantry.conditions import ConditionType, Reason, condition, timestamp
from tenantry.engine.hold import everything, let_go, with_conditions
from tenantry.engine.keep import keep
from tenantry.kinds import TENANT_SLICE
from tenantry.names import PAUSED_ANNOTATION, anchor_uid
from tenantry.protocol import JSONObject, ObjectKey, SyncRequest, SyncResponse, observed_items
from tenantry.registry.credentials import SECRETS
from tenantry.registry.layout import Layout, lay_out_all
from tenantry.registry.removals import forget_all_done
from tenantry.registry.row_secrets import kept_secrets
from tenantry.registry.sequences import Written, refuse_stale, slice_children, written_status
from tenantry.registry.slices import Content, ObservedSlice, observe
from tenantry.registry.status import tenant_counts

RETRY_SECONDS: Final = 2.0
SUSPENDED: Final = (
    "spec.suspend is true, so the registry removes none of its tenants: set it to false to let them go, or "
    "spec.deletionPolicy to Retain to leave them."
)


def finalize(request: SyncRequest, *, now: datetime) -> SyncResponse:
    """Let the registry go. It reads the spec leniently and touches no database.

    ``Retain``, and a registry that merely changes its controller, leave everything as it is: the Tenants are anchored.
    ``Delete`` keeps the slices, with every uid among the removals, until no Tenant is left.
    """
    observed = request.children.get(TENANT_SLICE.type_key, {})
    found = request.parent.get("spec")
    spec: JSONObject = found if isinstance(found, dict) else {}
    if not request.deleting or spec.get("deletionPolicy") != "Delete" or not observed:
        return let_go(request)
    if spec.get("suspend") is True:
        return SyncResponse(children=everything(request), status=_waiting_status(request.parent, SUSPENDED, now=now))
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
        return _without_secrets(request) if request.children.get(SECRETS) else let_go(request)
    anchor = anchor_uid(request.related) or next(iter(layout.observed.values())).spec.get("anchor", "")
    writer = request.parent["metadata"].get("uid", "")
    # Nobody is made now who has not been.
    waiting = [slice_ for slice_, found in layout.observed.items() if found.waits]
    children = slice_children(layout, remaining, anchor, written, writer=writer, waiting=waiting, now=now)
    return SyncResponse(
        children=[*children.values(), *(keep(child) for child in foreign), *kept_secrets(request.children)],
        status=_deleting_status(request.parent, layout, children, now=now),
        resync_after_seconds=RETRY_SECONDS,
    )


def _without_secrets(request: SyncRequest) -> SyncResponse:
    """The row Secrets go when no Tenant is left: garbage collection would leave them, as they are anchored."""
    others = {kind: found for kind, found in request.children.items() if kind != SECRETS}
    return SyncResponse(
        children=[keep(child) for _, child in sorted(observed_items(others), key=itemgetter(0))],
        removed=frozenset(ObjectKey(SECRETS, key) for key in request.children[SECRETS]),
        status=request.parent.get("status") or {},
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
    tenants = tenant_counts(layout, children)
    paused = sum(found.paused for found in layout.observed.values())
    message = f"The registry waits until its tenants are gone: {tenants['removing']} are being removed."
    if paused:
        message += f" {paused} of them are paused: remove their annotation {PAUSED_ANNOTATION}."
    return {
        **_waiting_status(parent, message, now=now),
        "tenants": tenants,
        "slices": written_status(children, previous, now=now),
    }


def _waiting_status(parent: JSONObject, message: str, *, now: datetime) -> JSONObject:
    generation = parent["metadata"].get("generation", 0)
    conditions = [
        condition(ConditionType.READY, False, Reason.DELETING, message, generation=generation),
        condition(ConditionType.PROGRESSING, True, Reason.DELETING, message, generation=generation),
    ]
    return with_conditions(parent, conditions, now=now)
