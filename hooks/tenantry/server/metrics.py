"""What Prometheus can ask: how often, how long, with how many children and with which outcome hooks were called.

Several worker processes answer for each other: PROMETHEUS_MULTIPROC_DIR names the folder of files in which each counts
(gunicorn's configuration sees to it). Counters and histograms are sums over them, and a gauge is what was set last.
"""

from __future__ import annotations

import os
from typing import Final

from flask import Flask
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_flask_exporter import PrometheusMetrics

from tenantry.server import measures
from tenantry.server.answers import Answer, Outcome
from tenantry.server.hooks import Controller, Hook
from tenantry.server.measures import Measure
from tenantry.server.registry_metrics import Forgetting, RegistryMetrics
from tenantry.tally import CACHES, Tally

REGISTRIES: Final = "registries"
"""The controller whose parents have metrics of their own."""


class HookMetrics:
    """Metrics of one hook, their labels bound in advance: finding them by label would cost more than counting."""

    def __init__(self, metrics: Metrics, controller: str, hook: Hook) -> None:
        labels = (controller, hook)
        self._seconds = metrics.histogram(measures.HOOK_SECONDS).labels(*labels)
        calls = metrics.counter(measures.HOOK_CALLS)
        self._outcomes = {outcome: calls.labels(*labels, outcome) for outcome in Outcome}
        self._work = metrics.work
        self._registries = metrics.registries if controller == REGISTRIES else None
        self._has_children = hook != "customize"
        if self._has_children:
            self._children = metrics.histogram(measures.HOOK_CHILDREN).labels(*labels)
            self._observed = metrics.counter(measures.HOOK_OBSERVED).labels(*labels)
            self._removed = metrics.counter(measures.HOOK_REMOVED).labels(*labels)
            self._kept = metrics.counter(measures.HOOK_KEPT).labels(*labels)

    def observe(self, answer: Answer, tally: Tally, *, seconds: float) -> None:
        """Count one call."""
        self._outcomes[answer.outcome].inc()
        self._seconds.observe(seconds)
        if tally.asked or tally.made:
            self._work.observe(tally)
        if not self._has_children or answer.outcome is not Outcome.OK:
            return
        self._children.observe(answer.children_out)
        # Counting nothing takes time as well.
        if answer.children_in:
            self._observed.inc(answer.children_in)
        if answer.removed:
            self._removed.inc(answer.removed)
        if tally.kept:
            self._kept.inc(tally.kept)
        if self._registries is not None and tally.parent is not None:
            self._registries.observe(tally.parent, tally.status)


class Work:
    """What is counted of compiling and rendering."""

    def __init__(self, metrics: Metrics) -> None:
        lookups = metrics.counter(measures.CACHE_LOOKUPS)
        self._hits = {cache: lookups.labels(cache, "hit") for cache in CACHES}
        self._misses = {cache: lookups.labels(cache, "miss") for cache in CACHES}
        seconds = {"revisions": measures.COMPILE_SECONDS, "plans": measures.RENDER_SECONDS}
        self._seconds = {cache: metrics.histogram(seconds[cache]) for cache in CACHES}
        self._failures = metrics.counter(measures.RENDER_FAILURES)

    def observe(self, tally: Tally) -> None:
        """Count what one call needed."""
        missed = dict.fromkeys(tally.asked, 0)
        for cache, seconds in tally.made:
            missed[cache] = missed.get(cache, 0) + 1
            self._misses[cache].inc()
            self._seconds[cache].observe(seconds)
        for cache, times in tally.asked.items():
            if times > missed[cache]:
                self._hits[cache].inc(times - missed[cache])
        if tally.render_failures:
            self._failures.inc(tally.render_failures)


class Metrics:
    """All metrics of a process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._made: dict[str, Counter | Gauge | Histogram] = {}
        for measure in measures.MEASURES:
            self._made[measure.name] = self._make(measure)
        self.work = Work(self)
        self.registries = RegistryMetrics(self)
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            ProcessCollector(registry=self.registry)

    def counter(self, measure: Measure) -> Counter:
        """The counter of this name."""
        found = self._made[measure.name]
        assert isinstance(found, Counter)
        return found

    def gauge(self, measure: Measure) -> Gauge:
        """The gauge of this name."""
        found = self._made[measure.name]
        assert isinstance(found, Gauge)
        return found

    def histogram(self, measure: Measure) -> Histogram:
        """The histogram of this name."""
        found = self._made[measure.name]
        assert isinstance(found, Histogram)
        return found

    def of_hook(self, controller: Controller, hook: Hook) -> HookMetrics:
        """The metrics of one hook."""
        return HookMetrics(self, controller.name, hook)

    def serve(self, app: Flask) -> None:
        """Answer ``GET /metrics``. The exporter's own metrics stay off: they would cost each request more than ours."""
        _Endpoint(app, path="/metrics", export_defaults=False, registry=self.registry)

    def _make(self, measure: Measure) -> Counter | Gauge | Histogram:
        match measure.type:
            case measures.Type.COUNTER:
                return Counter(measure.name, measure.help, measure.labels, registry=self.registry)
            case measures.Type.GAUGE:
                # Each worker may sync any registry: of all of them, the one that did so last knows.
                return Gauge(
                    measure.name, measure.help, measure.labels, registry=self.registry, multiprocess_mode="mostrecent"
                )
            case measures.Type.HISTOGRAM:
                return Histogram(
                    measure.name, measure.help, measure.labels, registry=self.registry, buckets=measure.buckets
                )


class _Endpoint(PrometheusMetrics):  # type: ignore[misc]  # the exporter is not typed
    """The exporter's endpoint, without the series of registries that are gone."""

    def generate_metrics(self, accept_header: str | None = None, names: list[str] | None = None) -> tuple[bytes, str]:
        """The text that Prometheus reads, and its type."""
        several = "PROMETHEUS_MULTIPROC_DIR" in os.environ
        # The client's collector is not typed.
        source: Collector = MultiProcessCollector(None) if several else self.registry  # type: ignore[no-untyped-call]
        shown = CollectorRegistry()
        shown.register(Forgetting(source))
        encode, content_type = choose_encoder(accept_header or "")
        return encode(shown.restricted_registry(names) if names else shown), content_type
