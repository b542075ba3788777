"""HTTP around the hooks: paths, methods, bodies, health, logs and metrics."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any

import orjson
import pytest
from flask import Flask
from werkzeug.test import TestResponse, create_environ, run_wsgi_app

from tenantry.protocol import SyncRequest, SyncResponse, TryLater
from tenantry.server import create_app
from tenantry.server.hooks import Controller
from tenantry.settings import Settings
from tests.unit.server.fakes import FakeHooks, answering, config_map, post, request_body

HOOKS = ("sync", "finalize", "customize")
NOT_A_REQUEST = "controller is not a JSON object: is this a hook request of Metacontroller, version v2?"


def one_line(response: TestResponse) -> str:
    assert response.mimetype == "text/plain"
    assert response.text
    assert "\n" not in response.text
    return response.text


def test_a_hook_answers_json() -> None:
    response = post(answering(config_map()).app())
    assert (response.status_code, response.mimetype) == (200, "application/json")
    assert response.json == {"status": {}, "children": [config_map()]}


@pytest.mark.parametrize("hook", ["finalize", "customize"])
def test_each_hook_of_a_controller_has_its_path(hook: str) -> None:
    assert post(FakeHooks().app(), f"/tenants/{hook}", request_body(finalizing=True)).status_code == 200


@pytest.mark.parametrize("path", ["/tenants/sync/", "/tenants/sync", "//tenants/sync", "/tenants//sync", "/tenants"])
def test_nothing_redirects(path: str) -> None:
    assert post(FakeHooks().app(), path).status_code in (200, 404)


@pytest.mark.parametrize("path", ["/", "/unknown/sync", "/tenants/preUpdateChild", "/slices/finalize"])
def test_an_unknown_path_is_told_which_ones_there_are(path: str) -> None:
    response = post(FakeHooks().app(), path)
    assert response.status_code == 404
    assert "/tenants/{sync,finalize,customize}" in one_line(response)


def test_a_controller_without_a_finalize_hook_has_no_such_path() -> None:
    app = create_app(controllers=[Controller("slices", sync=FakeHooks().sync)], settings=Settings())
    assert post(app, "/slices/finalize").status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD"])
def test_a_hook_takes_nothing_but_post(method: str) -> None:
    response = FakeHooks().app().test_client().open("/tenants/sync", method=method)
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"


def test_a_wrong_method_is_explained_in_one_line() -> None:
    assert "POST" in one_line(FakeHooks().app().test_client().get("/tenants/sync"))


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_content_type_is_refused(content_type: str) -> None:
    response = post(FakeHooks().app(), content_type=content_type)
    assert response.status_code == 415
    assert "application/json" in one_line(response)


def test_a_content_type_may_name_its_charset() -> None:
    assert post(FakeHooks().app(), content_type="application/json; charset=utf-8").status_code == 200


def test_a_body_that_is_not_json_is_refused() -> None:
    response = post(FakeHooks().app(), body=b"{")
    assert response.status_code == 400
    assert "not JSON" in one_line(response)


class UnreadInput:
    """A body that must not be read."""

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("the body was read")


def test_a_body_that_announces_too_much_is_refused_unread() -> None:
    response = (
        FakeHooks()
        .app(max_body_bytes=1024)
        .test_client()
        .post(
            "/tenants/sync",
            content_type="application/json",
            environ_overrides={"wsgi.input": UnreadInput(), "CONTENT_LENGTH": "1025"},
        )
    )
    assert response.status_code == 413
    assert "TENANTRY_MAX_BODY_BYTES" in one_line(response)


class EndlessInput:
    """A body without a length and without an end."""

    def __init__(self) -> None:
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        assert size > 0, "an endless body was asked for as a whole"
        self.given += size
        return b" " * size


def chunked(stream: Any) -> dict[str, Any]:
    """What gunicorn hands over of a request in chunks."""
    environ = create_environ("/tenants/sync", method="POST", content_type="application/json")
    environ.pop("CONTENT_LENGTH", None)
    return {**environ, "wsgi.input": stream, "wsgi.input_terminated": True}


def test_a_body_of_unknown_length_is_read_no_further_than_the_limit() -> None:
    endless = EndlessInput()
    _, status, _ = run_wsgi_app(FakeHooks().app(max_body_bytes=1024), chunked(endless))
    assert status.startswith("413 ")
    assert endless.given <= 128 * 1024


def test_a_body_of_unknown_length_may_be_as_long_as_the_limit() -> None:
    body = orjson.dumps(request_body()).ljust(2048)
    _, status, _ = run_wsgi_app(FakeHooks().app(max_body_bytes=2048), chunked(BytesIO(body)))
    assert status.startswith("200 ")


def test_a_body_that_ends_too_early_is_refused() -> None:
    environ = {**chunked(BytesIO(b"{")), "CONTENT_LENGTH": "10"}
    del environ["wsgi.input_terminated"]
    _, status, _ = run_wsgi_app(FakeHooks().app(), environ)
    assert status.startswith("400 ")


def test_a_body_of_the_largest_size_is_read() -> None:
    body = orjson.dumps(request_body()).ljust(2048)
    assert post(FakeHooks().app(max_body_bytes=2048), body=body).status_code == 200


def test_patience_is_asked_for_without_a_body() -> None:
    response = post(FakeHooks(error=TryLater("a passing fault", seconds=2)).app())
    assert (response.status_code, response.data) == (429, b"")
    assert (response.headers["Retry-After"], response.headers["Content-Length"]) == ("2", "0")


def test_a_bug_is_answered_in_one_line() -> None:
    response = post(FakeHooks(error=ZeroDivisionError()).app())
    assert response.status_code == 500
    assert "ZeroDivisionError" in one_line(response)


class Gate:
    """A hook that waits until it is let go."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.leave = threading.Event()

    def sync(self, request: SyncRequest, *, now: datetime) -> SyncResponse:
        self.entered.set()
        assert self.leave.wait(30)
        return SyncResponse(children=[], status={})


