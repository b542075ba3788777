"""One watch of one resource on a real API server: list, stream, and recover without losing or repeating a change."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

import orjson
import urllib3
from urllib3.exceptions import HTTPError

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, Event

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.5

Relist = Callable[[], tuple[list[JSONObject], str]]
OpenStream = Callable[[str], urllib3.BaseHTTPResponse]


class _Expired(Exception):
    """The server no longer has the version we want to continue from (410 Gone)."""


class ResourceWatch:
    """Delivers every object of a resource, then each change, to one handler on one thread.

    It remembers the objects it delivered (the very ones, the handler must not change them), because after a gap in the
    stream the deletions must be found by comparison.
    """

    def __init__(self, name: str, handler: Callable[[Event], Any], *, relist: Relist, open_stream: OpenStream) -> None:
        self._name = name
        self._handler = handler
        self._relist = relist
        self._open_stream = open_stream
        self._known: dict[str, JSONObject] = {}
        self._version = ""
        self._stopped = threading.Event()
        self._response: urllib3.BaseHTTPResponse | None = None
        self._thread = threading.Thread(target=self._run, name=f"watch {name}", daemon=True)

    def start(self) -> None:
        """Deliver what exists, then go on in the background. Raises ``ApiError`` if it cannot be listed."""
        self._list()
        self._thread.start()

    def stop(self) -> None:
        """No call of the handler begins after this, unless it is the handler's own thread that stops the watch."""
        self._stopped.set()
        response = self._response
        if response is not None:
            with suppress(OSError, ValueError):  # closed already
                response.shutdown()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._follow()
            except _Expired:
                self._catch_up()
            except (ApiError, HTTPError, OSError, orjson.JSONDecodeError) as error:
                if not self._stopped.is_set():
                    log.debug("watch of %s is interrupted and will be continued: %s", self._name, error)
                    self._stopped.wait(RETRY_SECONDS)

    def _follow(self) -> None:
        try:
            response = self._open_stream(self._version)
        except ApiError as error:
            if error.code == 410:
                raise _Expired from error
            raise
        self._response = response
        with closing(response):
            if self._stopped.is_set():  # stop() may have come before there was a response to shut down
                return
            for line in _lines(response):
                if self._stopped.is_set():
                    return
                if line:
                    self._receive(orjson.loads(line))
        self._response = None

    def _receive(self, event: JSONObject) -> None:
        kind, obj = event["type"], event["object"]
        if kind == "ERROR":
            if obj.get("code") == 410:
                raise _Expired
            raise ApiError(obj.get("code", 500), obj.get("reason", "Unknown"), obj.get("message", ""))
        self._version = obj["metadata"]["resourceVersion"]
        if kind == "BOOKMARK":
            return
        if kind == "DELETED":
            self._known.pop(_key(obj), None)
        else:
            self._known[_key(obj)] = obj
        self._deliver(Event(kind, obj))

    def _catch_up(self) -> None:
        try:
            self._list()
        except ApiError as error:
            log.debug("cannot list %s again: %s", self._name, error)
            self._stopped.wait(RETRY_SECONDS)

    def _list(self) -> None:
        """List everything and deliver the difference to what was delivered before."""
        items, self._version = self._relist()
        before, self._known = self._known, {_key(item): item for item in items}
        for key, old in before.items():
            new = self._known.get(key)
            if new is None or new["metadata"]["uid"] != old["metadata"]["uid"]:
                self._deliver(Event("DELETED", old))
        for key, new in self._known.items():
            previous = before.get(key)
            if previous is None or previous["metadata"]["uid"] != new["metadata"]["uid"]:
                self._deliver(Event("ADDED", new))
            elif previous["metadata"]["resourceVersion"] != new["metadata"]["resourceVersion"]:
                self._deliver(Event("MODIFIED", new))

    def _deliver(self, event: Event) -> None:
        if self._stopped.is_set():
            return
        try:
            self._handler(event)
        except Exception:
            # A handler's bug must not end the watch that others may see through the same informer.
            log.exception("the handler of %s failed on %s %s", self._name, event.type, _key(event.object))


def _key(obj: JSONObject) -> str:
    metadata = obj["metadata"]
    return f"{metadata.get('namespace', '')}/{metadata['name']}"


def _lines(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    """The lines of a streamed body, as they come."""
    rest = b""
    for chunk in response.stream(1 << 16):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
