"""The ``tenantry`` command: one module for each thing it can do."""

from __future__ import annotations

import importlib

import click

from tenantry import __version__

COMMANDS = (
    "approve",
    "completion",
    "crds",
    "demo",
    "doctor",
    "drain",
    "migrate",
    "render",
    "rollout",
    "serve",
    "simulate",
    "status",
    "test",
    "trace",
    "validate",
)
"""Names of the commands, and of the modules in which they live: only the one that runs is imported."""


class _Commands(click.Group):
    """Commands that are imported when they are needed, so that ``--help`` and previews stay quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        command = importlib.import_module(f"tenantry.cli.{cmd_name}").command
        return command if isinstance(command, click.Command) else None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tenantry")
def main() -> None:
    """Turn rows of a database into running tenants on Kubernetes.

    \b
    See it work, on this machine alone:
        tenantry demo
    See what a template makes of a row:
        tenantry render -t template.yaml --row '{"uid": "acme", "plan": "pro"}'
    Put it on a cluster that runs Metacontroller:
        tenantry crds | kubectl apply -f -
    """
