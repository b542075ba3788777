"""What a sync did about the source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tenantry.conditions import Reason
from tenantry.registry.placing import Placement
from tenantry.registry.rows import SortedRows


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe answered."""

    digest: str = ""
    """Changes with the table; empty without an answer."""
    problem: str = ""
    """Why there is no answer, as a sentence; empty if nobody asked."""


NOT_PROBED: Final = Probed()


@dataclass(frozen=True, slots=True)
class Polled:
    """The source was polled, and its rows were put into slices."""

    rows: SortedRows
    placement: Placement
    milliseconds: int = 0
    """How long reading took."""
    probed: Probed = NOT_PROBED
    """What the probe answered just before."""


@dataclass(frozen=True, slots=True)
class NotReached:
    """The source was polled in vain, or could not even be asked: nothing changes."""

    cause: str
    reason: Reason = Reason.POLL_FAILED
    attempted: bool = True
    """Whether the database was asked: if not, the poll stays due."""


Outcome = Polled | NotReached | None
"""``None``: no poll was due."""
