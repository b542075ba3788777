"""``tenantry render``: what a template makes of rows, without any cluster."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from typing import Final

import click

from tenantry.cli.documents import dump
from tenantry.cli.likeness import laid_out_like
from tenantry.cli.output import print_data, progress_bar, visible
from tenantry.cli.preview import Preview, previews
from tenantry.cli.reading import Unreadable, called, objects_in
from tenantry.cli.rows import Given, Row, row_options
from tenantry.engine.compile import compile_resources
from tenantry.engine.compiled import Compiled, TemplateError
from tenantry.kinds import TENANT_TEMPLATE, TENANT_TEMPLATE_REVISION
from tenantry.names import API_VERSION
from tenantry.protocol import JSONObject
from tenantry.validation import findings_of
from tenantry.words import counted

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True)
_COLOURS: Final = {"-": "red", "+": "green", "@": "cyan"}


@click.command()
@click.option("--template", "-t", "file", required=True, type=_FILE, help="File with a TenantTemplate; - reads stdin.")
@row_options
@click.option("--inactive", is_flag=True, help="Render as if the rows' tenants were inactive.")
@click.option(
    "--against",
    type=_FILE,
    help="File with another state of the template, or a TenantTemplateRevision: print what would change.",
)
@click.option("--output", "-o", type=click.Choice(["yaml", "json"]), default="yaml", help="How objects are printed.")
def command(file: Path, given: list[Given], *, inactive: bool, against: Path | None, output: str) -> None:
    """Print the objects that a template makes of rows, in the order in which they would be created.

    Nothing is needed but files: no cluster, and no database unless --source names one. Labels and annotations that
    Tenantry adds are left out. With -o json it is one List, with --against the objects before and after.

    \b
    Exit codes: 0 everything is rendered, 1 something cannot be: standard error tells what,
    2 a file or a table cannot be read.

    \b
    Examples:
        tenantry render -t template.yaml --row '{"uid": "acme", "plan": "pro", "replicas": 2}'
        tenantry render -t template.yaml -r '{"uid": "acme", "plan": null}' | kubectl diff -f -
        kubectl get tenanttemplaterevision webapp-0123456789 -o yaml > old.yaml
        tenantry render -t template.yaml --rows shops.csv --against old.yaml
        tenantry render -t template.yaml --source registry.yaml > /dev/null
    """
    template = read_template(file)
    compiled = compiled_template(template, file)
    former = read_template(against, registry=template["spec"].get("registry", "")) if against is not None else None
    then = compiled_template(former, against) if former is not None and against is not None else None
    problems: list[str] = []
    listed: list[JSONObject] = []
    with progress_bar(hidden=sys.stdout.isatty()) as progress:
        for row, labels in progress.track(given, description="rendering"):
            found = previews(template, compiled, row, active=not inactive, labels=labels)
            problems += [told if len(given) == 1 else f"{row['uid']}: {told}" for told in _problems_of(found)]
            if former is None or then is None:
                listed += [one.object for one in found if one.object is not None]
                text = "".join(_document(one) for one in found if not one.problem)
            else:
                changes = _changes(row, previews(former, then, row, active=not inactive, labels=labels), found)
                listed += changes
                text = "".join(map(_difference, changes))
            if output != "json":
                click.echo(text, nl=False)
    if output == "json":
        print_data(listed if former is not None else {"apiVersion": "v1", "kind": "List", "items": listed}, output)
    if problems:
        raise _problems(file, problems)


def read_template(file: Path, *, registry: str = "") -> JSONObject:
    """The one TenantTemplate, or TenantTemplateRevision, in a file of YAML documents, as a TenantTemplate.

    ``registry`` is that of a revision, which does not name it. Raises ``ClickException`` that names what is wrong.
    """
    kinds = (TENANT_TEMPLATE.name, TENANT_TEMPLATE_REVISION.name)
    templates = [d for d in objects_in(file) if isinstance(d, dict) and d.get("kind") in kinds]
    if len(templates) != 1:
        way_out = "give each a file of its own" if templates else "one is needed"
        raise Unreadable(called(file), f"holds {counted(len(templates), 'object')} of kind TenantTemplate: {way_out}.")
    template: JSONObject = templates[0]
    if template["kind"] == TENANT_TEMPLATE_REVISION.name:
        template = _of_revision(template, registry)
    if template.get("apiVersion") != API_VERSION:
        raise _problems(file, [f"apiVersion: is {template.get('apiVersion')!r}, and should be {API_VERSION}"])
    problems = [str(finding) for finding in findings_of(template) if not finding.warning]
    if problems:
        raise _problems(file, problems)
    return template


def _of_revision(revision: JSONObject, registry: str) -> JSONObject:
    spec = revision.get("spec") or {}
    content = {field: spec[field] for field in ("resources", "variables") if field in spec}
    return {
        "apiVersion": revision.get("apiVersion"),
        "kind": TENANT_TEMPLATE.name,
        "metadata": {"name": spec.get("template", "")},
        "spec": content | ({"registry": registry} if registry else {}),
    }


def compiled_template(template: JSONObject, file: Path) -> Compiled:
    """The entries of a template, ready to be rendered. Raises ``ClickException`` that names what is wrong."""
    try:
        return compile_resources(template["spec"]["resources"], template["spec"].get("variables"))
    except TemplateError as error:
        raise _problems(file, [str(problem) for problem in error.problems]) from error


def _problems_of(found: list[Preview]) -> list[str]:
    return list(dict.fromkeys(one.problem for one in found if one.problem))


def _document(one: Preview) -> str:
    return f"---\n# {one.id}\n{dump(one.object)}" if one.object is not None else f"---\n# {one.id} {one.remark}\n"


def _changes(row: Row, before: list[Preview], after: list[Preview]) -> list[JSONObject]:
    """Each object that differs, by the ids of the entries; an object that cannot be rendered now stays as it is."""
    old = {one.id: one.object for one in before if one.object is not None}
    new = {one.id: one.object for one in after if one.object is not None}
    told = {one.id for one in after if one.problem}
    ids = [*new, *(id_ for id_ in old if id_ not in new and id_ not in told)]
    return [
        {"uid": row["uid"], "id": id_, "before": old.get(id_), "after": new.get(id_)}
        for id_ in ids
        if old.get(id_) != new.get(id_)
    ]


def _difference(change: JSONObject) -> str:
    """A unified diff of the objects before and after."""
    former = laid_out_like(change["before"], change["after"])
    before, after = ([] if obj is None else dump(obj).splitlines() for obj in (former, change["after"]))
    name = f"{change['uid']}/{change['id']}"
    lines = difflib.unified_diff(before, after, f"{name} (before)", name, lineterm="")
    return "".join(f"{_coloured(line)}\n" for line in lines)


def _coloured(line: str) -> str:
    colour = _COLOURS.get(line[:1])
    return click.style(line, fg=colour) if colour else line


def _problems(file: Path, problems: list[str]) -> click.ClickException:
    told = [f"{called(file)} cannot be rendered as it is:", *(f"  {visible(problem)}" for problem in problems)]
    return click.ClickException("\n".join(told))
