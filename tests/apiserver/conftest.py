"""One control plane with our CRDs for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tenantry.sandbox.apiserver import ApiServer
from tests.controlplane.product import crd_files
from tests.controlplane.programs import programs
from tests.controlplane.server import ControlPlane


@pytest.fixture(scope="package")
def cluster() -> Iterator[ApiServer]:
    """A real API server that serves our kinds."""
    with ControlPlane(programs(), crds=crd_files()) as plane:
        client = ApiServer.from_kubeconfig(plane.kubeconfig)
        yield client
        client.close()
