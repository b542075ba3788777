"""Encrypted connections: each mode against a server with a certificate, and one without."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tenantry.datasource import Credentials, SourceErrorKind
from tests.databases.certificates import Certificates
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


def connected_with(place: Place) -> list[tuple[Any, ...]]:
    """Of each connection of the account to PostgreSQL, whether it is encrypted, and whom its certificate names."""
    query = "SELECT ssl, client_dn FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
    return place.run(f"{query} WHERE usename = '{place.username}'")


def client_of(certificates: Certificates, place: Place) -> Credentials:
    """The password, and a certificate of the client's own."""
    return Credentials(
        password=place.password.encode(),
        certificate=certificates.certificate("client").read_bytes(),
        key=certificates.key("client").read_bytes(),
    )


@pytest.mark.parametrize("mode", ["prefer", "require"])
def test_what_is_asked_for_is_encrypted(shops: Place, mode: str) -> None:
    if shops.is_mysql:
        shops.run(f"ALTER USER `{shops.username}`@'%' REQUIRE SSL")
    assert shops.read("id", tls={"mode": mode}) == [{"id": "acme"}]
    if not shops.is_mysql:
        assert connected_with(shops) == [(True, None)]


def test_what_is_not_to_be_encrypted_is_not(shops: Place) -> None:
    assert shops.read("id", tls={"mode": "disable"}) == [{"id": "acme"}]
    if shops.is_mysql:
        shops.run(f"ALTER USER `{shops.username}`@'%' REQUIRE SSL")
        shops.server.end_connections(shops.username)
        assert shops.failure("id", tls={"mode": "disable"}).kind is SourceErrorKind.AUTHENTICATION
    else:
        assert connected_with(shops) == [(False, None)]


def test_a_mode_that_verifies_nothing_needs_no_authority(shops: Place) -> None:
    credentials = with_authority(shops, shops.server.other_certificates.ca)
    assert shops.read("id", tls={"mode": "require"}, credentials=credentials) == [{"id": "acme"}]


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
    if shops.is_mysql:
        shops.run(f"ALTER USER `{shops.username}`@'%' REQUIRE X509")
        refused = shops.failure("id", tls={"mode": "require"})
        assert refused.kind is SourceErrorKind.AUTHENTICATION
    credentials = client_of(shops.server.certificates, shops)
    assert shops.read("id", tls={"mode": "require"}, credentials=credentials) == [{"id": "acme"}]
    if not shops.is_mysql:
        assert connected_with(shops) == [(True, "/CN=shops")]


def test_a_client_of_an_unknown_authority_is_refused(shops: Place) -> None:
    credentials = client_of(shops.server.other_certificates, shops)
    assert shops.failure("id", tls={"mode": "require"}, credentials=credentials).kind is SourceErrorKind.TLS


@pytest.mark.parametrize("part", ["certificate", "key", "both of others"])
def test_a_client_certificate_that_is_none_is_told(shops: Place, part: str) -> None:
    good, other = (client_of(found, shops) for found in (shops.server.certificates, shops.server.other_certificates))
    changed = {"certificate": {"certificate": b"none"}, "key": {"key": b"none"}}.get(part, {"key": other.key})
    error = shops.failure("id", tls={"mode": "require"}, credentials=replace(good, **changed))
    assert (error.kind, "clientCertificateRef" in str(error)) == (SourceErrorKind.TLS, True)


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
