"""The dashboards: their files are those of the code, Grafana can read them, and they ask for what there is."""

from __future__ import annotations

import json

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from tests.monitoring.dashboards import DASHBOARDS, FOLDER, file_of, text_of
from tests.monitoring.queries import all_queries, existing_names, names_in

EACH_DASHBOARD = pytest.mark.parametrize("name", DASHBOARDS)


@EACH_DASHBOARD
def test_a_dashboard_in_the_chart_is_that_of_the_code(name: str) -> None:
    assert file_of(name).read_text() == text_of(DASHBOARDS[name]()), "run make dashboards"


def test_the_chart_has_no_other_dashboards() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == set(DASHBOARDS)


@EACH_DASHBOARD
def test_grafana_can_read_a_dashboard(name: str) -> None:
    text = file_of(name).read_text()
    read = Dashboard.from_json(json.loads(text))
    assert json.loads(JSONEncoder(sort_keys=True).encode(read)) == json.loads(text)


@EACH_DASHBOARD
def test_every_panel_says_what_it_shows_and_has_a_place_of_its_own(name: str) -> None:
    panels = [panel for panel in json.loads(file_of(name).read_text())["panels"] if panel["type"] != "row"]
    assert [panel["title"] for panel in panels if not panel.get("description")] == []
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(places) == len(set(places))


def test_every_query_uses_metrics_that_there_are() -> None:
    existing = existing_names()
    unknown = {where: missing for where, query in all_queries() if (missing := names_in(query) - existing)}
    assert unknown == {}


def test_every_query_uses_a_metric() -> None:
    assert [where for where, query in all_queries() if not names_in(query)] == []
