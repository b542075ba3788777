"""Rendezvous hashing: every shard bids for a uid, and the highest bid has it.

A bid depends on uid and shard alone. So a shard that is added takes tenants from the others and moves none between
them, and one that is dropped leaves the tenants of all others where they are (Thaler and Ravishankar, 1998). What a uid
gets is frozen like a name: a change would move tenants.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

REMEMBERED = 65_536
"""uids whose shard a process remembers: bids are only made for new ones."""


@lru_cache(maxsize=REMEMBERED)
def shard_of(uid: str, count: int) -> str:
    """The shard of a uid among ``count`` of them, called ``"0"`` to ``str(count - 1)``."""
    encoded = uid.encode()
    return str(max(range(count), key=lambda shard: _bid(encoded, shard)))


def _bid(uid: bytes, shard: int) -> bytes:
    return blake2b(uid, digest_size=8, salt=shard.to_bytes(8, "big")).digest()
