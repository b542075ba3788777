"""Which templates tenants run: a template that takes its objects with it may go only when no tenant has any of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tenantry.protocol import JSONObject
from tenantry.registry.layout import Layout


def is_going(template: JSONObject) -> bool:
    """Whether somebody deleted a template: tenants get nothing new of it."""
    return "deletionTimestamp" in template["metadata"]


def template_use(own: Iterable[JSONObject], layout: Layout, children: Mapping[str, JSONObject]) -> list[JSONObject]:
    """The registry's templates and those that its tenants run, by name; ``children`` are the slices as they shall be.

    A template that is being deleted is said to be out of use only by slices that speak of what they were told last.
    """
    used = _used(layout, children)
    states = {template["metadata"]["name"]: _state(template) for template in own}
    states |= dict.fromkeys(used - states.keys(), "Orphaned")
    return [{"name": name, "state": states[name], "inUse": name in used} for name in sorted(states)]


def _state(template: JSONObject) -> str:
    takes_objects = template["spec"].get("deletionPolicy") == "Delete"
    return "Withdrawing" if is_going(template) and takes_objects else "Current"


def _used(layout: Layout, children: Mapping[str, JSONObject]) -> set[str]:
    used: set[str] = set()
    for name, child in children.items():
        found = layout.observed.get(name)
        told = found.templates if found else None
        used.update(told or ())
        if found is None or told is None or found.reported != child["spec"]["sequence"]:
            used.update(*[row.get("pins") or () for row in child["spec"]["rows"]])
    return used
