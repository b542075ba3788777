"""The webhooks with TLS: rotation under way, client certificates, and clients that do not speak it as they should."""

from __future__ import annotations

import shutil
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.databases.certificates import Certificates, make_certificates
from tests.server.conftest import OPENSSL
from tests.server.requests import settled_tenant
from tests.server.running import Server, exchange, hook_request, read_all, serving, wait_until

FEW_THREADS = {"client_seconds": 2, "max_calls": 1, "workers": 1}


class Files:
    """The files that the server reads."""

    def __init__(self, folder: Path, made: Certificates) -> None:
        self.settings = {"tls_certificate": folder / "tls.crt", "tls_key": folder / "tls.key"}
        self.rotate(made)

    def rotate(self, made: Certificates) -> None:
        """Write the key first: for a moment it does not fit."""
        shutil.copy(made.key("server"), self.settings["tls_key"])
        shutil.copy(made.certificate("server"), self.settings["tls_certificate"])


@pytest.fixture
def files(tmp_path: Path, made: Certificates) -> Files:
    return Files(tmp_path, made)


@pytest.fixture
def server(tmp_path: Path, files: Files, trust: ssl.SSLContext) -> Iterator[Server]:
    with serving(tmp_path, {**files.settings, **FEW_THREADS}, tls=trust) as server:
        yield server


def with_certificate(made: Certificates) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(made.ca))
    context.load_cert_chain(made.certificate("client"), made.key("client"))
    return context


def test_a_kept_connection_serves_many_hooks_small_and_large(server: Server) -> None:
    large = settled_tenant() + b" " * 3_000_000
    with closing(server.connect()) as connection:
        for body in (settled_tenant(), large, b"{", settled_tenant()):
            assert exchange(connection, "/tenants/sync", body).status in (200, 400)
            first = connection.sock
        assert exchange(connection, "/healthz").status == 200
        assert connection.sock is first


def test_a_rotated_certificate_is_shown_without_a_restart(
    server: Server, files: Files, tmp_path: Path, made: Certificates
) -> None:
    body = settled_tenant()
    workers = server.workers()
    with closing(server.connect()) as kept:
        assert exchange(kept, "/tenants/sync", body).status == 200
        another = make_certificates(tmp_path / "another", OPENSSL)
        files.rotate(another)
        trust = ssl.create_default_context(cafile=str(another.ca))
        with closing(trust.wrap_socket(server.plain_socket(), server_hostname="localhost")) as fresh:
            fresh.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert b" 200 " in read_all(fresh)
        assert exchange(kept, "/tenants/sync", body).status == 200
    assert server.workers() == workers


def test_half_a_rotation_breaks_nothing(server: Server, files: Files, tmp_path: Path) -> None:
    another = make_certificates(tmp_path / "another", OPENSSL)
    shutil.copy(another.key("server"), files.settings["tls_key"])
    assert server.ask("/tenants/sync", settled_tenant()).status == 200
    assert "stay in use" in server.log.read_text()


def test_plain_http_on_the_port_of_tls_is_ended(server: Server) -> None:
    body = settled_tenant()
    for _ in range(12):
        with closing(server.plain_socket()) as plain:
            plain.sendall(hook_request(length=len(body)) + body)
            assert b"200 OK" not in read_all(plain)
    assert server.ask("/tenants/sync", body).status == 200


def test_handshakes_that_stop_half_way_keep_nobody_out(server: Server) -> None:
    """There are fewer threads than clients here that begin a handshake and say no more."""
    stuck = [server.plain_socket() for _ in range(12)]
    for client in stuck:
        client.sendall(b"\x16\x03\x01\x02\x00\x01")
    assert server.ask("/tenants/sync", settled_tenant()).status == 200
    assert server.ask("/healthz").status == 200
    for client in stuck:
        with closing(client):
            assert read_all(client) == b""


def test_connections_without_a_word_keep_nobody_out(server: Server) -> None:
    silent = [server.plain_socket() for _ in range(100)]
    assert server.ask("/tenants/sync", settled_tenant()).status == 200
    for client in silent:
        client.close()


def test_hooks_want_a_client_certificate_and_probes_do_not(
    tmp_path: Path, files: Files, made: Certificates, trust: ssl.SSLContext
) -> None:
    body = settled_tenant()
    with serving(tmp_path, {**files.settings, "tls_client_ca": made.ca}, tls=trust) as server:
        refused = server.ask("/tenants/sync", body)
        assert (refused.status, b"clientTLS" in refused.body) == (403, True)
        assert server.ask("/readyz").status == 200
        with closing(server.connect(tls=with_certificate(made))) as connection:
            assert [exchange(connection, "/tenants/sync", body).status for _ in range(3)] == [200] * 3


def test_a_certificate_of_a_strange_authority_ends_the_handshake(
    tmp_path: Path, files: Files, made: Certificates, trust: ssl.SSLContext
) -> None:
    stranger = make_certificates(tmp_path / "stranger", OPENSSL)
    shown = ssl.create_default_context(cafile=str(made.ca))
    shown.load_cert_chain(stranger.certificate("client"), stranger.key("client"))
    body = settled_tenant()
    with serving(tmp_path, {**files.settings, "tls_client_ca": made.ca}, tls=trust) as server:
        received = b""
        try:
            with closing(shown.wrap_socket(server.plain_socket(), server_hostname="localhost")) as connection:
                connection.sendall(hook_request(length=len(body)) + body)
                received = read_all(connection)
        except (ssl.SSLError, ConnectionError):
            received = b""
        assert received == b""
        assert server.ask("/readyz").status == 200


def test_tokens_rotate_while_calls_go_on(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old-token\n")
    body = settled_tenant()
    with serving(tmp_path, {"token_file": file}) as server:

        def status(token: str) -> int:
            return server.ask("/tenants/sync", body, {"Authorization": f"Bearer {token}"}).status

        assert (status("old-token"), status("new-token")) == (200, 401)
        file.write_text("old-token\nnew-token\n")
        assert (status("old-token"), status("new-token")) == (200, 200)
        file.write_text("new-token\n")
        assert (status("old-token"), status("new-token")) == (401, 200)
        assert server.ask("/tenants/sync", body).status == 401
        assert server.ask("/metrics").status == 401
        assert server.ask("/healthz").status == 200
    log = server.log.read_text()
    assert "old-token" not in log
    assert "new-token" not in log


@pytest.mark.parametrize(
    ("name", "told"),
    [("tls_certificate", "TENANTRY_TLS_CERTIFICATE"), ("token_file", "TENANTRY_TOKEN_FILE")],
)
def test_a_server_with_unusable_credentials_does_not_start(tmp_path: Path, files: Files, name: str, told: str) -> None:
    (tmp_path / "empty").write_text("")
    server = Server(tmp_path, {**files.settings, name: tmp_path / "empty"})
    wait_until(lambda: not server.running(), "the server has ended")
    assert told in server.log.read_text()


def test_a_request_in_pieces_is_served(server: Server, trust: ssl.SSLContext) -> None:
    body = settled_tenant()
    wire = hook_request(length=len(body)) + body
    with closing(trust.wrap_socket(server.plain_socket(), server_hostname="localhost")) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(wire), 1000):
            connection.sendall(wire[start : start + 1000])
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
