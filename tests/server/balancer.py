"""What a Service of Kubernetes does: each new connection goes to one of the replicas that are ready and stay."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

CHUNK = 65_536


class Balancer:
    """A TCP proxy in a thread. Connections that exist stay with their replica, whatever becomes of it."""

    def __init__(self) -> None:
        self._ports: list[int] = []
        self._turn = 0
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self.port = 0

    def add(self, port: int) -> None:
        """A replica is ready."""
        self._ports = [*self._ports, port]

    def remove(self, port: int) -> None:
        """A replica is about to stop: it gets no new connections."""
        self._ports = [one for one in self._ports if one != port]

    def _pick(self) -> int:
        self._turn += 1
        return self._ports[self._turn % len(self._ports)]

    async def _serve(self, started: threading.Event) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        started.set()
        async with self._server:
            await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._pick())
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pipe(reader, to_writer), _pipe(to_reader, writer))
        for one in (writer, to_writer):
            one.close()

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve(started))
        finally:
            # Connections that were accepted just now begin while others end.
            while pending := asyncio.all_tasks(self._loop):
                for task in pending:
                    task.cancel()
                self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    def _stop(self) -> None:
        if self._server is not None:
            self._server.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes on, and the end of them."""
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.close()


B = TypeVar("B", bound=Balancer)


@contextmanager
def balancing(balancer: B) -> Iterator[B]:
    """A balancer without replicas, until the block ends."""
    started = threading.Event()
    thread = threading.Thread(target=balancer._run, args=(started,))
    thread.start()
    started.wait()
    try:
        yield balancer
    finally:
        balancer._loop.call_soon_threadsafe(balancer._stop)
        thread.join()
