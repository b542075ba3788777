"""``tenantry crds``."""

from __future__ import annotations

from pathlib import Path

import yaml
from click.testing import CliRunner

from tenantry.cli import main
from tenantry.kinds import KINDS


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["crds", *arguments], catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def test_all_crds_are_printed_as_one_stream() -> None:
    _, printed, _ = run()
    assert [crd["spec"]["names"]["kind"] for crd in yaml.safe_load_all(printed)] == [kind.name for kind in KINDS]


def test_a_directory_gets_one_file_for_each_kind(tmp_path: Path) -> None:
    run("--directory", str(tmp_path / "crds"))
    assert {file.name for file in (tmp_path / "crds").iterdir()} == {f"{kind.plural}.yaml" for kind in KINDS}


def test_check_is_content_with_what_was_written(tmp_path: Path) -> None:
    run("--directory", str(tmp_path))
    assert run("--directory", str(tmp_path), "--check") == (0, "", "")


def test_check_names_files_that_differ_are_missing_or_are_too_many(tmp_path: Path) -> None:
    run("--directory", str(tmp_path))
    (tmp_path / "tenants.yaml").write_text("edited")
    (tmp_path / "tenantslices.yaml").unlink()
    (tmp_path / "pods.yaml").write_text("")
    code, _, told = run("--directory", str(tmp_path), "--check")
    assert code == 1
    assert "pods.yaml, tenants.yaml, tenantslices.yaml in " in told


def test_check_writes_nothing(tmp_path: Path) -> None:
    run("--directory", str(tmp_path), "--check")
    assert list(tmp_path.iterdir()) == []


def test_check_needs_a_directory() -> None:
    code, _, told = run("--check")
    assert code == 2
    assert "--directory" in told
