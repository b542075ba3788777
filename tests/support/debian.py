"""Packages of Debian that tests need, installed once."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path


class CannotInstall(Exception):
    """A package that cannot be had here. The message tells what to do."""


def install(packages: Sequence[str]) -> None:
    """Install packages without starting what they bring. Raises ``CannotInstall``.

    Of several processes that ask at once, one installs and the others wait for it.
    """
    wanted = " ".join(packages)
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise CannotInstall(f"install {wanted}, or run this once as root on Debian")
    with (Path(tempfile.gettempdir()) / "tenantry-packages.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        print(f"installing {wanted}", file=sys.stderr, flush=True)
        # In runlevel 1 no package starts the server that it brings.
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            answer = subprocess.run(
                ["apt-get", *command],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            if answer.returncode != 0 and command[0] == "install":
                raise CannotInstall(f"cannot install {wanted}, apt-get says: {answer.stdout[-2000:]}")
