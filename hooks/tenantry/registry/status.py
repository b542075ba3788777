"""What a registry tells of its source and its tenants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tenantry.conditions import Reason, set_conditions, timestamp
from tenantry.protocol import JSONObject
from tenantry.registry.layout import Layout
from tenantry.registry.outcome import NotReached, Outcome, Polled
from tenantry.registry.polling import poll_now
from tenantry.registry.rows import MAX_REPORTED
from tenantry.registry.sequences import written_status
from tenantry.registry.verdicts import conditions_of


@dataclass(frozen=True, slots=True)
class View:
    """What a sync knows when it writes the status."""

    layout: Layout
    children: Mapping[str, JSONObject]
    """The slices as they shall be, by name."""
    templates: Mapping[str, str]
    """The registry's templates with the revision that tenants get."""
    template_problems: Sequence[tuple[Reason, str]]
    """What a person must do about them."""
    outcome: Outcome


def registry_status(parent: JSONObject, view: View, *, now: datetime) -> JSONObject:
    """The status after a sync. Without news it is byte-identical to the one before."""
    previous: JSONObject = parent.get("status") or {}
    generation = parent["metadata"].get("generation", 0)
    status: JSONObject = {
        "observedGeneration": generation,
        "source": _source(previous.get("source") or {}, parent["metadata"], view.outcome, now=now),
        "tenants": tenant_counts(view.layout, view.children),
        "templates": [{"name": name, "revision": revision} for name, revision in view.templates.items()],
        "invalidRows": _invalid_rows(previous, view.outcome),
        "deletions": _deletions(previous, view.outcome),
        "slices": written_status(view.children, previous, now=now),
    }
    conditions = conditions_of(
        previous,
        status,
        view.layout,
        view.children,
        view.outcome,
        template_problems=view.template_problems,
        generation=generation,
    )
    return {**status, "conditions": set_conditions(previous, conditions, now=now)}


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


def _source(previous: Mapping[str, Any], metadata: JSONObject, outcome: Outcome, *, now: datetime) -> JSONObject:
    source: JSONObject = {
        "failures": 0,
        "pollNow": "",
        "rows": 0,
        "active": 0,
        "invalid": 0,
        "unplaced": 0,
        "waiting": 0,
        **previous,
    }
    match outcome:
        case Polled(rows=rows, placement=placement):
            source |= {
                "lastSuccessTime": timestamp(now),
                "failures": 0,
                "rows": rows.total,
                "active": len(rows.usable),
                "invalid": len(rows.invalid),
                "unplaced": placement.unplaced,
                "waiting": placement.waiting,
            }
        case NotReached():
            source["failures"] += 1
        case None:
            return source
    return source | {"lastAttemptTime": timestamp(now), "pollNow": poll_now(metadata) or source["pollNow"]}


def _invalid_rows(previous: Mapping[str, Any], outcome: Outcome) -> list[JSONObject]:
    if isinstance(outcome, Polled):
        return [row.to_json() for row in outcome.rows.invalid[:MAX_REPORTED]]
    return list(previous.get("invalidRows") or [])


def _deletions(previous: Mapping[str, Any], outcome: Outcome) -> JSONObject:
    if isinstance(outcome, Polled):
        verdict = outcome.placement.verdict
        return {"count": len(verdict.blocked), "digest": verdict.digest}
    return {"count": 0, "digest": "", **(previous.get("deletions") or {})}
