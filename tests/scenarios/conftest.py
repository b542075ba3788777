"""Scenarios run on every backend that is there: ``--backend sandbox --backend apiserver,metacontroller`` chooses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.controlplane.metacontroller import metacontroller_program
from tests.scenarios.harness.backend import BACKENDS, Backend
from tests.scenarios.harness.world import World


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option ``--backend``."""
    parser.addoption(
        "--backend",
        action="append",
        metavar="NAME[,NAME]",
        help=f"backends to run scenarios on, of {', '.join(BACKENDS)}; default: all that are there",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every scenario runs once on each chosen backend."""
    if "backend" in metafunc.fixturenames:
        metafunc.parametrize("backend", _chosen(metafunc.config), indirect=True, scope="session")


@pytest.fixture(scope="session")
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """A running cluster with our controllers and webhooks, shared by all scenarios on it."""
    name: str = request.param
    with BACKENDS[name](tmp_path_factory.mktemp(name)) as started:
        yield started


@pytest.fixture
def world(backend: Backend, tmp_path: Path) -> Iterator[World]:
    """A scenario's own names, table and registry in the shared cluster.

    When the scenario is over, it must become quiet, and no hook may have been answered with a 500 meanwhile.
    """
    created = World(backend, tmp_path)
    yield created
    try:
        created.quiet()
        assert created.broken_hooks() == []
        assert backend.ended() == []
    finally:
        created.clear()


def _chosen(config: pytest.Config) -> list[str]:
    options: list[str] = config.getoption("--backend") or []
    chosen = [name for option in options for name in option.split(",") if name]
    unknown = sorted(set(chosen) - set(BACKENDS))
    if unknown:
        raise pytest.UsageError(f"--backend: {', '.join(unknown)}: there are {', '.join(BACKENDS)}")
    if chosen:
        return list(dict.fromkeys(chosen))
    return [name for name in BACKENDS if name != "metacontroller" or metacontroller_program() is not None]
