"""A TCP proxy in a thread that can stop passing anything on, with its connections open: a network that stalls."""

from __future__ import annotations

import selectors
import socket
from contextlib import suppress
from threading import Event, Thread

HOST = "127.0.0.1"


class StallingProxy:
    """Passes bytes between clients and one server until it is told to stall."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._stalled = Event()
        self._closed = Event()
        self._listener = socket.create_server((HOST, 0))
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port to connect to."""
        return int(self._listener.getsockname()[1])

    def stall(self) -> None:
        """Pass nothing on any more; take new connections, and leave them without an answer."""
        self._stalled.set()

    def go_on(self) -> None:
        """Pass bytes on again."""
        self._stalled.clear()

    def close(self) -> None:
        """Close all connections."""
        self._closed.set()
        self._thread.join()

    def _serve(self) -> None:
        others: dict[socket.socket, socket.socket] = {}
        with selectors.DefaultSelector() as selector, self._listener:
            selector.register(self._listener, selectors.EVENT_READ)
            while not self._closed.is_set():
                if self._stalled.is_set():
                    self._closed.wait(0.02)
                    continue
                for key, _ in selector.select(0.02):
                    self._handle(key.fileobj, others, selector)
        for end in others:
            end.close()

    def _handle(
        self, ready: object, others: dict[socket.socket, socket.socket], selector: selectors.DefaultSelector
    ) -> None:
        if ready is self._listener:
            client, _ = self._listener.accept()
            server = socket.create_connection((HOST, self._target))
            for end, other in ((client, server), (server, client)):
                others[end] = other
                selector.register(end, selectors.EVENT_READ)
            return
        assert isinstance(ready, socket.socket)
        if ready not in others:
            return
        data = b""
        with suppress(OSError):
            data = ready.recv(65536)
        if data:
            with suppress(OSError):
                others[ready].sendall(data)
            return
        for end in (ready, others[ready]):
            selector.unregister(end)
            others.pop(end, None)
            end.close()
