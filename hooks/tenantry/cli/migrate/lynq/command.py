"""The command itself: converts files, or shows and does what hands live objects over."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from tenantry.cli.documents import dump
from tenantry.cli.migrate.lynq.converting import Conversion, convert_all
from tenantry.cli.output import print_data, progress_bar, visible
from tenantry.cli.reading import files_in, objects_in
from tenantry.words import counted

LOST: Final = 1


@click.command(short_help="Convert LynqHubs and LynqForms, and take live objects over.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True, allow_dash=True), metavar="[FILE]...")
@click.option("--strict", is_flag=True, help="Exit with 1 if something could not be converted.")
@click.option(
    "--namespace", "-n", default="default", show_default=True, help="Namespace of objects whose file names none."
)
@click.option(
    "--take-over",
    is_flag=True,
    help="Hand the objects in the cluster from Lynq to Tenantry, without deleting one. Shows the plan unless --yes.",
)
@click.option("--dry-run", is_flag=True, help="With --take-over: show the plan alone, also with --yes.")
@click.option("--yes", "-y", is_flag=True, help="With --take-over: do what the plan says.")
@click.option(
    "--kubeconfig",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="With --take-over: kubeconfig file. Without it: KUBECONFIG, or ~/.kube/config.",
)
@click.option("--context", default="", help="With --take-over: context of the kubeconfig.")
@click.option("--output", "-o", type=click.Choice(["yaml", "json"]), help="How the result is printed.")
def command(
    paths: tuple[Path, ...],
    *,
    strict: bool,
    namespace: str,
    take_over: bool,
    dry_run: bool,
    yes: bool,
    kubeconfig: Path | None,
    context: str,
    output: str | None,
) -> None:
    """Convert LynqHubs and LynqForms to TenantRegistries and TenantTemplates.

    Go templates become Jinja expressions that make the same objects. What could not be converted, and what means
    something else here, is told on standard error with its place. A string that could not be converted becomes an
    expression that fails: its entry is Failed then, and its object stays as it is.

    With --take-over, the objects that Lynq made become objects of the Tenants, while Lynq is scaled down: FILE… are
    the converted ones, edited if need be, or Lynq's own; without a file they are read from the cluster. Then
    LynqNodes, LynqForms and LynqHubs are deleted, and all objects stay. It can be interrupted and run again.

    \b
    Exit codes: 0 converted or done, 1 something was not (when converting, with --strict alone),
    2 a file cannot be read, or the cluster does not answer.

    \b
    Examples:
        tenantry migrate lynq hub.yaml form.yaml > tenantry.yaml
        kubectl get lynqhubs,lynqforms -n lynq -o yaml | tenantry migrate lynq - --strict
        tenantry migrate lynq --take-over tenantry.yaml
        tenantry migrate lynq --take-over tenantry.yaml --yes
    """
    if not take_over:
        if yes or dry_run or kubeconfig is not None or context:
            raise click.UsageError("--yes, --dry-run, --kubeconfig and --context are for --take-over.")
        _convert(paths, output or "yaml", strict=strict, namespace=namespace)
        return
    from tenantry.cli.connecting import connect
    from tenantry.cli.migrate.lynq.takeover import take_over_from

    documents = read_all(paths) if paths else None
    done = take_over_from(
        connect(kubeconfig, context), documents, namespace=namespace, output=output or "text", act=yes and not dry_run
    )
    if not done:
        sys.exit(LOST)


def _convert(paths: Sequence[Path], output: str, *, strict: bool, namespace: str) -> None:
    conversion = convert_all(read_all(paths), namespace=namespace)
    if not conversion.converted:
        raise click.ClickException("There is no LynqHub and no LynqForm in these files.")
    if output == "json":
        print_data({"apiVersion": "v1", "kind": "List", "items": conversion.objects}, output)
    else:
        click.echo("---\n".join(dump(obj) for obj in conversion.objects), nl=False)
    tell(conversion)
    if strict and conversion.notes.losses:
        sys.exit(LOST)


def tell(conversion: Conversion) -> None:
    """The notes of a conversion, on standard error."""
    for note in sorted(conversion.notes.found, key=lambda one: not one.lost):
        word, colour = ("not converted", "red") if note.lost else ("differs", "yellow")
        click.echo(f"{click.style(word, fg=colour)}: {visible(f'{note.place}: {note.message}')}", err=True)
    losses = conversion.notes.losses
    others = len(conversion.notes.found) - losses
    told = f"{counted(losses, 'place')} not converted, {counted(others, 'difference')}"
    click.echo(f"{counted(len(conversion.objects), 'object')}: {told}", err=True)


def read_all(paths: Sequence[Path]) -> list[Any]:
    """All documents of some files, and of the YAML and JSON files in folders. Raises ``Unreadable``."""
    documents: list[Any] = []
    with progress_bar() as progress:
        for file in progress.track(files_in(paths), description="reading"):
            documents += objects_in(file)
    return documents
