"""Rows that a person gives to a command: as JSON on the command line, or in a file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click
import orjson
import yaml

from tenantry.kinds.registry import RESERVED_VARIABLES, VARIABLE

Row = dict[str, Any]
Command = TypeVar("Command", bound=Callable[..., Any])


def row_options(function: Command) -> Command:
    """Adds ``--row`` and ``--rows`` to a command, which gets them as ``row_texts`` and ``rows_file``."""
    function = click.option(
        "--rows",
        "rows_file",
        type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
        help="File of rows: a JSON or YAML list, one JSON object a line, or CSV with a head line (.csv; all texts).",
    )(function)
    return click.option(
        "--row",
        "-r",
        "row_texts",
        multiple=True,
        metavar="JSON",
        help="A row: an object of uid and the values by their names in the template. May be given several times.",
    )(function)


def given_rows(row_texts: Iterable[str], rows_file: Path | None) -> list[Row]:
    """The rows of both options, each with its uid as a string. Raises ``BadParameter`` that names what is wrong."""
    rows = [parse_row(text) for text in row_texts]
    if rows_file is not None:
        rows += read_rows(rows_file)
    if not rows:
        raise click.UsageError("Give a row with --row, or a file of rows with --rows.")
    seen: set[str] = set()
    for row in rows:
        if row["uid"] in seen:
            raise click.BadParameter(f"two rows have the uid {row['uid']!r}", param_hint="--rows")
        seen.add(row["uid"])
    return rows


def parse_row(text: str) -> Row:
    """A row given as JSON. Raises ``BadParameter`` that names what is wrong."""
    try:
        row = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise click.BadParameter(f"this is not JSON: {error}", param_hint="--row") from error
    return _checked(row, "--row")


def read_rows(file: Path) -> list[Row]:
    """The rows of a file. Raises ``BadParameter`` that names what is wrong."""
    with click.open_file(str(file), encoding="utf-8") as stream:
        text = stream.read()
    if file.suffix == ".csv":
        found: Any = list(csv.DictReader(io.StringIO(text)))
    else:
        found = _parsed(text, file)
    if not isinstance(found, list):
        raise click.BadParameter(f"{file} holds no list of rows", param_hint="--rows")
    return [_checked(row, f"--rows, row {number}") for number, row in enumerate(found, 1)]


def _parsed(text: str, file: Path) -> Any:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines):
        return [parse_row(line) for line in lines]
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise click.BadParameter(f"{file} is neither JSON nor YAML: {error}", param_hint="--rows") from error


def _checked(row: Any, hint: str) -> Row:
    if not isinstance(row, dict) or isinstance(row.get("uid"), bool) or not isinstance(row.get("uid"), str | int):
        raise click.BadParameter('an object with at least a uid is needed: {"uid": "acme"}', param_hint=hint)
    for name in row.keys() - {"uid"}:
        if not isinstance(name, str) or not re.fullmatch(VARIABLE, name):
            raise click.BadParameter(f"{name!r} cannot be a variable in templates: letters, digits, _", param_hint=hint)
        if name in RESERVED_VARIABLES:
            raise click.BadParameter(f"{name!r} has a meaning of its own in templates", param_hint=hint)
    if row["uid"] == "":
        raise click.BadParameter("the uid is empty", param_hint=hint)
    return {**row, "uid": str(row["uid"])}
