"""What goes on during one hook call and is in no answer: what was rendered, compiled, remembered, kept, and when.

Hooks are pure functions, and stay so: they add to a tally and never read one, so no answer depends on whether somebody
counts. The server opens a tally around each call and tells it to Prometheus and to a tracer. Without one, adding costs
a look-up that finds nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar, Token
from functools import wraps
from time import perf_counter, time_ns
from typing import Final, Literal, ParamSpec, Self, TypeVar

from tenantry.protocol import JSONObject

Cache = Literal["revisions", "plans"]
"""What a worker process remembers: compiled revisions, and plans of tenants."""
Stage = Literal["parse", "render", "answer"]
"""The parts of a hook call: read the request, ask the hook, check and write what it decided."""

STAGES: Final[tuple[Stage, ...]] = ("parse", "render", "answer")
CACHES: Final[tuple[Cache, ...]] = ("revisions", "plans")

P = ParamSpec("P")
R = TypeVar("R")


class Tally:
    """What was counted during one call. It counts for the block that it opens, in the thread that opens it."""

    __slots__ = ("_token", "asked", "began", "ended", "ends", "kept", "made", "parent", "render_failures", "status")

    def __init__(self) -> None:
        self.began = time_ns()
        """Nanoseconds since 1970."""
        self.ends: list[tuple[Stage, int]] = []
        """Each part of the call that came to its end by itself, with that time in nanoseconds since 1970."""
        self.ended = 0
        """When the call was over, in nanoseconds since 1970."""
        self.kept = 0
        """Children that were returned as they were applied last."""
        self.render_failures = 0
        """Entries for which there is no object because of their expressions, of plans that were made."""
        self.asked: dict[Cache, int] = {}
        """How often something was asked for that may be remembered."""
        self.made: list[tuple[Cache, float]] = []
        """What was not remembered, and the seconds that it took to make it."""
        self.parent: JSONObject | None = None
        """The parent of a sync or finalize hook that answered."""
        self.status: JSONObject = {}
        """Its new status."""
        self._token: Token[Tally | None] | None = None

    def stages(self) -> list[tuple[Stage, int, int]]:
        """The parts of a call that is over, each with its beginning and its end.

        The last one is that during which it was over: all of them, unless the hook or something before it failed.
        """
        found = []
        began = self.began
        for stage, ended in (*self.ends, (STAGES[len(self.ends)], self.ended)):
            found.append((stage, began, ended))
            began = ended
        return found

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        self.ended = time_ns()
        if self._token is not None:
            _current.reset(self._token)


_current: ContextVar[Tally | None] = ContextVar("tally", default=None)


def ended(stage: Stage) -> None:
    """A part of the call is over."""
    tally = _current.get()
    if tally is not None:
        tally.ends.append((stage, time_ns()))


def answered(parent: JSONObject, status: JSONObject) -> None:
    """A sync or finalize hook of this parent gave it this status."""
    tally = _current.get()
    if tally is not None:
        tally.parent, tally.status = parent, status


def kept() -> None:
    """A child is returned as it was applied last."""
    tally = _current.get()
    if tally is not None:
        tally.kept += 1


def render_failed(entries: int) -> None:
    """So many entries of a plan have no object because of their expressions."""
    tally = _current.get()
    if tally is not None:
        tally.render_failures += entries


def asked(cache: Cache) -> None:
    """Something is asked for that may be remembered."""
    tally = _current.get()
    if tally is not None:
        tally.asked[cache] = tally.asked.get(cache, 0) + 1


def made(cache: Cache) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator for what makes something that is remembered afterwards: how long that takes, failures included."""

    def decorate(make: Callable[P, R]) -> Callable[P, R]:
        @wraps(make)
        def measured(*args: P.args, **kwargs: P.kwargs) -> R:
            tally = _current.get()
            if tally is None:
                return make(*args, **kwargs)
            began = perf_counter()
            try:
                return make(*args, **kwargs)
            finally:
                tally.made.append((cache, perf_counter() - began))

        return measured

    return decorate
