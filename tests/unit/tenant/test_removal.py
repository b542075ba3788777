"""What has no place any more goes: dependents first, and only when everything is known."""

from __future__ import annotations

from tests.support.tenancy import Tenancy, condition, config, entry, namespace, phases, removed, returned, widget

STACK = (
    entry("ns", namespace()),
    entry("db", config("db")),
    entry("web", config("web"), dependsOn=["db"]),
)


def settled() -> Tenancy:
    tenancy = Tenancy(*STACK, entry("keep", widget("keep", x="{{ x }}")), values={"x": "1"})
    tenancy.settle()
    return tenancy


def test_an_object_whose_entry_is_gone_is_removed() -> None:
    tenancy = settled()
    tenancy.use(shop=[*STACK])
    assert removed(tenancy.sync()) == {"keep"}


def test_dependents_are_removed_before_what_they_need() -> None:
    tenancy = settled()
    tenancy.use(shop=[entry("keep", widget("keep"))])
    assert [removed(tenancy.sync()) for _ in range(4)] == [{"web"}, {"db"}, {"acme"}, set()]


def test_what_waits_for_its_removal_is_returned() -> None:
    tenancy = settled()
    tenancy.use(shop=[])
    assert returned(tenancy.ask()) == ["db", "acme"]


def test_nothing_is_removed_while_the_name_of_any_entry_is_unknown() -> None:
    tenancy = settled()
    tenancy.use(shop=[entry("new", widget("{{ missing }}"))])
    assert [removed(tenancy.sync()) for _ in range(3)] == [set()] * 3


def test_an_entry_that_fails_elsewhere_than_in_its_name_holds_no_removal_up() -> None:
    tenancy = settled()
    tenancy.use(shop=[*STACK, entry("new", widget("new", x="{{ missing }}"))])
    assert removed(tenancy.sync()) == {"keep"}


def test_a_removal_in_progress_is_told() -> None:
    tenancy = settled()
    tenancy.use(shop=[*STACK])
    assert condition(tenancy.sync(), "Progressing")["message"] == "1 object is being removed"


def test_an_entry_that_comes_back_takes_its_object_again() -> None:
    tenancy = settled()
    tenancy.use(shop=[entry("keep", widget("keep", x="{{ x }}"))])
    tenancy.sync()
    tenancy.use(shop=[*STACK, entry("keep", widget("keep", x="{{ x }}"))])
    assert phases(tenancy.settle())["web"] == "Ready"


def test_nothing_is_removed_while_a_revision_is_missing() -> None:
    tenancy = settled()
    tenancy.related = []
    assert [removed(tenancy.sync()) for _ in range(3)] == [set()] * 3
