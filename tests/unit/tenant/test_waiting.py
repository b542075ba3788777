"""An entry that cannot be rendered yet hinders nothing that does not depend on it."""

from __future__ import annotations

from tests.support.tenancy import Tenancy, config, entry, phases, removed, revision, widget

URL = "{{ resources.db.status.endpoint }}"


def test_an_entry_that_waits_for_a_field_holds_no_removal_up() -> None:
    """Its name is known, so that what it claims is known too."""
    tenancy = Tenancy(entry("old", widget("old")), entry("db", widget("db")))
    tenancy.settle()
    tenancy.use(shop=[entry("db", widget("db")), entry("cfg", config(in_="default", url=URL))])
    assert removed(tenancy.ask()) == {"old"}


def test_an_entry_that_waits_for_a_field_keeps_an_object_of_its_name_from_being_removed() -> None:
    tenancy = Tenancy(entry("old", config(in_="default")), entry("db", widget("db")))
    tenancy.settle()
    tenancy.use(shop=[entry("db", widget("db")), entry("cfg", config(in_="default", url=URL))])
    answer = tenancy.ask()
    assert (phases(answer)["cfg"], removed(answer)) == ("Pending/WaitingForValue", set())


def test_an_entry_without_what_it_depends_on_holds_no_removal_up() -> None:
    tenancy = Tenancy(entry("old", widget("old")))
    tenancy.settle()
    tenancy.use(shop=[entry("cfg", config(in_="default"), dependsOn=["other/db"])])
    assert removed(tenancy.ask()) == {"old"}


def test_items_see_objects_of_other_entries() -> None:
    tenancy = Tenancy(
        entry("db", widget("db")),
        entry("cfg", config("{{ key }}", in_="default", url=URL), forEach="{{ hosts }}"),
        values={"hosts": ["a", "b"]},
    )
    tenancy.sync()
    tenancy.live("db")["status"] = {"endpoint": "db:1"}
    tenancy.settle()
    assert [tenancy.live(name)["data"] for name in ("a", "b")] == [{"url": "db:1"}, {"url": "db:1"}]


def test_every_template_is_checked_against_its_own_variables() -> None:
    number = {"n": {"type": "integer"}}
    one, two = (
        revision(name, [entry("it", config(name, in_="default", n="{{ n }}"))], variables=number if fits else None)
        for name, fits in (("one", False), ("two", True))
    )
    tenancy = Tenancy(values={"n": "text"})
    tenancy.related = [one, two]
    tenancy.spec["templates"] = [
        {"name": n, "revision": r["metadata"]["name"]} for n, r in (("one", one), ("two", two))
    ]
    answer = tenancy.sync()
    assert {found["id"]: found["phase"] for found in answer.status["resources"]} == {
        "one/it": "Progressing",
        "two/it": "Failed",
    }
