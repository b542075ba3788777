"""The server's certificates: what can be used, and what happens while they are rotated."""

from __future__ import annotations

import logging
import shutil
import ssl
from pathlib import Path

import pytest

from tenantry.server.tls import Certificates, UnusableCertificates, certificates
from tenantry.settings import Settings
from tests.databases.certificates import Certificates as Made
from tests.databases.certificates import make_certificates

OPENSSL = Path(shutil.which("openssl") or "openssl")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make_certificates(tmp_path_factory.mktemp("certificates"), OPENSSL)


class Files:
    """Certificate, key and CA as a Secret's volume has them: links into a folder, switched together."""

    def __init__(self, folder: Path, made: Made) -> None:
        self.certificate, self.key, self.client_ca = folder / "tls.crt", folder / "tls.key", folder / "ca.crt"
        self._made = made
        self.write(certificate="server", key="server")
        shutil.copy(made.ca, self.client_ca)

    def write(self, *, certificate: str = "", key: str = "") -> None:
        if certificate:
            shutil.copy(self._made.certificate(certificate), self.certificate)
        if key:
            shutil.copy(self._made.key(key), self.key)

    @property
    def loaded(self) -> Certificates:
        return Certificates(certificate=self.certificate, key=self.key)


@pytest.fixture
def files(tmp_path: Path, made: Made) -> Files:
    return Files(tmp_path, made)


def test_a_context_serves_as_long_as_its_files_stay_the_same(files: Files) -> None:
    loaded = files.loaded
    assert loaded.context() is loaded.context()


def test_tls_before_1_2_is_not_spoken(files: Files) -> None:
    assert files.loaded.context().minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_rotated_certificate_counts_from_the_next_connection_on(files: Files) -> None:
    loaded = files.loaded
    before = loaded.context()
    files.write(certificate="client", key="client")
    assert loaded.context() is not before


@pytest.mark.parametrize("half", ["certificate", "key"])
def test_a_rotation_that_is_half_done_keeps_the_last_good_context(
    files: Files, half: str, caplog: pytest.LogCaptureFixture
) -> None:
    loaded = files.loaded
    before = loaded.context()
    files.write(**{half: "client"})
    with caplog.at_level(logging.ERROR, "tenantry.tls"):
        assert loaded.context() is before
        assert loaded.context() is before
    assert ["stay in use" in record.getMessage() for record in caplog.records] == [True]
    files.write(certificate="client", key="client")
    assert loaded.context() is not before


def test_a_file_that_is_gone_for_a_moment_keeps_the_last_good_context(files: Files) -> None:
    loaded = files.loaded
    before = loaded.context()
    files.certificate.unlink()
    assert loaded.context() is before


@pytest.mark.parametrize(
    ("content", "reason"), [("", "PEM"), ("-----BEGIN CERTIFICATE-----\n", "PEM"), (None, "No such file")]
)
def test_without_a_good_certificate_there_is_no_context(files: Files, content: str | None, reason: str) -> None:
    files.certificate.unlink()
    if content is not None:
        files.certificate.write_text(content)
    with pytest.raises(UnusableCertificates, match=reason):
        files.loaded.context()


def test_a_client_certificate_is_asked_for_only_with_an_authority(files: Files) -> None:
    assert files.loaded.context().verify_mode == ssl.CERT_NONE
    with_ca = Certificates(certificate=files.certificate, key=files.key, client_ca=files.client_ca)
    assert with_ca.context().verify_mode == ssl.CERT_OPTIONAL


def test_a_new_authority_of_clients_counts_too(files: Files, made: Made) -> None:
    loaded = Certificates(certificate=files.certificate, key=files.key, client_ca=files.client_ca)
    before = loaded.context()
    shutil.copy(made.certificate("client"), files.client_ca)
    assert loaded.context() is not before


def test_an_authority_that_is_none_is_named(files: Files) -> None:
    files.client_ca.write_text("not a certificate")
    with pytest.raises(UnusableCertificates, match="TENANTRY_TLS_CLIENT_CA"):
        Certificates(certificate=files.certificate, key=files.key, client_ca=files.client_ca).context()


def test_without_settings_there_is_no_tls() -> None:
    assert certificates(Settings()) is None
