"""What a registry tells of its source and its tenants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tenantry.conditions import Reason, set_conditions, timestamp
from tenantry.kinds import TenantRegistrySpec
from tenantry.kinds.slice import counts_interval
from tenantry.protocol import JSONObject
from tenantry.registry.guard import digest_of
from tenantry.registry.layout import Layout
from tenantry.registry.outcome import NotReached, Outcome, Polled
from tenantry.registry.pacing import paced
from tenantry.registry.polling import poll_now
from tenantry.registry.rollout import Rolled, rollout_entries, rollout_summary
from tenantry.registry.rows import MAX_REPORTED
from tenantry.registry.sequences import written_status
from tenantry.registry.sharding import label_problems, shards_status
from tenantry.registry.suspending import would_do
from tenantry.registry.verdicts import conditions_of


@dataclass(frozen=True, slots=True)
class View:
    """What a sync knows when it writes the status."""

    spec: TenantRegistrySpec
    layout: Layout
    children: Mapping[str, JSONObject]
    """The slices as they shall be, by name."""
    rolled: Rolled
    template_problems: Sequence[tuple[Reason, str]]
    """What a person must do about them."""
    outcome: Outcome
    template_use: list[JSONObject]


def registry_status(parent: JSONObject, view: View, *, now: datetime) -> tuple[JSONObject, float]:
    """The status after a sync, and the seconds until its numbers may move on (0: they are up to date).

    Without news it is byte-identical to the one before.
    """
    previous: JSONObject = parent.get("status") or {}
    generation = parent["metadata"].get("generation", 0)
    entries = rollout_entries(view.rolled, view.layout, previous)
    # As often as one of its slices: what they have not told is no news.
    interval = counts_interval(view.layout.buckets)
    numbers = paced(previous, tenant_counts(view.layout, view.children), entries, interval=interval, now=now)
    status: JSONObject = {
        "observedGeneration": generation,
        "source": _source(previous.get("source") or {}, parent["metadata"], view, now=now),
        "tenants": numbers.tenants,
        "countsTime": numbers.time,
        "templates": numbers.templates,
        "rollout": rollout_summary(numbers.templates),
        "invalidRows": _invalid_rows(previous, view.outcome),
        "deletions": _deletions(view.children),
        "templateUse": view.template_use,
        "slices": written_status(view.children, previous, now=now),
        **shards_status(view.spec.shards, view.layout, view.children),
        **_unusable_labels(previous, view.outcome),
    }
    if view.spec.suspend:
        targets = {template: revision for template, revision in view.rolled.wanted().items() if revision}
        status["suspended"] = would_do(previous, view.layout, view.outcome, targets, view.spec)
    conditions = conditions_of(
        previous,
        status,
        view.layout,
        view.children,
        view.outcome,
        template_problems=view.template_problems,
        safety=view.spec.safety,
        generation=generation,
    )
    return {**status, "conditions": set_conditions(previous, conditions, now=now)}, numbers.wait


def tenant_counts(layout: Layout, children: Mapping[str, JSONObject]) -> JSONObject:
    """Tenants by what the slices say of them, and by what was decided about them."""
    observed = layout.observed.values()
    specs = [child["spec"] for child in children.values()]
    return {
        "desired": sum(len(spec["rows"]) for spec in specs),
        "total": sum(found.tenants for found in observed),
        "ready": sum(found.ready for found in observed),
        "degraded": sum(found.degraded for found in observed),
        "removing": sum(len(spec["removals"]) for spec in specs),
        "unlisted": sum(_unlisted(children[name]["spec"], found.unlisted) for name, found in layout.observed.items()),
    }


def _unlisted(spec: Mapping[str, Any], unlisted: Mapping[str, Any]) -> int:
    if not unlisted:
        return 0
    decided = {item["uid"] for item in (*spec["rows"], *spec["removals"])}
    return sum(uid not in decided for uid in unlisted)


def _source(previous: Mapping[str, Any], metadata: JSONObject, view: View, *, now: datetime) -> JSONObject:
    source: JSONObject = {
        "failures": 0,
        "pollNow": "",
        "rows": 0,
        "active": 0,
        "invalid": 0,
        "durationMilliseconds": 0,
        "probe": "",
        "probeProblem": "",
        "unplaced": 0,
        "waiting": 0,
        **previous,
    }
    match view.outcome:
        case Polled(rows=rows, placement=placement, milliseconds=milliseconds, probed=probed):
            source |= {
                "lastSuccessTime": timestamp(now),
                "failures": 0,
                "rows": rows.total,
                "active": len(rows.usable),
                "invalid": len(rows.invalid),
                "durationMilliseconds": milliseconds,
                "probe": probed.digest,
                "probeProblem": probed.problem,
                "unplaced": placement.unplaced,
                # A suspended registry gives rows to no slice, however often it polls.
                "waiting": 0 if view.spec.suspend else placement.waiting,
            }
        case NotReached(attempted=False):
            return source
        case NotReached():
            source["failures"] += 1
        case None:
            return source
    return source | {"lastAttemptTime": timestamp(now), "pollNow": poll_now(metadata) or source["pollNow"]}


def _invalid_rows(previous: Mapping[str, Any], outcome: Outcome) -> list[JSONObject]:
    if isinstance(outcome, Polled):
        return [row.to_json() for row in outcome.rows.invalid[:MAX_REPORTED]]
    return list(previous.get("invalidRows") or [])


def _unusable_labels(previous: Mapping[str, Any], outcome: Outcome) -> JSONObject:
    if isinstance(outcome, Polled):
        found = label_problems([(uid, row.labels) for uid, row in outcome.rows.usable.items() if row.labels.problems])
    else:
        found = previous.get("unusableLabels") or {}
    return {"unusableLabels": found} if found else {}


def _deletions(children: Mapping[str, JSONObject]) -> JSONObject:
    """The tenants that wait for approval, as the slices hold them."""
    blocked = {
        str(entry["uid"]): str(entry["missingSince"])
        for child in children.values()
        for entry in child["spec"].get("missing", ())
        if entry.get("blocked")
    }
    if not blocked:
        return {"count": 0, "digest": ""}
    return {
        "count": len(blocked),
        "digest": digest_of(blocked),
        "since": min(blocked.values()),
        "uids": sorted(blocked)[:MAX_REPORTED],
    }
