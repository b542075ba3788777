"""Helm without a cluster, and one cluster on which it may install."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chart.helm import Helm
from tests.controlplane.metacontroller import metacontroller_crds
from tests.controlplane.programs import programs
from tests.controlplane.server import ControlPlane


@pytest.fixture
def helm(tmp_path: Path) -> Helm:
    """Renders and checks the chart."""
    return Helm(tmp_path)


@pytest.fixture(scope="package")
def plane() -> Iterator[ControlPlane]:
    """A real control plane that knows Metacontroller's kinds, and nothing of ours."""
    with ControlPlane(programs(), crds=[metacontroller_crds()]) as plane:
        yield plane
