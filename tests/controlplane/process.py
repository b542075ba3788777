"""Programs in the background: started with their output in a file, stopped for certain."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

START_SECONDS = 90.0
STOP_SECONDS = 15.0
PORTS = range(20_000, 32_000)


class ProcessFailed(Exception):
    """A program ended, or did not become ready. The message ends with the last lines of its log."""


def free_port() -> int:
    """A TCP port of loopback that nobody uses at this moment.

    It lies outside of the range from which systems give ports to outgoing connections: until the program that asked
    for it listens, a connection of somebody else could take one of those.
    """
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def _ends_with_us() -> list[str]:
    """A prefix of commands that ends them with this process, even if it is killed and cannot stop them.

    It is util-linux that can do this; without it, only what is stopped stops.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []


class Process:
    """A program in the background."""

    def __init__(self, name: str, command: Sequence[str], log: Path, *, env: Mapping[str, str] | None = None) -> None:
        """Start ``command`` in a session of its own, so that Ctrl-C reaches us alone and we stop it in order."""
        self.name = name
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*_ends_with_us(), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of its output."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def wait_until(self, ready: Callable[[], bool], *, seconds: float = START_SECONDS) -> None:
        """Wait until ``ready`` says so. Raises ``ProcessFailed`` when the program ends, or takes longer."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running():
                raise ProcessFailed(f"{self.name} ended with code {self._process.returncode}:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise ProcessFailed(f"{self.name} is not ready after {seconds:.0f} s:\n{self.log_tail()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask it to end, and make it end if it does not within some seconds."""
        if not self.running():
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        except KeyboardInterrupt:
            self.kill()
            raise

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()
