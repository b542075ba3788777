"""The webhooks' HTTP server: it decodes requests, calls the hooks, checks what they decide, and encodes the answers.

``call`` is the path of every hook from bytes to bytes, free of HTTP. Around it stands a thin Flask application with one
blueprint a controller.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from tenantry.server.hooks import Controller
    from tenantry.settings import Settings


def create_app(
    *,
    controllers: Sequence[Controller] | None = None,
    settings: Settings | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Flask:
    """The WSGI application: hooks, health and metrics.

    Without arguments it serves Tenantry's own controllers, with settings from the environment and the system's clock.
    """
    # Imported late because gunicorn's configuration is a module of this package and has to run first: prometheus_client
    # looks at PROMETHEUS_MULTIPROC_DIR once, when it is imported.
    from tenantry.server.app import build_app
    from tenantry.settings import Settings as DefaultSettings

    settings = settings or DefaultSettings()
    if controllers is None:
        from tenantry.server.controllers import controllers as ours

        controllers = ours(settings)
    return build_app(controllers, settings, clock)


__all__ = ["create_app"]
