"""The blueprints: one for each controller's hooks, one for health."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import perf_counter

from flask import Blueprint, Response, request
from structlog.typing import FilteringBoundLogger

from tenantry.server.answers import TEXT_HEADERS, Answer, Outcome, text_answer, try_later
from tenantry.server.bodies import UnreadableBody, read_body
from tenantry.server.call import call
from tenantry.server.hooks import Controller, Hook
from tenantry.server.logs import log_answer
from tenantry.server.metrics import Metrics
from tenantry.server.overload import CallLimit
from tenantry.settings import Settings

Clock = Callable[[], datetime]


def controller_blueprint(
    controller: Controller,
    *,
    settings: Settings,
    clock: Clock,
    limit: CallLimit,
    logger: FilteringBoundLogger,
    metrics: Metrics,
) -> Blueprint:
    """``POST /<controller>/<hook>`` for each hook of a controller."""
    blueprint = Blueprint(controller.name, __name__, url_prefix=f"/{controller.name}")
    for hook in controller.hooks:
        view = _hook_view(controller, hook, settings, clock, limit, logger, metrics)
        blueprint.add_url_rule(f"/{hook}", endpoint=hook, view_func=view, methods=["POST"])
    return blueprint


def _hook_view(
    controller: Controller,
    hook: Hook,
    settings: Settings,
    clock: Clock,
    limit: CallLimit,
    logger: FilteringBoundLogger,
    metrics: Metrics,
) -> Callable[[], Response]:
    counted = metrics.of_hook(controller, hook)

    def answer_request() -> Answer:
        with limit.place() as free:
            if not free:
                return try_later(limit.retry_after(), Outcome.OVERLOADED)
            try:
                body = read_body(request, settings.max_body_bytes)
            except UnreadableBody as error:
                return text_answer(error.status, f"{controller.name}/{hook}: {error}", Outcome.BAD_REQUEST)
            return call(controller, hook, body, now=clock())

    def view() -> Response:
        started = perf_counter()
        answer = answer_request()
        seconds = perf_counter() - started
        counted.observe(answer, seconds=seconds)
        log_answer(logger, controller.name, hook, answer, seconds=seconds, error_messages=settings.log_error_messages)
        return Response(answer.body, answer.status, answer.headers)

    return view


def health_blueprint() -> Blueprint:
    """``GET /healthz``: the process lives. ``GET /readyz``: it can answer hooks, since its controllers are loaded."""
    blueprint = Blueprint("health", __name__)

    def healthy() -> Response:
        return Response("ok", 200, TEXT_HEADERS)

    for path in ("healthz", "readyz"):
        blueprint.add_url_rule(f"/{path}", endpoint=path, view_func=healthy, methods=["GET"])
    return blueprint
