"""Hook calls go on while replicas are replaced and workers die."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import orjson
import pytest

from tests.server.balancer import Balancer, balancing
from tests.server.load import CLIENTS, Load, loaded
from tests.server.requests import settled_tenant
from tests.server.running import Server, serving, wait_until

PATH = "/tenants/sync"
CALLS_PER_SECOND = 200


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def start(folder: Path, stack: ExitStack) -> Server:
    server = Server(folder, {})
    stack.callback(server.stop)
    server.wait()
    return server


def replace(server: Server, balancer: Balancer, folder: Path, stack: ExitStack) -> None:
    """A rolling update of one replica as a Deployment does it: the new one is ready before the old one goes."""
    new = start(folder, stack)
    balancer.add(new.port)
    balancer.remove(server.port)
    server.terminate()
    wait_until(lambda: not server.running(), "the old replica has ended", seconds=90)


def wait_for_calls(load: Load, number: int) -> None:
    before = load.calls
    wait_until(lambda: load.calls > before + number, "calls go on")


def _is_gone(server: Server, worker: int) -> bool:
    return worker not in server.workers()


def test_a_rolling_restart_under_load_fails_no_call(tmp_path: Path, stack: ExitStack) -> None:
    balancer = stack.enter_context(balancing(Balancer()))
    replicas = [start(tmp_path, stack) for _ in range(2)]
    for replica in replicas:
        balancer.add(replica.port)
    with loaded(balancer.port, PATH, settled_tenant(), calls_per_second=CALLS_PER_SECOND) as load:
        for replica in replicas:
            wait_for_calls(load, CALLS_PER_SECOND)
            replace(replica, balancer, tmp_path, stack)
        wait_for_calls(load, CALLS_PER_SECOND)
    assert load.failures == []
    assert len(load.answers) == 1
    assert load.calls > 3 * CALLS_PER_SECOND


def test_a_killed_worker_fails_the_calls_in_flight_alone_and_loses_no_child(tmp_path: Path) -> None:
    body = settled_tenant()
    observed = orjson.loads(body)["children"]
    with (
        serving(tmp_path) as server,
        loaded(server.port, PATH, body, calls_per_second=CALLS_PER_SECOND) as load,
    ):
        workers = server.workers()
        for victim in workers:
            wait_for_calls(load, 50)
            earlier = len(load.failures)
            os.kill(victim, signal.SIGKILL)
            wait_until(partial(_is_gone, server, victim), "the worker is gone")
            gone = time.monotonic()
            wait_until(lambda: len(server.workers()) == len(workers), "there is a new worker")
            wait_for_calls(load, 50)
            failed = load.failures[earlier:]
            assert len(failed) <= CLIENTS
            assert [failure for failure in failed if failure.started > gone] == []
    (answer,) = load.answers
    returned = {(child["kind"], child["metadata"]["name"]) for child in orjson.loads(answer)["children"]}
    assert returned == {
        (child["kind"], child["metadata"]["name"]) for named in observed.values() for child in named.values()
    }
