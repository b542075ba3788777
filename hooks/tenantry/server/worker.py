"""gunicorn's threaded worker, made safe against clients that take their time.

gunicorn gives each new connection a thread, which waits up to 5 s for the first byte and without limit for the rest,
and its main loop waits up to 2 s for a client to take notice of a closed connection. A few dozen clients that do
nothing would keep everybody else out, probes included. Here connections wait for their first byte without a thread, a
client that is slow after that is ended (``patience``), and closing is left to the threads.
"""

from __future__ import annotations

import errno
import logging
import selectors
import socket
from functools import partial
from time import monotonic, sleep
from typing import Any, Final

from gunicorn.workers.gthread import TConn, ThreadWorker

from tenantry.server.patience import Patience
from tenantry.settings import Settings

LOGGER = logging.getLogger("tenantry.worker")
LOOK_SECONDS: Final = 0.5
SILENT_SECONDS: Final = 10.0
"""How long a connection without a first byte may stay when there is no room for another one."""
PAUSE_SECONDS: Final = 0.05
_GONE: Final = frozenset((errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED))


class Connection(TConn):  # type: ignore[misc]  # gunicorn is not typed
    """A connection that may be closed twice."""

    def close(self, graceful: bool = False) -> None:
        """Close it; with ``graceful`` only after the client read the answer, or some seconds."""
        if self.sock.fileno() >= 0:
            super().close(graceful)


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn is not typed
    """A worker process of the webhooks."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._patience = Patience(Settings().client_seconds)
        self._queued: set[TConn] = set()
        self._looked = 0.0

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection, and wait for its first byte without a thread."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno not in _GONE:
                # No file handle is left, or no memory: connections that end make room.
                LOGGER.error("a connection cannot be accepted: %s", error.strerror)
                sleep(PAUSE_SECONDS)
            return
        self.nr_conns += 1
        connection = Connection(self.cfg, client, address, listener.getsockname())
        # As long as a kept one: clients open connections in advance, and send on them much later.
        connection.timeout = monotonic() + self.cfg.keepalive
        self.pending_conns.append(connection)
        self.poller.register(client, selectors.EVENT_READ, partial(self.on_pending_socket_readable, connection))

    def enqueue_req(self, conn: TConn) -> None:
        """Leave a connection that has something to say to the threads."""
        self._queued.add(conn)
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> Any:
        """Serve one request in a thread. Whether the connection shall be kept."""
        self._queued.discard(conn)
        with self._patience.with_client(conn):
            kept = super().handle(conn)
            if kept is False:
                conn.close(graceful=True)
        return kept

    def notify(self) -> None:
        """The main loop is alive: it comes by at least once a second."""
        super().notify()
        now = monotonic()
        if now < self._looked + LOOK_SECONDS:
            return
        self._looked = now
        if ended := self._patience.end_slow_ones(hurried=bool(self._queued)):
            LOGGER.warning("%d connections ended: their clients neither sent nor read for too long", ended)
        if self.nr_conns >= self.worker_connections:
            self._cap_pending(now + self.cfg.keepalive - SILENT_SECONDS, now)

    def _cap_keepalive(self, deadline: float) -> None:
        # Called when the worker stops: connections without a request must not hold it up for longer than kept ones.
        super()._cap_keepalive(deadline)
        self._cap_pending(float("inf"), deadline)

    def _cap_pending(self, until: float, deadline: float) -> None:
        """Let connections without a first byte that were to stay until ``until`` stay until ``deadline`` at most."""
        for connection in self.pending_conns:
            if connection.timeout <= until:
                connection.timeout = min(connection.timeout, deadline)
