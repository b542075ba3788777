"""What must hold whatever somebody sends: an answer, never a bug, never a lost worker."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.corpus import Request
from tests.fuzz.mutations import spoiled
from tests.server.running import Answer, Server, exchange, read_all

REFUSAL: Final = b"is refused, nothing is applied"
"""A hook's decision that would do harm is held back with a 500, so that Metacontroller applies nothing: no bug."""
KNOWN: Final = frozenset((200, 400, 404, 405, 408, 411, 413, 415, 429))
METHODS: Final = ("GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "TRACE", "BREW", "post")
TYPES: Final = (
    *("application/json", "application/json; charset=utf-8", "text/plain", "multipart/form-data; boundary=x", ""),
    *("application/x-www-form-urlencoded", "application/json; charset=\x7f", "a" * 5000),
)
WIRE: Final = (
    *(b"", b"\r\n\r\n", b"\x16\x03\x01\x00", b"GET / HTTP/9.9\r\n\r\n", b"GET /%00%ff HTTP/1.1\r\nHost: x\r\n\r\n"),
    *(b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    b"POST /tenants/sync HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    b"POST /tenants/sync HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /tenants/sync HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /tenants/sync HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9999999999\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\n" + b"X: y\r\n" * 500 + b"\r\n",
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
)


@dataclass
class Surface:
    """A server under fuzzing, and what it answered."""

    server: Server
    requests: Sequence[Request]
    statuses: Counter[int] = field(default_factory=Counter)

    def bodies(self, examples: int) -> Callable[[], None]:
        """Spoiled hook requests and questions of the API server."""

        @_bounded(examples)
        @given(st.data())
        def fuzz(data: st.DataObject) -> None:
            request = data.draw(st.sampled_from(self.requests))
            body = data.draw(spoiled(request.body))
            self._check(self.server.ask(request.path, body), request.path, body)

        return fuzz

    def envelopes(self, examples: int) -> Callable[[], None]:
        """Strange methods, paths, content types and headers around anything."""

        @_bounded(examples)
        @given(st.data())
        def fuzz(data: st.DataObject) -> None:
            path = data.draw(st.one_of(st.sampled_from([one.path for one in self.requests]), _paths()))
            method = data.draw(st.sampled_from(METHODS))
            headers = {"Content-Type": data.draw(st.sampled_from(TYPES)), **data.draw(_headers())}
            body = data.draw(st.binary(max_size=100))
            with closing(self.server.connect()) as connection:
                connection.request(method, path, body, headers)
                response = connection.getresponse()
                answer = Answer(response.status, dict(response.headers), response.read())
            self._check(answer, f"{method} {path}", body)

        return fuzz

    def wires(self, examples: int) -> Callable[[], None]:
        """Bytes that are HTTP hardly or not at all."""

        @_bounded(examples)
        @given(st.one_of(st.sampled_from(WIRE), st.binary(max_size=300)), st.binary(max_size=50))
        def fuzz(first: bytes, then: bytes) -> None:
            with closing(self.server.plain_socket()) as client:
                try:
                    client.sendall(first + then)
                    client.shutdown(socket.SHUT_WR)
                except OSError:
                    return
                received = read_all(client)
            assert b"Traceback" not in received
            assert not received.startswith(b"HTTP/1.1 500"), (first, then, received)

        return fuzz

    def still_right(self) -> None:
        """After all that, good requests get good answers."""
        for request in self.requests:
            with closing(self.server.connect()) as connection:
                answer = exchange(connection, request.path, orjson.dumps(request.body))
            assert answer.status == 200, (request.path, answer)

    def _check(self, answer: Answer, what: str, body: bytes) -> None:
        self.statuses[answer.status] += 1
        if answer.status == 500:
            assert REFUSAL in answer.body, (what, body, answer.body)
            return
        assert answer.status in KNOWN, (what, body, answer)
        assert b"bug in Tenantry" not in answer.body, (what, body, answer.body)
        if answer.status == 429:
            assert int(answer.headers["Retry-After"]) >= 1
        if answer.status == 200 and answer.headers["Content-Type"] == "application/json":
            orjson.loads(answer.body)


def _paths() -> st.SearchStrategy[str]:
    segment = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="?#"), max_size=20)
    return st.lists(segment, max_size=4).map(lambda parts: f"/{'/'.join(parts)}")


def _headers() -> st.SearchStrategy[dict[str, str]]:
    names = st.sampled_from(("Authorization", "Accept", "Accept-Encoding", "X-Forwarded-For", "Traceparent", "Cookie"))
    values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)
    return st.dictionaries(names, values, max_size=3)


def _bounded(examples: int) -> settings:
    # No time limits and no database of failures: a busy machine is no failure, and nothing lies about afterwards.
    return settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
