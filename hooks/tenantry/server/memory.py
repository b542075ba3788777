"""How a worker process treats memory."""

from __future__ import annotations

import gc
from typing import Final

YOUNG_OBJECTS: Final = 50_000


def relax_collector() -> None:
    """Let the collector of cycles run seldom, and never look at what is loaded already.

    A request is thousands of dictionaries without a cycle: looking for one while they are decoded costs a fifth of the
    whole call, and finds nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 50)
