"""``tenantry render``: what a template makes of rows, without any cluster."""

from __future__ import annotations

import difflib
from pathlib import Path

import click
import yaml
from pydantic import ValidationError

from tenantry.cli.documents import dump
from tenantry.cli.preview import Preview, previews
from tenantry.cli.rows import Row, given_rows, row_options
from tenantry.engine.compile import Compiled, TemplateError, compile_resources
from tenantry.kinds import TENANT_TEMPLATE, TENANT_TEMPLATE_REVISION, TenantTemplateSpec
from tenantry.protocol import JSONObject

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True)


@click.command()
@click.option(
    "--template", "-t", "file", required=True, type=_FILE, help="File with a TenantTemplate; - reads standard input."
)
@row_options
@click.option("--inactive", is_flag=True, help="Render as if the rows' tenants were inactive.")
@click.option(
    "--against",
    type=_FILE,
    help="File with another state of the template, or a TenantTemplateRevision: print what would change.",
)
def command(
    file: Path, row_texts: tuple[str, ...], rows_file: Path | None, *, inactive: bool, against: Path | None
) -> None:
    """Print the objects that a template makes of rows, in the order in which they would be created.

    Nothing is needed but files: no cluster, no database. Labels and annotations that Tenantry adds are left out.
    What cannot be rendered is told on standard error, and the exit code is 1.

    \b
    Examples:
        tenantry render -t template.yaml --row '{"uid": "acme", "plan": "pro", "replicas": 2}'
        tenantry render -t template.yaml -r '{"uid": "acme", "plan": null}' | kubectl diff -f -
        kubectl get tenanttemplaterevision webapp-0123456789 -o yaml > old.yaml
        tenantry render -t template.yaml --rows shops.csv --against old.yaml
    """
    rows = given_rows(row_texts, rows_file)
    template = read_template(file)
    compiled = _compiled(template, file)
    former = read_template(against) if against is not None else None
    problems = []
    for row in rows:
        found = previews(template, compiled, row, active=not inactive)
        problems += [told if len(rows) == 1 else f"{row['uid']}: {told}" for told in _problems_of(found)]
        if former is None:
            click.echo("".join(_document(one) for one in found if not one.problem), nl=False)
        elif against is not None:
            before = previews(former, _compiled(former, against), row, active=not inactive)
            click.echo(_difference(row, before, found), nl=False)
    if problems:
        raise _problems(file, problems)


def read_template(file: Path) -> JSONObject:
    """The one TenantTemplate, or TenantTemplateRevision, in a file of YAML documents, as a TenantTemplate.

    Raises ``ClickException`` that names what is wrong.
    """
    with click.open_file(str(file), encoding="utf-8") as stream:
        try:
            documents = list(yaml.safe_load_all(stream))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise click.ClickException(f"{file} is not YAML: {error}") from error
    kinds = (TENANT_TEMPLATE.name, TENANT_TEMPLATE_REVISION.name)
    templates = [d for d in documents if isinstance(d, dict) and d.get("kind") in kinds]
    if len(templates) != 1:
        raise click.ClickException(f"{file} holds {len(templates)} objects of kind TenantTemplate: one is needed.")
    template: JSONObject = templates[0]
    if template["kind"] == TENANT_TEMPLATE_REVISION.name:
        template = _of_revision(template)
    try:
        TenantTemplateSpec.model_validate(template.get("spec"))
    except ValidationError as error:
        found = [f"{_path(problem['loc'])}: {problem['msg']}" for problem in error.errors()]
        raise _problems(file, found) from error
    return template


def _of_revision(revision: JSONObject) -> JSONObject:
    spec = revision.get("spec") or {}
    content = {field: spec[field] for field in ("resources", "variables") if field in spec}
    return {"kind": TENANT_TEMPLATE.name, "metadata": {"name": spec.get("template", "")}, "spec": content}


def _compiled(template: JSONObject, file: Path) -> Compiled:
    try:
        return compile_resources(template["spec"]["resources"], template["spec"].get("variables"))
    except TemplateError as error:
        raise _problems(file, [str(problem) for problem in error.problems]) from error


def _problems_of(found: list[Preview]) -> list[str]:
    return list(dict.fromkeys(one.problem for one in found if one.problem))


def _document(one: Preview) -> str:
    return f"---\n# {one.id}\n{dump(one.object)}" if one.object is not None else f"---\n# {one.id} {one.remark}\n"


def _difference(row: Row, before: list[Preview], after: list[Preview]) -> str:
    """A unified diff of each object that differs, by the ids of the entries."""
    old = {one.id: dump(one.object) for one in before if one.object is not None}
    new = {one.id: dump(one.object) for one in after if one.object is not None}
    told = {one.id for one in after if one.problem}
    lines: list[str] = []
    for id_ in [*new, *(id_ for id_ in old if id_ not in new and id_ not in told)]:
        lines += difflib.unified_diff(
            old.get(id_, "").splitlines(keepends=True),
            new.get(id_, "").splitlines(keepends=True),
            f"{row['uid']}/{id_} (before)",
            f"{row['uid']}/{id_}",
        )
    return "".join(lines)


def _path(location: tuple[int | str, ...]) -> str:
    return "spec" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)


def _problems(file: Path, problems: list[str]) -> click.ClickException:
    return click.ClickException("\n".join([f"{file} cannot be rendered as it is:", *(f"  {p}" for p in problems)]))
