"""Which revision of each template a tenant gets."""

from __future__ import annotations

from collections.abc import Iterable

from tenantry.protocol import JSONObject
from tenantry.registry.slices import Pins, is_same


def templates_of(registry: str, templates: Iterable[JSONObject]) -> dict[str, str]:
    """The templates of a registry with their latest revision, which is empty until the first one is stored."""
    found = {
        template["metadata"]["name"]: (template.get("status") or {}).get("latestRevision") or ""
        for template in templates
        if (template.get("spec") or {}).get("registry") == registry
    }
    return {name: found[name] for name in sorted(found)}


def move_pins(pins: Pins, targets: Pins) -> Pins:
    """The pins that a tenant gets next: every target at once.

    A template that is gone, or has no revision to show, leaves the pin that the tenant has. The very same object comes
    back when nothing moves.
    """
    if pins == targets or targets.items() <= pins.items():
        return pins
    return {**pins, **targets}


def move_rows(rows: list[JSONObject], targets: Pins) -> list[JSONObject]:
    """Rows with their pins moved; the very same list if none moves."""
    moved = [_moved(row, targets) for row in rows]
    return rows if is_same(moved, rows) else moved


def _moved(row: JSONObject, targets: Pins) -> JSONObject:
    pins: Pins = row.get("pins") or {}
    new = move_pins(pins, targets)
    return row if new is pins else {**row, "pins": new}
