"""Answers of hooks as HTTP knows them, and what is told of them in logs and metrics."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tenantry.protocol import TryLater

Headers = tuple[tuple[str, str], ...]

JSON_HEADERS: Final[Headers] = (("Content-Type", "application/json"),)
TEXT_HEADERS: Final[Headers] = (("Content-Type", "text/plain; charset=utf-8"),)


class Outcome(StrEnum):
    """How a hook call ended."""

    OK = "ok"
    TRY_LATER = "try_later"
    """The hook asked for patience."""
    TOO_OFTEN = "too_often"
    """The parent is synced in a hot loop."""
    OVERLOADED = "overloaded"
    """Too many calls at once in this process."""
    BAD_REQUEST = "bad_request"
    """Not a request of Metacontroller."""
    REFUSED = "refused"
    """The hook's decision, or the controller, would do harm."""
    ERROR = "error"
    """A bug."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body; the rest is for logs and metrics."""

    status: int
    body: bytes
    outcome: Outcome
    headers: Headers = TEXT_HEADERS
    parent: str = ""
    children_in: int = 0
    children_out: int = 0
    removed: int = 0
    cause: Exception | None = None


def json_answer(body: bytes, *, parent: str, children_in: int = 0, children_out: int = 0, removed: int = 0) -> Answer:
    """What a hook decided."""
    return Answer(200, body, Outcome.OK, JSON_HEADERS, parent, children_in, children_out, removed)


def text_answer(
    status: int, text: str, outcome: Outcome, *, parent: str = "", cause: Exception | None = None
) -> Answer:
    """A failure. The text becomes an Event on the parent, so it is one line whatever it quotes."""
    return Answer(status, " ".join(text.split()).encode(errors="replace"), outcome, parent=parent, cause=cause)


def try_later(seconds: int, outcome: Outcome, *, parent: str = "", cause: TryLater | None = None) -> Answer:
    """Ask Metacontroller to come back. It leaves the body of a 429 unread, so there is none, and says so."""
    headers = (("Retry-After", str(seconds)), ("Content-Length", "0"))
    return Answer(429, b"", outcome, headers, parent, cause=cause)
