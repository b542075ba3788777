"""A few hundred strange requests. ``make fuzz`` tries for longer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from tests.fuzz.corpus import Request, requests
from tests.fuzz.surface import Surface
from tests.server.running import Server, serving

LARGEST_GROWTH = 64 * 1024 * 1024
"""Bytes that all workers may gain: a large request leaves memory behind that serves the next one."""


@pytest.fixture(scope="module")
def corpus() -> Sequence[Request]:
    return requests()


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("fuzzed"), {"client_seconds": 5, "log_level": "error"}) as server:
        yield server


def test_whatever_is_sent_no_worker_fails_dies_or_grows(server: Server, corpus: Sequence[Request]) -> None:
    surface = Surface(server, corpus)
    surface.still_right()
    workers, memory = server.workers(), server.memory()
    surface.bodies(300)()
    surface.envelopes(150)()
    surface.wires(100)()
    surface.still_right()
    assert server.workers() == workers
    assert server.memory() - memory < LARGEST_GROWTH


def test_every_path_that_takes_a_post_is_tried(corpus: Sequence[Request]) -> None:
    hooks = {one.path for one in corpus}
    assert {path.split("/")[1] for path in hooks} == {
        "registries",
        "templates",
        "slices",
        "tenants",
        "probes",
        "validate",
    }
    assert {"/tenants/finalize", "/registries/finalize", "/templates/customize", "/tenants/customize"} <= hooks
