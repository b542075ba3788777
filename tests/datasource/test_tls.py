"""Encrypted connections: each mode against a server with a certificate, and one without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tenantry.datasource import Credentials, SourceErrorKind
from tests.databases.server import DatabaseServer
from tests.datasource.place import Place


@pytest.fixture
def shops(place: Place) -> Place:
    """A place with one shop."""
    place.make_shops(("acme", 1, ""))
    return place


@pytest.fixture
def plain_server(server: DatabaseServer) -> Iterator[DatabaseServer]:
    """The server without TLS."""
    server.restart(tls=False)
    yield server
    server.restart()


def with_authority(place: Place, file: Any) -> Credentials:
    """The password, and an authority to trust."""
    return Credentials(password=place.password.encode(), authorities=file.read_bytes())


def is_encrypted(place: Place) -> bool:
    """Whether the account's connections are encrypted; there is at least one."""
    if place.is_mysql:
        place.run("CREATE OR REPLACE VIEW seen AS SELECT 1 AS id")
        found = place.run(
            "SELECT COUNT(*) FROM information_schema.processlist WHERE user = "
            f"'{place.username}' AND command <> 'Daemon'"
        )
        ciphers = place.run("SHOW GLOBAL STATUS LIKE 'Ssl_finished_accepts'")
        return found[0][0] > 0 and int(ciphers[0][1]) > 0
    rows = place.run(
        f"SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = '{place.username}'"
    )
    return bool(rows) and all(row[0] for row in rows)


@pytest.mark.parametrize("mode", ["prefer", "require"])
def test_what_is_asked_for_is_encrypted(shops: Place, mode: str) -> None:
    assert shops.read("id", tls={"mode": mode}) == [{"id": "acme"}]
    assert is_encrypted(shops)


@pytest.mark.parametrize(("mode", "host"), [("verify-ca", "127.0.0.1"), ("verify-full", "localhost")])
def test_a_server_of_a_known_authority_is_trusted(shops: Place, mode: str, host: str) -> None:
    credentials = with_authority(shops, shops.server.certificates.ca)
    assert shops.read("id", tls={"mode": mode}, host=host, credentials=credentials) == [{"id": "acme"}]


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_a_server_of_an_unknown_authority_is_not_trusted(shops: Place, mode: str) -> None:
    credentials = with_authority(shops, shops.server.other_certificates.ca)
    error = shops.failure("id", tls={"mode": mode}, host="localhost", credentials=credentials)
    assert (error.kind, "caRef" in str(error)) == (SourceErrorKind.TLS, True)


def test_the_authorities_of_the_system_do_not_know_the_server(shops: Place) -> None:
    error = shops.failure("id", tls={"mode": "verify-full"}, host="localhost")
    assert error.kind is SourceErrorKind.TLS


def test_a_certificate_for_another_host_is_refused(shops: Place) -> None:
    credentials = with_authority(shops, shops.server.certificates.ca)
    error = shops.failure("id", tls={"mode": "verify-full"}, host="127.0.0.1", credentials=credentials)
    assert (error.kind, "host" in str(error)) == (SourceErrorKind.TLS, True)


def test_a_client_can_show_a_certificate(shops: Place) -> None:
    certificates = shops.server.certificates
    if shops.is_mysql:
        shops.run(f"ALTER USER `{shops.username}`@'%' REQUIRE X509")
        refused = shops.failure("id", tls={"mode": "require"})
        assert refused.kind is SourceErrorKind.AUTHENTICATION
    credentials = Credentials(
        password=shops.password.encode(),
        certificate=certificates.certificate("client").read_bytes(),
        key=certificates.key("client").read_bytes(),
    )
    assert shops.read("id", tls={"mode": "require"}, credentials=credentials) == [{"id": "acme"}]


def test_a_certificate_that_is_none_is_told(shops: Place) -> None:
    credentials = Credentials(password=shops.password.encode(), authorities=b"not a certificate")
    error = shops.failure("id", tls={"mode": "verify-ca"}, credentials=credentials)
    assert error.kind is SourceErrorKind.TLS


def test_a_server_without_tls_is_refused_where_tls_is_required(plain_server: DatabaseServer, place: Place) -> None:
    del plain_server
    place.make_shops(("acme", 1, ""))
    assert place.failure("id", tls={"mode": "require"}).kind is SourceErrorKind.TLS


def test_a_server_without_tls_is_used_where_tls_is_preferred(plain_server: DatabaseServer, place: Place) -> None:
    del plain_server
    place.make_shops(("acme", 1, ""))
    assert place.read("id", tls={"mode": "prefer"}) == [{"id": "acme"}]
