"""Certificates for all tests of this folder."""

from __future__ import annotations

import shutil
import ssl
from pathlib import Path

import pytest

from tests.databases.certificates import Certificates, make_certificates

OPENSSL = Path(shutil.which("openssl") or "openssl")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """An authority, a certificate for localhost and one for a client."""
    return make_certificates(tmp_path_factory.mktemp("certificates"), OPENSSL)


@pytest.fixture
def trust(made: Certificates) -> ssl.SSLContext:
    """What a client without a certificate trusts."""
    return ssl.create_default_context(cafile=str(made.ca))
