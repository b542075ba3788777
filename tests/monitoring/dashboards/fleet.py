"""All tenants at a glance: are they ready, do their rows arrive, does anything wait for a person?"""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from tests.monitoring.dashboards.panels import choice, graph, latest, new_dashboard, number, rate

CHOSEN = '{registry=~"$registry"}'


def fleet() -> Dashboard:
    """Registries and their tenants."""
    dashboard = new_dashboard("fleet", "Tenantry / Fleet", "Registries, their rows and their tenants.")
    dashboard = dashboard.with_variable(
        choice("registry", "Registry", "label_values(kube_tenantry_registry_tenants, registry)")
    )
    return _trouble(_source(_tenants(dashboard)))


def _tenants(dashboard: Dashboard) -> Dashboard:
    states = 'kube_tenantry_registry_tenants{registry=~"$registry", state="%s"}'
    return (
        dashboard.with_row(Row("Tenants"))
        .with_panel(number("Tenants", "Tenants that exist.", f"sum({states % 'total'})"))
        .with_panel(number("Ready", "Tenants that are as they should be.", f"sum({states % 'ready'})"))
        .with_panel(number("Degraded", "Tenants that need a person.", f"sum({states % 'degraded'})", alarm=1))
        .with_panel(number("Removing", "Tenants on their way out.", f"sum({states % 'removing'})"))
        .with_panel(
            number("Without a row", "Tenants that are kept without one.", f"sum({states % 'unlisted'})", alarm=1)
        )
        .with_panel(
            number(
                "Made by hand, degraded",
                "Tenants without a registry that need a person.",
                'count(kube_tenantry_tenant_degraded{registry=""} == 1) or vector(0)',
                alarm=1,
            )
        )
        .with_panel(
            graph(
                "Tenants by state",
                "As the status of their registries tells.",
                {"{{registry}} {{state}}": f"sum by (registry, state) (kube_tenantry_registry_tenants{CHOSEN})"},
            )
        )
        .with_panel(
            graph(
                "Tenants that are not ready",
                "Each with its name; none is best.",
                {"{{tenant}}": f"topk(20, kube_tenantry_tenant_ready{CHOSEN} == 0)"},
            )
        )
    )


def _source(dashboard: Dashboard) -> Dashboard:
    return (
        dashboard.with_row(Row("Source"))
        .with_panel(
            graph(
                "Age of the last good poll",
                "How old what tenants are made of may be.",
                {"{{registry}}": f"time() - {latest(f'tenantry_registry_last_good_poll_timestamp_seconds{CHOSEN}')}"},
                unit="s",
                span=8,
            )
        )
        .with_panel(
            graph(
                "Duration of polls",
                "Time to read all rows.",
                {"{{registry}}": latest(f"tenantry_registry_poll_seconds{CHOSEN}")},
                unit="s",
                span=8,
            )
        )
        .with_panel(
            graph(
                "Polls",
                "Polls a second by outcome.",
                {"{{registry}} {{outcome}}": rate(f"tenantry_registry_polls_total{CHOSEN}", "registry", "outcome")},
                span=8,
            )
        )
        .with_panel(
            graph(
                "Rows",
                "Rows of the last good poll: read, active, invalid, without room.",
                {"{{registry}} {{state}}": latest(f"tenantry_registry_rows{CHOSEN}", "state")},
            )
        )
        .with_panel(
            graph(
                "Failed polls in a row",
                "Above 0 the database cannot be read, and everything stays as it is.",
                {"{{registry}}": latest(f"tenantry_registry_poll_failures{CHOSEN}")},
            )
        )
    )


def _trouble(dashboard: Dashboard) -> Dashboard:
    conditions = 'kube_tenantry_registry_condition{registry=~"$registry", condition=~"Degraded|DeletionsBlocked"}'
    return (
        dashboard.with_row(Row("Waits for a person"))
        .with_panel(
            graph(
                "Blocked deletions",
                "Tenants whose removal waits for approval.",
                {"{{registry}}": latest(f"tenantry_registry_blocked_deletions{CHOSEN}")},
                span=8,
            )
        )
        .with_panel(
            graph("Conditions of registries", "1 while it is so.", {"{{registry}} {{condition}}": conditions}, span=8)
        )
        .with_panel(
            graph(
                "Templates that are not valid",
                "1 while a template has problems: see its status.",
                {"{{template}}": 'kube_tenantry_template_condition{condition="Degraded"}'},
                span=8,
            )
        )
    )
