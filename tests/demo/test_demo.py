"""``tenantry demo`` from the beginning to the end, and when something goes wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def demo(temporary: Path) -> subprocess.CompletedProcess[str]:
    """Run the demo in a process of its own, with its files below ``temporary``."""
    return subprocess.run(
        [sys.executable, "-m", "tenantry.cli", "demo"],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "hooks"), "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )


def test_every_step_does_exactly_what_it_should(tmp_path: Path) -> None:
    played = demo(tmp_path)
    assert played.returncode == 0, played.stdout
    assert "All as expected" in played.stdout
    assert [file.name for file in tmp_path.iterdir()] == []
