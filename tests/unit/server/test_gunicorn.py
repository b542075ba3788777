"""The server as it runs: gunicorn with several workers, stopped by SIGTERM."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from tests.unit.server.fakes import request_body

ROOT = Path(__file__).parents[3]
BODY = orjson.dumps(request_body())
HEADERS = {"Content-Type": "application/json"}


class Server:
    """gunicorn with two workers on a port of its own, and with a directory for metrics."""

    def __init__(self, folder: Path) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port = free.getsockname()[1]
        self.metrics = folder / "metrics"
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "gunicorn",
                    "-c",
                    "python:tenantry.server.gunicorn_conf",
                    "tests.unit.server.fakes:create_fake_app()",
                ],
                cwd=ROOT,
                env=os.environ
                | {
                    "PYTHONPATH": f"{ROOT / 'hooks'}{os.pathsep}{ROOT}",
                    "PROMETHEUS_MULTIPROC_DIR": str(self.metrics),
                    "TENANTRY_BIND": f"127.0.0.1:{self.port}",
                    "TENANTRY_WORKERS": "2",
                },
                stderr=log,
            )

    def request(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request(method, path, body, HEADERS)
            response = connection.getresponse()
            return response.status, response.read()

    def wait(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if self.request("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"gunicorn is not ready: {self.log.read_text()}")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "counter_1.db").write_bytes(b"of an earlier run")
    running = Server(tmp_path)
    try:
        running.wait()
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()


def test_it_serves_counts_over_all_workers_and_stops_when_told(server: Server) -> None:
    answers = [server.request("POST", "/tenants/sync", BODY) for _ in range(20)]
    assert {status for status, _ in answers} == {200}
    status, metrics = server.request("GET", "/metrics")
    assert status == 200
    assert b'tenantry_hook_calls_total{controller="tenants",hook="sync",outcome="ok"} 20.0' in metrics
    assert server.stop() == 0, server.log.read_text()
    lines = [orjson.loads(line) for line in server.log.read_bytes().splitlines()]
    assert [line["event"] for line in lines].count("hook") == 20


def test_a_connection_serves_many_hooks(server: Server) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        statuses = []
        for body in (BODY, b"{", BODY):
            connection.request("POST", "/tenants/sync", body, HEADERS)
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
    assert statuses == [200, 400, 200]
