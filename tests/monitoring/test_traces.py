"""Traces as a collector gets them: from worker processes of gunicorn, over the network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.server.requests import settled_tenant
from tests.server.running import lines, serving, wait_until

TRACE = "0af7651916cd43dd8448eb211c80319c"


@contextmanager
def collecting(received: list[tuple[str, bytes]]) -> Iterator[str]:
    """The address of a collector, which keeps the path and the body of each request."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Take it."""
            received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_collector_gets_the_spans_of_a_call_whose_log_line_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    received: list[tuple[str, bytes]] = []
    with collecting(received) as address:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        with serving(tmp_path, {"log_level": "info"}) as server:
            answer = server.ask("/tenants/sync", settled_tenant(), {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
            assert answer.status == 200
            wait_until(lambda: bool(received), "the collector has got something")
            logged = [line for line in lines(server) if line.get("event") == "hook"]
    path, body = received[0]
    assert path == "/v1/traces"
    assert all(name in body for name in (b"tenants/sync", b"parse", b"render", b"answer", bytes.fromhex(TRACE)))
    assert [line["trace_id"] for line in logged] == [TRACE]
