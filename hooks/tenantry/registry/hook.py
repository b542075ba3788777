"""The sync and customize hooks of TenantRegistries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from tenantry.conditions import Reason
from tenantry.engine.hold import hold_everything
from tenantry.engine.keep import keep
from tenantry.kinds import TENANT_SLICE, TENANT_TEMPLATE, TenantRegistrySpec
from tenantry.kinds.kind import InvalidSpec, parse_spec
from tenantry.names import ANCHOR_NAMESPACE, anchor_uid
from tenantry.protocol import (
    CustomizeRequest,
    CustomizeResponse,
    JSONObject,
    ObjectKey,
    RelatedRule,
    SyncRequest,
    SyncResponse,
)
from tenantry.registry.layout import Layout, lay_out
from tenantry.registry.moments import moment, seconds_apart
from tenantry.registry.outcome import NotReached, Outcome, Polled
from tenantry.registry.pins import is_invalid, latest_revisions, move_rows, own_templates, template_problems
from tenantry.registry.placing import existing_uids, leaving_uids, place
from tenantry.registry.polling import (
    Poll,
    PollFailed,
    PollState,
    approved_digest,
    rounded_up,
    seconds_until_due,
)
from tenantry.registry.removals import DOUBT_SECONDS, forget_all_done
from tenantry.registry.rows import sort_rows
from tenantry.registry.sequences import Written, refuse_stale, slice_children
from tenantry.registry.slices import Content, observe
from tenantry.registry.status import View, registry_status

NOT_KNOWN_RETRY_SECONDS: Final = 5.0
PENDING_RETRY_SECONDS: Final = 1.0

PATIENCE_SECONDS: Final = 10.0
"""How long a poll that is due waits for new slices to report what they adopted."""


def sync(request: SyncRequest, *, now: datetime, poll: Poll) -> SyncResponse:
    """Rows into slices: those of a poll if one is due, otherwise as they are observed.

    Raises ``TryLater`` while the observed slices are older than those that were written last.
    """
    try:
        spec = parse_spec(TenantRegistrySpec, request.parent)
    except InvalidSpec as error:
        return hold_everything(request, Reason.INVALID_SPEC, str(error), now=now)
    anchor = anchor_uid(request.related)
    templates = request.related.get(TENANT_TEMPLATE.type_key)
    if not anchor or templates is None:
        message = f"Namespace {ANCHOR_NAMESPACE} and the TenantTemplates are not known yet."
        return hold_everything(request, Reason.ANCHOR_MISSING, message, now=now, ask_again=NOT_KNOWN_RETRY_SECONDS)
    name: str = request.parent["metadata"]["name"]
    previous: JSONObject = request.parent.get("status") or {}
    written = Written.of(previous)
    slices, foreign = observe(name, request.children.get(TENANT_SLICE.type_key, {}))
    layout = lay_out(name, spec.buckets, slices)
    refuse_stale(layout, written, now=now)

    own = own_templates(name, templates.values())
    outcome = _poll_if_due(request.parent, spec, layout, own, poll, now=now)
    placed = outcome.placement.contents if isinstance(outcome, Polled) else layout.contents
    remaining, doubtful = forget_all_done(placed, layout.observed, now=now)
    revisions = latest_revisions(own)
    problems = template_problems(own, spec.extra_value_mappings)
    children = slice_children(layout, _pinned(remaining, revisions), anchor, written)
    status = registry_status(request.parent, View(layout, children, revisions, problems, outcome), now=now)
    return SyncResponse(
        children=[*children.values(), *(keep(child) for child in foreign)],
        status=status,
        removed=frozenset(ObjectKey(TENANT_SLICE.type_key, outdated) for outdated in layout.outdated),
        resync_after_seconds=_resync(request.parent, spec, status, layout, doubtful=doubtful, now=now),
    )


def customize(request: CustomizeRequest) -> CustomizeResponse:
    """All templates, since each names its registry itself; and Namespace kube-system, the anchor."""
    return CustomizeResponse(
        (
            RelatedRule(TENANT_TEMPLATE.api_version, TENANT_TEMPLATE.plural),
            RelatedRule("v1", "namespaces", names=(ANCHOR_NAMESPACE,)),
        )
    )


def _poll_if_due(
    parent: JSONObject,
    spec: TenantRegistrySpec,
    layout: Layout,
    templates: Iterable[JSONObject],
    poll: Poll,
    *,
    now: datetime,
) -> Outcome:
    state = PollState.of(parent.get("status") or {})
    metadata: JSONObject = parent["metadata"]
    if _until_due(spec, parent, state, layout, now=now) > 0.0:
        return None
    if _waits_for_slices(parent, layout, now=now) or _waits_for_templates(templates, now=now):
        return None
    try:
        raw_rows = poll(spec)
    except PollFailed as error:
        return NotReached(str(error))
    rows = sort_rows(spec, raw_rows, existing_uids(layout) | leaving_uids(layout))
    return Polled(rows, place(layout, rows, approved=approved_digest(metadata), now=now))


def _until_due(
    spec: TenantRegistrySpec, parent: JSONObject, state: PollState, layout: Layout, *, now: datetime
) -> float:
    return seconds_until_due(
        spec,
        parent["metadata"],
        state,
        newest_slice=layout.newest,
        slices_pending=bool(layout.pending),
        now=now,
    )


def _waits_for_templates(templates: Iterable[JSONObject], *, now: datetime) -> bool:
    """Whether a new template may have its first revision soon: a tenant made before that would be made without it."""
    return any(
        not (template.get("status") or {}).get("latestRevision")
        and not is_invalid(template)
        and seconds_apart(now, moment(template["metadata"].get("creationTimestamp"))) < PATIENCE_SECONDS
        for template in templates
    )


def _waits_for_slices(parent: JSONObject, layout: Layout, *, now: datetime) -> bool:
    """Whether new slices may report soon: until then they take no rows, and the poll would have to be repeated."""
    if not layout.pending:
        return False
    written = Written.of(parent.get("status") or {})
    if any(name not in written.sequences for name in layout.missing):
        return True
    return min(seconds_apart(now, written.time), seconds_apart(now, layout.newest)) < PATIENCE_SECONDS


def _pinned(contents: Mapping[str, Content], revisions: Mapping[str, str]) -> dict[str, Content]:
    """Contents with every pin on its target; a template without a stored revision moves none."""
    targets = {template: revision for template, revision in revisions.items() if revision}
    return {name: Content(move_rows(content.rows, targets), content.removals) for name, content in contents.items()}


def _resync(
    parent: JSONObject,
    spec: TenantRegistrySpec,
    status: JSONObject,
    layout: Layout,
    *,
    doubtful: bool,
    now: datetime,
) -> float:
    """Seconds until the next poll is due, or sooner if something is to be looked at again."""
    due = _until_due(spec, parent, PollState.of(status), layout, now=now)
    waits = [due if due > 0.0 else PENDING_RETRY_SECONDS]
    if doubtful:
        waits.append(DOUBT_SECONDS)
    return rounded_up(min(waits))
