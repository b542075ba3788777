"""TenantRegistry → TenantSlices: the rows of a table, spread over a fixed number of slices.

Everything here is a pure function of the request, the clock and, when a poll is due, the rows that it brings. The poll
is a parameter: only ``source`` reads a database.

A sync goes through these steps, one module each: lay out the slices (``layout``), refuse observations that are too old
(``sequences``), poll if it is time (``polling``), sort the rows out (``rows``), let the guard look at what would be
removed (``guard``), put the rows into the slices (``placing``), move pins (``pins``), forget removals that are done
(``removals``), and tell (``status``).
"""

from functools import partial

from tenantry.registry import hook
from tenantry.registry.finalizing import finalize
from tenantry.registry.hook import customize
from tenantry.registry.source import poll, probe

sync = partial(hook.sync, poll=poll, probe=probe)
"""The sync hook with rows from the real source."""

__all__ = ["customize", "finalize", "sync"]
