"""Traces of hook calls: who gets them, what is in them, and what they cost when nobody wants them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from tenantry.server import app as application
from tenantry.server.tracing import SpanTracing, make_tracing
from tests.unit.server.fakes import FakeHooks, answering, config_map, post, request_body

ADDRESS = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Keeps the spans of all applications that are made meanwhile."""
    kept = InMemorySpanExporter()
    monkeypatch.setattr(application, "make_tracing", lambda _: SpanTracing(SimpleSpanProcessor(kept)))
    yield kept
    kept.shutdown()


def named(spans: Sequence[ReadableSpan]) -> dict[str, Any]:
    """Spans by name."""
    return {span.name: span for span in spans}


def test_a_call_is_a_span_with_one_for_each_of_its_parts(exporter: InMemorySpanExporter) -> None:
    post(answering(config_map()).app(), body=request_body(config_map()))
    spans = named(exporter.get_finished_spans())
    assert set(spans) == {"tenants/sync", "parse", "render", "answer"}
    root = spans.pop("tenants/sync")
    assert {span.parent.span_id for span in spans.values()} == {root.context.span_id}
    assert root.start_time == spans["parse"].start_time
    assert spans["parse"].end_time == spans["render"].start_time
    assert spans["render"].end_time == spans["answer"].start_time
    assert spans["answer"].end_time == root.end_time


def test_a_span_says_what_came_of_the_call(exporter: InMemorySpanExporter) -> None:
    post(answering(config_map()).app(), body=request_body(config_map()))
    attributes = named(exporter.get_finished_spans())["tenants/sync"].attributes
    assert attributes["tenantry.parent"] == "shops.acme"
    assert attributes["tenantry.outcome"] == "ok"
    assert attributes["tenantry.children.returned"] == 1


def test_a_hook_that_fails_ends_within_its_part(exporter: InMemorySpanExporter) -> None:
    post(FakeHooks(error=ValueError("password hunter2")).app())
    spans = named(exporter.get_finished_spans())
    assert set(spans) == {"tenants/sync", "parse", "render"}
    assert spans["tenants/sync"].status.status_code is StatusCode.ERROR
    assert "hunter2" not in "".join(span.to_json() for span in spans.values())


def test_a_call_that_belongs_to_a_trace_stays_in_it(exporter: InMemorySpanExporter) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    FakeHooks().app().test_client().post("/tenants/sync", data=request_body(), headers=headers)
    assert {f"{span.context.trace_id:032x}" for span in exporter.get_finished_spans()} == {trace}


def test_a_log_line_leads_to_its_trace(exporter: InMemorySpanExporter, capsys: pytest.CaptureFixture[str]) -> None:
    post(FakeHooks().app())
    line = orjson.loads(capsys.readouterr().err)
    context = named(exporter.get_finished_spans())["tenants/sync"].context
    assert line["trace_id"] == f"{context.trace_id:032x}"
    assert line["span_id"] == f"{context.span_id:016x}"


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_SERVICE_NAME": "hooks"},
        {**ADDRESS, "OTEL_SDK_DISABLED": "true"},
        {**ADDRESS, "OTEL_TRACES_EXPORTER": "none"},
        {**ADDRESS, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
    ],
    ids=["nothing", "no address", "disabled", "no exporter", "another protocol"],
)
def test_there_are_no_traces_unless_they_are_configured(environment: dict[str, str]) -> None:
    assert make_tracing(environment) is None


def test_an_address_is_enough() -> None:
    made = make_tracing({**ADDRESS, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"})
    assert isinstance(made, SpanTracing)
    made.stop()


def test_without_opentelemetry_there_are_no_traces(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("tenantry.server.tracing.find_spec", lambda _: None)
    assert make_tracing(ADDRESS) is None
    assert "install tenantry[otel]" in caplog.text


def test_opentelemetry_is_not_loaded_unless_it_is_configured() -> None:
    code = "import sys, tenantry.server; tenantry.server.create_app(); print('opentelemetry' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout == "False\n"
