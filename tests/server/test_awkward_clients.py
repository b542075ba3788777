"""Clients that are stuck, large or many: each is served, or refused with a status, and nobody hangs."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import orjson
import pytest

from tests.server.apps import SLOW
from tests.server.requests import settled_tenant
from tests.server.running import Server, hook_request, read_all, serving

MEBIBYTE = 1024 * 1024
MANY = 500
BEGINNINGS = {
    "nothing": b"",
    "half a request line": b"POST /tenants/sy",
    "half a header": b"POST /tenants/sync HTTP/1.1\r\nHost: hoo",
    "half a body": hook_request(length=1000) + b"{",
    "half a chunk": (
        b"POST /tenants/sync HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nff\r\n{"
    ),
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server with few threads, which knows little patience."""
    with serving(tmp_path, {"workers": 1, "max_calls": 4, "client_seconds": 2}) as server:
        yield server


@pytest.fixture
def padded() -> bytes:
    """A request of 31 MiB."""
    body = settled_tenant()
    return body + b" " * (31 * MEBIBYTE - len(body))


@pytest.mark.parametrize("beginning", BEGINNINGS.values(), ids=BEGINNINGS.keys())
def test_stuck_clients_keep_nobody_out(server: Server, beginning: bytes) -> None:
    with ExitStack() as stack:
        stuck = [stack.enter_context(closing(server.plain_socket())) for _ in range(20)]
        for client in stuck:
            client.sendall(beginning)
        assert server.ask("/healthz").status == 200
        assert server.ask("/tenants/sync", settled_tenant()).status == 200
        if beginning:
            assert {read_all(client)[9:12] for client in stuck} <= {b"", b"400", b"429"}


@pytest.mark.parametrize("length", [1000, 5 * MEBIBYTE], ids=["small", "large"])
def test_stuck_questions_keep_out_no_question_of_the_api_server(tmp_path: Path, length: int) -> None:
    question = {"uid": "asked", "operation": "DELETE", "name": "shop"}
    review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": question}
    with serving(tmp_path, {"workers": 1}) as server, ExitStack() as stack:
        for _ in range(20):
            client = stack.enter_context(closing(server.plain_socket()))
            client.sendall(hook_request("POST /validate HTTP/1.1", length=length) + b"{")
        assert [server.ask("/validate", orjson.dumps(review)).status for _ in range(3)] == [200] * 3


def test_a_client_that_sends_a_byte_now_and_then_is_ended(server: Server) -> None:
    wire = hook_request(length=100_000)
    over = threading.Event()
    with closing(server.plain_socket()) as client:
        client.sendall(wire)

        def trickle() -> None:
            while not over.wait(0.2):
                try:
                    client.sendall(b" ")
                except OSError:
                    return

        sender = threading.Thread(target=trickle)
        sender.start()
        try:
            assert read_all(client)[9:12] in (b"", b"400")
        finally:
            over.set()
            sender.join()
    assert server.ask("/tenants/sync", settled_tenant()).status == 200


def test_clients_that_do_not_read_their_answers_keep_nobody_out(server: Server, padded: bytes) -> None:
    body = settled_tenant()
    wire = hook_request(length=len(body)) + body
    with ExitStack() as stack:
        for _ in range(12):
            client = stack.enter_context(closing(server.plain_socket()))
            client.setblocking(False)
            try:
                for _ in range(2000):
                    client.sendall(wire)
            except (BlockingIOError, ConnectionError):
                # Full in both directions, which is what this is about.
                continue
        assert server.ask("/healthz").status == 200
        assert server.ask("/tenants/sync", body).status == 200


def test_a_body_of_31_mib_is_served(server: Server, padded: bytes) -> None:
    assert server.ask("/tenants/sync", padded).status == 200


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_beyond_the_limit_is_refused_with_413(server: Server, padded: bytes, chunked: bool) -> None:
    body = padded + b" " * (2 * MEBIBYTE)
    if chunked:
        head = b"POST /tenants/sync HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        wire = head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
    else:
        wire = hook_request(length=len(body)) + body
    with closing(server.plain_socket()) as client:
        # As clients do it that read while they write: the answer may come before everything is sent.
        sender = threading.Thread(target=_send, args=(client, wire))
        sender.start()
        assert client.recv(65_536).startswith(b"HTTP/1.1 413 ")
        read_all(client)
        sender.join()
    assert server.ask("/tenants/sync", settled_tenant()).status == 200


def _send(client: socket.socket, wire: bytes) -> None:
    try:
        client.sendall(wire)
    except OSError:
        return


async def _ask(port: int, wire: bytes) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(wire)
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return int(head[9:12])


async def _ask_at_once(port: int, wire: bytes) -> list[int]:
    return await asyncio.wait_for(asyncio.gather(*(_ask(port, wire) for _ in range(MANY))), 120)


def test_500_connections_at_once_are_all_served(tmp_path: Path) -> None:
    body = settled_tenant()
    with serving(tmp_path) as server:
        statuses = Counter(asyncio.run(_ask_at_once(server.port, hook_request(length=len(body)) + body)))
        assert set(statuses) <= {200, 429}
        assert statuses[200] > 0
        assert server.ask("/healthz").status == 200


def test_500_connections_to_slow_hooks_are_served_or_asked_to_come_back(tmp_path: Path) -> None:
    body = settled_tenant()
    with serving(tmp_path, {"max_calls": 4}, app=SLOW) as server:
        statuses = Counter(asyncio.run(_ask_at_once(server.port, hook_request(length=len(body)) + body)))
        assert set(statuses) == {200, 429}
        assert server.ask("/healthz").status == 200
