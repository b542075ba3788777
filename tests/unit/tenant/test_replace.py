"""``onRename: Replace``: an object under another name is ready before the old one goes."""

from __future__ import annotations

from typing import Any

import pytest

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
    widget,
)

DOWN = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 0}


def web(**options: Any) -> dict[str, Any]:
    return entry("web", deployment("web-{{ v }}", in_="default"), onRename="Replace", **options)


def running(*others: dict[str, Any], **options: Any) -> Tenancy:
    """A Tenant whose Deployment ``web-1`` is Ready; the one of any other name is not."""
    tenancy = Tenancy(web(**options), *others, values={"v": "1"})
    tenancy.settle()
    tenancy.health |= {"web-2": DOWN, "web-3": DOWN}
    return tenancy


def renamed(*others: dict[str, Any], **options: Any) -> Tenancy:
    """A Tenant whose Deployment ``web-2``, which is not Ready, is about to replace ``web-1``."""
    tenancy = running(*others, **options)
    tenancy.change(v="2")
    tenancy.settle()
    return tenancy


def recover(tenancy: Tenancy) -> None:
    tenancy.health.clear()
    for name in ("web-2", "web-3"):
        tenancy.health[name] = {**DOWN, "availableReplicas": 1}


def test_without_it_the_entry_is_blocked_and_names_the_way_out() -> None:
    tenancy = Tenancy(entry("web", deployment("web-{{ v }}", in_="default")), values={"v": "1"})
    tenancy.settle()
    tenancy.change(v="2")
    answer = tenancy.settle()
    assert (phases(answer)["web"], "onRename: Replace" in message(answer, "web")) == ("Blocked/IdentityChanged", True)


def test_both_objects_are_there_while_the_new_one_is_not_ready() -> None:
    assert renamed().names() == {"web-1", "web-2"}


def test_the_old_object_stays_as_it_is() -> None:
    tenancy = running()
    before = tenancy.live("web-1")
    tenancy.change(v="2")
    tenancy.settle()
    assert tenancy.live("web-1") == before


def test_the_entry_tells_of_the_new_object() -> None:
    answer = renamed().sync()
    told = answer.status["resources"][0]
    assert (told["name"], phases(answer)["web"]) == ("web-2", "Progressing/ReplicasNotReady")


def test_the_old_object_goes_when_the_new_one_is_ready() -> None:
    tenancy = renamed()
    recover(tenancy)
    tenancy.settle()
    assert tenancy.names() == {"web-2"}


def test_the_old_object_does_not_go_in_the_answer_that_makes_the_new_one() -> None:
    tenancy = running()
    tenancy.health.clear()
    tenancy.change(v="2")
    assert [removed(tenancy.sync()) for _ in range(2)] == [set(), {"web-1"}]


def test_a_second_renaming_before_the_first_is_done_keeps_the_object_that_works() -> None:
    tenancy = renamed()
    tenancy.change(v="3")
    tenancy.settle()
    assert tenancy.names() == {"web-1", "web-2", "web-3"}


def test_after_several_renamings_only_the_last_object_is_left() -> None:
    tenancy = renamed()
    tenancy.change(v="3")
    tenancy.settle()
    recover(tenancy)
    tenancy.settle()
    assert tenancy.names() == {"web-3"}


def test_a_renaming_that_is_taken_back_keeps_the_object_that_there_was() -> None:
    tenancy = renamed()
    tenancy.change(v="1")
    tenancy.settle()
    assert tenancy.names() == {"web-1"}


def test_an_entry_that_cannot_be_rendered_in_between_loses_neither() -> None:
    tenancy = renamed()
    tenancy.use(shop=[entry("web", deployment("web-{{ v }}", image="{{ x }}", in_="default"), onRename="Replace")])
    tenancy.settle()
    assert tenancy.names() == {"web-1", "web-2"}


def test_an_entry_whose_name_cannot_be_rendered_in_between_loses_neither() -> None:
    tenancy = renamed()
    tenancy.use(shop=[entry("web", deployment("{{ x }}", in_="default"), onRename="Replace")])
    tenancy.settle()
    assert tenancy.names() == {"web-1", "web-2"}


def test_a_new_object_that_takes_too_long_does_not_cost_the_old_one() -> None:
    tenancy = renamed()
    tenancy.wait(300)
    assert (phases(tenancy.settle())["web"], tenancy.names()) == ("Failed/Timeout", {"web-1", "web-2"})


