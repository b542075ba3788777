"""A bound on how often one tenant is looked at: whoever is called in a hot loop waits, and the others are served.

Two controllers that fight over an object, or a status that changes by itself, have a tenant's sync hook called as fast
as it answers. Each tenant has a bucket of tokens in each process, one token a call. It holds a burst and, since a
tenant that comes up is looked at for each of its objects, one more for each child that was seen; it fills again at a
steady rate. This is approximate: processes count apart, and a tenant that was not seen for long begins anew.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Final

from tenantry.protocol import SyncRequest, SyncResponse, TryLater
from tenantry.server.hooks import SyncHook

REMEMBERED: Final = 20_000
"""Tenants of which a process remembers the bucket: those seen last."""
LONGEST_UID: Final = 64
"""Characters of a uid that count. API servers give 36; somebody else may send more than there is memory for."""


def fair(controller: str, sync: SyncHook, fairness: Fairness) -> SyncHook:
    """The sync hook of a controller, which answers a parent no more often than its tokens allow.

    Finalize hooks have no such bound: what is on its way out shall go.
    """

    def limited(request: SyncRequest, *, now: datetime) -> SyncResponse:
        uid: str = request.parent["metadata"].get("uid") or ""
        fairness.take(controller, uid, children=sum(map(len, request.children.values())), now=now)
        return sync(request, now=now)

    return limited


class TooOften(TryLater):
    """A parent is synced in a hot loop: it waits until it has a token again."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    children: int
    """The most that were seen."""
    seen: float
    """When, in seconds since the epoch."""


class Fairness:
    """Tokens for each parent of each controller.

    ``burst`` is how many calls one may make at once, ``rate`` how many each second after that; 0 means no bound.
    """

    def __init__(self, *, burst: int, rate: float, remembered: int = REMEMBERED) -> None:
        self._burst = burst
        self._rate = rate
        self._remembered = remembered
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()
        self._lock = Lock()

    def take(self, controller: str, uid: str, *, children: int, now: datetime) -> None:
        """Take a token for a call with so many observed children. Raises ``TooOften`` while there is none."""
        if not self._rate or not uid:
            return
        with self._lock:
            bucket = self._filled(controller, uid, children, now.timestamp())
            if bucket.tokens >= 1.0:
                bucket.tokens -= 1.0
                return
            missing = 1.0 - bucket.tokens
        seconds = max(math.ceil(missing / self._rate), 1)
        raise TooOften(f"its sync hook is called more than {self._rate:g} times a second", seconds=seconds)

    def _filled(self, controller: str, uid: str, children: int, now: float) -> _Bucket:
        key = (controller, uid[:LONGEST_UID])
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(self._burst + children, children, now)
            if len(self._buckets) > self._remembered:
                self._buckets.popitem(last=False)
            return bucket
        self._buckets.move_to_end(key)
        new = max(children - bucket.children, 0)
        bucket.children += new
        # A clock that was set back fills nothing, and empties nothing.
        filled = bucket.tokens + new + max(now - bucket.seen, 0.0) * self._rate
        bucket.tokens = min(filled, self._burst + bucket.children)
        bucket.seen = now
        return bucket
