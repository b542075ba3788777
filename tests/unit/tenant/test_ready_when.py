"""``readyWhen``: an expression over the observed object says whether it is ready."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.engine.compile import check_resources
from tests.support.tenancy import Tenancy, deployment, entry, message, phases, widget

RUNNING = "{{ self.status.phase == 'Running' }}"


def made(ready_when: str = RUNNING, *, status: dict[str, Any] | None = None, **values: Any) -> Tenancy:
    """A Tenant with a Widget of this status."""
    tenancy = Tenancy(entry("w", widget("w"), readyWhen=ready_when), values=values)
    tenancy.health["w"] = {} if status is None else status
    tenancy.settle(3)
    return tenancy


@pytest.mark.parametrize(
    ("expression", "phase"),
    [
        (RUNNING, "Ready"),
        ("{{ self.status.phase == 'Stopped' }}", "Progressing/ReadyWhenFalse"),
        ("{{ self.status.count }}", "Ready"),
        ("{{ self.status.none }}", "Progressing/ReadyWhenFalse"),
        ("{{ self.metadata.name == 'w' and self.status.count > wanted }}", "Ready"),
        ("{{ self.status.count > wanted + 10 }}", "Progressing/ReadyWhenFalse"),
        ("{{ self.status.missing }}", "Progressing/ReadyWhenError"),
        ("{{ self.status.missing | default(false) }}", "Progressing/ReadyWhenFalse"),
        ("{{ self.status.items | selectattr('ok') | list | length == 1 }}", "Ready"),
    ],
)
def test_an_object_is_ready_when_the_expression_says_so(expression: str, phase: str) -> None:
    status = {"phase": "Running", "count": 3, "none": 0, "items": [{"ok": True}, {"ok": False}]}
    assert phases(made(expression, status=status, wanted=2).sync())["w"] == phase


def test_the_expression_overrides_the_rule_of_the_kind() -> None:
    tenancy = Tenancy(entry("web", deployment(in_="default"), readyWhen="{{ self.status.updatedReplicas > 0 }}"))
    tenancy.health["web"] = {"observedGeneration": 1, "updatedReplicas": 1, "availableReplicas": 0}
    assert phases(tenancy.settle(3))["web"] == "Ready"


def test_a_status_of_an_earlier_generation_tells_nothing() -> None:
    tenancy = made("{{ true }}", status={"observedGeneration": 0})
    assert phases(tenancy.sync())["w"] == "Progressing/NotObserved"


def test_an_object_becomes_ready_with_its_status() -> None:
    tenancy = made()
    tenancy.health["w"] = {"phase": "Running"}
    assert phases(tenancy.settle(2))["w"] == "Ready"


def test_an_object_that_was_ready_is_degraded_when_the_expression_fails() -> None:
    tenancy = made(status={"phase": "Running"})
    tenancy.health["w"] = {"phase": "Stopped"}
    tenancy.sync()
    assert phases(tenancy.sync())["w"] == "Degraded/ReadyWhenFalse"


def test_an_object_of_which_the_expression_says_nothing_good_in_time_fails() -> None:
    tenancy = made()
    tenancy.wait(300)
    assert phases(tenancy.sync())["w"] == "Failed/Timeout"


def test_what_is_waited_for_is_told() -> None:
    assert message(made(status={"phase": "x"}).sync(), "w") == f"waits for {RUNNING}"


def test_an_error_is_told() -> None:
    told = message(made("{{ self.status.phase.deep.er }}").sync(), "w")
    assert told.startswith("readyWhen: {{ self.status.phase.deep.er }}: 'dict object' has no attribute 'phase'")


def test_an_unknown_name_is_told() -> None:
    assert "'wnated' is undefined: do you mean 'wanted'?" in message(made("{{ wnated }}", wanted=1).sync(), "w")


def test_an_expression_that_takes_too_many_steps_ends() -> None:
    tenancy = made("{{ range(100000) | map('string') | join | length }}")
    assert phases(tenancy.sync())["w"] == "Progressing/ReadyWhenError"


@pytest.mark.parametrize(
    "expression", ["{{", "ready", "{{ a }} {{ b }}", "{% if a %}b{% endif %}", "{{ a | nonsense }}"]
)
def test_an_expression_that_cannot_be_compiled_is_a_problem_of_the_template(expression: str) -> None:
    problems = check_resources([entry("w", widget("w"), readyWhen=expression)])
    assert [problem.path for problem in problems] == ["resources[w].readyWhen"]


def test_an_object_of_a_template_cannot_see_itself() -> None:
    answer = Tenancy(entry("w", widget("w", x="{{ self }}"))).sync()
    assert "'self' is undefined" in message(answer, "w")
