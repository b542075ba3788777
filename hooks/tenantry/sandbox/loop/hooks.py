"""Hook calls over HTTP, and the strict decoding of their answers (Metacontroller's hook version v2)."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson
import urllib3
from urllib3.exceptions import HTTPError

from tenantry.protocol import JSONObject
from tenantry.sandbox.loop.errors import HookBusy, HookFailed
from tenantry.sandbox.loop.related import RelatedRules
from tenantry.sandbox.loop.spec import Hook
from tenantry.sandbox.loop.statistics import Statistics

SYNC_FIELDS = frozenset({"status", "children", "resyncAfterSeconds", "finalized"})


@dataclass(frozen=True, slots=True)
class SyncAnswer:
    """A decoded answer of a sync or finalize hook. It belongs to the caller."""

    children: list[JSONObject]
    status: JSONObject
    resync_after_seconds: float
    finalized: bool


class HookClient:
    """Calls the webhooks of one controller, on connections that are kept."""

    def __init__(self, controller: str, statistics: Statistics, *, connections: int) -> None:
        self._controller = controller
        self._statistics = statistics
        self._pool = urllib3.PoolManager(maxsize=connections, retries=False)

    def sync(self, hook: Hook, request: JSONObject, *, name: str) -> SyncAnswer:
        """Ask a sync or finalize hook. Raises ``HookFailed`` or ``HookBusy``."""
        return decode_sync(self._call(hook, request, name), name)

    def customize(self, hook: Hook, request: JSONObject) -> RelatedRules:
        """Ask a customize hook. Raises ``HookFailed`` or ``HookBusy``."""
        return decode_customize(self._call(hook, request, "customize"))

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _call(self, hook: Hook, request: JSONObject, name: str) -> bytes:
        body = orjson.dumps(request)
        started = time.perf_counter()
        try:
            response = self._pool.request(
                "POST", hook.url, body=body, headers={"Content-Type": "application/json"}, redirect=False,
                timeout=urllib3.Timeout(total=hook.timeout),
            )  # fmt: skip
        except HTTPError as error:
            raise HookFailed(f'http error: Post "{hook.url}": {error}') from error
        finally:
            key = (self._controller, name)
            self._statistics.count(self._statistics.hook_calls, key)
            self._statistics.count(self._statistics.hook_seconds, key, time.perf_counter() - started)
        self._statistics.count(self._statistics.hook_bytes, "request", len(body))
        self._statistics.count(self._statistics.hook_bytes, "answer", len(response.data))
        if response.status == 429:
            raise HookBusy(retry_after(response.headers.get("Retry-After", "")))
        if response.status != 200:
            text = response.data.decode("utf-8", "replace")
            raise HookFailed(f"unsupported status code: {response.status} body: {text}")
        return response.data


def retry_after(value: str) -> int:
    """The seconds that a ``Retry-After`` header asks for, by number or date; 0, which means at once, for anything else.

    That Metacontroller takes a missing header for "at once" makes a hot loop, and ours shall show it too.
    """
    try:
        return int(value)
    except ValueError:
        pass
    try:
        then = parsedate_to_datetime(value)
    except ValueError:
        return 0
    return math.ceil((then.replace(tzinfo=then.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def decode_sync(body: bytes, name: str) -> SyncAnswer:
    """The answer in a body. Raises ``HookFailed`` for anything that Metacontroller would refuse, or die of."""
    fields = _fields(body, SYNC_FIELDS, name)
    children = _typed(fields, "children", list, name) or []
    for position, child in enumerate(children):
        _check_child(child, position, name)
    resync = fields.get("resyncAfterSeconds")
    if resync is not None and (isinstance(resync, bool) or not isinstance(resync, (int, float))):
        raise _refusal(name, "resyncAfterSeconds is not a number")
    return SyncAnswer(
        children=children,
        status=_typed(fields, "status", dict, name) or {},
        resync_after_seconds=float(resync or 0),
        finalized=bool(_typed(fields, "finalized", bool, name)),
    )


def decode_customize(body: bytes) -> RelatedRules:
    """The rules in a body. Raises ``HookFailed``."""
    fields = _fields(body, frozenset({"relatedResources"}), "customize")
    rules = _typed(fields, "relatedResources", list, "customize") or []
    try:
        return RelatedRules.parse(rules)
    except ValueError as error:
        raise _refusal("customize", str(error)) from error


def _fields(body: bytes, allowed: frozenset[str], name: str) -> JSONObject:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise HookFailed(f"can't unmarshal webhookResponse (version: v2, type: {name}): {error}") from error
    if answer is None:  # as an empty object: no children, no status
        return {}
    if not isinstance(answer, dict):
        raise _refusal(name, "it is not an object")
    if unknown := answer.keys() - allowed:
        message = ", ".join(f'unknown field "{field}"' for field in sorted(unknown))
        raise HookFailed(f"strict validation failed for v2 webhookResponse (type: {name}, mode: strict): {message}")
    return answer


def _typed(fields: JSONObject, field: str, kind: type, name: str) -> Any:
    value = fields.get(field)
    if value is not None and not isinstance(value, kind):
        raise _refusal(name, f"{field} is not of type {kind.__name__}")
    return value


def _check_child(child: object, position: int, name: str) -> None:
    if child is None:
        raise _refusal(name, f"children[{position}] is null, which crashes Metacontroller")
    if not isinstance(child, dict):
        raise _refusal(name, f"children[{position}] is not an object")
    if not isinstance(child.get("kind"), str) or not child["kind"]:
        raise _refusal(name, f"Object 'Kind' is missing in children[{position}]")


def _refusal(name: str, reason: str) -> HookFailed:
    return HookFailed(f"can't unmarshal webhookResponse (version: v2, type: {name}): {reason}")
