"""What the status says of an entry that is not ready: what is wrong, and what to do about it."""

from __future__ import annotations

from tests.support.tenancy import MANAGED, Tenancy, config, deployment, entry, message, phases, widget

DOWN = {"observedGeneration": 1}


def test_a_name_that_changed_is_told_with_the_one_before() -> None:
    tenancy = Tenancy(entry("it", widget("w-{{ v }}")), values={"v": "1"})
    tenancy.settle()
    tenancy.change(v="2")
    assert message(tenancy.ask(), "it") == (
        "was w-1 and would now be w-2: "
        "restore the name, set onRename: Replace, or remove this entry and add one with another id"
    )


def test_a_kind_that_is_not_managed_is_told_with_where_to_add_it() -> None:
    tenancy = Tenancy(entry("it", widget("w")), managed=("ConfigMap.v1",))
    assert message(tenancy.ask(), "it") == (
        "this controller does not manage Widget of example.com/v1: add it to childResources of the CompositeController"
    )


def test_a_version_that_is_not_managed_is_told_with_those_that_are() -> None:
    managed = ("Widget.example.com/v3", "Widget.example.com/v2", "ConfigMap.v1")
    tenancy = Tenancy(entry("it", widget("w")), managed=managed)
    assert message(tenancy.ask(), "it") == (
        "this controller manages Widget in example.com/v2, example.com/v3, not in example.com/v1: change the apiVersion"
    )


def test_an_entry_that_runs_before_the_deletion_says_so_until_then() -> None:
    tenancy = Tenancy(entry("it", config(in_="default"), lifecycle="PreDelete"))
    assert message(tenancy.ask(), "it") == "is made when the Tenant is deleted"


def test_an_entry_of_an_unmanaged_kind_that_runs_before_the_deletion_says_so_already() -> None:
    tenancy = Tenancy(entry("it", widget("w"), lifecycle="PreDelete"), managed=("ConfigMap.v1",))
    assert message(tenancy.ask(), "it").startswith("this controller does not manage Widget of example.com/v1")


def test_an_entry_that_is_switched_off_shows_by_what() -> None:
    tenancy = Tenancy(entry("it", widget("w"), when="{{ plan == 'pro' }}"), values={"plan": "free"})
    assert message(tenancy.ask(), "it") == "is switched off by when: {{ plan == 'pro' }}"


def test_an_entry_that_waits_names_the_first_that_is_not_ready() -> None:
    tenancy = Tenancy(
        entry("a", widget("a")),
        entry("b", deployment("b", in_="default")),
        entry("c", deployment("c", in_="default")),
        entry("it", widget("w"), dependsOn=["a", "b", "c"]),
    )
    tenancy.health |= {"b": DOWN, "c": DOWN}
    tenancy.settle(3)
    assert message(tenancy.ask(), "it") == "waits for shop/b"


def test_an_entry_of_which_a_dependency_failed_names_it_and_why() -> None:
    tenancy = Tenancy(entry("bad", widget("{{ missing }}")), entry("it", widget("w"), dependsOn=["bad"]))
    assert message(tenancy.ask(), "it") == "shop/bad is Failed: RenderError"


def test_an_object_that_is_being_deleted_will_be_made_again() -> None:
    tenancy = Tenancy(entry("it", widget("w")))
    tenancy.settle()
    tenancy.live("w")["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z"
    assert message(tenancy.ask(), "it") == "is being deleted and will be made again"


def test_an_object_that_does_not_appear_sends_people_to_the_events() -> None:
    tenancy = Tenancy(entry("it", widget("w")), managed=MANAGED)
    tenancy.refused.add("w")
    tenancy.sync()
    tenancy.wait(30)
    assert message(tenancy.sync(), "it") == (
        "the API server has not made it so: see the Events of this Tenant for its answer"
    )


def test_an_object_that_has_just_been_returned_is_being_applied() -> None:
    assert message(Tenancy(entry("it", widget("w"))).ask(), "it") == "is being applied"


def test_two_entries_that_make_one_object_are_told_of_each_other() -> None:
    tenancy = Tenancy(entry("a", widget("w")), entry("it", widget("w")))
    assert message(tenancy.ask(), "it") == "shop/a makes the same object: remove one of the two"


def test_an_entry_that_needs_one_of_an_unknown_template_names_the_ways_out() -> None:
    tenancy = Tenancy(entry("it", widget("w"), dependsOn=["other/db"]))
    assert message(tenancy.ask(), "it") == (
        "waits for other/db: this tenant has no template other: "
        "make that TenantTemplate for its registry, add it to spec.templates, or correct the name"
    )


def test_an_entry_that_needs_one_that_another_template_has_not_names_the_ways_out() -> None:
    tenancy = Tenancy()
    tenancy.use(other=[entry("x", widget("x"))], shop=[entry("it", widget("w"), dependsOn=["other/db"])])
    assert message(tenancy.ask(), "it") == (
        "waits for other/db: template other has no entry db: add it there, or correct the id"
    )


def test_an_entry_that_refers_to_what_is_switched_off_names_all_of_it() -> None:
    off = [entry(id_, widget(id_), when="{{ false }}") for id_ in ("a", "b")]
    both = "{{ resources.a.spec.x }}{{ resources.b.spec.x }}"
    tenancy = Tenancy(*off, entry("it", widget("w", x=both)))
    assert message(tenancy.ask(), "it") == (
        "waits for resources.a.spec.x, resources.b.spec.x; "
        "shop/a, shop/b is switched off: give this entry the same when"
    )


def test_an_entry_without_what_it_needs_says_so_beside_one_that_runs_first() -> None:
    first = entry("first", widget("first"), lifecycle="PreCreate")
    tenancy = Tenancy(first, entry("it", widget("w"), dependsOn=["other/db"], lifecycle="PostReady"))
    assert message(tenancy.ask(), "it").startswith("waits for other/db: this tenant has no template other")


def test_an_object_that_is_not_ready_any_more_tells_what_it_lacks() -> None:
    tenancy = Tenancy(entry("it", deployment(in_="default")))
    tenancy.settle()
    tenancy.live("web")["status"]["availableReplicas"] = 0
    assert message(tenancy.ask(), "it") == "0 of 1 replicas are available"


def test_an_object_that_is_not_ready_and_of_which_no_status_tells_is_on_its_way() -> None:
    """A Tenant that was restored has lost what its status said."""
    tenancy = Tenancy(entry("it", deployment(in_="default")))
    tenancy.settle()
    del tenancy.parent["status"]
    tenancy.live("web")["status"]["availableReplicas"] = 0
    assert phases(tenancy.ask()) == {"it": "Progressing/ReplicasNotReady"}
