"""``tenantry serve``."""

from __future__ import annotations

import os
import sys

import pytest
from click.testing import CliRunner

from tenantry.cli import main
from tenantry.cli.serve import GUNICORN
from tenantry.settings import Settings


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What would be started in place of this process."""
    programs: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _, arguments: programs.append(arguments))
    monkeypatch.setenv("TENANTRY_BIND", "0.0.0.0:8080")
    monkeypatch.setenv("TENANTRY_WORKERS", "1")
    return programs


def test_gunicorn_takes_the_process_over(started: list[list[str]]) -> None:
    CliRunner().invoke(main, ["serve"], catch_exceptions=False)
    assert started == [[sys.executable, *GUNICORN]]


@pytest.mark.usefixtures("started")
def test_options_go_before_the_environment() -> None:
    CliRunner().invoke(main, ["serve", "--bind", "127.0.0.1:9000", "--workers", "3"], catch_exceptions=False)
    settings = Settings()
    assert (settings.bind, settings.workers) == ("127.0.0.1:9000", 3)


def test_a_wrong_setting_is_told_by_its_variable(started: list[list[str]]) -> None:
    result = CliRunner().invoke(main, ["serve", "--workers", "1000"], catch_exceptions=False)
    assert "TENANTRY_WORKERS: Input should be less than or equal to 256" in result.stderr
    assert started == []


def test_help_lists_every_setting() -> None:
    told = CliRunner().invoke(main, ["serve", "--help"], catch_exceptions=False).stdout
    assert [name for name in Settings.model_fields if f"TENANTRY_{name.upper()}" not in told] == []
