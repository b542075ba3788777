"""The group of commands, one for each system that people come from."""

from __future__ import annotations

import click

from tenantry.cli.migrate.lynq import command as lynq


@click.group()
def command() -> None:
    """Come to Tenantry from another system, and bring the running objects along.

    \b
    Examples:
        tenantry migrate lynq hub.yaml form.yaml > tenantry.yaml
        tenantry migrate lynq --take-over tenantry.yaml
    """


command.add_command(lynq, "lynq")
