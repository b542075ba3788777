"""The dashboards of the chart, as code: ``make dashboards`` writes charts/tenantry/files/dashboards anew."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from tests.controlplane.product import REPOSITORY
from tests.monitoring.dashboards.fleet import fleet
from tests.monitoring.dashboards.rollout import rollout
from tests.monitoring.dashboards.webhooks import webhooks

FOLDER: Final = REPOSITORY / "charts" / "tenantry" / "files" / "dashboards"
DASHBOARDS: Final = {"fleet": fleet, "rollout": rollout, "webhooks": webhooks}


def text_of(dashboard: Dashboard) -> str:
    """A dashboard as Grafana reads it."""
    return JSONEncoder(sort_keys=True, indent=1).encode(dashboard.build()) + "\n"


def file_of(name: str) -> Path:
    """Where a dashboard lies in the chart."""
    return FOLDER / f"{name}.json"
