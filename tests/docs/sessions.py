"""A shell as readers of the documents have it: tenantry, kubectl, helm and sqlite3, and a copy of what we ship."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final, Self

from tests.controlplane.product import REPOSITORY
from tests.controlplane.programs import helm_program, kubectl_program
from tests.docs.cluster import TOLD_API_SERVER, TOLD_WEBHOOKS, GuideCluster

TOLD_FOLDER: Final = "/tmp/shops"
"""The folder that documents name. A session has its own, with a name of the same length, and shows this one instead."""
SHIPPED: Final = ("charts", "compositecontrollers", "crds", "examples", "policies")
"""What readers apply out of the repository."""
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
    """The shell did not do what was asked. The message says what it was."""


class Session:
    """A bash that keeps its folder and its variables from command to command."""

    def __init__(self) -> None:
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        self.folder = _new_folder()
        self._cleanup.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self._told = {str(self.folder): TOLD_FOLDER}
        self._programs = self.folder / ".programs"
        self._programs.mkdir(parents=True)
        for name in SHIPPED:
            shutil.copytree(REPOSITORY / name, self.folder / name)
        self.add_program("tenantry", TENANTRY.format(python=sys.executable))
        self.add_program("sqlite3", SQLITE.format(python=sys.executable))
        environment = {
            "PATH": f"{self._programs}:{os.environ['PATH']}",
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
            start_new_session=True,
        )
        self._cleanup.callback(self._end)
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    def run(self, command: str) -> tuple[str, int]:
        """What a command prints, on both outputs, and its exit code. Raises ``SessionFailed`` when it does not end."""
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        watchdog = threading.Timer(PATIENCE_SECONDS, self._kill)
        watchdog.start()
        try:
            # Nobody answers questions here, and what reads its input must not read our next command.
            self._shell.stdin.write(f"{{ {self._here(command)}\n}} < /dev/null\nprintf '{END}%s\\n' $?\n")
            self._shell.stdin.flush()
            printed = ""
            while END not in printed:
                line = self._shell.stdout.readline()
                if not line:
                    raise SessionFailed(f"this did not end: {command}\n{printed}")
                printed += line
        finally:
            watchdog.cancel()
        text, _, code = printed.partition(END)
        for here, told in self._told.items():
            text = text.replace(here, told)
        return text, int(code)

    def must(self, command: str) -> None:
        """Run a command that prepares something. Raises ``SessionFailed`` with what it prints when it fails."""
        printed, code = self.run(command)
        if code:
            raise SessionFailed(f"{command} failed with exit code {code}:\n{printed}")

    def write(self, name: str, text: str) -> None:
        """Make a file that the document shows."""
        (self.folder / name).write_text(self._here(text), encoding="utf-8")

    def use(self, cluster: GuideCluster) -> None:
        """Give the shell a cluster, and the programs for it."""
        self.add_program("kubectl", f'#!/bin/sh\nexec "{kubectl_program()}" "$@"\n')
        self.add_program("helm", f'#!/bin/sh\nexec "{helm_program()}" "$@"\n')
        self._told |= {cluster.webhooks.url: TOLD_WEBHOOKS, cluster.plane.api.url: TOLD_API_SERVER}
        self.must(f"export KUBECONFIG={cluster.kubeconfig} WEBHOOKS={cluster.webhooks.url}")

    def when_it_ends(self, do: Callable[[], object]) -> None:
        """Call a function when the shell has ended."""
        self._cleanup.callback(do)

    def add_program(self, name: str, text: str) -> None:
        """Put a script on the shell's PATH."""
        path = self._programs / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def _here(self, text: str) -> str:
        return text.replace(TOLD_FOLDER, str(self.folder))

    def _kill(self) -> None:
        """End the shell with whatever it waits for."""
        with suppress(ProcessLookupError):
            os.killpg(self._shell.pid, signal.SIGKILL)

    def _end(self) -> None:
        self._kill()
        self._shell.wait()
        for pipe in (self._shell.stdin, self._shell.stdout):
            if pipe is not None:
                pipe.close()


def _new_folder() -> Path:
    while True:
        folder = Path(f"/tmp/s{secrets.token_hex(2)}")
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            return folder
