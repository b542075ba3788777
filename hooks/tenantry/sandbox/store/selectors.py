"""Label selectors in the text form that kubectl takes ("Labels and Selectors" in the Kubernetes documentation)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

Matcher = Callable[[Mapping[str, str]], bool]

_SPLIT: Final = re.compile(r",(?![^(]*\))")
_SET: Final = re.compile(r"(\S+)\s+(in|notin)\s*\(([^)]*)\)")
_EQUALITY: Final = re.compile(r"([^=!\s]+)\s*(==|=|!=)\s*([^=!\s]*)")
_EXISTENCE: Final = re.compile(r"(!?)\s*([^=!,\s()]+)")


def parse_selector(text: str) -> Matcher:
    """A function that tells whether labels match. Empty text matches all. Raises ``ValueError``."""
    requirements = [_requirement(part.strip()) for part in _SPLIT.split(text)] if text.strip() else []
    return lambda labels: all(requirement(labels) for requirement in requirements)


def _requirement(text: str) -> Matcher:
    if match := _SET.fullmatch(text):
        key, operator, values = match[1], match[2], {value.strip() for value in match[3].split(",")}
        if operator == "in":
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values
    if match := _EQUALITY.fullmatch(text):
        key, operator, value = match[1], match[2], match[3]
        if operator == "!=":
            return lambda labels: labels.get(key) != value
        return lambda labels: labels.get(key) == value
    if match := _EXISTENCE.fullmatch(text):
        key, present = match[2], not match[1]
        return lambda labels: (key in labels) is present
    raise ValueError(f"unable to parse requirement: {text!r} is not a label selector")
