"""The webhooks as they run: gunicorn with worker processes, on a port of its own."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import orjson

from tests.controlplane.process import Process, free_port

REPOSITORY = Path(__file__).parents[2]
PRODUCT = "tenantry.server:create_app()"
JSON = {"Content-Type": "application/json"}
CALLS_OF_A_TENANT = 100_000
PATIENCE = 60.0
"""Seconds that a test waits for what must happen."""


class Answer(NamedTuple):
    """What a client read."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Server:
    """gunicorn in the background."""

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, object],
        *,
        app: str = PRODUCT,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.port = free_port()
        self.log = folder / f"{self.port}.log"
        self._tls = tls
        given = {f"TENANTRY_{name.upper()}": str(value) for name, value in settings.items()}
        self._process = Process(
            "webhooks",
            [sys.executable, "-m", "gunicorn", "-c", "python:tenantry.server.gunicorn_conf", app],
            self.log,
            env={
                "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "hooks"), str(REPOSITORY)]),
                "TENANTRY_BIND": f"127.0.0.1:{self.port}",
                "TENANTRY_WORKERS": "2",
                "TENANTRY_LOG_LEVEL": "warning",
                # A few tenants stand for many: they may be asked about as often as all of them together.
                "TENANTRY_TENANT_BURST": str(CALLS_OF_A_TENANT),
                **given,
            },
        )

    @property
    def pid(self) -> int:
        """The process that starts the workers."""
        return self._process.pid

    def connect(self, *, timeout: float = PATIENCE, tls: ssl.SSLContext | None = None) -> http.client.HTTPConnection:
        """A connection that is opened with the first request."""
        context = tls or self._tls
        if context is None:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        return http.client.HTTPSConnection("localhost", self.port, timeout=timeout, context=context)

    def plain_socket(self) -> socket.socket:
        """A TCP connection on which nothing was said yet."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def ask(
        self,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        timeout: float = PATIENCE,
    ) -> Answer:
        """One request on a connection of its own: a POST if there is a body."""
        with closing(self.connect(timeout=timeout)) as connection:
            return exchange(connection, path, body, headers)

    def workers(self) -> set[int]:
        """The worker processes."""
        return {int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()}

    def memory(self) -> int:
        """Bytes that all workers have in memory."""
        pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.workers())
        return pages * os.sysconf("SC_PAGE_SIZE")

    def wait(self) -> None:
        """Wait until it answers."""
        self._process.wait_until(self._ready)

    def stop(self) -> None:
        """Ask it to end, and wait."""
        self._process.stop()

    def terminate(self) -> None:
        """Ask it to end, and do not wait."""
        os.kill(self.pid, signal.SIGTERM)

    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.running()

    def _ready(self) -> bool:
        try:
            return self.ask("/readyz", timeout=5).status == 200
        except (OSError, http.client.HTTPException):
            return False


def exchange(
    connection: http.client.HTTPConnection,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request on an open connection, which is kept if the server keeps it."""
    method = "GET" if body is None else "POST"
    connection.request(method, path, body, {**(JSON if body is not None else {}), **(headers or {})})
    response = connection.getresponse()
    return Answer(response.status, dict(response.headers), response.read())


@contextmanager
def serving(
    folder: Path,
    settings: Mapping[str, object] | None = None,
    *,
    app: str = PRODUCT,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Server]:
    """A server with these settings that answers, until the block ends."""
    server = Server(folder, settings or {}, app=app, tls=tls)
    try:
        server.wait()
        yield server
    finally:
        server.stop()


def wait_until(true: Callable[[], bool], what: str, *, seconds: float = PATIENCE) -> None:
    """Wait for something. Raises ``TimeoutError`` with its name."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {seconds:.0f} s it is not so that {what}")
        time.sleep(0.05)


def read_all(connection: socket.socket) -> bytes:
    """What comes until the server closes; a reset is an end, too."""
    received = bytearray()
    try:
        while data := connection.recv(65_536):
            received += data
    except (ConnectionError, ssl.SSLError):
        return bytes(received)
    return bytes(received)


def hook_request(head: str = "POST /tenants/sync HTTP/1.1", *, length: int) -> bytes:
    """The head of a hook request on the wire, for a body of this length."""
    return f"{head}\r\nHost: hooks\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n".encode()


def lines(server: Server) -> list[dict[str, object]]:
    """The lines of its log that are JSON."""
    found = []
    for line in server.log.read_bytes().splitlines():
        if line.startswith(b"{"):
            found.append(orjson.loads(line))
    return found
