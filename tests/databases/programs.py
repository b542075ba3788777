"""Programs of the database servers: those of this machine, or Debian's packages.

``python -m tests.databases.programs`` installs what is missing, which needs root.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.debian import CannotInstall, install

PACKAGES = {"mariadbd": "mariadb-server-core", "postgres": "postgresql", "openssl": "openssl"}
"""Program → the package of Debian that has it."""


class DatabasesUnavailable(Exception):
    """A program that is neither there nor can be installed. The message tells what to do."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the programs lie."""

    mariadbd: Path
    mariadb_tables: Path
    """Folder of the scripts that make MariaDB's own tables."""
    postgres: Path
    initdb: Path
    openssl: Path


def programs() -> Programs:
    """The programs, installed first where they are missing. Raises ``DatabasesUnavailable``."""
    missing = [package for program, package in PACKAGES.items() if _find(program) is None]
    if missing:
        _install(missing)
    mariadbd, postgres = _require("mariadbd"), _require("postgres")
    return Programs(
        mariadbd=mariadbd,
        mariadb_tables=_tables(mariadbd),
        postgres=postgres,
        initdb=postgres.resolve().with_name("initdb"),
        openssl=_require("openssl"),
    )


def _find(program: str) -> Path | None:
    """A program on the PATH, or where Debian hides it from there."""
    hidden = [Path("/usr/sbin"), *sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)]
    found = shutil.which(program) or shutil.which(program, path=os.pathsep.join(map(str, hidden)))
    return Path(found) if found else None


def _version(folder: Path) -> int:
    number = folder.parent.name
    return int(number) if number.isdecimal() else 0


def _require(program: str) -> Path:
    found = _find(program)
    if found is None:
        raise DatabasesUnavailable(
            f"{program} is not on this machine: install Debian's {PACKAGES.get(program, program)}"
        )
    return found


def _tables(mariadbd: Path) -> Path:
    share = mariadbd.resolve().parents[1] / "share"
    for folder in (share / "mariadb", share / "mysql"):
        if (folder / "mysql_system_tables.sql").exists():
            return folder
    raise DatabasesUnavailable(f"there is no mysql_system_tables.sql in {share / 'mysql'}: install mariadb-server-core")


def _install(packages: list[str]) -> None:
    try:
        install(packages)
    except CannotInstall as problem:
        raise DatabasesUnavailable(str(problem)) from problem


if __name__ == "__main__":
    try:
        programs()
    except DatabasesUnavailable as problem:
        sys.exit(f"databases: {problem}")
