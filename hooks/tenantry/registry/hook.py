"""The sync and customize hooks of TenantRegistries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from tenantry.conditions import Reason
from tenantry.engine.hold import everything, hold_everything
from tenantry.engine.keep import keep
from tenantry.kinds import TENANT_SLICE, TENANT_TEMPLATE, TenantRegistrySpec
from tenantry.kinds.kind import InvalidSpec, parse_spec
from tenantry.kinds.source import seconds_of
from tenantry.names import ANCHOR_NAMESPACE, anchor_uid
from tenantry.protocol import (
    CustomizeRequest,
    CustomizeResponse,
    JSONObject,
    ObjectKey,
    ObjectMap,
    RelatedRule,
    SyncRequest,
    SyncResponse,
)
from tenantry.registry.credentials import credentials_of, secret_rules, waits_for_secret
from tenantry.registry.guard import digest_of
from tenantry.registry.layout import Layout, lay_out, lay_out_all
from tenantry.registry.leaving import blocked_in, end_of_grace
from tenantry.registry.moments import moment, seconds_apart
from tenantry.registry.outcome import NotReached, Outcome, Polled, Probed
from tenantry.registry.pins import is_invalid, own_templates, template_problems
from tenantry.registry.placing import existing_uids, leaving_uids, place, place_booked
from tenantry.registry.polling import (
    Errand,
    NotPossible,
    Poll,
    PollFailed,
    PollState,
    Probe,
    approved_digest,
    rounded_up,
    seconds_until_due,
)
from tenantry.registry.removals import DOUBT_SECONDS, forget_all_done
from tenantry.registry.rollout import look, next_look, roll, rollout_problems
from tenantry.registry.row_secrets import (
    observed_secrets,
    refuse_stale_secrets,
    row_secret_rules,
    row_secrets,
    with_room,
)
from tenantry.registry.rows import sort_rows
from tenantry.registry.sequences import Written, refuse_stale, slice_children, until_silent
from tenantry.registry.sharding import assigned
from tenantry.registry.slices import Content, observe
from tenantry.registry.status import View, registry_status
from tenantry.registry.suspending import as_observed
from tenantry.registry.template_use import is_going, template_use
from tenantry.registry.turns import waiting_slices

NOT_KNOWN_RETRY_SECONDS: Final = 5.0
PENDING_RETRY_SECONDS: Final = 1.0

PATIENCE_SECONDS: Final = 10.0
"""How long a poll that is due waits for new slices to report what they adopted."""


def sync(request: SyncRequest, *, now: datetime, poll: Poll, probe: Probe | None = None) -> SyncResponse:
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
    layout = lay_out_all(name, slices) if spec.suspend and slices else lay_out(name, spec.buckets, slices)
    refuse_stale(layout, written, now=now)
    secrets = observed_secrets(name, request.children, request.related)
    lost = refuse_stale_secrets(secrets, previous, now=now)

    own = own_templates(name, templates.values())
    staying = [template for template in own if not is_going(template)]
    outcome = _poll_if_due(
        request.parent, spec, layout, staying, request.related, secrets.values(), poll, probe, lost=lost, now=now
    )
    if spec.suspend:
        rolled, doubtful = look(staying, previous, layout, now=now), False
        children = as_observed(layout, anchor)
    else:
        placed = _placed(spec, layout, outcome, now=now)
        remaining, doubtful = forget_all_done(placed, layout.observed, now=now)
        remaining = assigned(spec.shards, layout, remaining, now=now)
        rolled = roll(staying, previous, layout, remaining, now=now)
        namespace = spec.secret_namespace if spec.secret_value_mappings else ""
        columns = {variable: column for variable, column in spec.extra_value_mappings.items() if column != variable}
        children = slice_children(
            layout,
            rolled.contents,
            anchor,
            written,
            secret_namespace=namespace,
            columns=columns,
            writer=request.parent["metadata"].get("uid", ""),
            waiting=waiting_slices(layout, rolled.contents, now=now),
            now=now,
        )
    problems = [*template_problems(staying, spec.extra_value_mappings), *rollout_problems(rolled)]
    view = View(spec, layout, children, rolled, problems, outcome, template_use(own, layout, children))
    status, wait = registry_status(request.parent, view, now=now)
    waits = [
        wait or None,
        next_look(rolled, now=now),
        DOUBT_SECONDS if doubtful else None,
        _next_probe(spec, status),
        until_silent(layout, now=now),
    ]
    resync = _resync(request.parent, spec, status, replace(layout, contents=rolled.contents), waits, now=now)
    if spec.suspend:
        return SyncResponse(children=everything(request), status=status, resync_after_seconds=resync)
    rows = outcome.rows if isinstance(outcome, Polled) else None
    hidden = row_secrets(
        request.children, spec, layout, rolled.contents, rows, secrets, previous, anchor_uid=anchor, now=now
    )
    outdated = frozenset(ObjectKey(TENANT_SLICE.type_key, outdated) for outdated in layout.outdated)
    return SyncResponse(
        children=[*children.values(), *hidden.children, *(keep(child) for child in foreign)],
        status={**status, "secrets": hidden.status} if hidden.status else status,
        removed=outdated | hidden.removed,
        resync_after_seconds=resync,
    )


def customize(request: CustomizeRequest) -> CustomizeResponse:
    """All templates, since each names its registry itself; Namespace kube-system, the anchor; Secrets of the source."""
    always = (
        RelatedRule(TENANT_TEMPLATE.api_version, TENANT_TEMPLATE.plural),
        RelatedRule("v1", "namespaces", names=(ANCHOR_NAMESPACE,)),
    )
    try:
        spec = parse_spec(TenantRegistrySpec, request.parent)
    except InvalidSpec:
        return CustomizeResponse(always)
    name: str = request.parent["metadata"]["name"]
    return CustomizeResponse((*always, *secret_rules(spec.source), *row_secret_rules(name, spec)))


def _poll_if_due(
    parent: JSONObject,
    spec: TenantRegistrySpec,
    layout: Layout,
    templates: Iterable[JSONObject],
    related: ObjectMap,
    secrets: Iterable[JSONObject],
    poll: Poll,
    probe: Probe | None,
    *,
    lost: bool,
    now: datetime,
) -> Outcome:
    state = PollState.of(parent.get("status") or {})
    metadata: JSONObject = parent["metadata"]
    # Row Secrets that somebody deleted are made again out of the database, and nothing else.
    lost = lost and seconds_apart(now, state.last_attempt) >= NOT_KNOWN_RETRY_SECONDS
    digest = ""
    if _until_due(spec, parent, state, layout, now=now) > 0.0 and not lost:
        digest = _changed(spec, parent, related, probe)
        if not digest:
            return None
    if not spec.suspend and (_waits_for_slices(parent, layout, now=now) or _waits_for_templates(templates, now=now)):
        return None
    try:
        errand = Errand(metadata["name"], spec, credentials_of(spec.source, related))
        # Before the rows are read: what changes meanwhile shows in the next probe.
        probed = Probed(digest) if digest else _probed(errand, probe)
        fetched = poll(errand)
    except PollFailed as error:
        return NotReached(str(error), error.reason, attempted=not isinstance(error, NotPossible))
    existing = existing_uids(layout)
    rows = sort_rows(spec, fetched.rows, existing | leaving_uids(layout))
    rows = with_room(spec, metadata["name"], rows, secrets)
    placement = place(layout, rows, existing, spec.safety, approved=approved_digest(metadata), now=now)
    return Polled(rows, placement, fetched.milliseconds, probed)


def _placed(spec: TenantRegistrySpec, layout: Layout, outcome: Outcome, *, now: datetime) -> Mapping[str, Content]:
    """What the slices get as far as rows and removals go. A poll that failed changes nothing."""
    match outcome:
        case Polled():
            return outcome.placement.contents
        case NotReached():
            return layout.contents
        case None:
            return place_booked(layout, spec.safety, now=now)


def _changed(spec: TenantRegistrySpec, parent: JSONObject, related: ObjectMap, probe: Probe | None) -> str:
    """What the probe answers if that is not what it answered before the last good poll; else empty.

    After a failure the next poll tells: nobody probes a source that cannot be read.
    """
    source: JSONObject = (parent.get("status") or {}).get("source") or {}
    if probe is None or spec.source.probe is None or source.get("failures") or not source.get("probe"):
        return ""
    try:
        errand = Errand(parent["metadata"]["name"], spec, credentials_of(spec.source, related))
    except PollFailed:
        return ""
    digest = _probed(errand, probe).digest
    return digest if digest != source["probe"] else ""


def _probed(errand: Errand, probe: Probe | None) -> Probed:
    """What the probe answers. One that fails is told, and stops no poll."""
    if probe is None or errand.spec.source.probe is None:
        return Probed()
    try:
        return Probed(probe(errand))
    except PollFailed as error:
        return Probed(problem=str(error))


def _next_probe(spec: TenantRegistrySpec, status: JSONObject) -> float | None:
    """Seconds until the next probe; none while there is nothing to compare its answer with."""
    probe = spec.source.probe
    if probe is None or status["source"]["failures"] or not status["source"]["probe"]:
        return None
    return float(seconds_of(probe.interval))


def _until_due(
    spec: TenantRegistrySpec, parent: JSONObject, state: PollState, layout: Layout, *, now: datetime
) -> float:
    return seconds_until_due(
        spec,
        parent["metadata"],
        state,
        newest_slice=layout.newest,
        slices_pending=bool(layout.pending),
        blocked="" if spec.suspend else digest_of(blocked_in(layout.contents.values())),
        grace_ends=end_of_grace(layout.contents.values(), spec.safety),
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


def _resync(
    parent: JSONObject,
    spec: TenantRegistrySpec,
    status: JSONObject,
    layout: Layout,
    waits: Iterable[float | None],
    *,
    now: datetime,
) -> float:
    """Seconds until the next poll is due, or sooner if something is to be looked at again."""
    due = _until_due(spec, parent, PollState.of(status), layout, now=now)
    soon = NOT_KNOWN_RETRY_SECONDS if waits_for_secret(status) else PENDING_RETRY_SECONDS
    return rounded_up(min([due if due > 0.0 else soon, *(wait for wait in waits if wait is not None)]))
