"""The guard against mass deletion: which missing tenants may be removed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256

import orjson


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the guard says about the tenants whose row is missing."""

    allowed: frozenset[str]
    """uids that may be removed."""
    blocked: frozenset[str]
    """uids that stay until somebody approves their removal."""

    @property
    def digest(self) -> str:
        """Identifies exactly the blocked set; empty if nothing is blocked."""
        return digest_of(self.blocked) if self.blocked else ""


def judge(missing: Collection[str], existing: Collection[str], *, approved: str) -> Verdict:
    """Let removals pass, unless all tenants of the registry would go while there is more than one.

    An empty result is far more often a mistake (a table being loaded, the wrong file) than a wish. ``approved`` is the
    digest that a person wrote to approve exactly such a set.
    """
    gone = frozenset(missing)
    if len(existing) > 1 and gone.issuperset(existing) and digest_of(gone) != approved:
        return Verdict(allowed=frozenset(), blocked=gone)
    return Verdict(allowed=gone, blocked=frozenset())


def digest_of(uids: Collection[str]) -> str:
    """Ten hex digits for a set of uids."""
    return sha256(orjson.dumps(sorted(uids))).hexdigest()[:10]
