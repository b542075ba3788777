"""``tenantry test``: cases that stand beside a template and say what it must make of a row."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import click
from pydantic import BaseModel, ConfigDict, ValidationError

from tenantry.cli.documents import dump
from tenantry.cli.output import output_option, print_data, progress_bar, visible
from tenantry.cli.preview import Preview, previews
from tenantry.cli.reading import Unreadable, objects_in
from tenantry.cli.render import compiled_template, read_template
from tenantry.cli.rows import checked_row
from tenantry.protocol import JSONObject
from tenantry.words import counted

FAILED: Final = 1
PATTERN: Final = "*.test.yaml"


class Case(BaseModel):
    """One case of a file."""

    model_config = ConfigDict(extra="forbid")

    name: str
    row: dict[str, Any]
    active: bool = True
    observed: dict[str, dict[str, Any]] = {}
    """Live objects by the ids of their entries, for expressions that refer to them."""
    expect: dict[str, dict[str, Any] | None] = {}
    """Id of an entry → what its object must have, at least; null: there is none."""
    problems: dict[str, str] = {}
    """Id of an entry that must not render → what its problem says, among other things."""
    golden: str = ""
    """File with all objects, exactly."""


class Suite(BaseModel):
    """A file of cases."""

    model_config = ConfigDict(extra="forbid")

    template: str
    """File of the TenantTemplate, seen from this one."""
    cases: list[Case]


class Result(NamedTuple):
    """What became of a case."""

    file: str
    case: str
    complaints: list[str]


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True), metavar="[FILE]...")
@click.option("--update", is_flag=True, help="Write the golden files anew instead of comparing with them.")
@output_option
def command(paths: tuple[Path, ...], *, update: bool, output: str) -> None:
    """Check templates by cases that stand beside them, in files whose names end in .test.yaml.

    A case has a row and tells what must become of it: parts of objects by the ids of their entries, problems, or a
    golden file with all objects. Folders are searched; nothing means the current one.

    \b
    Exit codes: 0 all cases hold, 1 one does not, 2 a file cannot be read.

    \b
    Examples:
        tenantry test tenants/
        tenantry test tenants/webapp.test.yaml --update

    \b
    webapp.test.yaml:
        template: webapp.yaml
        cases:
        - name: a pro shop has two replicas
          row: {uid: acme, plan: pro}
          expect:
            web: {spec: {replicas: 2}}
            trial-banner: null
          golden: golden/acme.yaml
    """
    files = [file for path in paths or (Path(),) for file in (sorted(path.rglob(PATTERN)) if path.is_dir() else [path])]
    if not files:
        raise click.UsageError(f"There is no file {PATTERN} in {', '.join(map(str, paths)) or 'this folder'}.")
    results: list[Result] = []
    with progress_bar() as progress:
        for file in progress.track(files, description="testing"):
            results += _run(file, update=update)
    _show(results, output)
    if any(result.complaints for result in results):
        sys.exit(FAILED)


def _run(file: Path, *, update: bool) -> Iterator[Result]:
    suite = _read(file)
    source = file.parent / suite.template
    if not source.is_file():
        raise Unreadable(str(file), f"template: there is no file {source}.")
    try:
        template = read_template(source)
        compiled = compiled_template(template, source)
    except Unreadable:
        raise
    except click.ClickException as error:
        yield Result(str(file), suite.template, error.message.splitlines())
        return
    for case in suite.cases:
        try:
            row = checked_row(case.row, "row")
        except click.BadParameter as error:
            raise Unreadable(str(file), f"case {case.name!r}: row: {error.message}") from error
        found = previews(template, compiled, row, active=case.active, observed=case.observed)
        complaints = [*_compared(case, {one.id: one for one in found}), *_golden(case, file.parent, found, update)]
        yield Result(str(file), case.name, complaints)


def _read(file: Path) -> Suite:
    documents = objects_in(file)
    if len(documents) != 1:
        raise Unreadable(
            str(file), f"holds {counted(len(documents), 'document')}: one with template and cases is needed."
        )
    try:
        return Suite.model_validate(documents[0])
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors())
        raise Unreadable(str(file), told) from error


def _compared(case: Case, found: Mapping[str, Preview]) -> Iterator[str]:
    for id_ in [*case.expect, *case.problems]:
        if id_ not in found:
            yield f"{id_}: there is no such entry; there are {', '.join(found)}"
    for id_, one in found.items():
        if id_ in case.problems:
            wanted = case.problems[id_]
            if not one.problem:
                yield f"{id_}: is rendered, and should not be: {wanted}"
            elif wanted not in one.problem:
                yield f"{id_}: {one.problem}, which does not say {wanted!r}"
        elif one.problem:
            yield one.problem
        elif id_ in case.expect:
            yield from _object_compared(id_, case.expect[id_], one)


def _object_compared(id_: str, wanted: JSONObject | None, one: Preview) -> Iterator[str]:
    if wanted is None and one.object is not None:
        yield f"{id_}: there is an object, and should be none"
    elif wanted is not None and one.object is None:
        yield f"{id_}: there is no object: {one.remark}"
    elif wanted is not None:
        yield from _differences(wanted, one.object, id_)


def _differences(wanted: Any, found: Any, path: str) -> Iterator[str]:
    """Where ``found`` lacks something of ``wanted``; lists must be equal in length, mappings may have more."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key, value in wanted.items():
            if key in found:
                yield from _differences(value, found[key], f"{path}.{key}")
            elif value is not None:
                yield f"{path}.{key}: is missing, and should be {value!r}"
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for index, (one, other) in enumerate(zip(wanted, found, strict=True)):
            yield from _differences(one, other, f"{path}[{index}]")
    elif wanted != found or type(wanted) is not type(found):
        yield f"{path}: is {found!r}, and should be {wanted!r}"


def _golden(case: Case, folder: Path, found: list[Preview], update: bool) -> Iterator[str]:
    if not case.golden:
        return
    file = folder / case.golden
    text = "".join(f"---\n# {one.id}\n{dump(one.object)}" for one in found if one.object is not None)
    if update:
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            click.echo(f"wrote {file}", err=True)
    elif not file.is_file():
        yield f"{file} is not there: --update writes it"
    elif (before := file.read_text(encoding="utf-8")) != text:
        lines = difflib.unified_diff(before.splitlines(), text.splitlines(), str(file), "rendered", lineterm="")
        yield "\n".join(lines)


def _show(results: list[Result], output: str) -> None:
    if print_data([{**result._asdict(), "passed": not result.complaints} for result in results], output):
        return
    for result in results:
        mark = click.style("✗", fg="red") if result.complaints else click.style("✓", fg="green")
        click.echo(f"{mark} {result.file}: {visible(result.case)}")
        for line in (line for complaint in result.complaints for line in complaint.splitlines()):
            click.echo(f"    {visible(line)}")
    failed = sum(bool(result.complaints) for result in results)
    click.echo(f"{counted(len(results), 'case')}, {failed} failed", err=True)
