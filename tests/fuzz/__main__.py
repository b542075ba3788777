"""Fuzz the webhooks under gunicorn for a while: ``python -m tests.fuzz --seconds 300``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.corpus import requests
from tests.fuzz.surface import Surface
from tests.server.running import serving

MEBIBYTE = 1024 * 1024
ROUND = 200
LARGEST_GROWTH = 128 * MEBIBYTE


def main() -> None:
    """Fuzz until the time is over. A failure ends it with the smallest request that shows it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    seconds = parser.parse_args().seconds
    sys.stderr.write("Making requests to begin with …\n")
    corpus = requests()
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), {"client_seconds": 5, "log_level": "error"}) as server,
    ):
        surface = Surface(server, corpus)
        surface.still_right()
        workers, before = server.workers(), server.memory()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            surface.bodies(ROUND)()
            surface.envelopes(ROUND // 4)()
            surface.wires(ROUND // 4)()
            tried = ", ".join(f"{status}: {number:,}" for status, number in sorted(surface.statuses.items()))
            left = max(end - time.monotonic(), 0)
            gained = (server.memory() - before) / MEBIBYTE
            sys.stderr.write(f"\r{left:4.0f} s left; answers {tried}; memory {gained:+.1f} MiB ")
        surface.still_right()
        died, gained_bytes = server.workers() != workers, server.memory() - before
    sys.stderr.write("\n")
    if died or gained_bytes > LARGEST_GROWTH:
        sys.exit("a worker died" if died else f"the workers gained {gained_bytes / MEBIBYTE:.0f} MiB")


if __name__ == "__main__":
    main()
