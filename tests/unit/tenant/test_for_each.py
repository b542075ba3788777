"""``forEach``: one object for each item, recognised by the item's key however the others move."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.protocol import JSONObject
from tests.support.rendering import problems
from tests.support.tenancy import (
    Tenancy,
    child,
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

DOWN = {"observedGeneration": 1}


def each(id_: str = "site", items: str = "{{ hosts }}", **options: Any) -> JSONObject:
    return entry(id_, config("{{ key | slug }}", in_="default", item="{{ item }}"), forEach=items, **options)


def shop(hosts: Any, *more: JSONObject, **options: Any) -> Tenancy:
    return Tenancy(each(**options), *more, values={"hosts": hosts})


def ids(tenancy: Tenancy) -> list[str]:
    return list(phases(tenancy.sync()))


def test_each_item_has_its_object() -> None:
    assert returned(shop(["b", "a"]).sync()) == ["b", "a"]


@pytest.mark.parametrize(
    ("hosts", "keys"),
    [
        (["b.example", "a.example"], ["a.example", "b.example"]),
        ([7, 8.5], ["7", "8.5"]),
        ([True], ["true"]),
        ({"west": 1, "east": [2]}, ["east", "west"]),
        ([{"name": "b", "id": 1}, {"id": 2, "key": "c"}, {"key": "d"}], ["2", "b", "d"]),
        ([{"size": 1}, ["x"]], ["0", "1"]),
        (["a, b", "c[0]", "50%"], ["50%25", "a%2C%20b", "c%5B0%5D"]),
    ],
)
def test_an_item_is_called_by_its_key(hosts: Any, keys: list[str]) -> None:
    tenancy = Tenancy(
        entry("site", config("site-{{ index }}", in_="default"), forEach="{{ hosts }}"), values={"hosts": hosts}
    )
    assert ids(tenancy) == [f"site[{key}]" for key in keys]


def test_expressions_see_the_item_its_key_and_its_place() -> None:
    obj = config("{{ key }}", in_="default", text="{{ index }} {{ key }} {{ item.size }} {{ uid }}")
    tenancy = Tenancy(entry("site", obj, forEach="{{ sites }}"), values={"sites": {"b": {"size": 2}, "a": {"size": 1}}})
    assert child(tenancy.sync(), "b")["data"]["text"] == "1 b 2 acme"


def test_items_that_change_places_change_nothing() -> None:
    tenancy = shop(["a", "b", "c"])
    tenancy.settle()
    before = sorted(tenancy.ask().children, key=str)
    tenancy.change(hosts=["c", "a", "b"])
    answer = tenancy.ask()
    assert (sorted(answer.children, key=str), removed(answer)) == (before, set())


def test_the_object_of_an_item_that_is_gone_goes() -> None:
    tenancy = shop(["a", "b"])
    tenancy.settle()
    tenancy.change(hosts=["b"])
    assert removed(tenancy.ask()) == {"a"}


def test_no_items_are_nothing_to_make_and_no_obstacle() -> None:
    tenancy = shop([], entry("after", widget("after"), dependsOn=["site"]))
    answer = tenancy.settle()
    assert (phases(answer), condition(answer, "Ready")["status"]) == ({"after": "Ready"}, "True")


def test_who_depends_on_the_entry_waits_for_all_its_items() -> None:
    web = entry("web", deployment("{{ key }}", in_="default"), forEach="{{ hosts }}")
    tenancy = Tenancy(entry("after", widget("after"), dependsOn=["web"]), web, values={"hosts": ["a", "b"]})
    tenancy.health["b"] = DOWN
    tenancy.settle()
    assert phases(tenancy.ask())["after"] == "Pending/WaitingForDependency"
    tenancy.health.clear()
    tenancy.live("b")["status"] = tenancy.live("a")["status"]
    assert "after" in returned(tenancy.ask())


def test_who_depends_on_the_entry_is_skipped_when_an_item_fails() -> None:
    obj = config("{{ key }}", in_="default", n="{{ item.n }}")
    tenancy = Tenancy(
        entry("site", obj, forEach="{{ sites }}"),
        entry("after", widget("after"), dependsOn=["site"]),
        values={"sites": {"a": {"n": "1"}, "b": {}}},
    )
    assert phases(tenancy.sync()) == {
        "after": "Skipped/DependencyFailed",
        "site[a]": "Progressing/Applying",
        "site[b]": "Failed/RenderError",
    }


def test_items_go_before_what_their_entry_depends_on_and_after_what_depends_on_it() -> None:
    tenancy = shop(
        ["a", "b"],
        entry("after", widget("after"), dependsOn=["site"]),
        entry("base", widget("base")),
        dependsOn=["base"],
    )
    tenancy.settle()
    tenancy.delete()
    order = [removed(tenancy.finalize()) for _ in range(3)]
    assert order == [{"after"}, {"a", "b"}, {"base"}]


def test_an_object_lives_in_the_namespace_of_its_item() -> None:
    tenancy = Tenancy(
        entry("cfg", config(in_="acme-{{ key }}"), forEach="{{ regions }}"),
        entry("ns", namespace("acme-{{ key }}"), forEach="{{ regions }}"),
        values={"regions": ["eu", "us"]},
    )
    assert returned(tenancy.sync()) == ["acme-eu", "acme-us"]
    assert returned(tenancy.sync())[2:] == ["config", "config"]


def test_when_chooses_among_items() -> None:
    tenancy = shop(["a", "b"], when="{{ item != 'b' }}")
    assert phases(tenancy.settle()) == {"site[a]": "Ready", "site[b]": "Skipped/WhenFalse"}


@pytest.mark.parametrize(
    ("hosts", "told"),
    [
        ("a,b", "forEach: {{ hosts }}: gives text: a list or a mapping is wanted"),
        (5, "gives a number"),
        (["a", "a"], "gives two items with the key 'a'"),
        ([""], "an item with an empty key"),
        (["x" * 300], "more than 253 characters"),
        (list(range(1001)), "forEach: {{ hosts }}: gives 1,001 items; of a tenant's 1,000 objects 1,000 are left"),
    ],
)
def test_items_that_cannot_be_used_are_told(hosts: Any, told: str) -> None:
    answer = shop(hosts).sync()
    assert (phases(answer), returned(answer)) == ({"site": "Failed/RenderError"}, [])
    assert told in message(answer, "site")


def test_while_items_cannot_be_told_their_objects_stay() -> None:
    tenancy = shop(["a", "b"])
    tenancy.settle()
    tenancy.change(hosts="a,b")
    answer = tenancy.ask()
    assert (sorted(returned(answer)), removed(answer)) == (["a", "b"], set())


def test_a_thousand_objects_of_several_entries_are_allowed_and_not_one_more() -> None:
    half = [str(number) for number in range(500)]
    tenancy = Tenancy(each("one"), each("two", "{{ others }}"), values={"hosts": half, "others": half[:1]})
    tenancy.change(others=[f"x{number}" for number in range(500)])
    assert tenancy.sync().status["counts"]["failed"] == 0
    tenancy.change(others=[f"x{number}" for number in range(501)])
    assert phases(tenancy.sync())["two"] == "Failed/RenderError"


def test_a_tenant_with_many_items_and_a_dependent_for_each_becomes_ready() -> None:
    hosts = [str(number) for number in range(400)]
    tenancy = shop(hosts, each("more", dependsOn=["site"]))
    tenancy.use(shop=[each(), entry("w", widget("{{ key }}"), forEach="{{ hosts }}", dependsOn=["site"])])
    assert condition(tenancy.settle(4), "Ready")["status"] == "True"


@pytest.mark.parametrize("items", ["hosts", "{{ a }}{{ b }}", "{{ a"])
def test_a_for_each_that_is_not_one_expression_is_a_problem_of_the_template(items: str) -> None:
    assert [one.path for one in problems(entry("a", widget("a"), forEach=items))] == ["resources[a].forEach"]
