"""A command that is ended in the middle of its work: by Ctrl-C, a closed terminal, a machine that goes down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import pytest
from click.testing import Result

from tenantry.cli import INTERRUPTED
from tenantry.cli.cluster import Cluster

MANY = 200


@contextmanager
def _one_write() -> Iterator[None]:
    """Whoever writes to a cluster for the second time is interrupted instead."""
    request, lock = Cluster._request, Lock()
    written: list[str] = []

    def interrupted(cluster: Cluster, method: str, *rest: Any) -> bytes:
        with lock:
            if method != "GET" and written:
                raise KeyboardInterrupt
            written.extend([method] if method != "GET" else [])
        return request(cluster, method, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cluster, "_request", interrupted)
        yield


def after_each_write(run: Callable[[], Result], look: Callable[[], None]) -> Result:
    """Run a command again and again, each time interrupted after one write, until it ends; look at what there is then.

    So it meets every state that it can leave behind. The answer is what the last run told.
    """
    for _ in range(MANY):
        with _one_write():
            result = run()
        look()
        if result.exit_code != INTERRUPTED:
            return result
    raise AssertionError(f"it did not end with {MANY} writes")
