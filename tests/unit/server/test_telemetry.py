"""What a hook call leaves in the log and in the metrics, and what it must not leave there."""

from __future__ import annotations

import logging
import logging.config
from typing import Any

import orjson
import pytest

from tenantry.protocol import TryLater
from tenantry.server.logs import standard_logging
from tenantry.settings import Settings
from tests.unit.server.fakes import FakeHooks, answering, config_map, post, request_body


def log_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_hook_is_one_log_line(capsys: pytest.CaptureFixture[str]) -> None:
    post(answering(config_map()).app(), body=request_body(config_map()))
    (line,) = log_lines(capsys)
    assert line.pop("duration_ms") >= 0
    assert line.pop("timestamp")
    assert line == {
        "event": "hook",
        "level": "info",
        "controller": "tenants",
        "hook": "sync",
        "parent": "shops.acme",
        "outcome": "ok",
        "children_in": 1,
        "children_out": 1,
        "removed": 0,
    }


def test_a_bug_is_logged_with_its_traceback_and_without_values(capsys: pytest.CaptureFixture[str]) -> None:
    post(FakeHooks(error=ValueError("password hunter2")).app())
    (line,) = log_lines(capsys)
    assert (line["level"], line["outcome"]) == ("error", "error")
    assert "builtins.ValueError" in line["traceback"]
    assert "raise self.error" in line["traceback"]
    assert "hunter2" not in str(line)


def test_messages_of_exceptions_are_logged_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    post(FakeHooks(error=ValueError("password hunter2")).app(log_error_messages=True))
    (line,) = log_lines(capsys)
    assert "ValueError: password hunter2" in line["traceback"]


def test_the_cause_of_a_bug_is_in_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    error = RuntimeError()
    error.__cause__ = KeyError("plan")
    post(FakeHooks(error=error).app())
    (line,) = log_lines(capsys)
    assert "builtins.KeyError" in line["traceback"]


def test_patience_is_logged_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    post(FakeHooks(error=TryLater("the slices are older")).app())
    (line,) = log_lines(capsys)
    assert (line["outcome"], line["reason"]) == ("try_later", "the slices are older")


def test_a_refusal_is_logged_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    post(FakeHooks().app(), body=request_body(config_map()))
    (line,) = log_lines(capsys)
    assert line["outcome"] == "refused"
    assert "acme/config is observed" in line["reason"]


def test_what_somebody_made_up_fills_no_log(capsys: pytest.CaptureFixture[str]) -> None:
    body = request_body(config_map())
    body["parent"]["metadata"]["name"] = "x" * 100_000
    post(FakeHooks().app(), body=body)
    assert len(capsys.readouterr().err) < 5000


def test_a_quieter_level_leaves_good_calls_out(capsys: pytest.CaptureFixture[str]) -> None:
    post(FakeHooks().app(log_level="warning"))
    assert log_lines(capsys) == []


def test_people_can_read_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    post(FakeHooks().app(log_format="console"))
    assert "parent=shops.acme" in capsys.readouterr().err


def test_metrics_count_calls_by_outcome() -> None:
    app = answering(config_map()).app()
    post(app)
    post(app, body=b"{")
    text = app.test_client().get("/metrics").text
    assert 'tenantry_hook_calls_total{controller="tenants",hook="sync",outcome="ok"} 1.0' in text
    assert 'tenantry_hook_calls_total{controller="tenants",hook="sync",outcome="bad_request"} 1.0' in text
    assert 'tenantry_hook_seconds_count{controller="tenants",hook="sync"} 2.0' in text
    assert 'tenantry_hook_children_sum{controller="tenants",hook="sync"} 1.0' in text


def test_metrics_never_name_a_parent() -> None:
    app = FakeHooks().app()
    post(app)
    assert "shops" not in app.test_client().get("/metrics").text


def test_metrics_can_be_switched_off() -> None:
    assert FakeHooks().app(metrics=False).test_client().get("/metrics").status_code == 404


@pytest.fixture
def gunicorn_logger() -> Any:
    """gunicorn's logger, put back as it was."""
    logger, root = logging.getLogger("gunicorn.error"), logging.getLogger()
    before = (logger.handlers[:], logger.propagate, logger.level, root.handlers[:], root.level)
    yield logger
    logger.handlers[:], logger.propagate, logger.level, root.handlers[:], root.level = before


def test_lines_of_gunicorn_look_like_ours(gunicorn_logger: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    logging.config.dictConfig(standard_logging(Settings()))
    gunicorn_logger.info("Listening at: %s", "here")
    (line,) = log_lines(capsys)
    assert (line["event"], line["level"]) == ("Listening at: here", "info")


def test_people_can_read_the_lines_of_gunicorn(
    gunicorn_logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.config.dictConfig(standard_logging(Settings(log_format="console")))
    gunicorn_logger.warning("Listening at: %s", "here")
    text = capsys.readouterr().err
    assert "Listening at: here" in text
    assert not text.startswith("{")
