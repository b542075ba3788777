"""An end to waiting for a network that gives no answer at all: no driver limits all that it waits for."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer


class CutOff:
    """Shuts a socket down at a moment, so that whoever waits for it gets an error."""

    def __init__(self, descriptor: int, *, at: float) -> None:
        """``at`` is of ``time.monotonic``; ``descriptor`` stays the caller's own."""
        self.happened = False
        self._socket = socket.socket(fileno=os.dup(descriptor))
        self._timer = Timer(max(0.0, at - time.monotonic()), self._shut_down)
        self._timer.daemon = True
        self._timer.start()

    def _shut_down(self) -> None:
        self.happened = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def cancel(self) -> None:
        """Leave the socket alone from now on."""
        self._timer.cancel()
        self._socket.close()


@contextmanager
def cut_off(descriptor: int, *, at: float) -> Iterator[CutOff]:
    """Whatever waits for this socket inside waits until ``at`` (of ``time.monotonic``) and no longer."""
    cut = CutOff(descriptor, at=at)
    try:
        yield cut
    finally:
        cut.cancel()
