"""When nothing can be decided: everything stays as it is, and conditions say why. The same for every controller."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter

from tenantry.conditions import ConditionType, Reason, condition, set_conditions
from tenantry.engine.keep import keep
from tenantry.protocol import JSONObject, SyncRequest, SyncResponse, observed_items


def hold_everything(
    request: SyncRequest, reason: Reason, message: str, *, now: datetime, ask_again: float = 0.0
) -> SyncResponse:
    """Every observed child as it was applied last, and the status with only its conditions changed.

    ``ask_again`` is the number of seconds after which to look again; 0 waits for an event.
    """
    return SyncResponse(
        children=everything(request),
        status=held_status(request.parent, reason, message, now=now),
        resync_after_seconds=ask_again,
    )


def let_go(request: SyncRequest) -> SyncResponse:
    """The parent may go, or another controller may have it: its children stay as they are, its status too."""
    return SyncResponse(children=everything(request), status=request.parent.get("status") or {}, finalized=True)


def everything(request: SyncRequest) -> list[JSONObject]:
    """Every observed child as it was applied last, sorted by type and name."""
    return [keep(child) for _, child in sorted(observed_items(request.children), key=itemgetter(0))]


def held_status(
    parent: JSONObject, reason: Reason, message: str, *, now: datetime, untrue: Iterable[ConditionType] = ()
) -> JSONObject:
    """A parent's status with Degraded true, and Ready and ``untrue`` false, for this reason."""
    generation = parent["metadata"].get("generation", 0)
    conditions = [
        condition(type_, False, reason, message, generation=generation) for type_ in (ConditionType.READY, *untrue)
    ]
    conditions.append(condition(ConditionType.DEGRADED, True, reason, message, generation=generation))
    return with_conditions(parent, conditions, now=now)


def with_conditions(parent: JSONObject, conditions: list[JSONObject], *, now: datetime) -> JSONObject:
    """A parent's status with only these conditions changed."""
    previous = parent.get("status") or {}
    return {**previous, "conditions": set_conditions(previous, conditions, now=now)}
