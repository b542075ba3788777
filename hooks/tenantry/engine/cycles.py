"""Entries that wait for themselves, through several templates or through Namespaces whose names are rendered.

A cycle within one template is a problem of that template. This one shows only where a tenant brings things together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from tenantry.engine.graph import find_cycle
from tenantry.engine.plan import Planned

CYCLE: Final = "DependencyCycle"
"""Reason of entries that depend on themselves: no order is right, so that none of them is made or updated."""


def without_cycle(waiting: Sequence[Planned], items: Mapping[str, tuple[str, ...]]) -> list[Planned]:
    """Entries that all wait for each other, where those of one cycle have failed, with its whole path as the message.

    ``items`` are the items of each entry with ``forEach``: who needs the entry needs all of them.
    """
    graph = {planned.id: (*planned.needs, *planned.after) for planned in waiting}
    groups = {entry: [item for item in found if item in graph] for entry, found in items.items()}
    cycle = find_cycle({**groups, **graph}) or list(graph)
    message = f"depends on itself: {' → '.join(cycle)}; take one of these dependencies away"
    return [
        planned._replace(failure=CYCLE, message=message, object=None) if planned.id in cycle else planned
        for planned in waiting
    ]
