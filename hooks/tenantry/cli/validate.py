"""``tenantry validate``: templates, registries and tenants before they reach a cluster."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
import orjson
import yaml

from tenantry.cli.lines import Document, read_documents
from tenantry.validation import Finding, findings_together

PROBLEMS = 1
UNREADABLE = 2
SUFFIXES = (".yaml", ".yml", ".json")


class Located(NamedTuple):
    """A finding and where it stands."""

    file: str
    line: int
    object: str
    finding: Finding


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True, allow_dash=True), metavar="FILE…")
@click.option("--strict", is_flag=True, help="Take warnings for problems.")
@click.option("--output", "-o", type=click.Choice(["text", "json"]), default="text", help="How findings are printed.")
def command(paths: tuple[Path, ...], *, strict: bool, output: str) -> None:
    """Tell everything that is wrong with TenantTemplates, TenantRegistries and Tenants, with file and line.

    Folders are searched for YAML files; - or nothing reads standard input. A template is judged by the mappings of its
    registry if that is among the files. Objects of other kinds are passed by.

    \b
    Exit codes: 0 nothing wrong, 1 problems (with --strict warnings too), 2 a file cannot be read.

    \b
    Examples:
        tenantry validate tenants/
        kubectl get tenanttemplate webapp -o yaml | tenantry validate --strict
    """
    located = []
    documents: list[tuple[str, Document]] = []
    for name, text in _texts(paths or (Path("-"),)):
        try:
            documents += [(name, document) for document in read_documents(text)]
        except yaml.YAMLError as error:
            _unreadable(name, error)
    objects = [(name, document) for name, document in documents if isinstance(document.value, dict)]
    for (name, document), found in zip(objects, findings_together([d.value for _, d in objects]), strict=True):
        located += [Located(name, document.line_of(f.path), _called(document.value), f) for f in found]
    problems = sum(strict or not one.finding.warning for one in located)
    _show(located, output, checked=len(objects))
    if problems:
        sys.exit(PROBLEMS)


def _texts(paths: Sequence[Path]) -> Iterator[tuple[str, str]]:
    for path in paths:
        files = sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES) if path.is_dir() else [path]
        for file in files:
            with click.open_file(str(file), encoding="utf-8") as stream:
                try:
                    yield ("standard input" if str(file) == "-" else str(file)), stream.read()
                except UnicodeDecodeError as error:
                    _unreadable(str(file), error)


def _unreadable(name: str, error: Exception) -> None:
    click.echo(f"{name} is not YAML: {error}", err=True)
    sys.exit(UNREADABLE)


def _called(obj: dict[str, Any]) -> str:
    return f"{obj.get('kind')} {(obj.get('metadata') or {}).get('name', '')}".strip()


def _show(located: Sequence[Located], output: str, *, checked: int) -> None:
    if output == "json":
        listed = [
            {
                "file": one.file,
                "line": one.line,
                "object": one.object,
                "path": one.finding.path,
                "message": one.finding.message,
                "severity": "warning" if one.finding.warning else "error",
            }
            for one in located
        ]
        click.echo(orjson.dumps(listed, option=orjson.OPT_INDENT_2).decode())
        return
    for one in located:
        word, colour = ("warning", "yellow") if one.finding.warning else ("error", "red")
        click.echo(f"{one.file}:{one.line}: {click.style(word, fg=colour)}: {one.object}: {one.finding}")
    warnings = sum(one.finding.warning for one in located)
    summary = f"{checked} objects: {len(located) - warnings} problems, {warnings} warnings"
    click.echo(summary, err=True)
