"""Clients that take their time: their connections are ended, but never because a hook takes its own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tenantry.server import patience as module
from tenantry.server.patience import HURRIED_SECONDS, Patience, our_turn


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "monotonic", clock)
    return clock


@dataclass(eq=False)
class Served:
    sock: socket.socket


@pytest.fixture
def ends() -> Iterator[tuple[Served, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.settimeout(10)
        yield Served(ours), theirs


def test_a_client_that_is_slow_finds_its_connection_ended(clock: Clock, ends: tuple[Served, socket.socket]) -> None:
    served, client = ends
    patience = Patience(20)
    with patience.with_client(served):
        clock.now += 19
        assert patience.end_slow_ones(hurried=False) == 0
        clock.now += 1
        assert patience.end_slow_ones(hurried=False) == 1
        assert client.recv(1) == b""
        assert patience.end_slow_ones(hurried=False) == 0


def test_patience_is_short_while_others_wait(clock: Clock, ends: tuple[Served, socket.socket]) -> None:
    patience = Patience(20)
    with patience.with_client(ends[0]):
        clock.now += HURRIED_SECONDS
        assert patience.end_slow_ones(hurried=False) == 0
        assert patience.end_slow_ones(hurried=True) == 1


def test_the_time_of_a_hook_is_not_the_clients(clock: Clock, ends: tuple[Served, socket.socket]) -> None:
    patience = Patience(20)
    with patience.with_client(ends[0]):
        with our_turn():
            clock.now += 100
            assert patience.end_slow_ones(hurried=True) == 0
        fill(ends[0].sock)
        clock.now += 19
        assert patience.end_slow_ones(hurried=False) == 0
        clock.now += 1
        assert patience.end_slow_ones(hurried=False) == 1


def fill(sock: socket.socket) -> None:
    """Send until nothing more fits, to a client that does not read."""
    sock.setblocking(False)
    try:
        while True:
            sock.send(b"x" * 65_536)
    except BlockingIOError:
        sock.setblocking(True)


def test_a_client_that_reads_is_not_slow_although_the_server_is(
    clock: Clock, ends: tuple[Served, socket.socket]
) -> None:
    patience = Patience(20)
    with patience.with_client(ends[0]):
        with our_turn():
            pass
        clock.now += 100
        assert patience.end_slow_ones(hurried=True) == 0


def test_a_client_that_has_sent_is_not_slow_although_the_server_is(
    clock: Clock, ends: tuple[Served, socket.socket]
) -> None:
    served, client = ends
    client.sendall(b"POST")
    patience = Patience(20)
    with patience.with_client(served):
        clock.now += 100
        assert patience.end_slow_ones(hurried=True) == 0
        assert served.sock.recv(10) == b"POST"
        assert patience.end_slow_ones(hurried=True) == 1


def test_a_connection_that_is_served_is_forgotten(clock: Clock, ends: tuple[Served, socket.socket]) -> None:
    patience = Patience(20)
    with patience.with_client(ends[0]):
        pass
    clock.now += 100
    assert patience.end_slow_ones(hurried=False) == 0


def test_without_gunicorn_nothing_is_measured() -> None:
    with our_turn():
        pass


def test_a_connection_that_ended_by_itself_does_no_harm(clock: Clock, ends: tuple[Served, socket.socket]) -> None:
    patience = Patience(20)
    with patience.with_client(ends[0]):
        ends[0].sock.close()
        clock.now += 20
        assert patience.end_slow_ones(hurried=False) == 1
