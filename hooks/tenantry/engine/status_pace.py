"""How often a Tenant's status moves while things are on their way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from tenantry.conditions import ConditionType, Reason, parse_timestamp
from tenantry.engine.standing import APPLYING
from tenantry.protocol import JSONObject

STATUS_PACE: Final = timedelta(seconds=2)
"""While objects are on their way and nothing failed, the status moves at most this often: every move is a write, and a
sync of everything that watches Tenants."""
APPLYING_PACE: Final = timedelta(seconds=10)
"""The same while an answer makes or changes objects itself: their own events bring the next sync, which can tell more.
On a busy cluster more than ``STATUS_PACE`` passes until then."""


def paced(status: JSONObject, previous: JSONObject | None, *, now: datetime) -> tuple[JSONObject, float]:
    """The status to write now, and after how many seconds to look again because of that (0: no need).

    A status that only tells of progress waits until the last move is ``STATUS_PACE`` ago, or ``APPLYING_PACE`` while
    objects are being applied, and then for no clock: their own events, or the refusal, bring the next sync. One that
    says something new of success, of trouble, of another generation, or of what has run does not wait.
    """
    if not previous or status == previous or previous.get("observedGeneration") != status["observedGeneration"]:
        return status, 0.0
    if _verdicts(status) != _verdicts(previous) or status["templates"] != previous.get("templates"):
        return status, 0.0
    if _completed(status) != _completed(previous):
        return status, 0.0
    if not _in_motion(status):
        return status, 0.0
    applying = _is_applying(status)
    pace = APPLYING_PACE if applying else STATUS_PACE
    age = now - max((parse_timestamp(moment) for moment in _moments(previous)), default=now - pace)
    if timedelta() <= age < pace:
        return previous, 0.0 if applying else pace.total_seconds()
    return status, 0.0


def _verdicts(status: JSONObject) -> list[Any]:
    """What a condition says that does not wait: whether it holds, why, and in which words unless it only counts."""
    counting = (ConditionType.PROGRESSING.value, Reason.RESOURCES_NOT_READY.value)
    return [
        (
            found["type"],
            found["status"],
            found["reason"],
            "" if found["type"] in counting or found["reason"] in counting else found["message"],
        )
        for found in status.get("conditions") or ()
    ]


def _completed(status: JSONObject) -> list[tuple[str, str]]:
    """What has run, and with which content: a Job that is gone before this is written would run again."""
    return [
        (entry["id"], entry["readyHash"])
        for entry in status.get("resources") or ()
        if ("lifecycle" in entry or entry["kind"] == "Job") and "readyHash" in entry
    ]


def _in_motion(status: JSONObject) -> bool:
    return any(
        found["type"] == ConditionType.PROGRESSING and found["status"] == "True" for found in status["conditions"]
    )


def _is_applying(status: JSONObject) -> bool:
    return any(entry.get("reason") == APPLYING for entry in status["resources"])


def _moments(status: JSONObject) -> Iterable[str]:
    for entry in status.get("resources") or ():
        if entry.get("since"):
            yield entry["since"]
    for found in status.get("conditions") or ():
        if found.get("lastTransitionTime"):
            yield found["lastTransitionTime"]
