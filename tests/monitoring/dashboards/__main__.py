"""Write the dashboards into the chart."""

from __future__ import annotations

from tests.monitoring.dashboards import DASHBOARDS, file_of, text_of

for name, make in DASHBOARDS.items():
    file_of(name).parent.mkdir(exist_ok=True)
    file_of(name).write_text(text_of(make()))
