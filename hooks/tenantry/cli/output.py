"""What commands print: text for people, JSON and YAML for programs, colours on a terminal alone."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from tenantry.cli.documents import dump
from tenantry.conditions import parse_timestamp

Command = TypeVar("Command", bound=Callable[..., Any])
TEXT: Final = "text"
_WIDE: Final = 300
_UNITS: Final = (("d", 86400), ("h", 3600), ("m", 60))


def output_option(function: Command) -> Command:
    """Adds ``--output`` to a command, which gets ``output``."""
    return click.option(
        "--output",
        "-o",
        type=click.Choice([TEXT, "json", "yaml"]),
        default=TEXT,
        help="How the result is printed.",
    )(function)


def print_data(value: Any, output: str) -> bool:
    """Print a value as JSON or YAML. False if people shall read it: then nothing is printed."""
    if output == "json":
        click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
    elif output == "yaml":
        click.echo(dump(value), nl=False)
    return output != TEXT


def console(*, stderr: bool = False) -> Console:
    """Where people read. What is not a terminal gets neither colours nor broken lines."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(highlight=False, width=None if stream.isatty() else _WIDE, stderr=stderr)


def progress_bar() -> Progress:
    """Progress of long work, on standard error and on a terminal alone."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=console(stderr=True), transient=True, disable=not sys.stderr.isatty())


def age(timestamp: str, *, now: datetime | None = None) -> str:
    """How long ago a time is, in at most two units: 3d4h, 12m, 40s. Empty for what is no time."""
    try:
        seconds = int(((now or datetime.now(UTC)) - parse_timestamp(timestamp)).total_seconds())
    except (TypeError, ValueError):
        return ""
    rest, parts = max(seconds, 0), []
    for unit, size in _UNITS:
        if rest >= size:
            parts.append(f"{rest // size}{unit}")
            rest %= size
        elif parts:
            break
    if not parts or (len(parts) == 1 and parts[0].endswith("m") and rest and seconds < 600):
        parts.append(f"{rest}s")
    return "".join(parts[:2])


def condition_of(obj: dict[str, Any], type_: str) -> dict[str, Any]:
    """A condition of an object's status; empty if there is none."""
    for found in (obj.get("status") or {}).get("conditions") or ():
        if found.get("type") == type_:
            return dict(found)
    return {}


def told_by(condition: dict[str, Any]) -> str:
    """Reason and message of a condition."""
    return ": ".join(part for part in (condition.get("reason"), condition.get("message")) if part)
