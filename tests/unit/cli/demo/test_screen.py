"""How the demo looks where there is no terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tenantry.cli.demo.screen import Screen
from tenantry.cli.demo.snapshot import Difference, ObjectName
from tenantry.names import DEPENDS_ON_ANNOTATION, RESOURCE_ID_ANNOTATION
from tenantry.protocol import JSONObject


@pytest.fixture
def paper() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def screen(paper: io.StringIO) -> Screen:
    return Screen(Console(file=paper, width=100))


def lines(paper: io.StringIO) -> list[str]:
    return [line.rstrip() for line in paper.getvalue().splitlines() if line.strip()]


def resource(id_: str, kind: str, name: str, namespace: str = "") -> JSONObject:
    return {"id": f"webapp/{id_}", "kind": kind, "name": name, "namespace": namespace, "phase": "Ready"}


def observed(id_: str, *depends_on: str) -> JSONObject:
    ids = ",".join(f"webapp/{each}" for each in depends_on)
    return {"metadata": {"annotations": {RESOURCE_ID_ANNOTATION: f"webapp/{id_}", DEPENDS_ON_ANNOTATION: ids}}}


def test_a_tenant_is_a_tree_in_order_of_dependency(screen: Screen, paper: io.StringIO) -> None:
    tenant = {
        "metadata": {"name": "shops.acme"},
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "resources": [
                resource("app", "Deployment", "web", "acme"),
                resource("config", "ConfigMap", "web", "acme"),
                resource("namespace", "Namespace", "acme"),
            ],
        },
    }
    screen.tenant(
        tenant, [observed("namespace"), observed("config", "namespace"), observed("app", "config", "namespace")]
    )
    assert lines(paper) == [
        "  Tenant shops.acme  Ready",
        "  └── Namespace acme  Ready",
        "      ├── ConfigMap web  Ready",
        "      └── Deployment web  Ready  after config",
    ]


def test_a_small_change_is_told_by_object_and_field(screen: Screen, paper: io.StringIO) -> None:
    config, secret = (ObjectName("shops.acme", kind, "acme", "web") for kind in ("ConfigMap", "Secret"))
    difference = Difference(
        changed=frozenset([config]),
        deleted=frozenset([secret]),
        details={config: ("data.plan: basic → pro",)},
    )
    screen.difference(difference, untouched=24, seconds=2.34)
    assert lines(paper) == [
        "  ~ changed   ConfigMap acme/web",
        "                data.plan: basic → pro",
        "  - deleted   Secret acme/web",
        "  Settled after 2.3 s. Tenants that were not written to at all: 24.",
    ]


def test_a_large_change_is_told_by_kind_and_what_all_have_in_common(screen: Screen, paper: io.StringIO) -> None:
    names = frozenset(ObjectName("", "Deployment", f"shop-{number}", "web") for number in range(20))
    difference = Difference(changed=names, details=dict.fromkeys(names, ("spec.replicas: 1 → 2",)))
    screen.difference(difference, untouched=0, seconds=1)
    assert lines(paper)[:2] == ["  ~ changed   20 × Deployment", "                spec.replicas: 1 → 2"]


def test_a_long_command_stays_on_one_line(screen: Screen, paper: io.StringIO) -> None:
    screen.typed("x" * 200)
    assert lines(paper) == [f"  $ {'x' * 200}"]


def test_text_from_a_status_is_never_markup(screen: Screen, paper: io.StringIO) -> None:
    condition = {"type": "Ready", "status": "False", "reason": "Why", "message": "[bold]row[/bold]"}
    registry = {"metadata": {"name": "shops"}, "status": {"source": {}, "tenants": {}, "conditions": [condition]}}
    screen.registry(registry)
    assert "[bold]row[/bold]" in lines(paper)[-1]
