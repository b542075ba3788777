"""Access to a cluster: what is asked, and errors as sentences."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from tenantry.cli import main
from tenantry.cli.cluster import TEMPLATES, TENANTS, Cluster, ClusterError
from tenantry.cli.connecting import connect
from tenantry.protocol import JSONObject

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


@pytest.fixture
def api() -> Iterator[FakeApi]:
    fake = FakeApi()
    thread = threading.Thread(target=fake.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield fake
    fake.server.shutdown()
    fake.server.server_close()
    thread.join()


def kubeconfig(folder: Path, url: str) -> Path:
    file = folder / "config"
    cluster, user, context = ({"name": "x", key: value} for key, value in (
        ("cluster", {"server": url}), ("user", {"token": "t"}), ("context", {"cluster": "x", "user": "x"})
    ))  # fmt: skip
    config = {"clusters": [cluster], "users": [user], "contexts": [context], "current-context": "x"}
    file.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config", **config}))
    return file


@pytest.fixture
def cluster(api: FakeApi, tmp_path: Path) -> Cluster:
    return connect(kubeconfig(tmp_path, api.url))


def tenantry(folder: Path, url: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--kubeconfig", str(kubeconfig(folder, url))], catch_exceptions=False)


def template(version: str = "1") -> JSONObject:
    return {"metadata": {"name": "web", "resourceVersion": version}, "spec": {}}


def status(code: int, message: str) -> Answer:
    return code, {"kind": "Status", "message": message}


def test_a_cluster_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    result = tenantry(tmp_path, "http://127.0.0.1:1", "status")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "The API server http://127.0.0.1:1 cannot be reached: " in result.stderr
    assert "--kubeconfig" in result.stderr


def test_a_context_that_is_not_there_is_told(tmp_path: Path) -> None:
    result = tenantry(tmp_path, "http://127.0.0.1:1", "status", "--context", "nowhere")
    assert (result.exit_code, "nowhere" in result.stderr) == (2, True)


def test_missing_definitions_are_told(api: FakeApi, tmp_path: Path) -> None:
    result = tenantry(tmp_path, api.url, "status")
    assert "The cluster has no tenantregistries: install Tenantry's definitions" in result.stderr


def test_a_missing_object_is_told_from_a_missing_kind(api: FakeApi, cluster: Cluster) -> None:
    api.answer = lambda method, path: (
        status(404, "tenants acme not found") if path.endswith("/acme") else (200, {"metadata": {}, "items": []})
    )
    assert cluster.get(TENANTS, "acme") is None
    api.answer = lambda method, path: (404, "404 page not found")
    with pytest.raises(ClusterError, match="The cluster has no tenants"):
        cluster.get(TENANTS, "acme")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (401, "The API server does not know you"),
        (403, "You may not do this: no. Ask for permission"),
        (500, "The API server refuses GET /apis/tenantry.io/v1/tenants: 500 no"),
    ],
)
def test_refusals_are_sentences(api: FakeApi, cluster: Cluster, code: int, told: str) -> None:
    api.answer = lambda method, path: status(code, "no")
    with pytest.raises(ClusterError) as refusal:
        list(cluster.items(TENANTS))
    assert refusal.value.message.startswith(told)


def test_a_list_is_read_page_by_page(api: FakeApi, cluster: Cluster) -> None:
    def page(method: str, path: str) -> Answer:
        if "continue=next" in path:
            return 200, {"metadata": {}, "items": [template("2")]}
        return 200, {"metadata": {"continue": "next"}, "items": [template("1")]}

    api.answer = page
    assert [obj["metadata"]["resourceVersion"] for obj in cluster.items(TEMPLATES)] == ["1", "2"]


def test_a_change_holds_for_the_state_it_was_made_from(api: FakeApi, cluster: Cluster) -> None:
    answers = [status(409, "conflict"), (200, template("2")), (200, template("3"))]
    api.answer = lambda method, path: answers.pop(0)
    changed = cluster.change(TEMPLATES, template("1"), lambda found: {"spec": {"rollout": {"paused": True}}})
    assert changed == template("3")
    patches = [body["metadata"]["resourceVersion"] for method, _, body in api.asked if method == "PATCH"]
    assert patches == ["1", "2"]


def test_a_change_of_what_is_gone_is_none(api: FakeApi, cluster: Cluster) -> None:
    api.answer = lambda method, path: status(404, "gone") if "/web" in path else (200, {"metadata": {}, "items": []})
    assert cluster.change(TEMPLATES, template(), lambda found: {"spec": {}}) is None


def test_what_is_gone_already_may_be_deleted(api: FakeApi, cluster: Cluster) -> None:
    api.answer = lambda method, path: status(404, "gone")
    cluster.delete(TEMPLATES, "web", uid="1")
    (asked,) = api.asked
    assert asked[2] == {"propagationPolicy": "Background", "preconditions": {"uid": "1"}}
