"""Traces of hook calls for OpenTelemetry: a span for each call, with one for each part of it.

They need the extra ``tenantry[otel]`` and an address, OTEL_EXPORTER_OTLP_ENDPOINT or the same for traces alone,
OTEL_EXPORTER_OTLP_TRACES_ENDPOINT. All variables of OpenTelemetry's specification count. Without an address nothing is
loaded.

Spans are made when a call is over, out of the times that its tally noted, so the hooks know nothing of them. They name
parents, as the log does, and hold no value of a row.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Protocol

from tenantry.server.answers import Answer, Outcome
from tenantry.server.hooks import Hook
from tenantry.tally import Tally

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

LOGGER = logging.getLogger("tenantry.tracing")
ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
MISSING: Final = "traces are configured, but OpenTelemetry is not installed: install tenantry[otel], or unset %s"
PROTOCOL: Final = "traces leave as http/protobuf alone: %s is not known here, so there are none"


class Tracing(Protocol):
    """Tells calls to a collector of traces."""

    def tell(
        self, controller: str, hook: Hook, headers: Mapping[str, str], answer: Answer, tally: Tally
    ) -> dict[str, str]:
        """Tell a call that is over just now. ``headers`` may name the trace that it belongs to.

        The answer are fields of its log line: ``trace_id`` and ``span_id``, as hexadecimal digits.
        """


def make_tracing(environment: Mapping[str, str]) -> Tracing | None:
    """What the environment configures; nothing if it does not, or if OpenTelemetry is not there."""
    given = [name for name in ENDPOINTS if environment.get(name)]
    disabled = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if not given or disabled or environment.get("OTEL_TRACES_EXPORTER", "otlp") != "otlp":
        return None
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter") is None:
        LOGGER.warning(MISSING, given[0])
        return None
    general = environment.get("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
    protocol = environment.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", general)
    if protocol != "http/protobuf":
        LOGGER.warning(PROTOCOL, protocol)
        return None
    # Imported late: it is not installed everywhere, and takes half a second.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    return SpanTracing(BatchSpanProcessor(OTLPSpanExporter()))


class SpanTracing:
    """Tells calls as spans."""

    def __init__(self, processor: SpanProcessor) -> None:
        from opentelemetry.propagate import extract
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context

        from tenantry import __version__

        # What the environment says of the resource counts more.
        resource = Resource.create()
        if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):
            resource = resource.merge(Resource({SERVICE_NAME: "tenantry"}))
        provider = TracerProvider(resource=resource, shutdown_on_exit=True)
        provider.add_span_processor(processor)
        self._provider = provider
        self._tracer = provider.get_tracer("tenantry", __version__)
        self._extract = extract
        self._inside = set_span_in_context
        self._kind = SpanKind.SERVER
        self._error = Status(StatusCode.ERROR)

    def stop(self) -> None:
        """Send what was not sent yet, and end. Otherwise the end of the process does that."""
        self._provider.shutdown()

    def tell(
        self, controller: str, hook: Hook, headers: Mapping[str, str], answer: Answer, tally: Tally
    ) -> dict[str, str]:
        """Tell a call that is over just now."""
        caller = self._extract({name.lower(): value for name, value in headers.items()})
        span = self._tracer.start_span(
            f"{controller}/{hook}",
            context=caller,
            kind=self._kind,
            start_time=tally.began,
            attributes={
                "tenantry.controller": controller,
                "tenantry.hook": hook,
                "tenantry.parent": answer.parent,
                "tenantry.outcome": answer.outcome,
                "tenantry.children.observed": answer.children_in,
                "tenantry.children.returned": answer.children_out,
                "tenantry.children.removed": answer.removed,
                "tenantry.children.kept": tally.kept,
                "http.response.status_code": answer.status,
            },
        )
        inside = self._inside(span)
        for stage, began, ended in tally.stages():
            self._tracer.start_span(stage, context=inside, start_time=began).end(ended)
        if answer.outcome in (Outcome.ERROR, Outcome.REFUSED):
            span.set_status(self._error)
        span.end(tally.ended)
        context = span.get_span_context()
        return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}
