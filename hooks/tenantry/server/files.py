"""Files with certificates and tokens, which somebody replaces while the server runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

Fingerprint = tuple[tuple[int, int, int] | None, ...]
"""For each file when it was written (ns), its size and its inode; none if there is no such file."""


def fingerprint(paths: Iterable[Path]) -> Fingerprint:
    """What tells that a file is another one than before, without reading it. Links are followed: Secrets are links."""
    return tuple(_fingerprint(path) for path in paths)


def _fingerprint(path: Path) -> tuple[int, int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
