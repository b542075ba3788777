"""What Prometheus can ask: how often, how long, with how many children and with which outcome hooks were called."""

from __future__ import annotations

import os
from typing import Final

from flask import Flask
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_flask_exporter import PrometheusMetrics

from tenantry.server.answers import Answer, Outcome
from tenantry.server.hooks import Controller, Hook

SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
CHILDREN: Final = (1, 10, 30, 100, 300, 1000)


class HookMetrics:
    """Metrics of one hook, their labels bound in advance: finding them by label would cost more than counting."""

    def __init__(self, metrics: Metrics, controller: str, hook: Hook) -> None:
        self._seconds = metrics.seconds.labels(controller, hook)
        self._children = metrics.children.labels(controller, hook) if hook != "customize" else None
        self._outcomes = {outcome: metrics.outcomes.labels(controller, hook, outcome) for outcome in Outcome}

    def observe(self, answer: Answer, *, seconds: float) -> None:
        """Count one call."""
        self._outcomes[answer.outcome].inc()
        self._seconds.observe(seconds)
        if self._children is not None and answer.outcome is Outcome.OK:
            self._children.observe(answer.children_out)


class Metrics:
    """All metrics of a process.

    With several worker processes PROMETHEUS_MULTIPROC_DIR is set (gunicorn's configuration sees to it), and each
    process answers for all of them. Labels are few, and never name a parent.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("controller", "hook")
        self.outcomes = Counter(
            "tenantry_hook_calls", "Hook calls by outcome.", (*labels, "outcome"), registry=self.registry
        )
        self.seconds = Histogram(
            "tenantry_hook_seconds", "Duration of hook calls.", labels, buckets=SECONDS, registry=self.registry
        )
        self.children = Histogram(
            "tenantry_hook_children",
            "Children that a sync or finalize hook returned.",
            labels,
            buckets=CHILDREN,
            registry=self.registry,
        )
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            ProcessCollector(registry=self.registry)

    def of_hook(self, controller: Controller, hook: Hook) -> HookMetrics:
        """The metrics of one hook."""
        return HookMetrics(self, controller.name, hook)

    def serve(self, app: Flask) -> None:
        """Answer ``GET /metrics``. The exporter's own metrics stay off: they would cost each request more than ours."""
        PrometheusMetrics(app, path="/metrics", export_defaults=False, registry=self.registry)
