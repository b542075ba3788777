"""What a person must know of a conversion: what could not be done, and what means something else here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Unconvertible(Exception):
    """Something for which Tenantry has no equal. The message says what, and what to do instead."""


class Note(NamedTuple):
    """One thing to know."""

    place: str
    """Object and field, as ``LynqForm web: deployments[api].spec.replicas``."""
    message: str
    lost: bool
    """Whether it could not be converted; else it was, with another meaning in some cases."""


@dataclass(slots=True)
class Notes:
    """All that there is to know, in the order in which it was found, each thing once."""

    found: dict[Note, None] = field(default_factory=dict)

    def lost(self, place: str, message: str) -> None:
        """Tell of something that could not be converted."""
        self.found[Note(place, message, True)] = None

    def differs(self, place: str, message: str) -> None:
        """Tell of something that means something else here."""
        self.found[Note(place, message, False)] = None

    @property
    def losses(self) -> int:
        """How many things could not be converted."""
        return sum(note.lost for note in self.found)
