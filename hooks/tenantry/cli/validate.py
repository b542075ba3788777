"""``tenantry validate``: templates, registries and tenants before they reach a cluster."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from tenantry.cli.lines import Document
from tenantry.cli.output import output_option, print_data, visible
from tenantry.cli.reading import UNREADABLE, Unreadable, called, documents_of, files_in, text_of
from tenantry.kinds import KINDS
from tenantry.names import API_VERSION, GROUP
from tenantry.validation import Finding, findings_together
from tenantry.words import counted

PROBLEMS: Final = 1
_NAMES: Final = tuple(kind.name for kind in KINDS)


class Located(NamedTuple):
    """A finding and where it stands."""

    file: str
    line: int
    object: str
    finding: Finding


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True, allow_dash=True), metavar="[FILE]...")
@click.option("--strict", is_flag=True, help="Take warnings for problems.")
@output_option
def command(paths: tuple[Path, ...], *, strict: bool, output: str) -> None:
    """Tell everything that is wrong with TenantTemplates, TenantRegistries and Tenants, with file and line.

    Folders are searched for YAML files; - or nothing reads standard input. A template is judged by the mappings of its
    registry if that is among the files. Objects of other kinds are passed by.

    \b
    Exit codes: 0 nothing wrong, 1 problems (with --strict warnings too),
    2 a file cannot be read, or nothing is in it.

    \b
    Examples:
        tenantry validate tenants/
        kubectl get tenanttemplate webapp -o yaml | tenantry validate --strict
    """
    documents, unreadable = _documents(files_in(paths))
    if not documents and not unreadable:
        raise Unreadable(", ".join(map(called, paths)) or "standard input", "there is nothing in it.")
    objects = [(name, document) for name, document in documents if _is_ours(document.value)]
    located = list(unreadable)
    for (name, document), found in zip(objects, _findings([d.value for _, d in objects]), strict=True):
        located += [Located(name, document.line_of(f.path), _called(document.value), f) for f in found]
    _show(located, output, objects=len(objects), passed_by=len(documents) - len(objects))
    if unreadable:
        sys.exit(UNREADABLE)
    if any(strict or not one.finding.warning for one in located):
        sys.exit(PROBLEMS)


def _documents(files: Sequence[Path]) -> tuple[list[tuple[str, Document]], list[Located]]:
    """All documents with the names of their files, and what is wrong with files that are no YAML."""
    documents: list[tuple[str, Document]] = []
    unreadable = []
    for file in files:
        name = called(file)
        try:
            documents += [(name, document) for document in documents_of(text_of(file), name)]
        except Unreadable as error:
            unreadable.append(Located(name, max(error.line, 1), "", Finding("", error.problem)))
    return documents, unreadable


def _is_ours(value: Any) -> bool:
    """Whether something is an object of ours, or was meant to be one."""
    if not isinstance(value, dict):
        return False
    return str(value.get("apiVersion", "")).partition("/")[0] == GROUP or value.get("kind") in _NAMES


def _findings(objects: Sequence[dict[str, Any]]) -> Iterator[list[Finding]]:
    for obj, found in zip(objects, findings_together(objects), strict=True):
        yield [*_misnamed(obj), *found]


def _misnamed(obj: dict[str, Any]) -> Iterator[Finding]:
    kind, version = str(obj.get("kind")), obj.get("apiVersion")
    if version != API_VERSION:
        yield Finding("apiVersion", f"is {version!r}, and should be {API_VERSION}")
    elif kind not in _NAMES:
        meant = difflib.get_close_matches(kind, _NAMES, n=1)
        yield Finding("kind", f"{API_VERSION} has no {kind}{f': did you mean {meant[0]}?' if meant else ''}")


def _called(obj: dict[str, Any]) -> str:
    metadata = obj.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return f"{obj.get('kind') or 'object'} {name or 'without a name'}"


def _show(located: Sequence[Located], output: str, *, objects: int, passed_by: int) -> None:
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
    if print_data(listed, output):
        return
    for one in located:
        word, colour = ("warning", "yellow") if one.finding.warning else ("error", "red")
        told = ": ".join(part for part in (one.object, one.finding.path, one.finding.message) if part)
        click.echo(f"{one.file}:{one.line}: {click.style(word, fg=colour)}: {visible(told)}")
    warnings = sum(one.finding.warning for one in located)
    others = f" ({passed_by} of other kinds passed by)" if passed_by else ""
    problems = counted(len(located) - warnings, "problem")
    click.echo(f"{counted(objects, 'object')}: {problems}, {counted(warnings, 'warning')}{others}", err=True)
