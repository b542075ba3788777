"""A shell as readers of the documents have it: with tenantry, kubectl and sqlite3 at hand, and nothing else of ours."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

from tests.controlplane.product import REPOSITORY
from tests.controlplane.programs import kubectl_program

TOLD_FOLDER: Final = "/tmp/shops"
"""The folder that documents name. A session has its own, and shows this name instead."""
PATIENCE_SECONDS: Final = 180.0
END: Final = "\x1e"

TENANTRY: Final = """#!/bin/sh
test "$1" != simulate || set -- "$@" --seconds 150
exec "{python}" -m tenantry.cli "$@"
"""
"""The command of this environment. On a busy machine a simulation may take longer than its readers wait."""

SQLITE: Final = """#!{python}
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as database:
    script = sys.argv[2] if len(sys.argv) > 2 else sys.stdin.read()
    for statement in script.split(";"):
        for row in database.execute(statement):
            print("|".join("" if value is None else str(value) for value in row))
"""
"""sqlite3 by Python's own module: what the documents need of it, on every machine."""


class SessionFailed(Exception):
    """The shell, or the cluster, did not do what was asked. The message says what it was."""


class Session:
    """A bash that keeps its folder and its variables from command to command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        programs = self.folder / ".programs"
        programs.mkdir(parents=True)
        self._program(programs / "tenantry", TENANTRY.format(python=sys.executable))
        self._program(programs / "sqlite3", SQLITE.format(python=sys.executable))
        environment = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(REPOSITORY / "hooks"),
            "HOME": str(self.folder),
            "COLUMNS": "100",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
        }
        self._shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._cleanup.callback(self._end, self._shell)
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    def run(self, command: str) -> str:
        """What a command prints, on both outputs. Raises ``SessionFailed`` when it does not end."""
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        watchdog = threading.Timer(PATIENCE_SECONDS, self._shell.kill)
        watchdog.start()
        try:
            self._shell.stdin.write(f"{self._here(command)}\nprintf '{END}\\n'\n")
            self._shell.stdin.flush()
            printed = ""
            while END not in printed:
                line = self._shell.stdout.readline()
                if not line:
                    raise SessionFailed(f"this did not end: {command}\n{printed}")
                printed += line
        finally:
            watchdog.cancel()
        return printed.partition(END)[0].replace(str(self.folder), TOLD_FOLDER)

    def write(self, name: str, text: str) -> None:
        """Make a file that the document shows."""
        (self.folder / name).write_text(self._here(text), encoding="utf-8")

    def start_cluster(self) -> None:
        """``make cluster`` in another terminal, and its ``export`` in this one."""
        self._program(self.folder / ".programs" / "kubectl", f'#!/bin/sh\nexec "{kubectl_program()}" "$@"\n')
        cluster = subprocess.Popen(
            [sys.executable, "-m", "tests.controlplane"],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY / "hooks")},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._cleanup.callback(self._end, cluster)
        assert cluster.stdout is not None
        line = cluster.stdout.readline()
        if not line.startswith("export KUBECONFIG="):
            raise SessionFailed("make cluster did not start: try it in a terminal")
        self.run(line)

    def _here(self, text: str) -> str:
        return text.replace(TOLD_FOLDER, str(self.folder))

    @staticmethod
    def _program(path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    @staticmethod
    def _end(process: subprocess.Popen[str]) -> None:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