def test_dependents_wait_for_the_new_object() -> None:
    after = entry("after", config(in_="default", v="{{ v }}"), dependsOn=["web"])
    tenancy = renamed(after)
    before = tenancy.live("config")["data"]["v"]
    recover(tenancy)
    tenancy.settle()
    assert (before, tenancy.live("config")["data"]["v"]) == ("1", "2")


def test_an_old_object_that_is_retained_stays_as_an_orphan() -> None:
    tenancy = renamed(deletionPolicy="Retain")
    recover(tenancy)
    tenancy.settle()
    labels = tenancy.live("web-1")["metadata"]["labels"]
    assert (tenancy.names(), labels["tenantry.io/orphaned"]) == ({"web-1", "web-2"}, "true")


def test_an_entry_that_is_switched_off_leaves_no_object() -> None:
    tenancy = renamed()
    tenancy.use(shop=[web(when="{{ false }}")])
    tenancy.settle()
    assert tenancy.names() == set()


def test_an_entry_that_is_gone_leaves_no_object() -> None:
    tenancy = renamed()
    tenancy.use(shop=[])
    tenancy.settle()
    assert tenancy.names() == set()


def test_a_chain_of_renamings_overwrites_no_object_of_another_entry() -> None:
    tenancy = Tenancy(entry("a", widget("w-{{ a }}"), onRename="Replace"), entry("b", widget("w-{{ b }}", who="b")))
    tenancy.change(a="1", b="2")
    tenancy.settle()
    tenancy.change(a="2", b="3")
    answer = tenancy.settle()
    assert (phases(answer)["a"], tenancy.live("w-2")["spec"]) == ("Blocked/IdentityChanged", {"who": "b"})


def test_an_object_of_somebody_else_under_the_new_name_costs_the_old_one_nothing() -> None:
    tenancy = running()
    tenancy.adopt(deployment("web-2", in_="default", image="theirs"))
    tenancy.change(v="2")
    answer = tenancy.ask()
    assert (phases(answer)["web"], removed(answer)) == ("Progressing/Applying", set())


HOME = (
    entry("ns", namespace("{{ home }}"), onRename="Replace"),
    entry("data", config("data", in_="{{ home }}")),
)


@pytest.mark.parametrize(
    ("on_rename", "left"), [("Block", {"old/data", "old", "new"}), ("Replace", {"new/data", "new"})]
)
def test_an_old_namespace_stays_for_as_long_as_an_entry_has_something_in_it(on_rename: str, left: set[str]) -> None:
    tenancy = Tenancy(HOME[0], {**HOME[1], "onRename": on_rename}, values={"home": "old"})
    tenancy.settle()
    tenancy.change(home="new")
    tenancy.settle()
    assert {key.key for key in tenancy.objects} == left


def test_an_old_namespace_that_holds_something_retained_stays() -> None:
    data = {**HOME[1], "onRename": "Replace", "deletionPolicy": "Retain"}
    tenancy = Tenancy(HOME[0], data, values={"home": "old"})
    tenancy.settle()
    tenancy.change(home="new")
    tenancy.settle()
    assert {key.key for key in tenancy.objects} == {"old/data", "old", "new/data", "new"}


def test_it_becomes_quiet() -> None:
    tenancy = renamed()
    tenancy.wait(1000)
    tenancy.settle()
    assert tenancy.ask() == tenancy.sync() == tenancy.ask()


def test_an_old_object_stays_as_long_as_an_old_one_that_depends_on_it() -> None:
    settings = entry("settings", config("settings-{{ v }}", in_="default", v="{{ v }}"), onRename="Replace")
    tenancy = renamed(settings, dependsOn=["settings"])
    assert tenancy.names() == {"settings-1", "settings-2", "web-1", "web-2"}


def test_an_old_object_that_an_old_one_needs_is_not_told_to_be_removed_yet() -> None:
    both = [
        entry(id_, config(f"{id_}-{{{{ v }}}}", in_="default", v="{{ v }}"), onRename="Replace") for id_ in ("a", "b")
    ]
    tenancy = renamed(*both, dependsOn=["a", "b"])
    assert condition(tenancy.ask(), "Progressing")["message"] == "1 object is on its way"


def test_old_objects_that_depend_on_each_other_go_when_all_new_ones_are_ready_dependents_first() -> None:
    settings = entry("settings", config("settings-{{ v }}", in_="default", v="{{ v }}"), onRename="Replace")
    tenancy = renamed(settings, dependsOn=["settings"])
    recover(tenancy)
    tenancy.sync()
    first = removed(tenancy.sync())
    tenancy.settle()
    assert (first, tenancy.names()) == ({"web-1"}, {"settings-2", "web-2"})
