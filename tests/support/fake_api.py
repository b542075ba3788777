"""An API server that answers what a test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import yaml

Answer = tuple[int, Any]


class FakeApi:
    """An API server that answers what a test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.answer: Callable[[str, str], Answer] = lambda method, path: (404, "404 page not found")
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                fake.asked.append((self.command, self.path, body))
                code, told = fake.answer(self.command, self.path)
                data = (told if isinstance(told, str) else json.dumps(told)).encode()
                self.send_response(code)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        for method in ("GET", "PATCH", "DELETE"):
            setattr(Handler, f"do_{method}", Handler._serve)
        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def fake_api() -> Iterator[FakeApi]:
    """Such a server, as long as it is needed."""
    fake = FakeApi()
    thread = threading.Thread(target=fake.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield fake
    finally:
        fake.server.shutdown()
        fake.server.server_close()
        thread.join()


def kubeconfig(folder: Path, url: str) -> Path:
    """A kubeconfig for such a server."""
    file = folder / "config"
    cluster, user, context = ({"name": "x", key: value} for key, value in (
        ("cluster", {"server": url}), ("user", {"token": "t"}), ("context", {"cluster": "x", "user": "x"})
    ))  # fmt: skip
    config = {"clusters": [cluster], "users": [user], "contexts": [context], "current-context": "x"}
    file.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config", **config}))
    return file
