"""The ``tenantry`` command as a whole."""

from __future__ import annotations

import os
import subprocess
import sys
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


@pytest.mark.parametrize("group", [[], ["rollout"], ["migrate"]], ids=repr)
def test_a_list_of_commands_has_whole_sentences(group: list[str]) -> None:
    told = CliRunner().invoke(main, [*group, "--help"], terminal_width=80).stdout
    listed = told.partition("Commands:")[2].splitlines()
    assert [line for line in listed if line and not line.endswith(".")] == []
    assert [line for line in listed if line.endswith("...")] == []


@pytest.mark.parametrize("what", [KeyboardInterrupt(), OSError(28, "No space left on device")], ids=["Ctrl-C", "full"])
def test_what_ends_a_command_is_told_without_a_traceback(what: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(*_: object) -> None:
        raise what

    monkeypatch.setattr("tenantry.cli.crds.crd_files", ended)
    result = CliRunner().invoke(main, ["crds"])
    expected = (130, "Interrupted.\n") if isinstance(what, KeyboardInterrupt) else (2, f"Error: {what}\n")
    assert (result.exit_code, result.stderr) == expected


@pytest.mark.parametrize("arguments", [["--help"], ["crds"], ["crds", "-o", "json"]], ids=" ".join)
def test_a_pipe_that_is_closed_early_is_no_failure_to_tell_of(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "tenantry.cli", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "hooks")}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""


@pytest.mark.parametrize(
    "environment",
    [{}, {"_TENANTRY_COMPLETE": "bash_complete", "COMP_WORDS": "tenantry r", "COMP_CWORD": "1"}],
    ids=["help", "completion"],
)
def test_what_lists_commands_imports_none_of_them(environment: dict[str, str]) -> None:
    script = (
        "import sys; from tenantry.cli import main\n"
        "try: main(['--help'], prog_name='tenantry')\n"
        "finally: print([name for name in sys.modules if name.startswith('tenantry.cli.')], file=sys.stderr)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "hooks"), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ("render" in told.stdout, told.stderr) == (True, "[]\n")
