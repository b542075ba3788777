"""What commands print: text for people, JSON and YAML for programs, colours on a terminal alone."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import click
import orjson
from rich import markup
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from tenantry.cli.documents import dump
from tenantry.conditions import parse_timestamp

Command = TypeVar("Command", bound=Callable[..., Any])
TEXT: Final = "text"
_WIDE: Final = 10_000
"""Columns of what is no terminal: programs that read lines get whole ones."""
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control characters, and those that change the direction in which text is read."""
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
    return Console(highlight=False, emoji=False, width=None if stream.isatty() else _WIDE, stderr=stderr)


def visible(text: str) -> str:
    """Text of others on one line, its control characters written out: a row must not steer anybody's terminal."""
    return _CONTROL.sub(lambda found: repr(found.group())[1:-1], text)


def escape(text: str) -> str:
    """Text of others within rich's markup: no markup of its own, and nothing that steers a terminal."""
    return markup.escape(visible(text))


def progress_bar(*, hidden: bool = False) -> Progress:
    """Progress of long work, on standard error and on a terminal alone; ``hidden`` where output shows it anyway."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console(stderr=True),
        transient=True,
        disable=hidden or not sys.stderr.isatty(),
        # Otherwise standard output would be printed on standard error.
        redirect_stdout=False,
        redirect_stderr=False,
    )


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
