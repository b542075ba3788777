"""A real Prometheus that scrapes what a test tells it to."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import yaml

from tests.controlplane.process import Process, free_port
from tests.monitoring.programs import programs
from tests.monitoring.queries import ALERTS


class Prometheus:
    """Prometheus on a port of its own, with the rules of the chart."""

    def __init__(self, folder: Path, targets: Mapping[str, str]) -> None:
        rules = folder / "rules.yaml"
        rules.write_text(ALERTS.read_text())
        scrapes = [{"job_name": job, "static_configs": [{"targets": [address]}]} for job, address in targets.items()]
        config = folder / "prometheus.yaml"
        timing = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
        config.write_text(yaml.safe_dump({"global": timing, "rule_files": [str(rules)], "scrape_configs": scrapes}))
        self._port = free_port()
        self._process = Process(
            "prometheus",
            [
                str(programs().prometheus),
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{self._port}",
                "--log.level=warn",
            ],
            folder / "prometheus.log",
        )

    def query(self, query: str) -> list[Any]:
        """The series that a query has now."""
        answer = json.loads(self._get(f"/api/v1/query?{urllib.parse.urlencode({'query': query})}"))
        result: list[Any] = answer["data"]["result"]
        return result

    def wait(self) -> None:
        """Wait until it answers."""
        self._process.wait_until(self._ready)

    def stop(self) -> None:
        """Ask it to end, and wait."""
        self._process.stop()

    def _ready(self) -> bool:
        try:
            return b"Ready" in self._get("/-/ready")
        except OSError:
            return False

    def _get(self, path: str) -> bytes:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{self._port}{path}", timeout=10) as answer:
            return bytes(answer.read())


@contextmanager
def scraping(folder: Path, targets: Mapping[str, str]) -> Iterator[Prometheus]:
    """A Prometheus that scrapes these targets, job → address, until the block ends."""
    prometheus = Prometheus(folder, targets)
    try:
        prometheus.wait()
        yield prometheus
    finally:
        prometheus.stop()


@contextmanager
def showing(text: Callable[[], str]) -> Iterator[str]:
    """An address at which a text can be scraped, made anew each time."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer whatever is asked."""
            body = text().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
