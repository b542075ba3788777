"""What a sync did about the source."""

from __future__ import annotations

from dataclasses import dataclass

from tenantry.registry.placing import Placement
from tenantry.registry.rows import SortedRows


@dataclass(frozen=True, slots=True)
class Polled:
    """The source was polled, and its rows were put into slices."""

    rows: SortedRows
    placement: Placement


@dataclass(frozen=True, slots=True)
class NotReached:
    """The source was polled in vain: nothing changes."""

    cause: str


Outcome = Polled | NotReached | None
"""``None``: no poll was due."""
