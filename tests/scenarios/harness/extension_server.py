"""A server of an API group of its own, as an APIService announces it: nothing but its discovery document."""

from __future__ import annotations

import shutil
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson

from tests.databases.certificates import make_certificates


class ExtensionServer:
    """What a scenario knows of the server: where it is, and how it is doing."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.healthy = threading.Event()
        """While it is not set, the server refuses whatever it is asked."""


@contextmanager
def extension_server(folder: Path) -> Iterator[ExtensionServer]:
    """An unhealthy server on loopback, with a certificate that nobody signed."""
    certificates = make_certificates(folder / "extension", Path(shutil.which("openssl") or "openssl"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate("server"), certificates.key("server"))
    listener = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    listener.daemon_threads = True
    listener.socket = context.wrap_socket(listener.socket, server_side=True)
    server = ExtensionServer(listener.server_address[1])
    listener.RequestHandlerClass = _handler(server.healthy)
    worker = threading.Thread(target=listener.serve_forever, name="extension server", daemon=True)
    worker.start()
    try:
        yield server
    finally:
        listener.shutdown()
        worker.join()
        listener.server_close()


def _handler(healthy: threading.Event) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers any path: an API group with no resources."""

        def do_GET(self) -> None:
            """The discovery document of the version that is asked for."""
            version = self.path.removeprefix("/apis/")
            document = {"apiVersion": "v1", "kind": "APIResourceList", "groupVersion": version, "resources": []}
            body = orjson.dumps(document)
            self.send_response(200 if healthy.is_set() else 503)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing: the scenario tells what went wrong."""

    return Handler
