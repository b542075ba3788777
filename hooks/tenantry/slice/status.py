"""What a slice tells of its Tenants. The registry is woken by each change of it, so the counts move with measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tenantry.conditions import ConditionType, Reason, condition, parse_timestamp, set_conditions, timestamp
from tenantry.kinds import TenantSliceSpec
from tenantry.kinds.slice import LONGEST_INTERVAL, counts_interval
from tenantry.kinds.tenant import templates_run
from tenantry.protocol import JSONObject
from tenantry.slice.rollouts import ahead_of, revisions_of, rollouts_of, unready_of
from tenantry.slice.shards import label_of, shards_of
from tenantry.slice.tenants import Others, rows_of
from tenantry.slice.turns import unanswered
from tenantry.words import counted


@dataclass(frozen=True, slots=True)
class Counts:
    """How many Tenants stand where."""

    tenants: int = 0
    ready: int = 0
    degraded: int = 0


def slice_status(
    parent: JSONObject,
    spec: TenantSliceSpec,
    listed: Mapping[str, JSONObject],
    observed: Mapping[str, JSONObject],
    others: Others,
    *,
    now: datetime,
) -> tuple[JSONObject, float]:
    """The status, and the seconds until its counts may move on (0: they are up to date)."""
    previous: JSONObject = parent.get("status") or {}
    counts, settled = _count(listed, observed, others)
    pairs = list(zip(rows_of(spec), listed.values(), strict=True))
    lists = {
        "rollouts": rollouts_of(pairs, observed),
        "unready": unready_of(pairs, observed),
        "ahead": ahead_of(pairs, observed),
        "revisions": revisions_of(observed),
    }
    shards = shards_of(pairs, observed, now=now)
    lists |= shards.lists
    settled = settled and not shards.lists["handovers"]
    # What is said of a new sequence may allow the next step of a rollout: those lists do not wait.
    repeated = previous.get("observedSequence") == spec.sequence
    told = {name: previous[name] for name in lists if name in previous} if repeated else lists
    # That all Tenants are looked at lets the registry give the next turn: it does not wait, and takes the counts along.
    # Until then they wait for it, those of a turn's beginning too: what a turn brings comes in a burst.
    unlooked, until_answered = unanswered(spec, listed, observed, now=now)
    interval = LONGEST_INTERVAL if unlooked else counts_interval(spec.buckets)
    at_once = settled or (not unlooked and bool(previous.get("unanswered")))
    published, told, counts_time, wait = _paced(previous, counts, told, lists, interval, at_once=at_once, now=now)
    if unlooked and not repeated:
        counts_time = timestamp(now)
    elif unlooked and counts_time == previous.get("countsTime", ""):
        unlooked = previous.get("unanswered", 0)
    # Those that are being made have objects soon: said along with it, and not once more when they are seen.
    underway = listed if unlooked and not spec.waits else {}
    generation = parent["metadata"].get("generation", 0)
    status: JSONObject = {
        "observedGeneration": generation,
        "observedSequence": spec.sequence,
        "tenants": published.tenants,
        "ready": published.ready,
        "degraded": published.degraded,
        "unanswered": unlooked,
        "unlisted": [
            {"uid": uid, "name": name, "pins": _pins(observed[name]), **_shard(observed[name])}
            for uid, name in sorted(others.unlisted.items(), key=lambda item: item[1])
        ],
        "removing": sorted(others.removing),
        "paused": len(others.paused),
        "templates": sorted(_templates_run({**underway, **observed}, others)),
        **told,
        "conditions": set_conditions(
            previous,
            _conditions(published, rows=len(listed), settled=settled, waits=spec.waits, generation=generation),
            now=now,
        ),
    }
    if counts_time:
        status["countsTime"] = counts_time
    return status, min((seconds for seconds in (wait, shards.wait, until_answered) if seconds), default=0.0)


def _count(listed: Mapping[str, JSONObject], observed: Mapping[str, JSONObject], others: Others) -> tuple[Counts, bool]:
    """The counts as observed, and whether nothing is in motion."""
    ready = 0
    settled = not others.removing
    for name, wanted in listed.items():
        tenant = observed.get(name)
        if tenant is None or not _is_current(tenant, wanted["spec"]):
            settled = False
        elif _has(tenant, "Ready", "True"):
            ready += 1
        elif not _has(tenant, "Progressing", "False"):
            settled = False
    degraded = sum(_has(tenant, "Degraded", "True") for name, tenant in observed.items() if name not in others.foreign)
    return Counts(len(observed) - len(others.foreign), ready, degraded), settled


def _is_current(tenant: JSONObject, wanted: JSONObject) -> bool:
    """Whether the Tenant's status speaks of what the row wants now."""
    metadata = tenant["metadata"]
    spec = tenant.get("spec") or {}
    return (
        "deletionTimestamp" not in metadata
        and (tenant.get("status") or {}).get("observedGeneration") == metadata.get("generation")
        and (spec == wanted or all(spec.get(field) == value for field, value in wanted.items()))
    )


