"""Times as statuses and metadata hold them, read without trust."""

from __future__ import annotations

from datetime import UTC, datetime

from tenantry.conditions import parse_timestamp


def moment(text: object) -> datetime | None:
    """A time that was written as text; ``None`` if there is none, or none that makes sense."""
    try:
        return parse_timestamp(text) if isinstance(text, str) else None
    except ValueError:
        return None


def exactly(now: datetime) -> str:
    """RFC 3339 in UTC with microseconds: of two such texts, the greater is the later."""
    return now.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def seconds_apart(now: datetime, then: datetime | None) -> float:
    """How far apart two times are, whichever clock is ahead; infinitely far if one is not known."""
    return abs((now - then).total_seconds()) if then is not None else float("inf")
