"""``when``: an entry that is switched off has no object, hinders nobody, and is never mistaken for one that fails."""

from __future__ import annotations

import pytest

from tests.support.rendering import problems
from tests.support.tenancy import (
    Tenancy,
    condition,
    config,
    deployment,
    entry,
    message,
    namespace,
    phases,
    removed,
    returned,
    widget,
)

WHEN = "{{ plan == 'pro' }}"
DOWN = {"observedGeneration": 1}


def shop(plan: str = "pro", when: str = WHEN) -> Tenancy:
    """An extra that only some plans have, and a ConfigMap that depends on it."""
    return Tenancy(
        entry("extra", config("extra", in_="default", plan="{{ plan }}"), when=when),
        entry("cfg", config(in_="default"), dependsOn=["extra"]),
        values={"plan": plan},
    )


def test_an_entry_whose_when_is_true_has_its_object() -> None:
    assert returned(shop().sync()) == ["extra"]


def test_an_entry_whose_when_is_false_is_skipped() -> None:
    assert phases(shop("basic").sync())["extra"] == "Skipped/WhenFalse"


@pytest.mark.parametrize("when", ["{{ [] }}", "{{ '' }}", "{{ 0 }}", "{{ none }}"])
def test_what_python_calls_false_is_false(when: str) -> None:
    assert phases(shop(when=when).sync())["extra"] == "Skipped/WhenFalse"


def test_a_skipped_entry_tells_its_expression() -> None:
    assert WHEN in message(shop("basic").sync(), "extra")


def test_dependents_of_an_entry_that_is_switched_off_go_on() -> None:
    assert returned(shop("basic").sync()) == ["config"]


def test_dependents_of_an_entry_whose_dependency_failed_are_skipped() -> None:
    tenancy = Tenancy(
        entry("base", config("base", in_="default", x="{{ oops }}")),
        entry("middle", config("middle", in_="default"), dependsOn=["base"]),
        entry("top", config("top", in_="default"), dependsOn=["middle"]),
    )
    assert phases(tenancy.sync())["top"] == "Skipped/DependencyFailed"


def test_a_tenant_is_ready_without_what_is_switched_off() -> None:
    ready = condition(shop("basic").settle(), "Ready")
    assert (ready["status"], ready["message"]) == ("True", "1 of 1 objects are ready")


def test_a_revision_counts_as_ready_without_what_is_switched_off() -> None:
    tenancy = shop("basic")
    assert tenancy.settle().status["templates"][0]["readyRevision"] == tenancy.spec["templates"][0]["revision"]


def test_an_object_goes_when_it_is_switched_off() -> None:
    tenancy = shop()
    tenancy.settle()
    tenancy.change(plan="basic")
    assert removed(tenancy.ask()) == {"extra"}


def test_objects_that_are_switched_off_go_in_order() -> None:
    tenancy = Tenancy(
        entry("ns", namespace(), when=WHEN),
        entry("cfg", config(), when=WHEN),
        values={"plan": "pro"},
    )
    tenancy.settle()
    tenancy.change(plan="basic")
    assert [removed(tenancy.sync()), removed(tenancy.sync())] == [{"config"}, {"acme"}]


def test_an_object_that_is_switched_on_again_starts_anew() -> None:
    tenancy = Tenancy(entry("web", deployment(in_="default"), when=WHEN), values={"plan": "pro"})
    tenancy.settle()
    tenancy.change(plan="basic")
    tenancy.settle()
    tenancy.change(plan="pro")
    tenancy.health["web"] = DOWN
    tenancy.sync()
    assert phases(tenancy.sync())["web"].startswith("Progressing/")


def test_an_object_passes_to_the_entry_that_is_switched_on_instead() -> None:
    tenancy = Tenancy(
        entry("free", config(in_="default", plan="free"), when="{{ plan == 'free' }}"),
        entry("paid", config(in_="default", plan="paid"), when="{{ plan != 'free' }}"),
        values={"plan": "free"},
    )
    tenancy.settle()
    tenancy.change(plan="pro")
    answer = tenancy.settle()
    assert (removed(answer), tenancy.live("config")["data"]["plan"]) == (set(), "paid")


def test_a_when_that_fails_keeps_its_object_and_says_why() -> None:
    tenancy = shop()
    tenancy.settle()
    tenancy.use(shop=[entry("extra", config("extra", in_="default"), when="{{ plann == 'pro' }}")])
    answer = tenancy.ask()
    assert (returned(answer)[0], phases(answer)["extra"]) == ("extra", "Failed/RenderError")
    assert "when: {{ plann == 'pro' }}: 'plann' is undefined: do you mean 'plan'?" in message(answer, "extra")


def test_while_a_when_cannot_be_told_nothing_is_removed() -> None:
    tenancy = shop()
    tenancy.settle()
    tenancy.use(shop=[entry("other", widget("other"), when="{{ oops }}")])
    assert removed(tenancy.ask()) == set()


@pytest.mark.parametrize("when", ["plan", "{{ a }} and {{ b }}", "{% if a %}yes{% endif %}", "{{ a"])
def test_a_when_that_is_not_one_expression_is_a_problem_of_the_template(when: str) -> None:
    assert [one.path for one in problems(entry("a", widget("a"), when=when))] == ["resources[a].when"]
