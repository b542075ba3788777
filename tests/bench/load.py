"""Requests a second through gunicorn on loopback, from clients that keep their connections."""

from __future__ import annotations

import multiprocessing
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.queues import Queue
from statistics import median, quantiles
from time import perf_counter
from urllib.parse import urlsplit

CLIENTS = 2
CONNECTIONS = 4
SECONDS = 5.0
WARM_UP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Throughput:
    """What the clients saw."""

    requests_per_second: float
    median_ms: float
    slow_ms: float
    """99 of 100 requests were faster."""
    failures: int
    """Answers that were not 200."""


def measure_load(url: str, path: str, bodies: Sequence[bytes]) -> Throughput:
    """Ask as fast as possible, with these bodies in turn, for a few seconds."""
    context = multiprocessing.get_context("spawn")
    results: Queue[tuple[list[float], int]] = context.Queue()
    address = urlsplit(url)
    target = (address.hostname or "", address.port or 0)
    requests = [_request(path, body) for body in bodies]
    clients = [context.Process(target=_client, args=(target, requests, results)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    outcomes = [results.get(timeout=60) for _ in clients]
    for client in clients:
        client.join()
    durations = [duration for outcome, _ in outcomes for duration in outcome]
    return Throughput(
        requests_per_second=len(durations) / SECONDS,
        median_ms=median(durations) * 1000,
        slow_ms=quantiles(durations, n=100)[98] * 1000,
        failures=sum(failures for _, failures in outcomes),
    )


def _request(path: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _client(address: tuple[str, int], requests: list[bytes], results: Queue[tuple[list[float], int]]) -> None:
    durations: list[float] = []
    failures: list[bytes] = []
    barrier = threading.Barrier(CONNECTIONS)
    threads = [
        threading.Thread(
            target=_connection, args=(address, requests[number::CONNECTIONS], barrier, durations, failures)
        )
        for number in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    results.put((durations, len(failures)))


def _connection(
    address: tuple[str, int],
    requests: list[bytes],
    barrier: threading.Barrier,
    durations: list[float],
    failures: list[bytes],
) -> None:
    with socket.create_connection(address, timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        barrier.wait()
        begin = perf_counter() + WARM_UP_SECONDS
        number = 0
        while (started := perf_counter()) < begin + SECONDS:
            connection.sendall(requests[number % len(requests)])
            status = _read_answer(connection)
            if status != b"200":
                failures.append(status)
            if started >= begin:
                durations.append(perf_counter() - started)
            number += 1


def _read_answer(connection: socket.socket) -> bytes:
    """Read one answer to its end; its status comes back. Raises ``ConnectionError``."""
    received = bytearray()
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += _receive(connection)
    head = bytes(received[:end]).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    missing = end + 4 + length - len(received)
    while missing > 0:
        missing -= len(_receive(connection))
    return head.split(b" ", 2)[1]


def _receive(connection: socket.socket) -> bytes:
    data = connection.recv(262_144)
    if not data:
        raise ConnectionError("the server closed the connection")
    return data
