"""New Tenants are made in turns, which the registry gives: see ``tenantry.registry.turns``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from tenantry.conditions import parse_timestamp
from tenantry.kinds import TenantSliceSpec
from tenantry.protocol import JSONObject

ANSWER_SECONDS: Final = 30.0
"""How long a Tenant that nobody looks at, or that cannot be made, holds up others."""


def withheld(spec: TenantSliceSpec, names: Collection[str], observed: Collection[str]) -> frozenset[str]:
    """Names of Tenants that are not made yet: none that is there."""
    return frozenset(names).difference(observed) if spec.waits else frozenset()


def unanswered(
    spec: TenantSliceSpec, names: Collection[str], observed: Mapping[str, JSONObject], *, now: datetime
) -> tuple[int, float]:
    """How many Tenants are to be made or were made lately without being looked at, and the seconds until that ends.

    0 seconds: no time ends it.
    """
    missing = sum(name not in observed for name in names)
    begun = [tenant["metadata"].get("creationTimestamp") for tenant in observed.values() if not tenant.get("status")]
    if not spec.waits:
        begun += [spec.written] * missing
    left = [seconds for since in begun if (seconds := _left(since, now)) > 0.0]
    return len(left) + (missing if spec.waits else 0), min(left, default=0.0)


def _left(since: str | None, now: datetime) -> float:
    """Seconds for which what began then still counts; 0 if it does not, or if nobody knows when it began."""
    age = (now - parse_timestamp(since)).total_seconds() if since else ANSWER_SECONDS
    return ANSWER_SECONDS - age if 0.0 <= age < ANSWER_SECONDS else 0.0
