"""New Tenants are made in turns: a slice with new rows waits while enough Tenants of others have yet to be looked at.

Metacontroller works its queue off in order. If all tenants of a new table were made at one time, each would wait for
all others between its steps; nobody would be ready before the end, and a change of a tenant that runs already would
wait as long. So the queue is kept short. Who is not ready holds up nobody: it counts that a Tenant was looked at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from tenantry.registry.layout import Layout
from tenantry.registry.slices import Content, ObservedSlice

AT_A_TIME: Final = 64
"""So many Tenants of a registry, made and not looked at yet, are enough: about what a cluster does in a few seconds."""


def waiting_slices(layout: Layout, contents: Mapping[str, Content], *, now: datetime) -> frozenset[str]:
    """Names of the slices that make no new Tenants yet. Without new rows there are none."""
    under_way = 0
    queue: list[tuple[bool, str, int]] = []
    for name, content in contents.items():
        found = layout.observed.get(name)
        if found is None:  # It takes over what others had.
            continue
        unanswered, new = found.unanswered(now), _new_rows(found, content)
        if new or found.waits:
            queue.append((not found.waits, name, unanswered + new))
        else:
            under_way += unanswered
    # Several slices a turn: each turn is a change of the registry's status too.
    room = AT_A_TIME - under_way if under_way <= AT_A_TIME // 2 else 0
    waiting = set()
    for _, name, number in sorted(queue):
        if room > 0:
            room -= number
        else:
            waiting.add(name)
    return frozenset(waiting)


def _new_rows(found: ObservedSlice, content: Content) -> int:
    if content.rows is found.content.rows:
        return 0
    known = {row["uid"] for row in found.content.rows}
    return sum(row["uid"] not in known for row in content.rows)
