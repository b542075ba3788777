"""Processor time and memory of programs, out of ``/proc``: their worker processes included."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a program and all its worker processes have used so far."""

    seconds: float
    """Of processor time."""
    mebibytes: float
    """The most memory at one time, as the sum of what each process once had."""

    def since(self, earlier: Usage) -> Usage:
        """The processor time after an earlier look; memory cannot be told apart."""
        return Usage(self.seconds - earlier.seconds, self.mebibytes)


def usage_of(pids: Mapping[str, int]) -> dict[str, Usage]:
    """The usage of programs by name. One that ended has none."""
    parents = _parents()
    return {name: _sum(_family(pid, parents) if name != "bench" else [pid]) for name, pid in pids.items()}


def _family(pid: int, parents: Mapping[int, int]) -> list[int]:
    family = [pid]
    for member in family:
        family += [child for child, parent in parents.items() if parent == member]
    return family


def _parents() -> dict[int, int]:
    parents = {}
    for folder in _PROC.iterdir():
        if folder.name.isdecimal():
            fields = _stat(int(folder.name))
            if fields:
                parents[int(folder.name)] = int(fields[1])
    return parents


def _stat(pid: int) -> list[str]:
    """The fields of ``/proc/<pid>/stat`` from the third on: state, parent… (proc_pid_stat(5))."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _sum(pids: Iterable[int]) -> Usage:
    seconds = mebibytes = 0.0
    for pid in pids:
        if fields := _stat(pid):
            seconds += (int(fields[11]) + int(fields[12])) / _TICKS
            mebibytes += _peak(pid)
    return Usage(seconds, mebibytes)


def _peak(pid: int) -> float:
    try:
        status = (_PROC / str(pid) / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0 kB")
    return int(line.split()[1]) / 1024
