"""A row that does not fit its template's variables keeps its tenant as it is, and is told everything at once."""

from __future__ import annotations

from typing import Any

from tenantry.protocol import JSONObject
from tests.support.tenancy import Tenancy, child, condition, config, entry, message, phases, removed, returned

PLAN: JSONObject = {"type": "string", "default": "basic", "enum": ["basic", "pro"]}
REPLICAS: JSONObject = {"type": "integer"}


def shop(**values: Any) -> Tenancy:
    tenancy = Tenancy(values=values)
    data = {"plan": "{{ plan }}", "replicas": "{{ replicas }}"}
    tenancy.declare({"plan": PLAN, "replicas": REPLICAS}, entry("cfg", config(in_="default", **data)))
    return tenancy


def test_a_default_reaches_the_objects() -> None:
    assert child(shop(replicas=2).sync(), "config")["data"] == {"plan": "basic", "replicas": "2"}


def test_a_default_stands_for_null() -> None:
    tenancy = shop(replicas=2)
    tenancy.spec["nulls"] = ["plan"]
    assert child(tenancy.sync(), "config")["data"]["plan"] == "basic"


def test_a_value_of_the_row_comes_before_the_default() -> None:
    assert child(shop(plan="pro", replicas=2).sync(), "config")["data"]["plan"] == "pro"


def test_a_row_that_does_not_fit_makes_nothing_and_says_why() -> None:
    answer = shop(plan="gold", replicas="two").sync()
    degraded = condition(answer, "Degraded")
    assert (returned(answer), phases(answer)) == ([], {"cfg": "Failed/InvalidValues"})
    assert (degraded["status"], degraded["reason"]) == ("True", "InvalidValues")
    assert 'shop: variable plan is "gold": one of "basic", "pro" is wanted; variable replicas' in degraded["message"]


def test_a_tenant_of_a_registry_names_the_column_of_what_does_not_fit() -> None:
    tenancy = shop(plan="gold", replicas=2)
    tenancy.spec["registry"] = "shops"
    tenancy.spec["columns"] = {"plan": "plan_id"}
    answer = tenancy.sync()
    assert 'variable plan from column plan_id is "gold"' in condition(answer, "Degraded")["message"]
    assert 'variable plan from column plan_id is "gold"' in message(answer, "cfg")


def test_what_columns_are_called_changes_no_object() -> None:
    tenancy = shop(plan="pro", replicas=2)
    tenancy.spec["registry"] = "shops"
    before = tenancy.settle().children
    tenancy.spec["columns"] = {"plan": "plan_id"}
    assert tenancy.settle().children == before


def test_a_row_that_no_longer_fits_keeps_its_objects() -> None:
    tenancy = shop(replicas=2)
    tenancy.settle()
    before = tenancy.live("config")["data"]
    tenancy.change(plan="gold")
    answer = tenancy.settle()
    assert (child(answer, "config")["data"], removed(answer)) == (before, set())


def test_a_row_that_fits_again_goes_on() -> None:
    tenancy = shop(replicas="two")
    tenancy.settle()
    tenancy.change(replicas=2)
    assert condition(tenancy.settle(), "Ready")["status"] == "True"


def test_a_template_that_the_row_fits_goes_on_beside_one_that_it_does_not() -> None:
    tenancy = shop(plan="gold", replicas=2)
    strict = tenancy.related
    reference = tenancy.spec["templates"]
    tenancy.use(more=[entry("other", config("other", in_="default", plan="{{ plan }}"))])
    tenancy.related += strict
    tenancy.spec["templates"] += reference
    assert returned(tenancy.sync()) == ["other"]


def test_while_a_row_does_not_fit_nothing_is_removed() -> None:
    tenancy = shop(replicas=2)
    tenancy.settle()
    tenancy.declare({"replicas": {"type": "boolean"}}, entry("other", config("other", in_="default")))
    assert removed(tenancy.ask()) == set()
