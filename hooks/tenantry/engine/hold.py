"""When nothing can be decided: everything stays as it is, and a condition says why."""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter

from tenantry.conditions import ConditionType, Reason, condition, set_conditions
from tenantry.engine.keep import keep
from tenantry.protocol import JSONObject, SyncRequest, SyncResponse, observed_items


def hold_everything(
    request: SyncRequest, reason: Reason, message: str, *, now: datetime, ask_again: float = 0.0
) -> SyncResponse:
    """Every observed child as it was applied last, and the status with only its conditions changed."""
    generation = request.parent["metadata"].get("generation", 0)
    conditions = [
        condition(ConditionType.READY, False, reason, message, generation=generation),
        condition(ConditionType.DEGRADED, True, reason, message, generation=generation),
    ]
    return SyncResponse(
        children=everything(request),
        status=with_conditions(request.parent, conditions, now=now),
        resync_after_seconds=ask_again,
    )


def everything(request: SyncRequest) -> list[JSONObject]:
    """Every observed child as it was applied last, sorted by type and name."""
    return [keep(child) for _, child in sorted(observed_items(request.children), key=itemgetter(0))]


def with_conditions(parent: JSONObject, conditions: list[JSONObject], *, now: datetime) -> JSONObject:
    """A parent's status with only these conditions changed."""
    previous = parent.get("status") or {}
    return {**previous, "conditions": set_conditions(previous, conditions, now=now)}
