"""Metrics of several workers: what one counted outlives it, and nothing lies about after a server that was killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.server.requests import settled_tenant
from tests.server.running import Server, serving, wait_until

CALLS = 30


def counted(server: Server) -> float:
    """Sync calls of tenants so far."""
    text = server.ask("/metrics").body.decode()
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "tenantry_hook_calls_total" and sample.labels["controller"] == "tenants"
    )


def call(server: Server, times: int) -> None:
    """Ask for syncs on connections of their own, so that each worker gets some."""
    for _ in range(times):
        assert server.ask("/tenants/sync", settled_tenant()).status == 200


def folders(temporary: Path) -> list[Path]:
    """Directories with metrics."""
    return list(temporary.glob("tenantry-metrics-*"))


def test_what_a_worker_counted_outlives_it(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        call(server, CALLS)
        before = server.workers()
        for worker in before:
            os.kill(worker, signal.SIGKILL)
        wait_until(lambda: len(server.workers()) == 2 and not server.workers() & before, "there are new workers")
        wait_until(lambda: server.ask("/readyz").status == 200, "they answer")
        assert counted(server) == CALLS
        call(server, CALLS)
        assert counted(server) == 2 * CALLS


def test_a_server_removes_what_one_that_was_killed_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    with serving(tmp_path) as server:
        left = folders(temporary)
        workers = server.workers()
        os.kill(server.pid, signal.SIGKILL)
        wait_until(lambda: not server.running(), "the server is gone")
        wait_until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers), "its workers are gone")
    assert len(left) == 1
    with serving(tmp_path) as server, serving(tmp_path) as another:
        now = folders(temporary)
        assert (server.running(), another.running()) == (True, True)
    assert len(now) == 2
    assert left[0] not in now
    assert folders(temporary) == []
