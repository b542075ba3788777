"""The tables: on the terminal, and as Markdown between two marks of a document."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from tenantry.settings import available_cores
from tests.bench.fleet.audit import DRIVERS
from tests.bench.fleet.course import Part

Cell = Callable[[Part], str]
FLOOR: Final = "floor"
CREATED: Final = "created"
_STATUSES: Final = {
    "status writes of Tenants": "tenants/status",
    "status writes of slices": "tenantslices/status",
    "status writes of the registry": "tenantregistries/status",
    "requests about Tenants": "tenants",
    "requests about slices": "tenantslices",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: a title, columns, and rows of text."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def show(self, console: Console) -> None:
        """Print it for people."""
        table = Table(title=self.title, title_justify="left", caption=self.note or None, caption_justify="left")
        for number, column in enumerate(self.columns):
            table.add_column(column, justify="right" if number else "left")
        for row in self.rows:
            table.add_row(*row)
        console.print(table, "")

    @property
    def markdown(self) -> str:
        """The same for a document."""
        lines = [f"**{self.title}**", "", _line(self.columns), _line(["---", *["--:"] * (len(self.columns) - 1)])]
        lines += [_line(row) for row in self.rows]
        return "\n".join([*lines, *(["", self.note] if self.note else [])])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def machine() -> str:
    """What was measured on, and when."""
    model = next(
        (line.partition(":")[2].strip() for line in _read("/proc/cpuinfo").splitlines() if "model name" in line),
        platform.machine(),
    )
    memory = next((int(line.split()[1]) for line in _read("/proc/meminfo").splitlines() if "MemTotal" in line), 0)
    load = os.getloadavg()[0]
    return (
        f"{model}, {available_cores()} cores, {memory / 1024 / 1024:.0f} GiB, Python {platform.python_version()}, "
        f"{datetime.now(UTC):%Y-%m-%d}; load {load:.0f} when it ended"
    )


def _read(file: str) -> str:
    path = Path(file)
    return path.read_text() if path.is_file() else ""


def course_sheet(parts: Sequence[Part], *, driver: str, objects: int) -> Sheet:
    """Seconds, requests, hook calls and processor seconds of each part."""
    tenants = parts[0].tenants

    def asked(resource: str) -> Cell:
        return lambda part: f"{part.of_driver(resource=resource):,}"

    rows = [
        _row("seconds until it reached all objects", parts, lambda part: _seconds(part, "reached all")),
        *_times_the_floor("  times the floor", parts, lambda part: part.seconds["reached all"]),
        _row("seconds until the registry says Ready", parts, lambda part: _seconds(part, "registry Ready")),
        _row("seconds until the last write", parts, lambda part: _seconds(part, "last write")),
        _row("API requests of Metacontroller or the loop", parts, lambda part: f"{part.of_driver():,}"),
        _row("  for each tenant", parts, lambda part: f"{part.of_driver() / tenants:.2f}"),
        *_by_verb(parts),
        *(_row(f"  {title}", parts, asked(resource)) for title, resource in _STATUSES.items()),
        _row("  refused", parts, lambda part: f"{part.refused.total():,}"),
        *_calls(parts),
        *_usage(parts),
    ]
    return Sheet(f"{tenants:,} tenants of {objects} objects with {driver}", ["", *(part.title for part in parts)], rows)


def requests_sheet(part: Part) -> Sheet:
    """Who asked what of the API server in one part."""
    rows = [
        [client, verb, resource or "discovery and health", f"{number:,}", f"{number / part.tenants:.2f}"]
        for (client, verb, resource), number in sorted(part.requests.items(), key=lambda item: (item[0][0], -item[1]))
    ]
    columns = ("client", "verb", "resource", "requests", "for each tenant")
    return Sheet(f"API requests while {part.title}", columns, rows)


def _row(title: str, parts: Sequence[Part], cell: Cell) -> list[str]:
    return [title, *(cell(part) for part in parts)]


def _times_the_floor(title: str, parts: Sequence[Part], measure: Callable[[Part], float]) -> list[list[str]]:
    """Only what makes the same objects can be compared."""
    floor = next((measure(part) for part in parts if part.title == FLOOR), None)
    if floor is None:
        return []
    return [_row(title, parts, lambda part: f"{measure(part) / floor:.2f}" if part.title in (FLOOR, CREATED) else "–")]


def _seconds(part: Part, moment: str) -> str:
    return f"{part.seconds[moment]:.1f}" if moment in part.seconds else "–"


def _by_verb(parts: Sequence[Part]) -> list[list[str]]:
    def asked(verb: str) -> Cell:
        return lambda part: f"{part.of_driver(verb=verb):,}"

    verbs = sorted({verb for part in parts for client, verb, _ in part.requests if client in DRIVERS})
    return [_row(f"  {verb}", parts, asked(verb)) for verb in verbs]


def _calls(parts: Sequence[Part]) -> list[list[str]]:
    def called(path: str) -> Cell:
        return lambda part: f"{part.calls[path]:,}"

    paths = sorted({path for part in parts for path in part.calls})
    return [_row(f"hook calls: {path}", parts, called(path)) for path in paths]


def _usage(parts: Sequence[Part]) -> list[list[str]]:
    def seconds(name: str) -> Cell:
        return lambda part: f"{part.usage[name].seconds:.1f}"

    def peak(name: str) -> Cell:
        return lambda part: f"{part.usage[name].mebibytes:,.0f}"

    def of_all(part: Part) -> float:
        return sum(usage.seconds for usage in part.usage.values())

    names = list(parts[0].usage)
    times = [_row(f"processor seconds: {name}", parts, seconds(name)) for name in names]
    times.append(_row("processor seconds: all", parts, lambda part: f"{of_all(part):.1f}"))
    times += _times_the_floor("  times the floor", parts, of_all)
    return times + [_row(f"peak MiB: {name}", parts, peak(name)) for name in names]


def write_section(file: Path, name: str, text: str) -> None:
    """Replace what stands between the marks of a section. Raises ``ValueError`` where there are none."""
    begin, end = f"<!-- {name}: measured -->", f"<!-- {name}: end -->"
    content = file.read_text()
    if begin not in content or end not in content:
        raise ValueError(f"{file} has no lines {begin} and {end} to write between")
    head, _, rest = content.partition(begin)
    file.write_text(f"{head}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}")
