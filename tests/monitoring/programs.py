"""Programs of monitoring: prometheus and promtool of this machine, or Debian's package; kube-state-metrics if named.

``python -m tests.monitoring.programs`` installs what is missing, which needs root.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from tests.support.debian import CannotInstall, install

PACKAGE = "prometheus"


class Programs(NamedTuple):
    """Where the programs lie."""

    prometheus: Path
    promtool: Path


def programs() -> Programs:
    """The programs, installed first where they are missing. Raises ``CannotInstall``."""
    if not all(map(shutil.which, Programs._fields)):
        install([PACKAGE])
    found = [shutil.which(program) for program in Programs._fields]
    if None in found:
        raise CannotInstall(f"prometheus and promtool are not on the PATH: install Debian's {PACKAGE}")
    return Programs(*(Path(program) for program in found if program))


def kube_state_metrics() -> Path | None:
    """The program that ``KUBE_STATE_METRICS_BIN`` names. Raises ``FileNotFoundError`` when there is no such file."""
    configured = os.environ.get("KUBE_STATE_METRICS_BIN")
    if not configured:
        return None
    program = Path(configured)
    if not program.is_file():
        raise FileNotFoundError(f"KUBE_STATE_METRICS_BIN names {configured}, which is not a file")
    return program


if __name__ == "__main__":
    try:
        programs()
    except CannotInstall as problem:
        sys.exit(f"monitoring: {problem}")
