"""The page of the reference about metrics: it has an entry for whatever can be asked for, and for every alert."""

from __future__ import annotations

import importlib.util
import io
import sys
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from tenantry.server.measures import MEASURES
from tests.controlplane.product import REPOSITORY
from tests.monitoring.kube_state import families
from tests.monitoring.queries import alerts, rules

if TYPE_CHECKING:
    from collections.abc import Iterator


class Pages(ModuleType):
    """What ``docs/reference.py`` writes its pages with when mkdocs builds the site; here they are kept."""

    def __init__(self) -> None:
        super().__init__("mkdocs_gen_files")
        self.texts: dict[str, str] = {}

    @contextmanager
    def open(self, name: str, mode: str) -> Iterator[io.StringIO]:
        """A page to be written."""
        assert mode == "w"
        page = io.StringIO()
        yield page
        self.texts[name] = page.getvalue()


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> str:
    """The page, in Markdown."""
    pages = Pages()
    monkeypatch.setitem(sys.modules, "mkdocs_gen_files", pages)
    spec = importlib.util.spec_from_file_location("reference_pages", REPOSITORY / "docs" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    return pages.texts["reference/metrics.md"]


def test_every_metric_has_an_entry(page: str) -> None:
    names = [*(measure.name for measure in MEASURES), *(family.name for family in families())]
    assert [name for name in names if f"| `{name}` |" not in page] == []


def test_every_alert_has_an_entry_that_leads_to_its_runbook(page: str) -> None:
    for alert in alerts():
        runbook = alert["annotations"]["runbook_url"].replace("RUNBOOKS", "../runbooks")
        assert f"| [{alert['alert']}]({runbook}) |" in page


def test_every_recorded_series_has_an_entry(page: str) -> None:
    assert [rule["record"] for rule in rules() if "record" in rule and f"| `{rule['record']}` |" not in page] == []


def test_every_row_of_a_table_has_as_many_cells_as_its_head(page: str) -> None:
    for table in page.split("\n\n"):
        lines = [line.replace("\\|", "") for line in table.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in lines}) <= 1, lines[:1]
