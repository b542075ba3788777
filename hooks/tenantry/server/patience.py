"""How long the server waits for a client that is slow to send its request, or to read the answer.

Threads that serve connections read and write without a timeout of their own. So the time that a *client* takes, and not
the hook, is measured from outside, and a connection that takes too long is ended: the thread that waits for it wakes up
and is free again.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final, Protocol

HURRIED_SECONDS: Final = 2.0
"""Patience while other connections wait for a thread."""


class Connection(Protocol):
    """What is known of a connection: its socket, which TLS replaces on the way."""

    sock: socket.socket


class _Here(threading.local):
    patience: Patience | None = None
    connection: Connection | None = None


_here = _Here()


class Patience:
    """The connections whose client has to do something, and since when."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._since: dict[Connection, tuple[float, int]] = {}
        """Connection → since when its client has to do something, and by which event of its socket that would show."""

    @contextmanager
    def with_client(self, connection: Connection) -> Iterator[None]:
        """Serve a connection in this thread: its client has to send, or to receive."""
        self._since[connection] = (monotonic(), select.POLLIN)
        _here.patience, _here.connection = self, connection
        try:
            yield
        finally:
            _here.patience = _here.connection = None
            self._since.pop(connection, None)

    def pause(self, connection: Connection) -> None:
        """The client has done its part for now."""
        self._since.pop(connection, None)

    def resume(self, connection: Connection) -> None:
        """It is the client's turn again: to take the answer."""
        self._since[connection] = (monotonic(), select.POLLOUT)

    def end_slow_ones(self, *, hurried: bool) -> int:
        """End the connections whose clients took too long; how many it were.

        Where bytes wait to be read, or there is room for more of the answer, it is us who are slow.
        """
        latest = monotonic() - (min(HURRIED_SECONDS, self._seconds) if hurried else self._seconds)
        slow = [
            connection
            for connection, (since, event) in tuple(self._since.items())
            if since <= latest and not _has_happened(connection, event)
        ]
        for connection in slow:
            self._since.pop(connection, None)
            _end(connection)
        return len(slow)


@contextmanager
def our_turn() -> Iterator[None]:
    """While the server works on what this thread's client sent: that time is not the client's."""
    patience, connection = _here.patience, _here.connection
    if patience is None or connection is None:
        yield
        return
    patience.pause(connection)
    try:
        yield
    finally:
        patience.resume(connection)


def _has_happened(connection: Connection, event: int) -> bool:
    try:
        waiting = select.poll()
        waiting.register(connection.sock, event)
        return bool(waiting.poll(0))
    except (OSError, ValueError):
        # Closed just now.
        return False


def _end(connection: Connection) -> None:
    """Wake up the thread that waits for this connection; that thread closes it.

    The plain socket's method is called even under TLS, whose own would change what the other thread is using.
    """
    try:
        socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)
    except OSError:
        # It ended by itself just now.
        return
