"""Metrics of each registry: its source, its tenants, its rollouts.

They are taken from the status that a sync gives it, so they say what ``kubectl`` shows. Any worker of any pod may sync
a registry. Within a pod the worker that did so last counts; of several pods the one whose
``tenantry_registry_synced_timestamp_seconds`` is the greatest, which is what the recording rules of the chart choose.

A series cannot be taken back from the files in which workers share their metrics. So what is gone is left out when
Prometheus asks: a registry that was deleted, or that this pod has not synced for a long time, and what is not a number.
And since names come with requests, there are only so many: whoever makes names up fills no memory.
"""

from __future__ import annotations

import logging
import math
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, get_args

from prometheus_client import Metric
from prometheus_client.registry import Collector

from tenantry.conditions import parse_timestamp
from tenantry.kinds.rollout import Phase
from tenantry.kinds.source import DURATION, seconds_of
from tenantry.protocol import JSONObject
from tenantry.server import measures
from tenantry.server.measures import Measure

if TYPE_CHECKING:
    from tenantry.server.metrics import Metrics

LOGGER = logging.getLogger("tenantry.metrics")
MOST_NAMED: Final = 500
"""Registries that have series in a worker process, and templates in registries."""
LONGEST_NAME: Final = 253
"""Characters (Kubernetes, Object Names and IDs)."""
FORGET_SECONDS: Final = 6 * 3600.0
"""After so long without a sync in this pod, or three intervals if those are longer, a registry's series end."""
PHASES: Final[tuple[str, ...]] = get_args(Phase)
_ROWS: Final = {"read": "rows", "active": "active", "invalid": "invalid", "unplaced": "unplaced"}
_TENANTS: Final = ("desired", "total", "ready", "degraded", "removing", "unlisted")
_ROLLOUT: Final = {"total": "total", "updated": "updated", "under_way": "underWay", "failed": "failed"}
_UNKNOWN_INTERVAL: Final = 30.0


