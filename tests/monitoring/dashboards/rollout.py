"""A changed template on its way to the tenants: how far, how fast, and what stops it."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from tests.monitoring.dashboards.panels import choice, graph, latest, new_dashboard, number

CHOSEN = '{registry=~"$registry", template=~"$template"}'


def rollout() -> Dashboard:
    """Rollouts of templates."""
    dashboard = (
        new_dashboard("rollout", "Tenantry / Rollout", "Changed templates on their way to the tenants.")
        .with_variable(choice("registry", "Registry", "label_values(kube_tenantry_rollout_total, registry)"))
        .with_variable(choice("template", "Template", "label_values(kube_tenantry_rollout_total, template)"))
    )
    return _pace(_progress(dashboard))


def _progress(dashboard: Dashboard) -> Dashboard:
    def total(name: str) -> str:
        return f"sum(kube_tenantry_rollout_{name}{CHOSEN})"

    updated = f"kube_tenantry_rollout_updated{CHOSEN}"
    return (
        dashboard.with_row(Row("Progress"))
        .with_panel(
            number(
                "Updated",
                "Tenants on the revision that they shall get.",
                f"{total('updated')} / {total('total')}",
                unit="percentunit",
                span=6,
            )
        )
        .with_panel(number("Under way", "Moved, and not ready yet.", total("under_way"), span=6))
        .with_panel(number("Failed", "Moved, and in trouble.", total("failed"), alarm=1, span=6))
        .with_panel(
            number(
                "Stopped",
                "Rollouts that failed or were rolled back.",
                'count(kube_tenantry_rollout_phase{phase=~"Failed|RolledBack"} == 1) or vector(0)',
                alarm=1,
                span=6,
            )
        )
        .with_panel(
            graph(
                "Tenants on their revision",
                "Share of the tenants that were moved, or made with the revision.",
                {"{{registry}} {{template}}": f"{updated} / kube_tenantry_rollout_total{CHOSEN}"},
                unit="percentunit",
            )
        )
        .with_panel(
            graph(
                "Phase",
                "1 for the phase that a rollout is in.",
                {"{{registry}} {{template}} {{phase}}": f"kube_tenantry_rollout_phase{CHOSEN} == 1"},
            )
        )
    )


def _pace(dashboard: Dashboard) -> Dashboard:
    tenants = 'tenantry_rollout_tenants{registry=~"$registry", template=~"$template", state="%s"}'
    return (
        dashboard.with_row(Row("Pace"))
        .with_panel(
            graph(
                "Under way and failed",
                "At most maxSkew tenants are under way at one time.",
                {
                    "{{registry}} {{template}} under way": latest(tenants % "under_way", "template"),
                    "{{registry}} {{template}} failed": latest(tenants % "failed", "template"),
                },
            )
        )
        .with_panel(
            graph(
                "Tenants moved",
                "In five minutes.",
                {"{{registry}} {{template}}": f"delta(kube_tenantry_rollout_updated{CHOSEN}[5m])"},
            )
        )
    )
