"""Settings, and what gunicorn makes of them."""

from __future__ import annotations

import importlib
import logging
import os
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from tenantry.settings import SPARE_THREADS, Settings, available_cores


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_described(name: str) -> None:
    assert Settings.model_fields[name].description


@pytest.mark.parametrize(
    ("name", "value"), [("BIND", "8080"), ("WORKERS", "-1"), ("MAX_BODY_BYTES", "1"), ("LOG_LEVEL", "loud")]
)
def test_a_setting_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"TENANTRY_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"tls_certificate": "tls.crt"}, "TENANTRY_TLS_KEY"),
        ({"tls_key": "tls.key"}, "TENANTRY_TLS_CERTIFICATE"),
        ({"tls_client_ca": "ca.crt"}, "client certificates need TLS"),
    ],
)
def test_half_of_what_tls_needs_is_refused(monkeypatch: pytest.MonkeyPatch, given: dict[str, str], told: str) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"TENANTRY_{name.upper()}", value)
    with pytest.raises(ValidationError, match=told) as refused:
        Settings()
    assert all(problem["loc"] for problem in refused.value.errors())


def test_there_is_a_worker_for_each_core_unless_told_otherwise() -> None:
    assert Settings().worker_processes == available_cores()
    assert Settings(workers=3).worker_processes == 3


def test_threads_remain_for_health_checks_when_all_calls_are_taken() -> None:
    assert Settings(max_calls=8).threads == 8 + SPARE_THREADS


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Load gunicorn's configuration with these variables, and undo what it does to logging."""
    root, gunicorn = logging.getLogger(), logging.getLogger("gunicorn.error")
    before = (root.handlers[:], root.level, gunicorn.handlers[:], gunicorn.level, gunicorn.propagate)

    def load(**variables: str) -> ModuleType:
        monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return importlib.reload(importlib.import_module("tenantry.server.gunicorn_conf"))

    yield load
    root.handlers[:], root.level, gunicorn.handlers[:], gunicorn.level, gunicorn.propagate = before
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)


def master(*, workers: int) -> SimpleNamespace:
    """gunicorn's master process, as far as the configuration looks at it."""
    return SimpleNamespace(num_workers=workers)


def test_connections_outlive_the_patience_of_go_clients(configured: Any) -> None:
    conf = configured()
    assert conf.keepalive > 90
    assert conf.max_requests == 0


def test_gunicorn_follows_the_settings(configured: Any) -> None:
    conf = configured(TENANTRY_BIND="127.0.0.1:1234", TENANTRY_WORKERS="3", TENANTRY_MAX_CALLS="5")
    assert (conf.bind, conf.workers, conf.threads) == ("127.0.0.1:1234", 3, 5 + SPARE_THREADS)


def test_metrics_of_an_earlier_run_are_wiped(configured: Any, tmp_path: Path) -> None:
    (tmp_path / "counter_1.db").touch()
    (tmp_path / "notes.txt").touch()
    configured(PROMETHEUS_MULTIPROC_DIR=str(tmp_path)).on_starting(master(workers=2))
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


def test_several_workers_get_a_directory_for_metrics_that_goes_in_the_end(configured: Any) -> None:
    conf = configured()
    conf.on_starting(master(workers=2))
    folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    assert folder.is_dir()
    conf.on_exit(master(workers=2))
    assert not folder.exists()


@pytest.mark.parametrize(("workers", "metrics"), [(1, "true"), (2, "false")])
def test_no_directory_is_needed_for_one_worker_or_without_metrics(configured: Any, workers: int, metrics: str) -> None:
    configured(TENANTRY_METRICS=metrics).on_starting(master(workers=workers))
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ
