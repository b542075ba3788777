"""The queries of dashboards and alerts, and the names of all metrics that there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from tenantry.server.measures import MEASURES, Type
from tests.controlplane.product import REPOSITORY
from tests.monitoring.dashboards import DASHBOARDS, file_of
from tests.monitoring.kube_state import families

ALERTS: Final = REPOSITORY / "charts" / "tenantry" / "files" / "alerts.yaml"
METACONTROLLER: Final = {
    "metacontroller_sync_requests_total": ("controller_name", "code"),
    "metacontroller_sync_request_duration_histogram_seconds_bucket": ("controller_name", "le"),
}
"""Metrics of Metacontroller that we look at, with the labels that we use."""
_NAME: Final = re.compile(r"\b(?:kube_)?(?:tenantry|metacontroller)[_:][a-z0-9_:]+")


def rules() -> list[dict[str, Any]]:
    """All rules: recording rules and alerts."""
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts() -> list[dict[str, Any]]:
    """The alerts."""
    return [rule for rule in rules() if "alert" in rule]


def dashboard_queries(name: str) -> Iterator[tuple[str, str]]:
    """Title and query of each target of a dashboard, and of each of its variables."""
    dashboard = json.loads(file_of(name).read_text())
    for panel in _panels(dashboard["panels"]):
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], variable["query"]


def all_queries() -> list[tuple[str, str]]:
    """Where each query stands, and the query."""
    found = [(f"{name}: {title}", query) for name in DASHBOARDS for title, query in dashboard_queries(name)]
    return found + [(rule.get("alert") or rule["record"], rule["expr"]) for rule in rules()]


def names_in(query: str) -> set[str]:
    """The metrics that a query uses."""
    without_texts = re.sub(r'"[^"]*"', "", query)
    return set(_NAME.findall(without_texts))


def existing_names() -> set[str]:
    """All metrics that a query may use."""
    found = {*METACONTROLLER, *(rule["record"] for rule in rules() if "record" in rule)}
    found |= {family.name for family in families()}
    for measure in MEASURES:
        suffixes = ("_bucket", "_sum", "_count") if measure.type is Type.HISTOGRAM else ("",)
        found |= {measure.name + suffix for suffix in suffixes}
    return found


def _panels(panels: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for panel in panels:
        yield panel
        yield from _panels(panel.get("panels") or [])
