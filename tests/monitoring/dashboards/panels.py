"""What all dashboards share: their variables, and panels that look alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from grafana_foundation_sdk.builders.common import ReduceDataOptions, VizLegendOptions, VizTooltipOptions
from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable, QueryVariable, ThresholdsConfig
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.stat import Panel as StatPanel
from grafana_foundation_sdk.builders.timeseries import Panel as TimeseriesPanel
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
    VariableRefresh,
)

SOURCE: Final = DataSourceRef(type_val="prometheus", uid="${datasource}")
WIDTH: Final = 24
"""Columns of Grafana's grid."""
Queries = Mapping[str, str]
"""Legend → query; a legend may hold labels as ``{{registry}}``."""

LATEST: Final = (
    "(tenantry_registry_synced_timestamp_seconds == on (registry) group_left () "
    "max by (registry) (tenantry_registry_synced_timestamp_seconds))"
)
"""The pods that synced each registry last."""


def latest(metric: str, *labels: str) -> str:
    """A gauge of registries from the pod that knows best."""
    return f"max by ({', '.join(('registry', *labels))}) ({metric} and on (registry, instance) {LATEST})"


def rate(metric: str, *labels: str) -> str:
    """What is counted of a counter each second, by these labels."""
    return f"sum by ({', '.join(labels)}) (rate({metric}[5m]))"


def slowest(metric: str, *labels: str) -> str:
    """What 99 of 100 observations of a histogram stay below. ``metric`` may have a selector at its end."""
    name, brace, selector = metric.partition("{")
    return f"histogram_quantile(0.99, {rate(f'{name}_bucket{brace}{selector}', *labels, 'le')})"


def new_dashboard(uid: str, title: str, description: str) -> Dashboard:
    """An empty dashboard whose data source can be chosen."""
    return (
        Dashboard(title)
        .uid(f"tenantry-{uid}")
        .description(description)
        .tags(["tenantry"])
        .readonly()
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .refresh("1m")
        .time("now-6h", "now")
        .timezone("browser")
        .with_variable(DatasourceVariable("datasource").label("Data source").type("prometheus"))
    )


def choice(name: str, label: str, query: str) -> QueryVariable:
    """A variable of which several values may be chosen, all at first."""
    return (
        QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(True)
        .include_all(True)
        .all_value(".*")
    )


def graph(title: str, description: str, queries: Queries, *, unit: str = "short", span: int = 12) -> TimeseriesPanel:
    """Values over time."""
    panel = (
        TimeseriesPanel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit(unit)
        .min(0)
        .span(span)
        .height(8)
        .fill_opacity(8)
        .line_width(1)
        .tooltip(VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
        .legend(
            VizLegendOptions()
            .show_legend(True)
            .display_mode(LegendDisplayMode.TABLE)
            .placement(LegendPlacement.BOTTOM)
            .calcs(["lastNotNull", "max"])
        )
    )
    for number, (legend, query) in enumerate(queries.items()):
        panel = panel.with_target(_target(number, legend, query))
    return panel


def number(
    title: str, description: str, query: str, *, unit: str = "short", alarm: float | None = None, span: int = 4
) -> StatPanel:
    """One number now. From ``alarm`` on it is red."""
    steps = [Threshold(value=None, color="green")]
    if alarm is not None:
        steps.append(Threshold(value=alarm, color="red"))
    return (
        StatPanel()
        .title(title)
        .description(description)
        .datasource(SOURCE)
        .unit(unit)
        .span(span)
        .height(4)
        .no_value("0")
        .color_mode(BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.AREA if alarm is None else BigValueGraphMode.NONE)
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))
        .thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
        .with_target(_target(0, title, query))
    )


def _target(number: int, legend: str, query: str) -> Dataquery:
    return Dataquery().ref_id(chr(ord("A") + number)).expr(query).legend_format(legend).range().datasource(SOURCE)
