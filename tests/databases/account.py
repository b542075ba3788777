"""The account under which servers run, which PostgreSQL does not want to be root, and folders that it can use."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT_FOLDER = Path(__file__).parents[2] / ".work" / "databases"
UNPRIVILEGED = "nobody"


def is_root() -> bool:
    """Whether servers need another account than ours."""
    return os.geteuid() == 0


def as_servers(command: Sequence[str]) -> list[str]:
    """A command that runs under the servers' account, and ends with us."""
    if not is_root():
        return list(command)
    account = pwd.getpwnam(UNPRIVILEGED)
    ids = ["--reuid", str(account.pw_uid), "--regid", str(account.pw_gid), "--clear-groups"]
    return ["setpriv", "--pdeathsig", "KILL", *ids, "--", *command]


def run_as_servers(command: Sequence[str], *, text: str = "") -> None:
    """Run a command under the servers' account, with ``text`` as its input.

    Raises ``RuntimeError`` with its output if it fails.
    """
    answer = subprocess.run(
        as_servers(command), input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if answer.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {answer.stdout[-2000:]}")


def new_folder(name: str) -> Path:
    """A new folder of the servers' own: in the tree, or among temporary files if their account cannot get there."""
    root = ROOT_FOLDER
    root.mkdir(parents=True, exist_ok=True)
    if is_root() and not _is_open(root):
        root = Path(tempfile.gettempdir())
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=root))
    give_to_servers(folder)
    return folder


def give_to_servers(path: Path) -> None:
    """Make a file or folder the servers' own."""
    if is_root():
        shutil.chown(path, UNPRIVILEGED, pwd.getpwnam(UNPRIVILEGED).pw_gid)


def _is_open(folder: Path) -> bool:
    """Whether every account can go into this folder."""
    return all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents))
