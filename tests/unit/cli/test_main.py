"""The ``tenantry`` command as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from tenantry import __version__
from tenantry.cli import COMMANDS, main

REPOSITORY = Path(__file__).parents[3]


EXAMPLES = sorted(file for file in (REPOSITORY / "examples").rglob("*.yaml") if not file.name.endswith(".test.yaml"))


@pytest.mark.parametrize("name", COMMANDS)
def test_help_teaches_with_examples(name: str) -> None:
    told = CliRunner().invoke(main, [name, "--help"], catch_exceptions=False).stdout
    assert f"  tenantry {name}" in told


def test_an_unknown_command_is_refused() -> None:
    assert CliRunner().invoke(main, ["deploy"]).exit_code == 2


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(main, ["--version"]).stdout == f"tenantry, version {__version__}\n"


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_an_example_is_yaml_of_objects(file: Path) -> None:
    for document in yaml.safe_load_all(file.read_text()):
        assert {"apiVersion", "kind", "metadata"} <= document.keys()
