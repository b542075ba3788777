"""How the demo ends."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tenantry.cli import demo, main
from tenantry.cli.demo.checks import Unexpected


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the demo keeps its files; nothing is started in it."""

    @contextmanager
    def empty_stage(*_: object) -> Iterator[None]:
        yield

    monkeypatch.setattr(demo, "set_stage", empty_stage)
    monkeypatch.setattr(demo, "tour", lambda *_: None)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["demo", *arguments], catch_exceptions=False)


def test_a_demo_that_goes_well_leaves_nothing_behind(folders: Path) -> None:
    result = run()
    assert (result.exit_code, list(folders.iterdir())) == (0, [])
    assert "All as expected" in result.stdout


def test_a_demo_that_goes_wrong_says_so_and_fails(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong_tour(*_: object) -> None:
        raise Unexpected("deleted was also Secret acme/web.")

    monkeypatch.setattr(demo, "tour", wrong_tour)
    result = run()
    assert (result.exit_code, list(folders.iterdir())) == (1, [])
    assert result.stdout.endswith("Not as expected: deleted was also Secret acme/web.\n")


def test_files_are_kept_on_request(folders: Path) -> None:
    result = run("--keep")
    kept = list(folders.iterdir())
    assert len(kept) == 1
    assert str(kept[0]) in result.stdout.replace("\n", "").replace("  ", "")
