"""``tenantry render``: what a template makes of one row, without any cluster."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import orjson
import yaml
from pydantic import ValidationError

from tenantry.cli.documents import dump
from tenantry.engine.compile import TemplateError, compile_resources
from tenantry.engine.draft import INVALID_VALUES, WAITING_FOR_VALUE, WHEN_FALSE, TenantTemplate, drafts_of
from tenantry.engine.render import template_context
from tenantry.kinds import TENANT_TEMPLATE, TenantTemplateSpec
from tenantry.kinds.registry import RESERVED_VARIABLES, VARIABLE
from tenantry.names import slug, tenant_name
from tenantry.protocol import JSONObject


@click.command()
@click.option(
    "--template",
    "-t",
    "file",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    help="File with a TenantTemplate; - reads standard input.",
)
@click.option(
    "--row",
    "-r",
    "row_text",
    required=True,
    metavar="JSON",
    help="The row: an object of uid and the values by their names in the template.",
)
@click.option("--inactive", is_flag=True, help="Render as if the row's tenant were inactive.")
def command(file: Path, row_text: str, *, inactive: bool) -> None:
    """Print the objects that a template makes of one row, in the order in which they would be created.

    Nothing is needed but the file: no cluster, no database. Labels and annotations that Tenantry adds are left out.
    What cannot be rendered is told on standard error, and the exit code is 1.

    \b
    Examples:
        tenantry render -t template.yaml --row '{"uid": "acme", "plan": "pro", "replicas": 2}'
        tenantry render -t template.yaml -r '{"uid": "acme", "plan": null}' | kubectl diff -f -
    """
    template = read_template(file)
    row = parse_row(row_text)
    spec = template["spec"]
    try:
        compiled = compile_resources(spec["resources"], spec.get("variables"))
    except TemplateError as error:
        raise _problems(file, [str(problem) for problem in error.problems]) from error
    context = template_context(
        uid=row["uid"],
        name=tenant_name(spec["registry"], row["uid"]) if spec.get("registry") else slug(row["uid"]),
        values={name: value for name, value in row.items() if name != "uid" and value is not None},
        nulls=[name for name, value in row.items() if value is None],
        active=not inactive,
    )
    problems = []
    for draft in drafts_of([TenantTemplate(template["metadata"]["name"], compiled)], context).drafts:
        _, _, id_ = draft.bound.id.partition("/")
        if draft.rendered is not None:
            click.echo(f"---\n# {id_}\n{dump(draft.rendered)}", nl=False)
        elif draft.failure in (WAITING_FOR_VALUE, WHEN_FALSE):
            click.echo(f"---\n# {id_} {draft.message}")
        else:
            problems.append(draft.message if draft.failure == INVALID_VALUES else _place(id_, draft.message))
    if problems:
        raise _problems(file, list(dict.fromkeys(problems)))


def _place(id_: str, message: str) -> str:
    """A message that begins with a path in the object, or with the name of an option, with the entry before it."""
    return f"resources[{id_}].object{message}" if message.startswith(".") else f"resources[{id_}].{message}"


def read_template(file: Path) -> JSONObject:
    """The one TenantTemplate in a file of YAML documents. Raises ``ClickException`` that names what is wrong."""
    with click.open_file(str(file), encoding="utf-8") as stream:
        try:
            documents = list(yaml.safe_load_all(stream))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise click.ClickException(f"{file} is not YAML: {error}") from error
    templates = [d for d in documents if isinstance(d, dict) and d.get("kind") == TENANT_TEMPLATE.name]
    if len(templates) != 1:
        raise click.ClickException(f"{file} holds {len(templates)} objects of kind TenantTemplate: one is needed.")
    template: JSONObject = templates[0]
    try:
        TenantTemplateSpec.model_validate(template.get("spec"))
    except ValidationError as error:
        found = [f"{_path(problem['loc'])}: {problem['msg']}" for problem in error.errors()]
        raise _problems(file, found) from error
    return template


def parse_row(text: str) -> dict[str, Any]:
    """A row given as JSON, with its uid as a string. Raises ``BadParameter`` that names what is wrong."""
    try:
        row = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise click.BadParameter(f"this is not JSON: {error}", param_hint="--row") from error
    if not isinstance(row, dict) or isinstance(row.get("uid"), bool) or not isinstance(row.get("uid"), str | int):
        raise click.BadParameter('an object with at least a uid is needed: {"uid": "acme"}', param_hint="--row")
    for name in row.keys() - {"uid"}:
        if not re.fullmatch(VARIABLE, name):
            raise click.BadParameter(
                f"{name!r} cannot be a variable in templates: letters, digits, _", param_hint="--row"
            )
        if name in RESERVED_VARIABLES:
            raise click.BadParameter(f"{name!r} has a meaning of its own in templates", param_hint="--row")
    if row["uid"] == "":
        raise click.BadParameter("the uid is empty", param_hint="--row")
    return {**row, "uid": str(row["uid"])}


def _path(location: tuple[int | str, ...]) -> str:
    return "spec" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)


def _problems(file: Path, problems: list[str]) -> click.ClickException:
    return click.ClickException("\n".join([f"{file} cannot be rendered as it is:", *(f"  {p}" for p in problems)]))
