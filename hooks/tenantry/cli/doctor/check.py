"""What a check found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple


class State(StrEnum):
    """How bad it is."""

    OK = "OK"
    WARNING = "warning"
    PROBLEM = "problem"


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    state: State
    message: str
    """What was found, as a sentence."""
    way_out: str = ""
    """What to do, as a sentence; empty where nothing is to be done."""


def ok(name: str, message: str) -> Check:
    """Nothing to do."""
    return Check(name, State.OK, message)


def warning(name: str, message: str, way_out: str) -> Check:
    """It works, but not as it should, or it cannot be told."""
    return Check(name, State.WARNING, message, way_out)


def problem(name: str, message: str, way_out: str) -> Check:
    """It does not work, or something will be lost."""
    return Check(name, State.PROBLEM, message, way_out)


def missing_from(found: Any, wanted: Any, path: str = "") -> Iterator[str]:
    """Paths at which something that is wanted is not there or not so. What there is beside it does not matter."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for key, value in wanted.items():
            if key in found:
                yield from missing_from(found[key], value, f"{path}.{key}")
            elif value not in ({}, [], "", None, False):
                yield f"{path}.{key}"
    elif _is_list(wanted) and _is_list(found):
        if len(found) != len(wanted):
            yield path
            return
        for number, (one, other) in enumerate(zip(found, wanted, strict=True)):
            yield from missing_from(one, other, f"{path}[{number}]")
    elif found != wanted:
        yield path


def first_of(paths: Sequence[str], limit: int = 3) -> str:
    """The first of many, in words."""
    more = f" and {len(paths) - limit} more" if len(paths) > limit else ""
    return ", ".join(path.removeprefix(".") for path in paths[:limit]) + more


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
