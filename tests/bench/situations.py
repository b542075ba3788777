"""Requests of one tenant in other situations than the one in which they were recorded, where all is Ready."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import orjson

from tenantry.protocol import JSONObject
from tenantry.tenant.plans import CACHED_PLANS
from tests.bench.recording import Recorded


def unseen(recorded: Sequence[Recorded]) -> list[Recorded]:
    """The same requests, of so many tenants that a worker has forgotten each when it comes again."""
    return [
        _changed(recorded[number % len(recorded)], partial(_numbered, number)) for number in range(2 * CACHED_PLANS)
    ]


def first(recorded: Sequence[Recorded]) -> list[Recorded]:
    """The first request of each of so many tenants: nothing is there yet."""
    return [_changed(each, _new) for each in unseen(recorded)]


def failing(recorded: Sequence[Recorded]) -> list[Recorded]:
    """The rows lack a value that one entry needs: its object is kept as it is."""
    return [_changed(each, _without_token) for each in recorded]


def finalizing(recorded: Sequence[Recorded]) -> list[Recorded]:
    """The tenants were deleted, and all their objects are there still."""
    return [_changed(each, _deleted) for each in recorded]


def _changed(recorded: Recorded, change: Callable[[JSONObject], None]) -> Recorded:
    body = orjson.loads(recorded.body)
    change(body)
    return Recorded(orjson.dumps(body), recorded.now)


def _numbered(number: int, body: JSONObject) -> None:
    body["parent"]["metadata"]["labels"]["example.com/number"] = str(number)


def _new(body: JSONObject) -> None:
    body["parent"].pop("status", None)
    body["children"] = {type_key: {} for type_key in body["children"]}


def _without_token(body: JSONObject) -> None:
    del body["parent"]["spec"]["values"]["token"]


def _deleted(body: JSONObject) -> None:
    metadata = body["parent"]["metadata"]
    metadata["deletionTimestamp"] = metadata["creationTimestamp"]
    body["finalizing"] = True
