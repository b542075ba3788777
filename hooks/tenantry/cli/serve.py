"""``tenantry serve``: the webhooks, under gunicorn."""

from __future__ import annotations

import os
import sys

import click
from pydantic import ValidationError

from tenantry.settings import Settings

GUNICORN = ("-m", "gunicorn", "--config", "python:tenantry.server.gunicorn_conf", "tenantry.server:create_app()")


class _ServeCommand(click.Command):
    """A command whose help lists the settings as they are defined."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Environment"):
            formatter.write_dl(
                [
                    (f"TENANTRY_{name.upper()}", f"{field.description}  [default: {field.default}]")
                    for name, field in Settings.model_fields.items()
                ]
            )


@click.command(cls=_ServeCommand)
@click.option("--bind", "-b", metavar="ADDRESS:PORT", help="Where to listen; goes before TENANTRY_BIND.")
@click.option("--workers", "-w", type=int, metavar="N", help="Worker processes; goes before TENANTRY_WORKERS.")
def command(bind: str | None, workers: int | None) -> None:
    """Serve the webhooks that Metacontroller calls, with gunicorn, until the process is stopped.

    \b
    Examples:
        tenantry serve
        tenantry serve --bind 127.0.0.1:8080 --workers 2
        TENANTRY_LOG_FORMAT=console tenantry serve
    """
    given = {"TENANTRY_BIND": bind, "TENANTRY_WORKERS": None if workers is None else str(workers)}
    os.environ.update({name: value for name, value in given.items() if value is not None})
    try:
        Settings()
    except ValidationError as error:
        problems = (f"TENANTRY_{str(p['loc'][0]).upper()}: {p['msg']}" for p in error.errors())
        raise click.ClickException("; ".join(problems)) from error
    # gunicorn takes this process over, so that signals of a supervisor reach it.
    os.execv(sys.executable, [sys.executable, *GUNICORN])
