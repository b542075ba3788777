"""What holds for every test run."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """End on SIGTERM as on Ctrl-C: fixtures stop the programs that they started, instead of leaving them behind."""
    del config
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt
