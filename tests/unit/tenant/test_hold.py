"""When nothing can be decided everything stays, and a condition says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tenantry.engine.keep import keep
from tenantry.names import API_VERSION
from tenantry.protocol import JSONObject
from tests.support.tenancy import Tenancy, condition, config, entry, namespace, phases, removed, returned, revision

RESOURCES = [entry("ns", namespace()), entry("cfg", config(v="{{ v }}"))]


def settled() -> Tenancy:
    tenancy = Tenancy(*RESOURCES, values={"v": "1"})
    tenancy.settle()
    return tenancy


def template(resources: list[JSONObject], **status: Any) -> JSONObject:
    return {
        "apiVersion": API_VERSION,
        "kind": "TenantTemplate",
        "metadata": {"name": "shop"},
        "spec": {"resources": resources},
        "status": status,
    }


def invalid_values(tenancy: Tenancy) -> None:
    tenancy.spec["values"] = "not a mapping"


def no_uid(tenancy: Tenancy) -> None:
    del tenancy.spec["uid"]


def no_spec(tenancy: Tenancy) -> None:
    del tenancy.parent["spec"]


def values_nested_too_deeply(tenancy: Tenancy) -> None:
    value: Any = 1
    for _ in range(400):
        value = [value]
    tenancy.spec["values"] = {"v": value}


def missing_revision(tenancy: Tenancy) -> None:
    tenancy.related = []


def revision_of_another_template(tenancy: Tenancy) -> None:
    tenancy.related[0]["spec"]["template"] = "other"


def edited_revision(tenancy: Tenancy) -> None:
    tenancy.related[0]["spec"]["resources"] = RESOURCES[:1]


def missing_template(tenancy: Tenancy) -> None:
    tenancy.related = []
    tenancy.spec["templates"] = [{"name": "shop"}]


def invalid_template(tenancy: Tenancy) -> None:
    tenancy.related = [template([entry("ns", namespace("{{ 1 +"))])]
    tenancy.spec["templates"] = [{"name": "shop"}]


def invalid_revision(tenancy: Tenancy) -> None:
    tenancy.related = [revision("shop", [entry("ns", namespace("{{ 1 +"))])]
    tenancy.spec["templates"] = [{"name": "shop", "revision": tenancy.related[0]["metadata"]["name"]}]


def template_nested_too_deeply(tenancy: Tenancy) -> None:
    value: Any = 1
    for _ in range(400):
        value = [value]
    tenancy.related = [template([entry("ns", namespace(annotations={"a": value}))])]
    tenancy.spec["templates"] = [{"name": "shop"}]


TROUBLES: list[tuple[Callable[[Tenancy], None], str]] = [
    (invalid_values, "InvalidSpec"),
    (no_uid, "InvalidSpec"),
    (no_spec, "InvalidSpec"),
    (values_nested_too_deeply, "InvalidSpec"),
    (missing_revision, "RevisionMissing"),
    (revision_of_another_template, "RevisionMissing"),
    (edited_revision, "RevisionEdited"),
    (missing_template, "TemplateMissing"),
    (invalid_template, "TemplateInvalid"),
    (invalid_revision, "TemplateInvalid"),
    (template_nested_too_deeply, "TemplateInvalid"),
]


@pytest.mark.parametrize("trouble", [trouble for trouble, _ in TROUBLES])
def test_every_child_stays_as_it_was_applied(trouble: Callable[[Tenancy], None]) -> None:
    tenancy = settled()
    applied = [keep(live) for _, live in sorted(tenancy.objects.items())]
    trouble(tenancy)
    assert tenancy.ask().children == applied


@pytest.mark.parametrize(("trouble", "reason"), TROUBLES)
def test_the_conditions_say_why(trouble: Callable[[Tenancy], None], reason: str) -> None:
    tenancy = settled()
    trouble(tenancy)
    answer = tenancy.ask()
    assert [
        (condition(answer, type_)["status"], condition(answer, type_)["reason"]) for type_ in ("Ready", "Degraded")
    ] == [
        ("False", reason),
        ("True", reason),
    ]


@pytest.mark.parametrize("trouble", [trouble for trouble, _ in TROUBLES])
def test_nothing_but_the_conditions_changes_in_the_status(trouble: Callable[[Tenancy], None]) -> None:
    tenancy = settled()
    before = tenancy.status
    trouble(tenancy)
    assert {**tenancy.ask().status, "conditions": before["conditions"]} == before


@pytest.mark.parametrize("trouble", [missing_revision, missing_template])
def test_what_is_missing_is_looked_for_again(trouble: Callable[[Tenancy], None]) -> None:
    tenancy = settled()
    trouble(tenancy)
    assert 0 < tenancy.ask().resync_after_seconds <= 60


@pytest.mark.parametrize("trouble", [trouble for trouble, _ in TROUBLES])
def test_holding_twice_gives_the_same_answer(trouble: Callable[[Tenancy], None]) -> None:
    tenancy = settled()
    trouble(tenancy)
    first = tenancy.sync()
    tenancy.wait(1000)
    assert tenancy.sync() == first


def test_a_trouble_that_only_an_edit_can_end_is_not_asked_about_again() -> None:
    tenancy = settled()
    invalid_values(tenancy)
    assert tenancy.ask().resync_after_seconds == 0


def test_the_conditions_are_about_the_generation_that_holds() -> None:
    tenancy = settled()
    invalid_values(tenancy)
    tenancy.parent["metadata"]["generation"] = 7
    answer = tenancy.ask()
    assert {condition(answer, type_)["observedGeneration"] for type_ in ("Ready", "Degraded")} == {7}


def test_a_condition_names_the_field_that_is_wrong() -> None:
    tenancy = settled()
    invalid_values(tenancy)
    answer = tenancy.ask()
    assert all("spec.values" in condition(answer, type_)["message"] for type_ in ("Ready", "Degraded"))


def test_a_condition_names_the_revision_that_is_missing() -> None:
    tenancy = settled()
    name = tenancy.related[0]["metadata"]["name"]
    missing_revision(tenancy)
    assert name in condition(tenancy.ask(), "Ready")["message"]


def test_a_condition_names_the_path_that_is_wrong_in_a_template() -> None:
    tenancy = settled()
    invalid_template(tenancy)
    assert "resources[ns].object.metadata.name" in condition(tenancy.ask(), "Ready")["message"]


def test_a_tenant_goes_on_when_the_trouble_is_over() -> None:
    tenancy = settled()
    missing_revision(tenancy)
    tenancy.sync()
    tenancy.use(shop=RESOURCES)
    tenancy.change(v="2")
    assert set(phases(tenancy.settle()).values()) == {"Ready"}


def test_one_missing_revision_of_two_holds_everything() -> None:
    tenancy = Tenancy()
    tenancy.use(one=[entry("a", config("a", in_="default"))], two=[entry("b", config("b", in_="default"))])
    tenancy.settle()
    tenancy.related = tenancy.related[:1]
    assert len(tenancy.ask().children) == 2


def test_a_tenant_without_a_revision_follows_the_template_itself() -> None:
    tenancy = Tenancy(values={"v": "1"})
    tenancy.related = [template(RESOURCES, latestRevision="shop-0123456789")]
    tenancy.spec["templates"] = [{"name": "shop"}]
    tenancy.settle()
    assert tenancy.live("config")["data"] == {"v": "1"}


def test_a_tenant_that_follows_a_template_names_the_revision_that_it_renders() -> None:
    tenancy = Tenancy(values={"v": "1"})
    tenancy.related = [template(RESOURCES, latestRevision="shop-0123456789")]
    tenancy.spec["templates"] = [{"name": "shop"}]
    tenancy.settle()
    assert tenancy.status["templates"][0]["readyRevision"] == revision("shop", RESOURCES)["metadata"]["name"]


def test_a_tenant_whose_templates_are_all_taken_away_keeps_its_objects_and_says_so() -> None:
    tenancy = Tenancy(entry("config", config()))
    tenancy.settle()
    tenancy.use()
    answer = tenancy.ask()
    assert (returned(answer), removed(answer)) == (["config"], set())
    assert condition(answer, "Degraded")["reason"] == "NoTemplates"
