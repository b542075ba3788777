"""One thing to say about an object."""

from __future__ import annotations

from typing import NamedTuple


class Finding(NamedTuple):
    """Where something is, what to do about it, and whether the object can be used all the same."""

    path: str
    """As people write it: ``spec.resources[web].object.spec.replicas``; items of lists by id or from 0."""
    message: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"
