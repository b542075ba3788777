"""More calls than a worker has places for: each is answered at once, with what it asked for or when to come back."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest

from tenantry.server.overload import CallLimit
from tests.unit.server.fakes import request_body

ROOT = Path(__file__).parents[3]
BODY = orjson.dumps(request_body())
PLACES = 2
CALLERS = 24
PATIENCE_SECONDS = 10
"""What the controllers' YAML allows a hook."""


class Reply(NamedTuple):
    """An answer as Metacontroller sees it."""

    status: int
    retry_after: str


def call(port: int, method: str = "POST", path: str = "/tenants/sync") -> Reply:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)) as connection:
        connection.request(method, path, BODY, {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        return Reply(response.status, response.headers.get("Retry-After", ""))


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """One worker with two places, and a hook that takes its time."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        number: int = free.getsockname()[1]
    log = tmp_path / "log"
    settings = {"BIND": f"127.0.0.1:{number}", "WORKERS": "1", "MAX_CALLS": str(PLACES), "METRICS": "false"}
    environment = os.environ | {f"TENANTRY_{name}": value for name, value in settings.items()}
    environment["PYTHONPATH"] = f"{ROOT / 'hooks'}{os.pathsep}{ROOT}"
    options = ["-c", "python:tenantry.server.gunicorn_conf", "tests.unit.server.fakes:create_slow_app()"]
    with log.open("wb") as stream:
        command = [sys.executable, "-m", "gunicorn", *options]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=stream)
    try:
        _until_ready(number, process, log)
        yield number
    finally:
        process.terminate()
        process.wait(30)


def _until_ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            if call(port, "GET", "/readyz").status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"gunicorn is not ready: {log.read_text()}")


def test_no_call_of_a_crowd_is_left_without_an_answer(port: int) -> None:
    with ThreadPoolExecutor(CALLERS) as crowd:
        replies = list(crowd.map(lambda _: call(port), range(4 * CALLERS)))
    counts = Counter(reply.status for reply in replies)
    assert set(counts) == {200, 429}
    assert {reply.retry_after for reply in replies if reply.status == 429} <= {"1", "2", "3"}


def test_probes_are_answered_while_all_places_are_taken(port: int) -> None:
    with ThreadPoolExecutor(CALLERS) as crowd:
        hooks = [crowd.submit(call, port) for _ in range(CALLERS)]
        probes = [call(port, "GET", "/healthz").status for _ in range(5)]
        statuses = {hook.result().status for hook in hooks}
    assert probes == [200] * 5
    assert statuses == {200, 429}


def test_who_comes_back_when_told_is_served(port: int) -> None:
    def persist() -> int:
        for _ in range(20):
            reply = call(port)
            if reply.status == 200:
                return reply.status
            time.sleep(int(reply.retry_after))
        return reply.status

    with ThreadPoolExecutor(8) as crowd:
        assert {hook.result() for hook in [crowd.submit(persist) for _ in range(8)]} == {200}


def test_callers_are_not_all_told_the_same_time() -> None:
    limit = CallLimit(1)
    told = {limit.retry_after() for _ in range(200)}
    assert told == {1, 2, 3}
