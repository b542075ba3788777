"""A bound on the hook calls that one process handles at a time."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore


class CallLimit:
    """Places for hook calls.

    Whoever finds none is sent away at once: an answer that comes after Metacontroller's patience ended is waste.
    """

    def __init__(self, places: int) -> None:
        self._places = BoundedSemaphore(places)

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Whether there was a place; it is given back in the end."""
        taken = self._places.acquire(blocking=False)
        try:
            yield taken
        finally:
            if taken:
                self._places.release()

    def retry_after(self) -> int:
        """Seconds after which to ask again, drawn anew each time so that not all come back together."""
        return secrets.randbelow(3) + 1
