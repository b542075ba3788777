"""Requests as they arrive when nothing is left to do, recorded from a sandbox that has come to rest.

They are made anew in each run, so that no large files are kept: the objects in them are those that the sandbox stores,
with uid, resourceVersion, managedFields and status.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from werkzeug.serving import WSGIRequestHandler, make_server

from tenantry.sandbox.cluster import Cluster
from tenantry.sandbox.loop import ControllerLoop
from tenantry.server import create_app
from tenantry.settings import Settings
from tests.controlplane.product import composite_controllers

QUIET_TIMEOUT = 300.0
QUIET_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request's body, and when it came."""

    body: bytes
    now: datetime


class Recorder:
    """The webhooks, keeping the last request of each hook and parent."""

    def __init__(self) -> None:
        self._moment = threading.local()
        settings = Settings(log_level="error", metrics=False)
        self._app = create_app(settings=settings, clock=self._clock)
        self._lock = threading.Lock()
        self._last: dict[tuple[str, str], Recorded] = {}

    def _clock(self) -> datetime:
        moment: datetime = self._moment.now
        return moment

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """WSGI."""
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        self._moment.now = datetime.now(UTC)
        name = orjson.loads(body)["parent"]["metadata"]["name"]
        with self._lock:
            self._last[environ["PATH_INFO"], name] = Recorded(body, self._moment.now)
        return self._app({**environ, "wsgi.input": io.BytesIO(body)}, start_response)

    def requests(self, path: str) -> list[Recorded]:
        """The last request of each parent to one hook, by the parent's name."""
        with self._lock:
            return [recorded for (hook, _), recorded in sorted(self._last.items()) if hook == path]


class _SilentHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """No line for each request."""


@contextmanager
def recording(cluster: Cluster, *controllers: str) -> Iterator[Recorder]:
    """Run these controllers on a cluster until it is quiet, and keep what they ask."""
    recorder = Recorder()
    server = make_server("127.0.0.1", 0, recorder, threaded=True, request_handler=_SilentHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    loop = start_loop(cluster, f"http://127.0.0.1:{server.server_port}", *controllers)
    try:
        wait_until_quiet(loop)
        yield recorder
    finally:
        loop.stop()
        server.shutdown()
        thread.join()
        server.server_close()


def start_loop(cluster: Cluster, url: str, *names: str) -> ControllerLoop:
    """The loop with those of our controllers that are named, or with all of them."""
    loop = ControllerLoop(cluster)
    for controller in composite_controllers(url):
        if not names or controller["metadata"]["name"].removeprefix("tenantry-") in names:
            loop.add_controller(controller)
    loop.start()
    return loop


def wait_until_quiet(loop: ControllerLoop) -> None:
    """Wait until a loop has nothing to do. Raises ``TimeoutError``, or ``RuntimeError`` if syncs failed."""
    if not loop.wait_until_quiet(QUIET_TIMEOUT, quiet_for=QUIET_SECONDS):
        raise TimeoutError(f"the sandbox is not quiet after {QUIET_TIMEOUT:.0f} s")
