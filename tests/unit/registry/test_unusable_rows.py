"""Rows that cannot be used are reported, and cost no tenant."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import pytest

from tenantry.kinds import TenantRegistrySpec
from tenantry.kinds.kind import parse_spec
from tenantry.names import slug
from tenantry.registry.rows import sort_rows
from tests.unit.registry.world import World, settled, shop

SAME_NAME = ("ΑΑΓΛΘΥ", "ΑΑΔΨΛΧ")
"""Two uids whose slugs collide: nothing but the first 32 bits of a hash is left of them."""


def reasons(world: World) -> dict[str, str]:
    return {row["uid"]: row["reason"] for row in world.status["invalidRows"]}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (shop(None), "MissingUID"),
        (shop(""), "MissingUID"),
        (shop(float("nan")), "InvalidUID"),
        (shop("new", active="perhaps"), "InvalidActivate"),
        (shop("new", active=2), "InvalidActivate"),
        (shop("new", active=float("inf")), "InvalidActivate"),
        (shop("new", plan=float("nan")), "InvalidValue"),
        (shop("new", plan=object()), "InvalidValue"),
        (shop("new", plan="\udcff"), "InvalidValue"),
        (shop("new", plan=orjson.loads("[" * 150 + "]" * 150)), "InvalidValue"),
        (shop("new", plan=10**5000), "InvalidValue"),
        ({**shop("new"), "id": 10**5000}, "InvalidUID"),
        (shop("new", active=Decimal(10**5000)), "InvalidActivate"),
        (shop("\udcff"), "InvalidUID"),
    ],
)
def test_an_unusable_row_is_reported_and_the_others_go_on(row: dict[str, Any], reason: str) -> None:
    world = settled(shop("acme"), row)
    assert [found["reason"] for found in world.status["invalidRows"]] == [reason]
    assert world.status["source"]["invalid"] == 1
    assert world.tenant_uids().keys() == {"acme"}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (shop(None), "The uid, column 'id', is empty or NULL. Give the row one."),
        (shop(float("nan")), "The uid, column 'id', is not a finite number."),
        (shop("new", plan_id=float("nan")), "Variable tier from column 'plan_id' is not a finite number."),
        (shop("new", pw=float("nan")), "Secret password from column 'pw' is not a finite number."),
    ],
)
def test_a_report_names_the_column_and_what_it_is_mapped_to(row: dict[str, Any], told: str) -> None:
    world = World(rows=[row])
    world.parent["spec"]["extraValueMappings"] = {"tier": "plan_id"}
    world.parent["spec"] |= {"secretValueMappings": {"password": "pw"}, "secretNamespace": "vault"}
    spec = parse_spec(TenantRegistrySpec, world.parent)
    assert [found.message for found in sort_rows(spec, world.rows, ()).invalid] == [told]


def test_a_new_duplicate_makes_no_tenant() -> None:
    world = settled(shop("acme"), shop("twin"), shop("twin"))
    assert world.tenant_uids().keys() == {"acme"}
    assert reasons(world) == {"twin": "DuplicateUID"}
    assert world.status["source"]["invalid"] == 2


def test_a_text_and_an_integer_can_be_the_same_uid() -> None:
    assert reasons(settled(shop(7), shop("7"))) == {"7": "DuplicateUID"}


@pytest.mark.parametrize(
    "spoilt",
    [
        [shop("twin", plan="pro"), shop("twin", plan="free")],
        [shop("twin", active="perhaps", plan="pro")],
        [shop("twin", plan=float("inf"))],
        [shop(None, url="https://twin.example")],
    ],
    ids=["duplicate", "activate", "value", "uid"],
)
def test_the_tenant_of_a_row_that_became_unusable_stays_as_it_is(spoilt: list[dict[str, Any]]) -> None:
    world = settled(shop("acme"), shop("twin"))
    before = world.tenants["shops.twin"]["spec"]
    world.rows = [shop("acme"), *spoilt]
    world.next_poll()
    assert world.tenants["shops.twin"]["spec"] == before


def test_a_row_without_uid_keeps_no_tenant_with_other_values() -> None:
    world = settled(shop("acme"), shop("beta"))
    world.rows = [shop("acme"), shop(None, url="https://other.example")]
    world.next_poll()
    assert world.tenant_uids().keys() == {"acme"}


def test_the_pair_of_these_tests_has_one_name() -> None:
    assert slug(SAME_NAME[0]) == slug(SAME_NAME[1])


def test_of_two_uids_with_one_name_the_existing_tenant_wins() -> None:
    first, second = SAME_NAME
    world = settled(shop(first))
    world.rows.append(shop(second))
    world.next_poll()
    assert world.tenant_uids().keys() == {first}
    assert reasons(world) == {second: "NameTaken"}


def test_of_two_new_uids_with_one_name_neither_gets_it() -> None:
    world = settled(*(shop(uid) for uid in SAME_NAME))
    assert world.tenants == {}
    assert reasons(world) == dict.fromkeys(SAME_NAME, "NameTaken")


def test_a_name_is_free_when_the_tenant_that_had_it_is_gone() -> None:
    first, second = SAME_NAME
    world = settled(shop("acme"), shop(first))
    world.rows = [shop("acme"), shop(second)]
    world.next_poll()
    world.next_poll()
    assert world.tenant_uids().keys() == {"acme", second}


def test_at_most_twenty_are_listed_and_all_are_counted() -> None:
    world = settled(*(shop(f"shop-{n:02d}", active="perhaps") for n in range(30)))
    assert [row["uid"] for row in world.status["invalidRows"]] == [f"shop-{n:02d}" for n in range(20)]
    assert world.status["source"]["invalid"] == 30


def test_a_report_cuts_a_long_uid() -> None:
    assert len(settled(shop("x" * 5000, active="perhaps")).status["invalidRows"][0]["uid"]) == 100
