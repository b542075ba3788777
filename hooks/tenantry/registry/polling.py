"""When the source is polled, and what is remembered of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tenantry.conditions import ConditionType, Reason, find_condition
from tenantry.datasource.credentials import NO_CREDENTIALS, Credentials
from tenantry.kinds import TenantRegistrySpec
from tenantry.names import APPROVE_DELETIONS_ANNOTATION, POLL_NOW_ANNOTATION
from tenantry.protocol import JSONObject
from tenantry.registry.moments import moment

MAX_INTERVALS: Final = 2.0
"""To how many intervals the delay between polls that fail grows: so soon a source that is back is seen, at the latest.
"""

MAX_DELAY: Final = 300.0
"""Seconds beyond which the delay does not grow (or the interval itself, if that is longer)."""

RawRows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Errand:
    """What to read for whom."""

    registry: str
    """Name of the registry."""
    spec: TenantRegistrySpec
    credentials: Credentials = NO_CREDENTIALS


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a poll brought."""

    rows: RawRows
    """Column → value, for each row."""
    milliseconds: int = 0
    """How long it took."""


Poll = Callable[[Errand], Fetched]
"""Reads all rows of a registry's source. Raises ``PollFailed``."""


Probe = Callable[[Errand], str]
"""A digest that changes with the rows of a registry's source. Raises ``PollFailed``."""


class PollFailed(Exception):
    """The source gave no rows. The message is a sentence for a person, and holds no value of a row."""

    def __init__(self, message: str, *, reason: Reason = Reason.POLL_FAILED) -> None:
        super().__init__(message)
        self.reason = reason


class NotPossible(PollFailed):
    """The source cannot be asked now, for want of something that may come at any moment."""

    def __init__(self, message: str, *, reason: Reason = Reason.SECRET_MISSING) -> None:
        super().__init__(message, reason=reason)


@dataclass(frozen=True, slots=True)
class PollState:
    """What a registry's status remembers of its polls."""

    last_attempt: datetime | None
    last_success: datetime | None
    failures: int
    obeyed: str
    """The poll-now annotation that was obeyed last."""
    generation: int
    """The generation of the spec that was polled with last; 0 before the first poll."""
    waiting: bool
    """Whether rows of the last good poll could not be placed, since their slice had not reported."""

    @classmethod
    def of(cls, status: Mapping[str, Any]) -> PollState:
        """Read it from a registry's status."""
        source = status.get("source") or {}
        polled = find_condition(status, ConditionType.SOURCE_REACHABLE)
        attempted = polled is not None and polled.get("status") in ("True", "False")
        return cls(
            last_attempt=moment(source.get("lastAttemptTime")),
            last_success=moment(source.get("lastSuccessTime")),
            failures=source.get("failures") or 0,
            obeyed=source.get("pollNow") or "",
            # Not the status's observedGeneration: Metacontroller writes the newest there, also when the hook saw an
            # older one.
            generation=(polled or {}).get("observedGeneration", 0) if attempted else 0,
            waiting=bool(source.get("waiting")),
        )


def seconds_until_due(
    spec: TenantRegistrySpec,
    metadata: JSONObject,
    state: PollState,
    *,
    newest_slice: datetime | None,
    slices_pending: bool,
    blocked: str,
    grace_ends: datetime | None,
    now: datetime,
) -> float:
    """Seconds until the next poll; 0 if it is due.

    A slice that is younger than the last good poll waits for its rows, so ``newest_slice`` (when it was made) counts;
    and so do rows that could not be placed while ``slices_pending``, as soon as no slice is. ``blocked`` is the digest
    of the tenants that wait for approval, and ``grace_ends`` is when one may be removed if a poll misses its row still.
    """
    if state.last_attempt is None or _asked_for(metadata, state, blocked):
        return 0.0
    if state.waiting and not state.failures and not slices_pending:
        return 0.0
    delay = _delay(spec, state.failures)
    elapsed = (now - state.last_attempt).total_seconds()
    if not -delay < elapsed < delay:
        return 0.0
    if not state.failures and newest_slice and state.last_success and newest_slice >= state.last_success:
        # Times have whole seconds: the slice may just as well be older than the poll within that second.
        return max(0.0, min(delay, 1.0) - elapsed)
    if not state.failures and grace_ends and state.last_success and state.last_success < grace_ends:
        return max(0.0, min(delay - elapsed, (grace_ends - now).total_seconds()))
    return delay - elapsed


def poll_now(metadata: JSONObject) -> str:
    """The value of the poll-now annotation; empty without it."""
    return str((metadata.get("annotations") or {}).get(POLL_NOW_ANNOTATION) or "")


def approved_digest(metadata: JSONObject) -> str:
    """The set of removals that somebody approved by annotation; empty if nobody did."""
    return str((metadata.get("annotations") or {}).get(APPROVE_DELETIONS_ANNOTATION) or "")


def rounded_up(seconds: float) -> float:
    """Tenths of a second, at least one: a resync must not come just before what it waits for."""
    return max(math.ceil(seconds * 10), 1) / 10


def _asked_for(metadata: JSONObject, state: PollState, blocked: str) -> bool:
    """Whether the spec is new, somebody asks for a poll, or approves removals that a poll must look at again."""
    return (
        state.generation != metadata.get("generation", 0)
        or poll_now(metadata) not in ("", state.obeyed)
        or (not state.failures and blocked != "" and approved_digest(metadata) == blocked)
    )


def _delay(spec: TenantRegistrySpec, failures: int) -> float:
    interval = float(spec.source.interval_seconds)
    if not failures:
        return interval
    longest = max(interval, min(MAX_INTERVALS * interval, MAX_DELAY))
    return min(interval * 2.0 ** min(failures - 1, 20), longest)