@pytest.fixture
def busy_app() -> Iterator[Flask]:
    """An application for one hook call at a time, with one under way."""
    gate = Gate()
    app = create_app(controllers=[Controller("tenants", sync=gate.sync)], settings=Settings(max_calls=1))
    statuses: list[int] = []
    thread = threading.Thread(target=lambda: statuses.append(post(app).status_code))
    thread.start()
    assert gate.entered.wait(30)
    yield app
    gate.leave.set()
    thread.join()
    assert statuses == [200]
    assert post(app).status_code == 200, "the place was not given back"


def test_one_call_too_many_is_asked_to_come_back(busy_app: Flask) -> None:
    response = post(busy_app)
    assert (response.status_code, response.data) == (429, b"")
    assert int(response.headers["Retry-After"]) >= 1


def test_health_is_answered_however_busy(busy_app: Flask) -> None:
    assert busy_app.test_client().get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_ok(path: str) -> None:
    response = FakeHooks().app().test_client().get(path)
    assert (response.status_code, response.text) == (200, "ok")


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENANTRY_MAX_BODY_BYTES", "1024")
    app = create_app(controllers=[FakeHooks().controller])
    assert post(app, body=b" " * 1025).status_code == 413


def test_json_of_flask_is_that_of_orjson() -> None:
    app = FakeHooks().app()
    assert app.json.loads(app.json.dumps({"a": 1})) == {"a": 1}


@pytest.mark.parametrize(
    "path",
    [
        *(f"/{name}/{hook}" for name in ("registries", "templates", "tenants") for hook in HOOKS),
        "/slices/sync",
    ],
)
def test_our_own_controllers_are_served_by_default(path: str) -> None:
    response = post(create_app(), path, body=b"{}")
    assert (response.status_code, response.text) == (400, f"{path[1:]}: {NOT_A_REQUEST}")
