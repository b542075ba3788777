"""JSON out of a database: the same structure from every one, whatever stands in it."""

from __future__ import annotations

import json
from typing import Any

from tenantry.datasource.result import Unreadable

# Not orjson: it makes floats of integers beyond 64 bits, and their last digits are lost.


def structure(text: str | bytes) -> Any:
    """The structure of JSON, all digits of its integers included; ``Unreadable`` if Python cannot hold it."""
    try:
        return json.loads(text)
    except RecursionError:
        return Unreadable("is JSON with too many lists and objects in each other")
    except ValueError:
        return Unreadable("is JSON that cannot be read, or has an integer with thousands of digits")
