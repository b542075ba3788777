"""What is counted of hook calls and of registries, and which series end."""

from __future__ import annotations

import math
import time
from datetime import datetime
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tenantry import tally
from tenantry.protocol import SyncRequest, SyncResponse
from tenantry.server import create_app, measures
from tenantry.server.hooks import Controller
from tenantry.server.measures import MEASURES, Measure
from tenantry.server.metrics import Metrics
from tenantry.server.registry_metrics import MOST_NAMED, Forgetting, RegistryMetrics
from tenantry.settings import Settings
from tests.unit.server.fakes import FakeHooks, answering, config_map, post, request_body

TENANTS = {"controller": "tenants", "hook": "sync"}


def shown(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Series → value."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(app: Any, name: str, **labels: str) -> float:
    """The value of a series."""
    return shown(app.test_client().get("/metrics").text)[name, frozenset(labels.items())]


def working(hook: Any) -> Any:
    """An application whose tenants hook does something that a tally counts."""

    def sync(request: SyncRequest, *, now: datetime) -> SyncResponse:
        hook()
        return SyncResponse(children=[config_map()], status={})

    return create_app(controllers=[Controller("tenants", sync=sync)], settings=Settings(log_level="error"))


def test_children_of_requests_are_counted() -> None:
    app = answering(config_map()).app()
    post(app, body=request_body(config_map()))
    assert value(app, "tenantry_hook_children_observed_total", **TENANTS) == 1.0


def test_kept_children_are_counted() -> None:
    app = working(tally.kept)
    post(app)
    assert value(app, "tenantry_hook_children_kept_total", **TENANTS) == 1.0


def test_render_failures_are_counted() -> None:
    @tally.made("plans")
    def make() -> None:
        tally.render_failed(3)

    app = working(make)
    post(app)
    assert value(app, "tenantry_render_failures_total") == 3.0


def test_a_cache_counts_hits_and_misses() -> None:
    @tally.made("plans")
    def make() -> None:
        return

    def hook() -> None:
        for _ in range(3):
            tally.asked("plans")
        make()

    app = working(hook)
    post(app)
    assert value(app, "tenantry_cache_lookups_total", cache="plans", result="miss") == 1.0
    assert value(app, "tenantry_cache_lookups_total", cache="plans", result="hit") == 2.0
    assert value(app, "tenantry_render_seconds_count") == 1.0


def test_what_fails_to_be_made_is_a_miss() -> None:
    @tally.made("revisions")
    def make() -> None:
        raise OSError("cannot be made")

    with tally.Tally() as counted, pytest.raises(OSError, match="cannot be made"):
        make()
    assert [cache for cache, _ in counted.made] == ["revisions"]


def test_nothing_is_counted_without_a_tally() -> None:
    with tally.Tally() as counted:
        """Over before anything happens."""
    tally.kept()
    tally.asked("plans")
    tally.render_failed(1)
    tally.ended("parse")
    assert (counted.kept, counted.asked, counted.render_failures, counted.ends) == (0, {}, 0, [])


def test_an_answer_does_not_depend_on_whether_somebody_counts() -> None:
    hooks = FakeHooks()
    body = request_body()
    with tally.Tally():
        counted = hooks.call(body)
    assert counted == hooks.call(body)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_a_metric_says_what_it_is(measure: Measure) -> None:
    assert measure.help.endswith(".")
    assert measure.name.endswith("_total") is (measure.type is measures.Type.COUNTER)


# Registries.


def registry(**status: Any) -> dict[str, Any]:
    """A registry as a hook gets it."""
    return {"metadata": {"name": "shops"}, "spec": {"source": {"syncInterval": "2m"}}, "status": status}


def source(**given: Any) -> dict[str, Any]:
    """What a status tells of polls that succeeded, the last one at 1,000 seconds."""
    moment = "1970-01-01T00:16:40Z"
    return {"lastAttemptTime": moment, "lastSuccessTime": moment, "failures": 0, "rows": 5, **given}


class Told:
    """Metrics of registries, and what is shown of them."""

    def __init__(self) -> None:
        self._metrics = Metrics()
        self._registries = RegistryMetrics(self._metrics)

    def tell(self, parent: dict[str, Any], status: dict[str, Any]) -> None:
        self._registries.observe(parent, status)

    def shown(self, *, hours: float = 0.0) -> dict[str, float]:
        """Series about registries → value, some hours later."""
        return {
            f"{sample.name} {' '.join(list(sample.labels.values())[1:])}".strip(): sample.value
            for metric in Forgetting(self._metrics.registry, clock=lambda: time.time() + hours * 3600).collect()
            for sample in metric.samples
            if sample.labels.get("registry") == "shops" and not sample.name.endswith("_created")
        }


def test_a_registry_tells_of_its_source() -> None:
    told = Told()
    told.tell(registry(), {"source": source(active=4, invalid=1, unplaced=0, durationMilliseconds=250)})
    found = told.shown()
    assert found["tenantry_registry_last_good_poll_timestamp_seconds"] == 1000.0
    assert found["tenantry_registry_poll_interval_seconds"] == 120.0
    assert found["tenantry_registry_poll_seconds"] == 0.25
    assert found["tenantry_registry_rows read"] == 5.0
    assert found["tenantry_registry_rows invalid"] == 1.0
    assert found["tenantry_registry_polls_total ok"] == 1.0


def test_a_sync_without_a_poll_counts_no_poll() -> None:
    told = Told()
    told.tell(registry(source=source()), {"source": source()})
    assert "tenantry_registry_polls_total ok" not in told.shown()


def test_a_failed_poll_is_counted_and_the_last_good_one_stays() -> None:
    told = Told()
    told.tell(registry(source=source()), {"source": source(lastAttemptTime="1970-01-01T01:00:00Z", failures=2)})
    found = told.shown()
    assert found["tenantry_registry_polls_total failed"] == 1.0
    assert found["tenantry_registry_poll_failures"] == 2.0
    assert found["tenantry_registry_last_good_poll_timestamp_seconds"] == 1000.0


def test_a_registry_that_was_never_polled_has_no_last_good_poll() -> None:
    told = Told()
    told.tell(registry(), {"source": {"failures": 1, "lastAttemptTime": "1970-01-01T01:00:00Z"}})
    assert "tenantry_registry_last_good_poll_timestamp_seconds" not in told.shown()


def test_a_registry_tells_of_its_tenants_and_rollouts() -> None:
    entry = {"name": "web", "phase": "Canary", "total": 9, "updated": 2, "underWay": 1, "failed": 0}
    told = Told()
    told.tell(registry(), {"tenants": {"degraded": 2}, "deletions": {"count": 3}, "templates": [entry]})
    found = told.shown()
    assert found["tenantry_registry_tenants degraded"] == 2.0
    assert found["tenantry_registry_blocked_deletions"] == 3.0
    assert found["tenantry_rollout_tenants web under_way"] == 1.0
    assert found["tenantry_rollout_phase web Canary"] == 1.0
    assert found["tenantry_rollout_phase web Idle"] == 0.0


def test_a_template_that_is_gone_has_no_series() -> None:
    entry = {"name": "web", "phase": "Idle", "total": 9}
    told = Told()
    told.tell(registry(), {"templates": [entry]})
    told.tell(registry(templates=[entry]), {"templates": []})
    assert [series for series in told.shown() if "rollout" in series] == []


def test_a_registry_that_is_deleted_has_no_series_but_when_that_was() -> None:
    """Another pod may remember it for hours: by this the rules know that it is behind."""
    told = Told()
    told.tell(registry(), {"source": source()})
    leaving = registry()
    leaving["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z"
    before = time.time()
    told.tell(leaving, {})
    assert set(told.shown()) == {"tenantry_registry_synced_timestamp_seconds"}
    assert before <= told.shown()["tenantry_registry_synced_timestamp_seconds"] <= time.time()
    assert told.shown(hours=7) == {}


def test_a_registry_that_is_made_again_tells_nothing_of_before() -> None:
    told = Told()
    entry = {"name": "web", "phase": "Idle", "total": 9}
    told.tell(registry(), {"templates": [entry]})
    leaving = registry(templates=[entry])
    leaving["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z"
    told.tell(leaving, {})
    told.tell(registry(), {"templates": []})
    assert [series for series in told.shown() if "rollout" in series] == []


def series(metrics: Metrics, label: str) -> set[str]:
    """The values of a label of all series."""
    samples = [sample for metric in metrics.registry.collect() for sample in metric.samples]
    return {sample.labels[label] for sample in samples if label in sample.labels}


def test_names_that_are_made_up_make_no_series_without_end(caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics()
    registries = RegistryMetrics(metrics)
    for number in range(MOST_NAMED + 20):
        made_up = {**registry(), "metadata": {"name": f"made-up-{number}"}}
        entry = {"name": f"template-{number}", "phase": "Idle"}
        registries.observe(made_up, {"source": source(), "templates": [entry]})
        registries.observe(registry(), {"templates": [entry]})
    assert len(series(metrics, "registry")) == MOST_NAMED
    assert len(series(metrics, "template")) <= MOST_NAMED
    assert sorted(record.getMessage() for record in caplog.records) == [
        "only the first 500 registries have metrics, until the pod is replaced",
        "only the first 500 templates in registries have metrics, until the pod is replaced",
    ]


def test_a_name_that_no_object_has_makes_no_series() -> None:
    metrics = Metrics()
    RegistryMetrics(metrics).observe({**registry(), "metadata": {"name": "x" * 254}}, {"source": source()})
    assert series(metrics, "registry") == set()


@pytest.mark.parametrize(("hours", "stays"), [(5, True), (7, False)])
def test_a_registry_that_others_sync_is_forgotten(hours: int, stays: bool) -> None:
    told = Told()
    told.tell(registry(), {"source": source()})
    assert bool(told.shown(hours=hours)) is stays


def test_values_that_are_no_numbers_are_not_shown() -> None:
    metrics = Metrics()
    metrics.gauge(measures.POLL_SECONDS).labels("shops").set(math.nan)
    found = [sample for metric in Forgetting(metrics.registry).collect() for sample in metric.samples]
    assert "tenantry_registry_poll_seconds" not in {sample.name for sample in found}
