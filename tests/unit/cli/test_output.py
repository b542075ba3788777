"""What commands print."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from tenantry.cli import COMMANDS, main
from tenantry.cli.output import age, console, escape, visible
from tenantry.conditions import timestamp

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-5, "0s"),
        (0, "0s"),
        (40, "40s"),
        (61, "1m1s"),
        (600, "10m"),
        (725, "12m"),
        (3600, "1h"),
        (3660, "1h1m"),
        (90_000, "1d1h"),
        (86_460, "1d"),
    ],
)
def test_an_age_has_at_most_two_units(seconds: int, told: str) -> None:
    assert age(timestamp(NOW - timedelta(seconds=seconds)), now=NOW) == told


def test_what_is_no_time_has_no_age() -> None:
    assert age("", now=NOW) == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_its_completions(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])
    assert (result.exit_code, f"_TENANTRY_COMPLETE={shell}_complete" in result.stdout) == (0, True)


def test_commands_are_completed() -> None:
    environment = {"_TENANTRY_COMPLETE": "bash_complete", "COMP_WORDS": "tenantry ", "COMP_CWORD": "1"}
    told = CliRunner().invoke(main, [], env=environment, prog_name="tenantry").stdout
    assert {line.partition(",")[2] for line in told.splitlines()} >= set(COMMANDS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("acme", "acme"),
        ("Größe 5 µm", "Größe 5 µm"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("a\u202eb", "a\\u202eb"),
        ("\x9b31m", "\\x9b31m"),
    ],
)
def test_text_of_others_steers_no_terminal(text: str, told: str) -> None:
    assert visible(text) == told


@pytest.mark.parametrize("text", ["[red]acme[/]", "config:on:off", ":warning:", "a\x1b[31mb"])
def test_text_of_others_is_shown_as_it_is_written(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    console().print(escape(text))
    assert capsys.readouterr().out == f"{visible(text)}\n"


def test_lines_for_programs_are_whole(capsys: pytest.CaptureFixture[str]) -> None:
    console().print("word " * 1000)
    assert capsys.readouterr().out.count("\n") == 1
