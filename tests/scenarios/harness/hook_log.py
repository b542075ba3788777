"""What the webhooks say of each hook they answered: one line of JSON in their log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class HookCall:
    """One answered hook."""

    controller: str
    hook: str
    parent: str
    outcome: str
    line: str
    """The whole line, for a person."""


class HookLog:
    """Reads the webhooks' log as it grows."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def position(self) -> int:
        """Where the log ends now: calls after this moment are those ``since`` this position."""
        return self._file.stat().st_size

    def calls(self, *, since: int = 0) -> list[HookCall]:
        """The hooks that were answered after a position."""
        with self._file.open("rb") as log:
            log.seek(since)
            lines = log.read().decode(errors="replace").splitlines()
        return [call for line in lines if (call := _parse(line)) is not None]


def _parse(line: str) -> HookCall | None:
    """A hook call in a line of the log; nothing for lines that speak of something else."""
    if not line.startswith("{"):
        return None
    try:
        fields: dict[str, Any] = json.loads(line)
    except json.JSONDecodeError:
        return None
    if "hook" not in fields:
        return None
    return HookCall(
        controller=str(fields.get("controller", "")),
        hook=str(fields["hook"]),
        parent=str(fields.get("parent", "")),
        outcome=str(fields.get("outcome", "")),
        line=line,
    )
