"""What a registry tells of its rollouts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tenantry.conditions import Reason
from tenantry.protocol import JSONObject
from tenantry.registry.layout import Layout
from tenantry.registry.rollout.fleet import Crowd, Fleet, pins_of
from tenantry.registry.rollout.memory import MOVING, Memory, Stage
from tenantry.registry.rollout.plan import Course, Rolled
from tenantry.registry.slices import Content

PAUSED: Final = "Paused"
ATTENTION: Final = (
    "Failed",
    PAUSED,
    "RollingBack",
    "Canary",
    "Baking",
    "Progressing",
    "RolledBack",
    "Complete",
    "Idle",
)
"""Phases, the one that needs most attention first."""

_COUNTS: Final = ("total", "updated", "underWay", "failed")


def rollout_entries(rolled: Rolled, layout: Layout, previous: Mapping[str, Any]) -> list[JSONObject]:
    """``status.templates``, by name."""
    before = {entry["name"]: entry for entry in previous.get("templates") or ()}
    entries = {
        template: _entry(course, before.get(template, {}), rolled.contents.values(), layout)
        for template, course in rolled.courses.items()
    }
    for template, memory in rolled.others.items():
        used = revisions_in_use(template, memory, rolled.contents.values(), layout, before.get(template, {}))
        entries[template] = {**before.get(template, _bare(template, memory)), "inUse": used}
    return [entries[template] for template in sorted(entries)]


def rollout_summary(entries: Iterable[Mapping[str, Any]]) -> JSONObject:
    """``status.rollout``: the entry that needs most attention."""
    entries = list(entries)
    if not entries:
        return {"phase": "Idle", "progress": ""}
    worst = min(entries, key=lambda entry: (ATTENTION.index(entry["phase"]), entry["updated"], entry["name"]))
    return {"phase": worst["phase"], "progress": f"{worst['updated']}/{worst['total']}"}


def rollout_problems(rolled: Rolled) -> list[tuple[Reason, str]]:
    """What a person must do about rollouts."""
    problems = []
    for template, course in rolled.courses.items():
        if course.asked.problem:
            problems.append((Reason.REVISION_MISSING, course.asked.problem))
        if course.memory.stage is Stage.FAILED:
            message = f"The rollout of {template} to {course.memory.target} stopped: see status.templates."
            problems.append((Reason.ROLLOUT_FAILED, message))
        if course.memory.stage is Stage.ROLLING_BACK or course.asked.revision in course.memory.failed:
            message = f"Revision {course.memory.wanted} of {template} failed and was rolled back: see status.templates."
            problems.append((Reason.ROLLOUT_FAILED, message))
    return problems


def with_counts_of(entries: Iterable[JSONObject], earlier: Iterable[Mapping[str, Any]]) -> list[JSONObject]:
    """Entries with the numbers that were told before, where there are such."""
    told = {entry["name"]: entry for entry in earlier}
    return [
        {**entry, **{key: told[entry["name"]][key] for key in _COUNTS if key in told.get(entry["name"], {})}}
        for entry in entries
    ]


def revisions_in_use(
    template: str,
    memory: Memory,
    contents: Iterable[Content],
    layout: Layout,
    before: Mapping[str, Any],
    crowd: Crowd | None = None,
) -> list[str]:
    """Revisions of a template that a Tenant has, or that one may get next.

    While a slice has not told, what was in use counts as such.
    """
    used = {memory.target, memory.good, memory.wanted}
    if memory.wave:
        used.add(memory.wave.revision)
    lists = {id(content.rows): content.rows for content in (*contents, *layout.contents.values())}
    observed_lists = [layout.contents[name].rows for name in layout.observed]
    if crowd is not None and len(crowd.rows) == sum(map(len, observed_lists)):
        used.update(crowd.pins(template))
        for rows in observed_lists:
            lists.pop(id(rows), None)
    for rows in lists.values():
        used.update(pins_of(rows, template))
    observed = layout.observed.values()
    own = re.compile(re.escape(template) + "-[0-9a-f]{10}")
    used.update(name for found in observed for name in found.status.get("revisions") or () if own.fullmatch(name))
    if layout.missing or not all(found.up_to_date and "revisions" in found.status for found in observed):
        used.update(before.get("inUse") or ())
    return sorted(used - {""})


def _entry(course: Course, before: Mapping[str, Any], contents: Iterable[Content], layout: Layout) -> JSONObject:
    memory, fleet, asked = course.memory, course.fleet, course.asked
    failing = list(memory.failing)
    entry: JSONObject = {
        "name": asked.template,
        "revision": memory.target,
        "phase": _phase(course),
        "lastGoodRevision": memory.good,
        "message": _message(course, failing),
        "total": fleet.total,
        "updated": fleet.updated(memory.target) if memory.target else 0,
        "underWay": fleet.under_way,
        "failed": len(course.failures),
        "failing": failing,
        "failedRevisions": list(memory.failed),
        "inUse": revisions_in_use(asked.template, memory, contents, layout, before, fleet.crowd),
        "latest": asked.latest,
        "memory": memory.to_json(),
    }
    for key, value in (("started", memory.started), ("finished", memory.finished)):
        if value:
            entry[key] = value
    return entry


def _bare(template: str, memory: Memory) -> JSONObject:
    return {
        "name": template,
        "revision": memory.target,
        "phase": "Idle",
        **dict.fromkeys(_COUNTS, 0),
        "memory": memory.to_json(),
    }


def _phase(course: Course) -> str:
    stage = course.memory.stage
    if stage is Stage.HELD or (stage in MOVING and course.asked.settings.paused):
        return PAUSED
    return "Idle" if stage is Stage.ADOPTING else stage.value


def _message(course: Course, failing: list[JSONObject]) -> str:
    memory, fleet, template = course.memory, course.fleet, course.asked.template
    toggle = f"set spec.rollout.paused of TenantTemplate {template} and take it back"
    match memory.stage:
        case Stage.FAILED:
            return (
                f"Stopped{_because(failing)}. Change the template, name a revision in its spec.rollout.revision, or "
                f"{toggle} to go on."
            )
        case Stage.HELD:
            others = _others(fleet, memory)
            return (
                f"The registry was restored while {others} of {fleet.total} tenants were on other revisions. They stay "
                f"there: change the template to move them, or {toggle}."
            )
        case Stage.ROLLING_BACK | Stage.ROLLED_BACK if memory.failed:
            return (
                f"Revision {memory.failed[-1]} failed{_because(failing)}. It is not tried again: change the template."
            )
        case stage if stage in MOVING and course.asked.settings.paused:
            return f"spec.rollout.paused of TenantTemplate {template} is true."
        case Stage.BAKING:
            return "The canaries are ready. The others follow when spec.rollout.canary.bakeSeconds have passed."
    return course.asked.problem


def _others(fleet: Fleet, memory: Memory) -> int:
    return fleet.total - fleet.updated(memory.wanted)


def _because(failing: list[JSONObject]) -> str:
    if not failing:
        return ""
    first = failing[0]
    more = f" and {len(failing) - 1} more" if len(failing) > 1 else ""
    return f": {first['uid']}: {first['reason']}: {first['message']}{more}"
