"""Names of a cluster where there is no cluster's DNS: an HTTP proxy that leads every tunnel to one server."""

from __future__ import annotations

import asyncio

from tests.server.balancer import Balancer

TOLD = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Tunnels(Balancer):
    """Answers CONNECT (RFC 9110, section 9.3.6), whatever the host, and then passes everything on."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()
        """The hosts and ports that clients named."""

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, place, _ = head.decode().split(" ", 2)
        if method != "CONNECT":
            writer.close()
            return
        self.asked.add(place)
        writer.write(TOLD)
        await super()._connected(reader, writer)