def _has(tenant: JSONObject, type_: str, state: str) -> bool:
    conditions = (tenant.get("status") or {}).get("conditions") or ()
    return any(found["type"] == type_ and found["status"] == state for found in conditions)


def _templates_run(tenants: Mapping[str, JSONObject], others: Others) -> set[str]:
    return {template for name in tenants if name not in others.foreign for template in templates_run(tenants[name])}


def _pins(tenant: JSONObject) -> dict[str, str]:
    templates = (tenant.get("spec") or {}).get("templates") or ()
    return {template["name"]: template["revision"] for template in templates if template.get("revision")}


def _shard(tenant: JSONObject) -> JSONObject:
    shard = label_of(tenant)
    return {"shard": shard} if shard else {}


def _paced(
    previous: JSONObject,
    counts: Counts,
    told: JSONObject,
    lists: JSONObject,
    interval: float,
    *,
    at_once: bool,
    now: datetime,
) -> tuple[Counts, JSONObject, str, float]:
    """The counts and lists to publish, when they moved last, and the seconds until they may move again."""
    before = Counts(previous.get("tenants", 0), previous.get("ready", 0), previous.get("degraded", 0))
    moved: str = previous.get("countsTime", "")
    if counts == before and told == lists:
        return before, lists, moved, 0.0
    since = (now - parse_timestamp(moved)).total_seconds() if moved else interval
    if at_once or not 0.0 <= since < interval:
        return counts, lists, timestamp(now), 0.0
    return before, told, moved, round(interval - since + 0.05, 2)


def _conditions(counts: Counts, *, rows: int, settled: bool, waits: bool, generation: int) -> list[JSONObject]:
    told = f"{counts.ready} of {rows} tenants are ready."
    if waits:
        told += " New ones are made when the slice has its turn."
    if not rows:
        ready = condition(ConditionType.READY, True, Reason.NO_RESOURCES, "No row.", generation=generation)
    elif counts.ready >= rows:
        ready = condition(ConditionType.READY, True, Reason.ALL_READY, told, generation=generation)
    else:
        ready = condition(ConditionType.READY, False, Reason.TENANTS_NOT_READY, told, generation=generation)
    if settled:
        progressing = condition(ConditionType.PROGRESSING, False, Reason.CONVERGED, generation=generation)
    else:
        progressing = condition(ConditionType.PROGRESSING, True, Reason.RECONCILING, told, generation=generation)
    if counts.degraded:
        message = (
            f"{counted(counts.degraded, 'tenant needs', 'tenants need')} a person: see the Degraded condition there."
        )
        degraded = condition(ConditionType.DEGRADED, True, Reason.TENANTS_FAILED, message, generation=generation)
    else:
        degraded = condition(ConditionType.DEGRADED, False, Reason.HEALTHY, generation=generation)
    return [ready, progressing, degraded]
