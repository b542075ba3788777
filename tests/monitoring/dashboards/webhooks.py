"""The webhooks themselves: how often they are called, how long they take, what goes wrong."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row

from tests.monitoring.dashboards.panels import choice, graph, new_dashboard, number, rate, slowest

HOOK = ("controller", "hook")
CHOSEN = '{controller=~"$controller"}'


def webhooks() -> Dashboard:
    """Hooks, and Metacontroller's view of them."""
    dashboard = new_dashboard("webhooks", "Tenantry / Webhooks", "Hook calls of Metacontroller and their answers.")
    dashboard = dashboard.with_variable(
        choice("controller", "Controller", "label_values(tenantry_hook_calls_total, controller)")
    )
    return _metacontroller(_work(_children(_calls(dashboard))))


def _calls(dashboard: Dashboard) -> Dashboard:
    calls = 'sum(rate(tenantry_hook_calls_total{controller=~"$controller"%s}[5m]))'
    pods = 'count(tenantry_hook_calls_total{controller="tenants", hook="sync", outcome="ok"})'
    by_outcome = rate(f"tenantry_hook_calls_total{CHOSEN}", *HOOK, "outcome")
    mean = (
        f"{rate(f'tenantry_hook_seconds_sum{CHOSEN}', *HOOK)} / {rate(f'tenantry_hook_seconds_count{CHOSEN}', *HOOK)}"
    )
    refused = ', outcome=~"error|refused|bad_request"'
    away = ', outcome=~"overloaded|too_often"'
    return (
        dashboard.with_row(Row("Calls"))
        .with_panel(number("Calls a second", "Hook calls.", calls % "", span=6))
        .with_panel(number("Errors a second", "Calls that changed nothing.", calls % refused, alarm=0.001, span=6))
        .with_panel(number("Sent away a second", "Calls that shall come back.", calls % away, alarm=0.1, span=6))
        .with_panel(number("Pods", "Pods that answer.", pods, span=6))
        .with_panel(
            graph(
                "Calls by hook and outcome",
                "A second. try_later waits for something that passes by itself.",
                {"{{controller}}/{{hook}} {{outcome}}": f"{by_outcome} > 0"},
                unit="reqps",
                span=8,
            )
        )
        .with_panel(
            graph(
                "Slowest calls",
                "99 of 100 calls are faster.",
                {"{{controller}}/{{hook}}": slowest(f"tenantry_hook_seconds{CHOSEN}", *HOOK)},
                unit="s",
                span=8,
            )
        )
        .with_panel(graph("Mean duration", "Of all calls.", {"{{controller}}/{{hook}}": mean}, unit="s", span=8))
    )


def _children(dashboard: Dashboard) -> Dashboard:
    def counted(name: str) -> str:
        return rate(f"tenantry_hook_children_{name}{CHOSEN}", *HOOK)

    return (
        dashboard.with_row(Row("Children"))
        .with_panel(
            graph(
                "Children in and out",
                "Children a second in requests, and in answers.",
                {
                    "{{controller}}/{{hook}} in": counted("observed_total"),
                    "{{controller}}/{{hook}} out": counted("sum"),
                },
            )
        )
        .with_panel(
            graph(
                "Kept and removed",
                "Children a second that were returned as they were applied last, and that were decided to go.",
                {
                    "{{controller}}/{{hook}} kept": counted("kept_total"),
                    "{{controller}}/{{hook}} removed": counted("removed_total"),
                },
            )
        )
    )


def _work(dashboard: Dashboard) -> Dashboard:
    def share(name: str) -> str:
        return (
            f'sum(rate(tenantry_cache_lookups_total{{cache="{name}", result="hit"}}[5m])) '
            f'/ sum(rate(tenantry_cache_lookups_total{{cache="{name}"}}[5m]))'
        )

    return (
        dashboard.with_row(Row("Rendering"))
        .with_panel(
            graph(
                "Render and compile",
                "99 of 100 are faster: all objects of a tenant, and a revision.",
                {"render": slowest("tenantry_render_seconds"), "compile": slowest("tenantry_compile_seconds")},
                unit="s",
                span=8,
            )
        )
        .with_panel(
            graph(
                "Remembered",
                "Share of what was needed that a worker still knew.",
                {"plans": share("plans"), "revisions": share("revisions")},
                unit="percentunit",
                span=8,
            )
        )
        .with_panel(
            graph(
                "Render failures",
                "Objects in five minutes that could not be rendered.",
                {"failures": "sum(increase(tenantry_render_failures_total[5m]))"},
                span=8,
            )
        )
    )


def _metacontroller(dashboard: Dashboard) -> Dashboard:
    chosen = '{controller_name=~"tenantry.*"}'
    requests = rate(f"metacontroller_sync_requests_total{chosen}", "controller_name", "code")
    seconds = slowest(f"metacontroller_sync_request_duration_histogram_seconds{chosen}", "controller_name")
    return (
        dashboard.with_row(Row("As Metacontroller sees it"))
        .with_panel(
            graph(
                "Answers by code",
                "Requests a second of sync hooks by HTTP status.",
                {"{{controller_name}} {{code}}": requests},
                unit="reqps",
            )
        )
        .with_panel(
            graph(
                "Slowest requests",
                "99 of 100 sync requests are faster, the network included.",
                {"{{controller_name}}": seconds},
                unit="s",
            )
        )
    )
