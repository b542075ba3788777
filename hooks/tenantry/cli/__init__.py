"""The ``tenantry`` command: one module for each thing it can do."""

from __future__ import annotations

import errno
import importlib
import os
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from tenantry import __version__

COMMANDS: Final = {
    "approve": "Let tenants go whose removal is blocked.",
    "completion": "Print what your shell needs to complete commands.",
    "crds": "Print the CustomResourceDefinitions.",
    "demo": "See a table become tenants, on this machine alone.",
    "doctor": "Tell what an installation lacks.",
    "drain": "Stop Tenantry before it is uninstalled.",
    "migrate": "Come from another system.",
    "render": "Print what a template makes of rows.",
    "rollout": "Follow, pause, resume or undo a rollout.",
    "serve": "Serve the webhooks, with gunicorn.",
    "simulate": "Run a template with rows on a cluster in this process.",
    "status": "Show registries, and tenants that are not Ready.",
    "test": "Check templates by cases that stand beside them.",
    "trace": "Show one tenant, and what went wrong with it.",
    "validate": "Tell what is wrong with templates, registries and tenants.",
}
"""Commands, named like the modules in which they live, and what each does: only the one that runs is imported."""
INTERRUPTED: Final = 130
"""Exit code after Ctrl-C, as shells have it: 1 would say that something was looked at and found wrong."""
FAILED: Final = 2
"""Exit code where the system refuses something: a full disk, a file that may not be written."""


class _Commands(click.Group):
    """Commands that are imported when they are needed: help, completions and previews stay quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        command = importlib.import_module(f"tenantry.cli.{cmd_name}").command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        offered = [CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)]
        return [*offered, *click.Command.shell_complete(self, ctx, incomplete)]

    def invoke(self, ctx: click.Context) -> Any:
        if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            ctx.color = False
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            ctx.exit(INTERRUPTED)
        except OSError as error:
            if error.errno == errno.EPIPE:  # Whoever reads has read enough: click ends without a word.
                raise
            click.echo(f"Error: {error}", err=True)
            ctx.exit(FAILED)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tenantry")
def main() -> None:
    """Turn rows of a database into running tenants on Kubernetes.

    \b
    See it work, on this machine alone:
        tenantry demo
    See what is wrong with a template, and what it makes of a row:
        tenantry validate template.yaml
        tenantry render -t template.yaml --row '{"uid": "acme", "plan": "pro"}'
    See how tenants on a cluster are, and what an installation lacks:
        tenantry status
        tenantry trace acme
        tenantry doctor
    """
