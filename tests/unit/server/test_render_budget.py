"""The setting of how much rendering a tenant may cost reaches the hooks."""

from __future__ import annotations

import pytest

from tenantry.server.controllers import controllers
from tenantry.settings import Settings
from tests.support.tenancy import START, Tenancy, entry, widget

DEAR = "{% for i in range(4000) %}{{ i }}{% endfor %}"


@pytest.mark.parametrize(("budget_ms", "phase"), [(10, "Failed"), (250, "Progressing")])
def test_a_tenant_that_costs_more_than_the_setting_allows_fails(budget_ms: int, phase: str) -> None:
    found = {controller.name: controller for controller in controllers(Settings(render_budget_ms=budget_ms))}
    answer = found["tenants"].sync(Tenancy(entry("it", widget("w", x=DEAR))).request(), now=START)
    assert [one["phase"] for one in answer.status["resources"]] == [phase]
