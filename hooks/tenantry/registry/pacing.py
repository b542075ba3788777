"""The numbers of a registry's status move with measure: each move is a write that wakes whoever watches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tenantry.conditions import timestamp
from tenantry.protocol import JSONObject
from tenantry.registry.moments import moment

_TENANTS: Final = ("total", "ready", "degraded")
_ROLLOUT: Final = ("updated", "underWay", "failed")
_IN_MOTION: Final = frozenset(("Canary", "Progressing", "RollingBack"))


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers to tell."""

    tenants: JSONObject
    """``status.tenants``"""
    templates: list[JSONObject]
    """``status.templates``"""
    time: str
    """When they moved last; empty if they never did."""
    wait: float
    """Seconds until they may move again; 0 if they are up to date."""


def paced(
    previous: Mapping[str, Any], tenants: JSONObject, templates: list[JSONObject], *, interval: float, now: datetime
) -> Numbers:
    """The numbers as they are, or those that were told last while these are not ``interval`` seconds old.

    Numbers that come to rest do not wait, and neither does the beginning, a new phase or a new target.
    """
    at: str = previous.get("countsTime") or ""
    if _told(previous.get("tenants"), previous.get("templates")) == _told(tenants, templates):
        return Numbers(tenants, templates, at or timestamp(now), 0.0)
    moved = moment(at)
    since = (now - moved).total_seconds() if moved else interval
    news = _phases(previous.get("templates")) != _phases(templates)
    if news or not _are_moving(tenants, templates) or not 0.0 <= since < interval:
        return Numbers(tenants, templates, timestamp(now), 0.0)
    before = {entry["name"]: entry for entry in previous["templates"]}
    return Numbers(
        {**tenants, **_some(previous.get("tenants") or {}, _TENANTS)},
        [{**entry, **_some(before[entry["name"]], _ROLLOUT)} for entry in templates],
        at,
        round(interval - since + 0.05, 2),
    )


def _are_moving(tenants: Mapping[str, Any], templates: list[JSONObject]) -> bool:
    waiting = tenants["ready"] + tenants["degraded"] < tenants["desired"] or tenants["removing"]
    return bool(waiting) or any(entry["phase"] in _IN_MOTION for entry in templates)


def _told(tenants: Mapping[str, Any] | None, templates: list[JSONObject] | None) -> object:
    return _some(tenants or {}, _TENANTS), [_some(entry, _ROLLOUT) for entry in templates or ()]


def _phases(templates: list[JSONObject] | None) -> object:
    return [(entry["name"], entry.get("phase"), entry.get("revision")) for entry in templates or ()]


def _some(numbers: Mapping[str, Any], names: tuple[str, ...]) -> JSONObject:
    return {name: numbers[name] for name in names if name in numbers}
