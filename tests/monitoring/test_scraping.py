"""A real Prometheus scrapes the webhooks while they work: every query of dashboards and rules has something to show.

kube-state-metrics is played by our reading of its configuration, which another test compares with the real one, and
Metacontroller by a few counters.
"""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tenantry.server.measures import MEASURES
from tests.monitoring.dashboards import DASHBOARDS
from tests.monitoring.kube_state import samples
from tests.monitoring.prometheus import Prometheus, scraping, showing
from tests.monitoring.queries import METACONTROLLER, dashboard_queries, rules
from tests.scenarios.harness.backend import BACKENDS
from tests.scenarios.harness.world import World

PATIENCE = 60.0
KINDS = ("TenantRegistry", "TenantTemplate", "Tenant")
QUERIES = [(name, title, query) for name in DASHBOARDS for title, query in dashboard_queries(name)]
RECORDED = [rule["record"] for rule in rules() if "record" in rule]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two shops that are ready, and a Tenant made by hand whose values its template cannot use."""
    with BACKENDS["sandbox"](tmp_path_factory.mktemp("sandbox")) as backend:
        world = World(backend, tmp_path_factory.mktemp("world"))
        world.shops.insert("acme")
        world.shops.insert("bravo")
        world.start()
        world.until_ready("acme", "bravo")
        world.apply_tenant("solo")
        yield world


@pytest.fixture(scope="module")
def prometheus(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """It scrapes the webhooks, and what stands for the other two."""
    address = world.backend.webhooks.url.removeprefix("http://")
    with showing(lambda: _fleet(world)) as fleet, showing(_metacontroller) as metacontroller:
        targets = {"tenantry": address, "kube-state-metrics": fleet, "metacontroller": metacontroller}
        with scraping(tmp_path_factory.mktemp("prometheus"), targets) as running:
            yield running


def _fleet(world: World) -> str:
    objects = [
        obj for kind in KINDS for obj in world.cluster.list(world.cluster.resource_type("tenantry.io/v1", kind=kind))
    ]
    return "".join(f"{sample}\n" for sample in samples(objects))


def _metacontroller() -> str:
    labels = {"controller_name": "tenantry-tenants", "code": "200", "le": "+Inf"}
    lines = []
    for name, used in METACONTROLLER.items():
        shown = ",".join(f'{label}="{labels[label]}"' for label in used)
        lines.append(f"{name}{{{shown}}} {time.time():.0f}\n")
    return "".join(lines)


def _asked(query: str) -> str:
    """A query with all values of its variables; of a variable's own query, the metric."""
    if query.startswith("label_values("):
        query = query.removeprefix("label_values(").partition(",")[0]
    for variable in ("registry", "template", "controller"):
        query = query.replace(f"${variable}", ".*")
    return query


def _returns_data(prometheus: Prometheus, query: str) -> bool:
    """Whether a query has a result in time: a rate needs two scrapes with something between them."""
    deadline = time.monotonic() + PATIENCE
    while not prometheus.query(query):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


@pytest.mark.parametrize(("name", "title", "query"), QUERIES, ids=[f"{name}: {title}" for name, title, _ in QUERIES])
def test_a_query_of_a_dashboard_returns_data(prometheus: Prometheus, name: str, title: str, query: str) -> None:
    assert _returns_data(prometheus, _asked(query))


@pytest.mark.parametrize("name", RECORDED)
def test_a_rule_records_something(prometheus: Prometheus, name: str) -> None:
    assert _returns_data(prometheus, name)


def test_a_registry_that_is_deleted_has_no_series_any_more_but_when_that_was(world: World, tmp_path: Path) -> None:
    other = World(world.backend, tmp_path)
    other.shops.insert("acme")
    other.start()
    other.until_ready("acme")
    other.eventually(lambda: len(_series_of(other)) > 10, "the registry has series")
    other.delete(other.registry())
    gone = {"tenantry_registry_synced_timestamp_seconds"}
    other.eventually(lambda: _series_of(other) == gone, "the registry has no other series")


def _series_of(world: World) -> set[str]:
    """Names of the series about a world's registry."""
    return {
        sample.name
        for family in text_string_to_metric_families(_shown(world))
        for sample in family.samples
        if sample.labels.get("registry") == world.name
    }


def _shown(world: World) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{world.backend.webhooks.url}/metrics", timeout=10) as answer:
        return str(answer.read().decode())


def test_the_webhooks_show_exactly_the_metrics_that_are_defined(world: World) -> None:
    text = _shown(world)
    shown = {family.name: family for family in text_string_to_metric_families(text)}
    ours = {name for name in shown if name.startswith("tenantry_")}
    assert ours == {measure.name.removesuffix("_total") for measure in MEASURES}
    for measure in MEASURES:
        found = shown[measure.name.removesuffix("_total")]
        labels = {label for sample in found.samples for label in sample.labels} - {"le", "pid"}
        assert (found.type, found.documentation, labels) == (measure.type, measure.help, set(measure.labels))
