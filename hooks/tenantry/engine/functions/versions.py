"""Versions by the rules of Semantic Versioning 2.0.0: their parts, and which comes first."""

from __future__ import annotations

import re
from functools import total_ordering
from typing import Any, Final

from tenantry.engine.functions.arguments import present, shown
from tenantry.engine.values import Rendered, ValueRefused

_NUMBER: Final = r"(0|[1-9][0-9]{0,17})"
_WORD: Final = r"(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_PATTERN: Final = re.compile(
    rf"v?{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-({_WORD}(?:\.{_WORD})*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
)
_LONGEST: Final = 256


@total_ordering
class Version(Rendered):
    """A version. Comparisons pass over its build, as the rules want it."""

    __slots__ = ("_order", "build", "major", "minor", "patch", "prerelease")

    def __init__(self, major: int, minor: int, patch: int, prerelease: str, build: str) -> None:
        self.major = major
        self.minor = minor
        self.patch = patch
        self.prerelease = prerelease
        self.build = build
        self._order = (major, minor, patch, not prerelease, tuple(map(_precedence, prerelease.split("."))))

    def __str__(self) -> str:
        prerelease = f"-{self.prerelease}" if self.prerelease else ""
        build = f"+{self.build}" if self.build else ""
        return f"{self.major}.{self.minor}.{self.patch}{prerelease}{build}"

    def __repr__(self) -> str:
        return f"version {self}"

    def __hash__(self) -> int:
        return hash(self._order)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str | Version) and self._order == _version(other)._order

    def __lt__(self, other: object) -> bool:
        return self._order < _version(other)._order


def semver(value: Any) -> Version:
    """The version that a text spells; a ``v`` before it is passed over."""
    return _version(present(value, "semver"))


def _version(value: object) -> Version:
    if isinstance(value, Version):
        return value
    found = _PATTERN.fullmatch(value) if isinstance(value, str) and len(value) <= _LONGEST else None
    if found is None:
        raise ValueRefused(f"semver: {shown(value)} is not a version with three numbers, as 1.28.3 or v2.0.0-rc.1")
    major, minor, patch, prerelease, build = found.groups(default="")
    return Version(int(major), int(minor), int(patch), prerelease, build)


def _precedence(word: str) -> tuple[bool, int, str]:
    """Numbers come before words, and are compared as numbers."""
    return (False, int(word), "") if word.isdigit() else (True, 0, word)