class Named:
    """The names of which there are series: the first ones, and no more."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._found: set[tuple[str, ...]] = set()
        self._told = False

    def admits(self, *names: str) -> bool:
        """Whether there may be series with these names."""
        if names in self._found:
            return True
        if len(self._found) >= MOST_NAMED:
            if not self._told:
                LOGGER.warning("only the first %d %s have metrics, until the pod is replaced", MOST_NAMED, self._what)
                self._told = True
            return False
        if max(map(len, names)) > LONGEST_NAME:
            return False
        self._found.add(names)
        return True


class RegistryMetrics:
    """What is told of registries."""

    def __init__(self, metrics: Metrics) -> None:
        self._registries_told = Named("registries")
        self._templates_told = Named("templates in registries")
        self._synced = metrics.gauge(measures.REGISTRY_SYNCED)
        self._polls = metrics.counter(measures.POLLS)
        self._poll_seconds = metrics.gauge(measures.POLL_SECONDS)
        self._last_good = metrics.gauge(measures.LAST_GOOD_POLL)
        self._interval = metrics.gauge(measures.POLL_INTERVAL)
        self._failures = metrics.gauge(measures.POLL_FAILURES)
        self._rows = metrics.gauge(measures.ROWS)
        self._tenants = metrics.gauge(measures.TENANTS)
        self._blocked = metrics.gauge(measures.BLOCKED_DELETIONS)
        self._rollout_tenants = metrics.gauge(measures.ROLLOUT_TENANTS)
        self._phase = metrics.gauge(measures.ROLLOUT_PHASE)

    def observe(self, parent: JSONObject, status: Mapping[str, Any]) -> None:
        """Tell the status that a hook gave to a registry."""
        name: str = parent["metadata"]["name"]
        if not self._registries_told.admits(name):
            return
        previous: Mapping[str, Any] = parent.get("status") or {}
        if "deletionTimestamp" in parent["metadata"]:
            # Below zero: it is gone since then. Other pods may not have noticed, and this one knows better.
            self._synced.labels(name).set(-time.time())
            # Another one of this name may come.
            self._tell_rollouts(name, previous.get("templates") or (), ())
            return
        self._synced.labels(name).set(time.time())
        source: Mapping[str, Any] = status.get("source") or {}
        self._tell_polls(name, previous.get("source") or {}, source)
        self._interval.labels(name).set(_interval(parent))
        tenants = status.get("tenants") or {}
        for state in _TENANTS:
            self._tenants.labels(name, state).set(tenants.get(state, 0))
        self._blocked.labels(name).set((status.get("deletions") or {}).get("count", 0))
        self._tell_rollouts(name, previous.get("templates") or (), status.get("templates") or ())

    def _tell_polls(self, name: str, previous: Mapping[str, Any], source: Mapping[str, Any]) -> None:
        failures = source.get("failures", 0)
        self._failures.labels(name).set(failures)
        if source.get("lastAttemptTime", "") != previous.get("lastAttemptTime", ""):
            self._polls.labels(name, "failed" if failures else "ok").inc()
        good = source.get("lastSuccessTime")
        if not good:
            return
        self._last_good.labels(name).set(parse_timestamp(good).timestamp())
        self._poll_seconds.labels(name).set(source.get("durationMilliseconds", 0) / 1000)
        for state, field in _ROWS.items():
            self._rows.labels(name, state).set(source.get(field, 0))

    def _tell_rollouts(
        self, name: str, previous: Iterable[Mapping[str, Any]], entries: Iterable[Mapping[str, Any]]
    ) -> None:
        told = set()
        for entry in entries:
            template = entry["name"]
            if not self._templates_told.admits(name, template):
                continue
            told.add(template)
            for state, field in _ROLLOUT.items():
                self._rollout_tenants.labels(name, template, state).set(entry.get(field, 0))
            for phase in PHASES:
                self._phase.labels(name, template, phase).set(entry.get("phase") == phase)
        for template in {entry["name"] for entry in previous} - told:
            if not self._templates_told.admits(name, template):
                continue
            for state in _ROLLOUT:
                self._rollout_tenants.labels(name, template, state).set(math.nan)
            for phase in PHASES:
                self._phase.labels(name, template, phase).set(math.nan)


def _interval(parent: JSONObject) -> float:
    """Seconds between polls, as the API server made sure that they are there."""
    spec = parent.get("spec")
    found = (spec.get("source") or {}).get("syncInterval") if isinstance(spec, dict) else None
    return float(seconds_of(found)) if isinstance(found, str) and re.match(DURATION, found) else _UNKNOWN_INTERVAL


class Forgetting(Collector):
    """The metrics of another collector, without those of registries that are gone and without what is not a number.

    Of a registry that was seen to go there is left when that was, for as long as another pod may remember it: this is
    the latest that is known of it.
    """

    def __init__(self, source: Collector, *, clock: Callable[[], float] = time.time) -> None:
        self._source = source
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """As the other collector has them."""
        found = list(self._source.collect())
        heard = _values(found, measures.REGISTRY_SYNCED)
        forgotten = _forgotten(found, heard, now=self._clock())
        gone = {registry for registry, moment in heard.items() if moment < 0}
        for metric in found:
            left_out = forgotten if metric.name == measures.REGISTRY_SYNCED.name else forgotten | gone
            metric.samples = [
                sample._replace(value=abs(sample.value)) if sample.labels.get("registry") in gone else sample
                for sample in metric.samples
                if sample.labels.get("registry") not in left_out and not math.isnan(sample.value)
            ]
            yield metric


def _forgotten(found: Iterable[Metric], heard: Mapping[str, float], *, now: float) -> frozenset[str]:
    """The registries of which nothing was heard for too long."""
    intervals = _values(found, measures.POLL_INTERVAL)
    return frozenset(
        registry
        for registry, moment in heard.items()
        if now - abs(moment) > max(FORGET_SECONDS, 3 * intervals.get(registry, 0.0))
    )


def _values(found: Iterable[Metric], measure: Measure) -> dict[str, float]:
    """The value of each registry."""
    return {
        sample.labels["registry"]: sample.value
        for metric in found
        if metric.name == measure.name
        for sample in metric.samples
    }
