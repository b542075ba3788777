"""What a command prints for programs, against what is said of its keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from tenantry.cli.results import RESULTS, Key, Maybe, Named

_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z)?")


def undocumented(command: str, value: Any) -> list[str]:
    """Where the result of a command is not as it is documented: keys that are missing, new, or of another type."""
    return list(_differences(value, RESULTS[command], "$"))


def _differences(value: Any, shape: Any, path: str) -> Iterator[str]:
    match shape:
        case Key():
            if not _fits(value, shape.type):
                yield f"{path} is no {shape.type}: {value!r}"
        case Maybe():
            if value is not None:
                yield from _differences(value, shape.shape, path)
        case Named():
            for key, below in value.items():
                yield from _differences(below, shape.key, f"{path}.{key}")
        case [item]:
            for index, below in enumerate(value):
                yield from _differences(below, item, f"{path}[{index}]")
        case _:
            yield from (f"{path}.{key} is there or documented alone" for key in sorted(value.keys() ^ shape.keys()))
            for key in value.keys() & shape.keys():
                yield from _differences(value[key], shape[key], f"{path}.{key}")


def _fits(value: Any, type_: str) -> bool:
    match type_:
        case "text":
            return isinstance(value, str)
        case "time":
            return isinstance(value, str) and _TIME.fullmatch(value) is not None
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "true or false":
            return isinstance(value, bool)
        case "texts":
            return isinstance(value, list) and all(isinstance(one, str) for one in value)
        case _:
            return value is None or isinstance(value, dict)
