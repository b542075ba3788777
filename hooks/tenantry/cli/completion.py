"""``tenantry completion``: what a shell needs to complete commands, options, and names of the cluster's objects."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

VARIABLE = "_TENANTRY_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the script by which a shell completes what you type after tenantry.

    \b
    Examples:
        tenantry completion bash > /etc/bash_completion.d/tenantry
        echo 'eval "$(tenantry completion zsh)"' >> ~/.zshrc
        tenantry completion fish > ~/.config/fish/completions/tenantry.fish
    """
    found = get_completion_class(shell)
    if found is None:
        raise click.ClickException(f"There are no completions for {shell}.")
    root = click.get_current_context().find_root().command
    # Not source(): that asks the bash of this machine for its version, and the script may be for another one.
    complete = found(root, {}, "tenantry", VARIABLE)
    click.echo(complete.source_template % complete.source_vars())
