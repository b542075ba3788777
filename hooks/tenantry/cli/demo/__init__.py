"""``tenantry demo``: a database table becomes running tenants, before your eyes and on this machine alone.

``stage`` sets up what a real installation has, ``tour`` is the story, ``snapshot`` finds out what each change did to
the cluster, ``checks`` holds it against what was promised, and ``screen`` shows it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

import click

from tenantry.cli.demo.checks import Unexpected
from tenantry.cli.demo.screen import Screen
from tenantry.cli.demo.stage import checkout, set_stage
from tenantry.cli.demo.tour import tour


@click.command()
@click.option("--keep", is_flag=True, help="Keep the folder with the database and the logs.")
def command(*, keep: bool) -> None:
    """Show rows of a table becoming tenants, and following every change of row and template.

    A SQLite table of 25 shops, the webhooks under gunicorn as in production, and a cluster in this process in place of
    Kubernetes and Metacontroller. Takes less than a minute and leaves nothing behind. The exit code is 1, with a
    sentence, when anything is not as expected.

    \b
    Examples:
        tenantry demo
        tenantry demo --keep
    """
    screen = Screen()
    started = time.monotonic()
    repository = checkout()
    folder = Path(tempfile.mkdtemp(prefix="tenantry-demo-"))
    try:
        with set_stage(folder, repository) as stage:
            tour(stage, screen)
    except Unexpected as problem:
        screen.failed(str(problem))
        sys.exit(1)
    finally:
        if keep:
            screen.note(f"The database and the logs are in {folder}.")
        else:
            shutil.rmtree(folder)
    screen.finished(seconds=time.monotonic() - started)
