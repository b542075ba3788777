"""Rows that a person gives to a command: as JSON on the command line, in a file, or in the table of a registry."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import click
import orjson

from tenantry.cli.reading import STDIN, Unreadable, called, documents_of, text_of
from tenantry.kinds.registry import RESERVED_VARIABLES, VARIABLE
from tenantry.registry.values import Unusable, canonical

Row = dict[str, Any]
Command = TypeVar("Command", bound=Callable[..., Any])
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True)


class Given(NamedTuple):
    """A row, and the labels that its Tenant has by it."""

    row: Row
    labels: dict[str, str]


def row_options(function: Command) -> Command:
    """Adds ``--row``, ``--rows`` and ``--source`` to a command, which gets the rows as ``given``."""

    @click.option(
        "--row",
        "-r",
        "row_texts",
        multiple=True,
        metavar="JSON",
        help="A row: an object of uid and the values by their names in the template. May be given several times.",
    )
    @click.option(
        "--rows",
        "rows_file",
        type=_FILE,
        help="File of rows: a JSON or YAML list, one JSON object a line, or CSV with a head line (.csv; all texts).",
    )
    @click.option(
        "--source",
        type=_FILE,
        help="File with a TenantRegistry, and the Secrets that it names: all active rows of its table, read now.",
    )
    @wraps(function)
    def command(
        *args: Any, row_texts: tuple[str, ...], rows_file: Path | None, source: Path | None, **kwargs: Any
    ) -> Any:
        if [rows_file, source, kwargs.get("file"), kwargs.get("against")].count(STDIN) > 1:
            raise click.UsageError("Standard input can be read once: name a file where the other - stands.")
        return function(*args, given=given_rows(row_texts, rows_file, source), **kwargs)

    return cast(Command, command)


def given_rows(row_texts: Iterable[str], rows_file: Path | None, source: Path | None = None) -> list[Given]:
    """The rows of all options, each with its uid as a string. Raises ``ClickException`` that names what is wrong."""
    rows = [Given(parse_row(text), {}) for text in row_texts]
    if rows_file is not None:
        found = read_rows(rows_file)
        if not found:
            raise Unreadable(called(rows_file), "there is no row in it.")
        rows += [Given(row, {}) for row in found]
    if source is not None:
        from tenantry.cli.source import rows_of_source

        rows += [Given(row, labels) for row, labels in rows_of_source(source)]
    elif not rows:
        raise click.UsageError("Give a row with --row, a file of rows with --rows, or a registry with --source.")
    seen: set[str] = set()
    for row, _ in rows:
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
    return checked_row(row, "--row")


def read_rows(file: Path) -> list[Row]:
    """The rows of a file. Raises ``ClickException`` that names what is wrong."""
    text = text_of(file)
    found = list(_csv_rows(text)) if file.suffix.lower() == ".csv" else _parsed(text, file)
    if not isinstance(found, list):
        raise click.BadParameter(f"{called(file)} holds no list of rows", param_hint="--rows")
    return [checked_row(row, f"--rows, row {number}") for number, row in enumerate(found, 1)]


def checked_row(row: Any, hint: str) -> Row:
    """A row with its values as registries have them. Raises ``BadParameter`` that begins with ``hint``."""
    uid = row.get("uid") if isinstance(row, dict) else None
    if isinstance(uid, bool) or not isinstance(uid, str | int):
        has = f"; this one has {', '.join(map(str, row)) or 'nothing'}" if isinstance(row, dict) else ""
        raise click.BadParameter(f'an object with at least a uid is needed: {{"uid": "acme"}}{has}', param_hint=hint)
    if uid == "":
        raise click.BadParameter("the uid is empty", param_hint=hint)
    checked: Row = {"uid": str(uid)}
    for name, value in row.items():
        if name == "uid":
            continue
        if not isinstance(name, str) or not re.fullmatch(VARIABLE, name):
            raise click.BadParameter(f"{name!r} cannot be a variable in templates: letters, digits, _", param_hint=hint)
        if name in RESERVED_VARIABLES:
            raise click.BadParameter(f"{name!r} has a meaning of its own in templates", param_hint=hint)
        try:
            checked[name] = canonical(value)
        except Unusable as error:
            raise click.BadParameter(f"{name} {error}", param_hint=hint) from error
    return checked


def _csv_rows(text: str) -> Iterator[Row]:
    for number, row in enumerate(csv.DictReader(io.StringIO(text), restkey=""), 1):
        if "" in row and isinstance(row[""], list):
            raise click.BadParameter(
                "it has more values than the head line has names", param_hint=f"--rows, row {number}"
            )
        yield row


def _parsed(text: str, file: Path) -> Any:
    """JSON, one JSON object a line, or YAML. JSON is tried first: YAML takes a minute for what JSON takes a second."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines):
        return [parse_row(line) for line in lines]
    documents = documents_of(text, called(file))
    if len(documents) > 1:
        raise Unreadable(called(file), "these are several YAML documents: write one list of rows.")
    return documents[0].value if documents else []
