"""One cluster for the commands that read and steer, and one for those that take an installation down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.site import Site, drivers, running
from tests.scenarios.harness.world import World


@pytest.fixture(scope="package", params=drivers())
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A cluster with Tenantry on it; whoever takes something down puts it back."""
    with running(request.param, tmp_path_factory.mktemp(request.param)) as started:
        yield started


@pytest.fixture
def world(site: Site, tmp_path: Path) -> Iterator[World]:
    """A table, a registry and templates of a test's own."""
    created = World(site.backend, tmp_path)
    yield created
    created.clear()
    created.eventually(lambda: not created.ours("Tenant"), "all Tenants are gone")
