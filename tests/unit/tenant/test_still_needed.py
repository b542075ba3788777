"""What has no place any more stays while something that stays still uses it."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.protocol import JSONObject, SyncResponse
from tests.support.tenancy import Tenancy, condition, config, entry, namespace, phases, removed

NS = entry("ns", namespace())
BASE = entry("base", config("base"))
PLAIN = entry("web", config("web", plan="{{ plan }}"))
WEB = PLAIN | {"dependsOn": ["base"]}


def settled(*resources: JSONObject, **values: Any) -> Tenancy:
    tenancy = Tenancy(*resources, values={"plan": "pro"} | values)
    tenancy.settle()
    return tenancy


def retained(answer: SyncResponse) -> dict[str, str]:
    """Objects without a place that the status lists, each with the reason."""
    return {one["name"]: one["reason"] for one in answer.status["resources"] if one["phase"] == "Retained"}


def test_a_dependency_goes_after_its_dependent_was_updated() -> None:
    tenancy = settled(NS, BASE, WEB)
    tenancy.use(shop=[NS, entry("web", config("web", plan="free"))])
    assert removed(tenancy.sync()) == set()
    assert removed(tenancy.sync()) == {"base"}


@pytest.mark.parametrize("changed", [{"plan": "{{ plan | int }}"}, {"plan": "{{ nobody }}"}])
def test_a_dependency_stays_while_its_dependent_cannot_be_updated(changed: dict[str, str]) -> None:
    tenancy = settled(NS, BASE, WEB)
    tenancy.use(shop=[NS, entry("web", config("web", **changed))])
    tenancy.settle()
    assert tenancy.names() == {"acme", "base", "web"}


def test_a_dependency_stays_while_the_rename_of_its_dependent_is_blocked() -> None:
    tenancy = settled(NS, BASE, WEB)
    tenancy.use(shop=[NS, entry("web", config("renamed"))])
    tenancy.settle()
    assert tenancy.names() == {"acme", "base", "web"}


def test_a_dependency_that_is_switched_off_goes_although_its_dependent_names_it() -> None:
    tenancy = settled(NS, BASE | {"when": "{{ plan == 'pro' }}"}, WEB)
    tenancy.change(plan="free")
    tenancy.settle()
    assert tenancy.names() == {"acme", "web"}


def test_an_item_goes_although_a_dependent_names_its_entry() -> None:
    base = entry("base", config("base-{{ item }}"), forEach="{{ items }}")
    tenancy = settled(NS, base, WEB, items=["a", "b"])
    tenancy.change(items=["a"])
    tenancy.settle()
    assert tenancy.names() == {"acme", "base-a", "web"}


def lose_entry(tenancy: Tenancy) -> None:
    tenancy.use(shop=[PLAIN])


def switch_off(tenancy: Tenancy) -> None:
    tenancy.use(shop=[NS | {"when": "{{ plan == 'free' }}"}, PLAIN])


@pytest.mark.parametrize("lose", [lose_entry, switch_off])
def test_a_namespace_without_a_place_stays_while_an_object_of_an_entry_lives_in_it(lose: Any) -> None:
    tenancy = settled(NS, PLAIN)
    lose(tenancy)
    answer = tenancy.settle()
    assert tenancy.names() == {"acme", "web"}
    assert retained(answer) == {"acme": "Inhabited"}
    assert (condition(answer, "Ready")["status"], condition(answer, "Progressing")["status"]) == ("True", "False")


@pytest.mark.parametrize("lose", [lose_entry, switch_off])
def test_a_namespace_without_a_place_goes_when_nothing_of_an_entry_lives_in_it(lose: Any) -> None:
    tenancy = settled(NS, PLAIN)
    lose(tenancy)
    tenancy.settle()
    tenancy.use(shop=[entry("other", config("other", in_="default"))])
    tenancy.settle()
    assert tenancy.names() == {"other"}


def test_a_namespace_without_a_place_stays_for_what_is_about_to_be_made_in_it() -> None:
    tenancy = settled(NS, PLAIN)
    tenancy.use(shop=[entry("other", config("other"))])
    tenancy.settle()
    assert tenancy.names() == {"acme", "other"}


def test_a_namespace_that_is_inhabited_goes_with_its_tenant() -> None:
    tenancy = settled(NS, PLAIN)
    lose_entry(tenancy)
    tenancy.settle()
    tenancy.delete()
    for _ in range(4):
        tenancy.finalize()
    assert tenancy.names() == set()


def test_a_namespace_of_a_withdrawn_template_stays_for_the_objects_of_others_and_its_template_is_done() -> None:
    tenancy = Tenancy(values={"plan": "pro"})
    tenancy.use(shop=[NS], other=[PLAIN])
    tenancy.settle()
    tenancy.related[0]["spec"]["withdrawn"] = True
    tenancy.settle()
    assert tenancy.names() == {"acme", "web"}
    assert next(one for one in tenancy.status["templates"] if one["name"] == "shop")["withdrawn"]


def test_an_object_that_changes_its_kind_is_told_with_both_kinds() -> None:
    tenancy = settled(NS, PLAIN)
    secret = config("web") | {"kind": "Secret"}
    tenancy.use(shop=[NS, entry("web", secret)])
    answer = tenancy.sync()
    told = next(one["message"] for one in answer.status["resources"] if one["id"] == "shop/web")
    assert phases(answer)["web"] == "Blocked/IdentityChanged"
    assert told.startswith("was ConfigMap acme/web and would now be Secret acme/web: ")
