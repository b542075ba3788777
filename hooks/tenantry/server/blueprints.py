"""The blueprints: one for each controller's hooks, one for health."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

from flask import Blueprint, Response, request
from structlog.typing import FilteringBoundLogger

from tenantry.server.answers import TEXT_HEADERS, Answer, Outcome, text_answer, try_later
from tenantry.server.bodies import UnreadableBody, read_body
from tenantry.server.call import call
from tenantry.server.failures import format_traceback
from tenantry.server.hooks import Controller, Hook
from tenantry.server.logs import log_answer
from tenantry.server.metrics import Metrics
from tenantry.server.overload import CallLimit
from tenantry.server.patience import our_turn
from tenantry.server.tracing import Tracing
from tenantry.settings import Settings
from tenantry.tally import Tally


@dataclass(frozen=True, slots=True)
class Service:
    """What all hooks of an application share."""

    settings: Settings
    clock: Callable[[], datetime]
    limit: CallLimit
    logger: FilteringBoundLogger
    metrics: Metrics
    tracing: Tracing | None
    """Tells each call to a collector of traces; none where nobody configured that."""


def controller_blueprint(controller: Controller, service: Service) -> Blueprint:
    """``POST /<controller>/<hook>`` for each hook of a controller."""
    blueprint = Blueprint(controller.name, __name__, url_prefix=f"/{controller.name}")
    for hook in controller.hooks:
        view = _hook_view(controller, hook, service)
        blueprint.add_url_rule(f"/{hook}", endpoint=hook, view_func=view, methods=["POST"])
    return blueprint


def _hook_view(controller: Controller, hook: Hook, service: Service) -> Callable[[], Response]:
    counted = service.metrics.of_hook(controller, hook)
    tracing = service.tracing
    error_messages = service.settings.log_error_messages

    # Everything happens in the view itself: functions before and after requests would cost each of them more.
    def view() -> Response:
        started = perf_counter()
        with Tally() as tally:
            answer = _answer(controller, hook, service)
        seconds = perf_counter() - started
        try:
            counted.observe(answer, tally, seconds=seconds)
        except Exception as error:
            # The answer counts, whatever the numbers about it: a status that no API server stores may spoil them.
            service.logger.error("metrics", traceback=format_traceback(error, messages=error_messages))
        trace = tracing.tell(controller.name, hook, dict(request.headers), answer, tally) if tracing else {}
        log_answer(
            service.logger, controller.name, hook, answer, seconds=seconds, error_messages=error_messages, trace=trace
        )
        return Response(answer.body, answer.status, answer.headers)

    return view


def _answer(controller: Controller, hook: Hook, service: Service) -> Answer:
    try:
        # Before it takes a place: a client that is stuck in the middle of its body must not keep others from theirs.
        body = read_body(request, service.settings.max_body_bytes)
    except UnreadableBody as error:
        return text_answer(error.status, f"{controller.name}/{hook}: {error}", Outcome.BAD_REQUEST)
    with service.limit.place() as free:
        if not free:
            return try_later(service.limit.retry_after(), Outcome.OVERLOADED)
        with our_turn():
            return call(controller, hook, body, now=service.clock())


def health_blueprint() -> Blueprint:
    """``GET /healthz``: the process lives. ``GET /readyz``: it can answer hooks, since its controllers are loaded."""
    blueprint = Blueprint("health", __name__)

    def healthy() -> Response:
        return Response("ok", 200, TEXT_HEADERS)

    for path in ("healthz", "readyz"):
        blueprint.add_url_rule(f"/{path}", endpoint=path, view_func=healthy, methods=["GET"])
    return blueprint
