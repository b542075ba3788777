"""Log lines on standard error: one for each hook call, JSON unless a person is meant to read them.

A line tells which parent was looked at, how long it took and what came of it. Values of rows are never in it.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import orjson
import structlog
from structlog.typing import FilteringBoundLogger, Processor

from tenantry.protocol import ProtocolError
from tenantry.server.answers import Answer, Outcome
from tenantry.server.failures import format_traceback
from tenantry.server.hooks import Hook
from tenantry.settings import Settings

LONGEST_NAME: Final = 253
"""Characters of a parent's name (Kubernetes, Object Names and IDs)."""
LONGEST_REASON: Final = 4096
"""Characters. Reasons quote the request, and anybody may have sent that."""

_LEVELS = {
    Outcome.OK: logging.INFO,
    Outcome.TRY_LATER: logging.INFO,
    Outcome.TOO_OFTEN: logging.WARNING,
    Outcome.OVERLOADED: logging.WARNING,
    Outcome.BAD_REQUEST: logging.WARNING,
    Outcome.REFUSED: logging.ERROR,
    Outcome.ERROR: logging.ERROR,
}


def make_logger(settings: Settings) -> FilteringBoundLogger:
    """A logger of its own, which leaves the process's logging configuration alone."""
    shared = _processors()
    wrapper = structlog.make_filtering_bound_logger(settings.log_level)
    processors: list[Processor]
    if settings.log_format == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        logger: Any = structlog.PrintLogger(sys.stderr)
        processors = [*shared, renderer]
    else:
        logger = structlog.BytesLogger(sys.stderr.buffer)
        processors = [*shared, structlog.processors.JSONRenderer(orjson.dumps)]
    wrapped: FilteringBoundLogger = structlog.wrap_logger(
        logger, processors=processors, wrapper_class=wrapper, context_class=dict, cache_logger_on_first_use=True
    )
    return wrapped.bind()


def log_answer(
    logger: FilteringBoundLogger,
    controller: str,
    hook: Hook,
    answer: Answer,
    *,
    seconds: float,
    error_messages: bool = False,
    trace: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write the one line of a hook call. ``error_messages`` also shows what exceptions say, which may quote rows.

    ``trace`` are fields that lead to the call's trace.
    """
    details: dict[str, str] = {**trace}
    # A hook may also have failed on a request that is to blame itself.
    failed = answer.outcome in (Outcome.ERROR, Outcome.BAD_REQUEST) and not isinstance(answer.cause, ProtocolError)
    if failed and answer.cause is not None:
        details["traceback"] = format_traceback(answer.cause, messages=error_messages)
    if answer.outcome in (Outcome.TRY_LATER, Outcome.TOO_OFTEN):
        details["reason"] = str(answer.cause)[:LONGEST_REASON]
    elif answer.outcome is not Outcome.OK:
        details["reason"] = answer.body.decode()[:LONGEST_REASON]
    logger.log(
        _LEVELS[answer.outcome],
        "hook",
        controller=controller,
        hook=hook,
        parent=answer.parent[:LONGEST_NAME],
        outcome=answer.outcome,
        duration_ms=round(seconds * 1000, 3),
        children_in=answer.children_in,
        children_out=answer.children_out,
        removed=answer.removed,
        **details,
    )


def shown(value: object, *, longest: int = 100) -> str:
    """A text that anybody may have sent, for a log line: short, and without characters that begin another one."""
    text = str(value)[:longest]
    return "".join(character if character.isprintable() else "?" for character in text)


def standard_logging(settings: Settings) -> dict[str, Any]:
    """A ``logging`` configuration for lines that are not ours, gunicorn's above all: same format, same place."""
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if settings.log_format == "console"
        else structlog.processors.JSONRenderer()
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        "foreign_pre_chain": [*_processors(), structlog.processors.format_exc_info],
    }
    handler = {"class": "logging.StreamHandler", "formatter": "structlog", "stream": "ext://sys.stderr"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structlog": formatter},
        "handlers": {"stderr": handler},
        "root": {"level": settings.log_level.upper(), "handlers": ["stderr"]},
        "loggers": {
            "gunicorn.error": {"level": settings.log_level.upper(), "handlers": ["stderr"], "propagate": False},
        },
    }


def _processors() -> list[Processor]:
    return [structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]
