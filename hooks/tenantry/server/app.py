"""The Flask application."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import orjson
from flask import Flask, Response
from flask.json.provider import JSONProvider
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from tenantry.server.answers import TEXT_HEADERS
from tenantry.server.blueprints import Service, controller_blueprint, health_blueprint
from tenantry.server.callers import guard
from tenantry.server.hooks import Controller
from tenantry.server.logs import make_logger
from tenantry.server.metrics import Metrics
from tenantry.server.overload import CallLimit
from tenantry.server.tracing import make_tracing
from tenantry.server.validating import validation_blueprint
from tenantry.settings import Settings


class OrjsonProvider(JSONProvider):
    """Flask's JSON, by orjson."""

    def dumps(self, obj: object, **kwargs: object) -> str:
        """As text."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **kwargs: object) -> object:
        """From text or bytes."""
        return orjson.loads(s)


def build_app(
    controllers: Sequence[Controller], settings: Settings, clock: Callable[[], datetime] | None = None
) -> Flask:
    """The application that serves these controllers, with a logger, metrics and a limit of calls of its own."""
    app = Flask("tenantry", static_folder=None)
    app.json = OrjsonProvider(app)
    app.config.update(MAX_CONTENT_LENGTH=settings.max_body_bytes, PROVIDE_AUTOMATIC_OPTIONS=False)
    # Metacontroller follows redirects, and most of them would turn its POST into a GET.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    metrics = Metrics()
    limit = CallLimit(settings.max_calls)
    service = Service(settings, clock or _utc_now, limit, make_logger(settings), metrics, make_tracing(os.environ))
    for controller in controllers:
        app.register_blueprint(controller_blueprint(controller, service))
    app.register_blueprint(health_blueprint())
    app.register_blueprint(validation_blueprint(service))
    guard(app, settings, service.logger)
    if settings.metrics:
        metrics.serve(app)
    app.register_error_handler(HTTPException, _explain(_paths(controllers)))
    return app


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _paths(controllers: Sequence[Controller]) -> str:
    return ", ".join(f"/{controller.name}/{{{','.join(controller.hooks)}}}" for controller in controllers)


def _explain(paths: str) -> Callable[[HTTPException], Response]:
    def explain(error: HTTPException) -> Response:
        headers = list(TEXT_HEADERS)
        text = error.description or error.name
        if isinstance(error, NotFound):
            text = f"no such path: the hooks are POST {paths}; correct the url in spec.hooks of the controller's YAML"
        elif isinstance(error, MethodNotAllowed):
            allowed = ", ".join(sorted(error.valid_methods or ()))
            headers.append(("Allow", allowed))
            text = f"this path is for {allowed} alone"
        return Response(" ".join(text.split()), error.code or 500, headers)

    return explain
