"""How objects are, by what their controllers say of them: judged without the engine."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from tenantry.conditions import parse_timestamp
from tenantry.names import FIELD_MANAGER
from tenantry.protocol import JSONObject
from tenantry.sandbox.store.index import Stored
from tests.explorer.subject import TIMEOUT_SECONDS

TIMEOUT: Final = timedelta(seconds=TIMEOUT_SECONDS)
_WORKING: Final = frozenset(["Widget", "Job"])
"""Kinds whose objects do not get ready by themselves."""

Key = tuple[str, str]
"""Kind and name of an object: in a case no two objects differ by their Namespace alone."""


def has_failed(obj: JSONObject) -> bool:
    """Whether a Widget's or a Job's controller says, of the object as it is now, that it has failed."""
    if obj["kind"] == "Job":
        return _condition(obj, "Failed")
    return not _is_outdated(obj) and _condition(obj, "Stalled")


def is_healthy(obj: JSONObject) -> bool:
    """Whether an object is well, as it is now: for Widgets and Jobs a controller says so, all else is by itself."""
    if obj["kind"] == "Job":
        return _condition(obj, "Complete")
    return obj["kind"] != "Widget" or (not _is_outdated(obj) and _condition(obj, "Ready"))


def is_finished(obj: JSONObject) -> bool:
    """Whether it is a Job that completed, or failed: nothing changes that any more."""
    return obj["kind"] == "Job" and (is_healthy(obj) or has_failed(obj))


def said_ready(obj: JSONObject) -> bool:
    """Whether a Widget's controller said last that it is ready, whatever has been changed since."""
    return _condition(obj, "Ready")


def waiting(stored: Iterable[Stored]) -> list[Stored]:
    """The objects that are neither ready, nor have failed."""
    return [
        one
        for one in stored
        if one.body["kind"] in _WORKING and not is_healthy(one.body) and not has_failed(one.body) and _applied(one)
    ]


def overdue(stored: Iterable[Stored], now: datetime) -> frozenset[Key]:
    """Those that have not become ready in time since we applied them last."""
    late = [one for one in waiting(stored) if now - parse_timestamp(_applied(one)) >= TIMEOUT]
    return frozenset((one.body["kind"], one.name) for one in late)


def _applied(stored: Stored) -> str:
    """When we applied an object last; empty if we did not."""
    ours = [one for one in stored.managers if one.operation == "Apply" and one.name == FIELD_MANAGER]
    return ours[0].time if ours else ""


def _is_outdated(obj: JSONObject) -> bool:
    return bool(obj.get("status", {}).get("observedGeneration", 0) < obj["metadata"].get("generation", 0))


def _condition(obj: JSONObject, type_: str) -> bool:
    conditions = obj.get("status", {}).get("conditions", [])
    return any(found["type"] == type_ and found["status"] == "True" for found in conditions)
