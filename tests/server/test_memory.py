"""Workers do not grow with the calls they answered. ``make endurance`` looks for longer."""

from __future__ import annotations

from pathlib import Path

from tests.server.endurance import TOLERANCE, bodies, growth
from tests.server.running import serving


def test_memory_is_flat_over_thousands_of_calls(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert growth(server, bodies(), calls=4000, tell=lambda _done, _memory: None) <= TOLERANCE
