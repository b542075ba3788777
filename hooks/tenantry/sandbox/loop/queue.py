"""The work queue of one controller: keys of parents that somebody shall look at.

The rules are those of client-go's rate-limited work queue: a key waits at most once, is never with two workers at a
time, and what is added while a worker has it waits until that worker is done.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections import deque
from collections.abc import Callable

FIRST_DELAY = 0.005
LONGEST_DELAY = 1000.0
REQUEUES_PER_SECOND = 10.0
REQUEUE_BURST = 100.0

Clock = Callable[[], float]
"""Seconds on a clock that never goes back."""


class Backoff:
    """How long a key that failed has to wait.

    The longer of two delays: 5 ms doubled with each failure of that key, up to 1000 s; and the wait for a token of a
    bucket that all keys share (10 a second, 100 at once).
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[str, int] = {}
        self._tokens = REQUEUE_BURST
        self._filled = clock()

    def next_delay(self, key: str) -> float:
        """Count one more failure of this key, and answer the seconds until it may be tried again."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        own = FIRST_DELAY * 2.0 ** min(failures, 32)
        return max(min(own, LONGEST_DELAY), self._wait_for_token())

    def forget(self, key: str) -> None:
        """The key succeeded: its next failure counts as the first."""
        self._failures.pop(key, None)

    def _wait_for_token(self) -> float:
        now = self._clock()
        self._tokens = min(REQUEUE_BURST, self._tokens + (now - self._filled) * REQUEUES_PER_SECOND)
        self._filled = now
        self._tokens -= 1.0  # a debt is a reservation: those who come later wait behind it
        return max(0.0, -self._tokens / REQUEUES_PER_SECOND)


class WorkQueue:
    """Keys that wait for a worker, now or later. Safe to use from any number of threads."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._backoff = Backoff(clock)
        self._changed = threading.Condition()
        self._waiting: deque[str] = deque()
        self._dirty: set[str] = set()
        self._processing: set[str] = set()
        self._due: dict[str, float] = {}
        self._timers: list[tuple[float, str]] = []
        self._closed = False

    def add(self, key: str) -> None:
        """Have a worker look at this key as soon as possible."""
        with self._changed:
            self._add(key)

    def add_after(self, key: str, seconds: float) -> None:
        """Add a key after a delay. Of several delays of one key the earliest counts, and the others are dropped."""
        with self._changed:
            if seconds <= 0:
                self._add(key)
                return
            due = self._clock() + seconds
            if due < self._due.get(key, float("inf")):
                self._due[key] = due
                heapq.heappush(self._timers, (due, key))
                self._changed.notify()

    def add_rate_limited(self, key: str) -> None:
        """Add a key that failed, after its back-off."""
        with self._changed:
            delay = self._backoff.next_delay(key)
        self.add_after(key, delay)

    def forget(self, key: str) -> None:
        """A key succeeded: its back-off starts anew. Delayed adds stay."""
        with self._changed:
            self._backoff.forget(key)

    def get(self, *, block: bool = True) -> str | None:
        """The next key, which is the caller's until ``done``. None when the queue is closed, or empty without block."""
        with self._changed:
            while not self._closed:
                pause = self._move_due()
                if self._waiting:
                    key = self._waiting.popleft()
                    self._dirty.discard(key)
                    self._processing.add(key)
                    return key
                if not block:
                    return None
                self._changed.wait(pause)
            return None

    def done(self, key: str) -> None:
        """The worker has finished with a key; if it was added meanwhile it waits again."""
        with self._changed:
            self._processing.discard(key)
            if key in self._dirty:
                self._waiting.append(key)
                self._changed.notify()

    def close(self) -> None:
        """Let every worker go home."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def idle(self, horizon: float) -> bool:
        """Whether nothing waits or is worked on, and no delayed add is due within ``horizon`` seconds."""
        with self._changed:
            if self._dirty or self._processing:
                return False
            return all(due > self._clock() + horizon for due in self._due.values())

    def _add(self, key: str) -> None:
        if key in self._dirty or self._closed:
            return
        self._dirty.add(key)
        if key not in self._processing:
            self._waiting.append(key)
            self._changed.notify()

    def _move_due(self) -> float | None:
        """Add the keys whose time has come; the seconds until the next one's time, None if there is none."""
        now = self._clock()
        while self._timers:
            due, key = self._timers[0]
            if self._due.get(key) != due:  # an earlier add of the same key has replaced this one, or is done
                heapq.heappop(self._timers)
            elif due <= now:
                heapq.heappop(self._timers)
                del self._due[key]
                self._add(key)
            else:
                return due - now
        return None
