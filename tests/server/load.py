"""Hook calls at a steady rate, by a client that treats its connections as Go's does.

Connections are kept. One that the server closed while nothing was asked on it is noticed before it is used again. A
call on which a connection breaks is not repeated: that is a failed call.
"""

from __future__ import annotations

import http.client
import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from tests.server.running import exchange

CLIENTS: Final = 8


@dataclass(frozen=True, slots=True)
class Failure:
    """A call without a good answer."""

    started: float
    what: str


@dataclass
class Load:
    """What the clients saw so far."""

    port: int
    path: str
    body: bytes
    calls_per_second: float
    answers: set[bytes] = field(default_factory=set)
    failures: list[Failure] = field(default_factory=list)
    calls: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def _client(self, number: int) -> None:
        interval = CLIENTS / self.calls_per_second
        due = time.monotonic() + interval * number / CLIENTS
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            while not self._over.wait(max(due - time.monotonic(), 0)):
                due = max(due + interval, time.monotonic())
                self._call(connection)
        finally:
            connection.close()

    def _call(self, connection: http.client.HTTPConnection) -> None:
        if connection.sock is not None and select.select([connection.sock], [], [], 0)[0]:
            connection.close()
        started = time.monotonic()
        try:
            answer = exchange(connection, self.path, self.body)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            self._count(Failure(started, repr(error)))
            return
        self._count(None if answer.status == 200 else Failure(started, f"{answer.status} {answer.body!r}"), answer.body)

    def _count(self, failure: Failure | None, body: bytes = b"") -> None:
        with self._lock:
            self.calls += 1
            if failure is None:
                self.answers.add(body)
            else:
                self.failures.append(failure)


@contextmanager
def loaded(port: int, path: str, body: bytes, *, calls_per_second: float) -> Iterator[Load]:
    """Call a hook again and again while the block runs."""
    load = Load(port, path, body, calls_per_second)
    clients = [threading.Thread(target=load._client, args=(number,)) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield load
    finally:
        load._over.set()
        for client in clients:
            client.join()
