"""A paused Tenant is frozen: whatever its row, its templates and its deletion say, its objects stay as they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from tenantry.conditions import ConditionType, Reason, condition, find_condition
from tenantry.engine.hold import everything, with_conditions
from tenantry.names import PAUSED_ANNOTATION, is_paused
from tenantry.protocol import SyncRequest, SyncResponse

_PAUSED: Final = f"The annotation {PAUSED_ANNOTATION} freezes this tenant: nothing is changed until it is removed."
_NOT_DELETED: Final = f"The deletion of this tenant waits: the annotation {PAUSED_ANNOTATION} freezes it. Remove it."


def frozen(request: SyncRequest, *, now: datetime) -> SyncResponse | None:
    """The answer for a Tenant that is paused; ``None`` for any other.

    Another controller may have a paused Tenant all the same: a hand-over changes nothing about its objects.
    """
    if not is_paused(request.parent) or (request.finalizing and not request.deleting):
        return None
    generation = request.parent["metadata"].get("generation", 0)
    message = _NOT_DELETED if request.deleting else _PAUSED
    ready = False if request.deleting else None
    conditions = [
        condition(ConditionType.PAUSED, True, Reason.PAUSED, message, generation=generation),
        # Nobody looks whether it is as its spec says now, so it is not said to be.
        condition(ConditionType.READY, ready, Reason.PAUSED, message, generation=generation),
        condition(ConditionType.PROGRESSING, False, Reason.PAUSED, message, generation=generation),
    ]
    return SyncResponse(children=everything(request), status=with_conditions(request.parent, conditions, now=now))


def awake(request: SyncRequest) -> SyncRequest:
    """The request without what an earlier pause left in the status."""
    status = request.parent.get("status") or {}
    if find_condition(status, ConditionType.PAUSED) is None:
        return request
    conditions = [found for found in status["conditions"] if found["type"] != ConditionType.PAUSED]
    return replace(request, parent={**request.parent, "status": {**status, "conditions": conditions}})
