"""Events: how a user sees on the parent (``kubectl describe``) that its syncs fail."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, NotFound
from tenantry.sandbox.loop.writer import Writer

log = logging.getLogger(__name__)

BURST = 25
SECONDS_PER_EVENT = 300.0
"""Each object may have a burst of Events and then one every five minutes, as client-go's spam filter has it."""

REMEMBERED = 4096
NO_NAMESPACE = "default"
"""Where Events about cluster-scoped objects live."""


class EventRecorder:
    """Writes Events; one that repeats itself is counted instead of written anew."""

    def __init__(self, writer: Writer, *, source: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._writer = writer
        self._source = source
        self._clock = clock
        self._lock = threading.Lock()
        self._written: OrderedDict[tuple[str, str, str], JSONObject] = OrderedDict()
        self._budgets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def warn(self, obj: JSONObject, reason: str, message: str) -> None:
        """Record a warning about an object. A refused Event is logged and otherwise of no consequence."""
        uid = obj["metadata"]["uid"]
        with self._lock:
            if not self._may_write(uid):
                return
            known = self._written.get((uid, reason, message))
        try:
            event = self._count(known) if known is not None else None
            event = event or self._create(obj, reason, message)
        except ApiError as error:
            log.warning("cannot record an Event about %s %s: %s", obj["kind"], obj["metadata"]["name"], error)
            return
        with self._lock:
            self._written[(uid, reason, message)] = event
            _trim(self._written)

    def _may_write(self, uid: str) -> bool:
        now = self._clock()
        tokens, filled = self._budgets.pop(uid, (float(BURST), now))
        tokens = min(float(BURST), tokens + (now - filled) / SECONDS_PER_EVENT)
        allowed = tokens >= 1
        self._budgets[uid] = (tokens - 1 if allowed else tokens, now)
        _trim(self._budgets)
        return allowed

    def _count(self, event: JSONObject) -> JSONObject | None:
        """Count a known Event once more; None if it has expired."""
        kind = self._writer.resource_type("v1", kind="Event")
        try:
            return self._writer.patch(kind, event, {"count": event["count"] + 1, "lastTimestamp": _now()})
        except NotFound:
            return None

    def _create(self, obj: JSONObject, reason: str, message: str) -> JSONObject:
        metadata, now = obj["metadata"], _now()
        namespace = metadata.get("namespace") or NO_NAMESPACE
        event: JSONObject = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{metadata['name']}.{uuid.uuid4().hex[:16]}", "namespace": namespace},
            "involvedObject": {
                "apiVersion": obj["apiVersion"],
                "kind": obj["kind"],
                "name": metadata["name"],
                "uid": metadata["uid"],
                **({"namespace": metadata["namespace"]} if metadata.get("namespace") else {}),
                "resourceVersion": metadata.get("resourceVersion", ""),
            },
            "type": "Warning",
            "reason": reason,
            "message": message[:1024],  # the API's limit
            "source": {"component": self._source},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        return self._writer.create(self._writer.resource_type("v1", kind="Event"), event)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _trim(remembered: OrderedDict[Any, Any]) -> None:
    while len(remembered) > REMEMBERED:
        remembered.popitem(last=False)
