"""A watch of a real API server, played by a list and by prepared streams."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, cast

import orjson
import urllib3

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, Event
from tenantry.sandbox.watching import ResourceWatch

Script = list[list[JSONObject] | ApiError]


def obj(name: str, version: int, *, uid: str = "") -> JSONObject:
    return {"kind": "Pod", "metadata": {"name": name, "uid": uid or name, "resourceVersion": str(version)}}


def event(kind: str, *args: Any, **kwargs: Any) -> JSONObject:
    return {"type": kind, "object": obj(*args, **kwargs)}


EXPIRED = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}}


class Stream:
    """A response whose body is a sequence of lines, cut into awkward pieces."""

    def __init__(self, events: list[JSONObject]) -> None:
        self._body = b"".join(orjson.dumps(each) + b"\n" for each in events)

    def stream(self, _: int) -> Iterator[bytes]:
        for start in range(0, len(self._body), 7):
            yield self._body[start : start + 7]

    def shutdown(self) -> None:
        """Nothing to shut down."""

    def close(self) -> None:
        """Nothing to close."""


class Server:
    """Answers lists and watches by script; a watch beyond the script ends the test."""

    def __init__(self, lists: list[tuple[list[JSONObject], str]], streams: Script) -> None:
        self._lists, self._streams = list(lists), list(streams)
        self.versions: list[str] = []
        self.exhausted = threading.Event()
        self._hold = threading.Event()

    def relist(self) -> tuple[list[JSONObject], str]:
        return self._lists.pop(0)

    def open_stream(self, version: str) -> urllib3.BaseHTTPResponse:
        self.versions.append(version)
        if not self._streams:
            self.exhausted.set()
            self._hold.wait(10)
            raise ApiError(503, "ServiceUnavailable", "the script is over")
        step = self._streams.pop(0)
        if isinstance(step, ApiError):
            raise step
        return cast(urllib3.BaseHTTPResponse, Stream(step))

    def run(self) -> list[tuple[str, str, str]]:
        """Watch until the script is over; the events as type, name and resourceVersion."""
        seen: list[Event] = []
        watch = ResourceWatch("pods", seen.append, relist=self.relist, open_stream=self.open_stream)
        watch.start()
        assert self.exhausted.wait(10)
        self._hold.set()
        watch.stop()
        metadata = [each.object["metadata"] for each in seen]
        return [(each.type, at["name"], at["resourceVersion"]) for each, at in zip(seen, metadata, strict=True)]


def test_what_exists_comes_first_then_each_change() -> None:
    changes = [event("ADDED", "b", 6), event("MODIFIED", "a", 7), event("DELETED", "b", 8)]
    server = Server([([obj("a", 1)], "5")], [changes])
    assert server.run() == [("ADDED", "a", "1"), ("ADDED", "b", "6"), ("MODIFIED", "a", "7"), ("DELETED", "b", "8")]


def test_an_interrupted_watch_goes_on_from_where_it_was() -> None:
    server = Server([([], "5")], [[event("ADDED", "a", 6)], [event("MODIFIED", "a", 7)]])
    server.run()
    assert server.versions == ["5", "6", "7"]


def test_a_bookmark_moves_the_version_and_is_no_event() -> None:
    server = Server([([], "5")], [[event("BOOKMARK", "", 50)]])
    assert (server.run(), server.versions) == ([], ["5", "50"])


def test_after_an_expired_version_only_the_difference_is_delivered() -> None:
    before = [obj("kept", 1), obj("changed", 2), obj("gone", 3), obj("replaced", 4, uid="old")]
    after = [obj("kept", 1), obj("changed", 12), obj("new", 13), obj("replaced", 14, uid="new")]
    server = Server([(before, "5"), (after, "15")], [[EXPIRED]])
    assert server.run()[4:] == [
        ("DELETED", "gone", "3"),
        ("DELETED", "replaced", "4"),
        ("MODIFIED", "changed", "12"),
        ("ADDED", "new", "13"),
        ("ADDED", "replaced", "14"),
    ]


def test_a_refused_version_is_listed_anew() -> None:
    server = Server([([], "5"), ([], "15")], [ApiError(410, "Expired", "too old")])
    server.run()
    assert server.versions == ["5", "15"]


def test_a_handler_that_fails_does_not_end_the_watch() -> None:
    server = Server([([], "5")], [[event("ADDED", "a", 6), event("ADDED", "b", 7)]])
    seen: list[str] = []

    def handle(change: Event) -> None:
        name = change.object["metadata"]["name"]
        if name == "a":
            raise ValueError("no a")
        seen.append(name)

    watch = ResourceWatch("pods", handle, relist=server.relist, open_stream=server.open_stream)
    watch.start()
    server.exhausted.wait(10)
    watch.stop()
    assert seen == ["b"]
