"""Whether the workers' memory stays flat over many calls: ``python -m tests.server.endurance --calls 200000``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

import orjson

from tests.server.requests import as_body
from tests.server.running import Server, exchange, serving
from tests.support.tenancy import PARENT_UID, Tenancy, config, deployment, entry, namespace

MEBIBYTE: Final = 1024 * 1024
CLIENTS: Final = 4
TENANTS: Final = 700
"""More than any cache of the hooks remembers."""
WARM_UP: Final = 3 * TENANTS
"""Calls before memory is looked at: at least, or a quarter of all. Until then caches and threads come to their size."""
TOLERANCE: Final = 12 * MEBIBYTE
"""What all workers together may gain after the warm-up: memory that is free again but not given back to the system."""


def bodies(tenants: int = TENANTS) -> list[bytes]:
    """Requests of many tenants, among them new ones, failing ones and such that go."""
    return [_body(number) for number in range(tenants)]


def _body(number: int) -> bytes:
    image = "{{ nothing }}" if number % 10 == 0 else "{{ image }}"
    tenancy = Tenancy(
        entry("namespace", namespace()),
        entry("config", config(url="https://{{ slug }}.example.com", plan="{{ plan }}")),
        entry("web", deployment(image=image), dependsOn=["config"]),
        uid=f"shop-{number}",
        values={"plan": "pro", "image": f"web:{number}"},
    )
    for _ in range(number % 4):
        tenancy.sync()
    finalizing = number % 7 == 0
    if finalizing:
        tenancy.delete()
    body = orjson.dumps(as_body(tenancy, finalizing=finalizing))
    return body.replace(f'"{PARENT_UID}"'.encode(), f'"uid-of-shop-{number}"'.encode())


def growth(server: Server, asked: Sequence[bytes], *, calls: int, tell: Callable[[int, int], None]) -> int:
    """Bytes that the workers gained over this number of calls, after a warm-up."""
    _call(server, asked, max(WARM_UP, calls // 4))
    before = server.memory()
    done = 0
    while done < calls:
        number = min(calls - done, 5000)
        _call(server, asked, number)
        done += number
        tell(done, server.memory())
    return server.memory() - before


def _call(server: Server, asked: Sequence[bytes], calls: int) -> None:
    """Raises ``AssertionError`` when an answer is not 200."""
    wrong: list[int] = []

    def client(first: int) -> None:
        with closing(server.connect()) as connection:
            for number in range(first, calls, CLIENTS):
                body = asked[number % len(asked)]
                hook = "finalize" if b'"finalizing":true' in body else "sync"
                status = exchange(connection, f"/tenants/{hook}", body).status
                if status != 200:
                    wrong.append(status)

    threads = [threading.Thread(target=client, args=(first,)) for first in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise AssertionError(f"{len(wrong)} calls were not answered with 200: {sorted(set(wrong))}")


def main() -> None:
    """Run, and exit with 1 if memory is not flat."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200_000)
    calls = parser.parse_args().calls

    def tell(done: int, memory: int) -> None:
        sys.stderr.write(f"\r{done:,} of {calls:,} calls, the workers have {memory / MEBIBYTE:.1f} MiB ")

    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server:
        gained = growth(server, bodies(), calls=calls, tell=tell)
    sys.stderr.write(f"\nThe workers gained {gained / MEBIBYTE:.1f} MiB.\n")
    sys.exit(gained > TOLERANCE)


if __name__ == "__main__":
    main()
