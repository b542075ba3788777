"""An entry that refers to a field of another's object waits for it, and follows it."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.names import DEPENDS_ON_ANNOTATION
from tenantry.protocol import JSONObject
from tests.support.tenancy import Tenancy, child, condition, config, entry, message, phases, removed, returned, widget

READY: JSONObject = {"conditions": [{"type": "Ready", "status": "True"}]}
DOWN: JSONObject = {"conditions": [{"type": "Ready", "status": "False", "reason": "Starting"}]}
URL = "{{ resources.db.status.endpoint }}"


def shop(url: str = URL, **options: Any) -> Tenancy:
    """A database, and a ConfigMap that tells where it is."""
    tenancy = Tenancy(entry("cfg", config(in_="default", url=url), **options), entry("db", widget("db")))
    tenancy.health["db"] = READY | {"endpoint": "db:1"}
    return tenancy


def test_the_field_reaches_the_object() -> None:
    assert child(shop().settle(), "config")["data"]["url"] == "db:1"


def test_a_reference_is_a_dependency() -> None:
    answer = shop().settle()
    assert child(answer, "config")["metadata"]["annotations"][DEPENDS_ON_ANNOTATION] == "shop/db"


def test_before_there_is_an_object_the_entry_waits() -> None:
    answer = shop().sync()
    assert (returned(answer), phases(answer)["cfg"]) == (["db"], "Pending/WaitingForValue")
    assert "resources.db.status.endpoint" in message(answer, "cfg")


def test_a_default_makes_no_value_of_a_field_that_is_not_there_yet() -> None:
    tenancy = shop("{{ resources.db.status.endpoint | default('nowhere') }}")
    tenancy.health["db"] = READY
    assert phases(tenancy.settle())["cfg"] == "Pending/WaitingForValue"


@pytest.mark.parametrize("endpoint", [None, {}])
def test_a_field_without_a_value_is_waited_for(endpoint: Any) -> None:
    tenancy = shop("{{ resources.db.status.endpoint.host }}")
    tenancy.health["db"] = READY | {"endpoint": endpoint}
    assert phases(tenancy.settle())["cfg"] == "Pending/WaitingForValue"


def test_a_field_of_an_object_that_is_not_ready_is_not_used() -> None:
    tenancy = shop()
    tenancy.health["db"] = DOWN | {"endpoint": "db:1"}
    assert (returned(tenancy.settle()), phases(tenancy.ask())["cfg"]) == (["db"], "Pending/WaitingForDependency")


def test_an_object_follows_the_field() -> None:
    tenancy = shop()
    tenancy.settle()
    tenancy.live("db")["status"] = READY | {"endpoint": "db:2"}
    assert child(tenancy.ask(), "config")["data"]["url"] == "db:2"


def test_an_object_stays_as_it_is_when_the_field_vanishes() -> None:
    tenancy = shop()
    tenancy.settle()
    tenancy.live("db")["status"] = READY
    answer = tenancy.ask()
    assert (child(answer, "config")["data"]["url"], phases(answer)["cfg"]) == ("db:1", "Pending/WaitingForValue")


def test_while_a_name_waits_for_a_field_nothing_is_removed() -> None:
    tenancy = Tenancy(entry("old", widget("old")), entry("db", widget("db")))
    tenancy.settle()
    named = entry("cfg", config("{{ resources.db.status.name }}", in_="default"))
    tenancy.use(shop=[named, entry("db", widget("db"))])
    assert removed(tenancy.ask()) == set()
    tenancy.live("db")["status"] = READY | {"name": "given"}
    answer = tenancy.ask()
    assert ("given" in returned(answer), removed(answer)) == (True, {"old"})


def test_a_failed_object_skips_who_refers_to_it() -> None:
    tenancy = Tenancy(
        entry("cfg", config(in_="default", url=URL)), entry("db", widget("db", x="{{ oops }}")), values={}
    )
    assert phases(tenancy.sync())["cfg"] == "Skipped/DependencyFailed"


def test_the_last_of_a_list_is_waited_for_like_the_first() -> None:
    tenancy = Tenancy()
    tenancy.use(
        shop=[
            entry("db", widget("db")),
            entry("cfg", config(in_="default", url="{{ resources.db.status.hosts[-1] }}")),
        ]
    )
    tenancy.health["db"] = READY | {"hosts": []}
    tenancy.settle()
    assert phases(tenancy.ask())["cfg"] == "Pending/WaitingForValue"
    tenancy.live("db")["status"] = READY | {"hosts": ["a", "b"]}
    assert child(tenancy.ask(), "config")["data"]["url"] == "b"


def test_who_refers_to_what_is_switched_off_is_told_the_way_out() -> None:
    tenancy = Tenancy(entry("cfg", config(in_="default", url=URL)), entry("db", widget("db"), when="{{ false }}"))
    answer = tenancy.sync()
    assert phases(answer)["cfg"] == "Pending/WaitingForValue"
    assert "shop/db is switched off: give this entry the same when" in message(answer, "cfg")
    assert "shop/db is switched off" in condition(answer, "Ready")["message"]


def test_when_and_for_each_wait_for_fields_too() -> None:
    tenancy = shop("x", when="{{ resources.db.status.on }}", forEach="{{ resources.db.status.hosts }}")
    tenancy.use(
        shop=[
            entry("db", widget("db")),
            entry("cfg", config("{{ key }}", in_="default"), forEach="{{ resources.db.status.hosts }}"),
            entry("opt", widget("opt"), when="{{ resources.db.status.on }}"),
        ]
    )
    waiting = phases(tenancy.sync())
    assert (waiting["cfg"], waiting["opt"]) == ("Pending/WaitingForValue", "Pending/WaitingForValue")
    tenancy.health["db"] = READY | {"hosts": ["a", "b"], "on": True}
    tenancy.sync()
    assert set(returned(tenancy.settle())) == {"db", "a", "b", "opt"}


def test_items_are_referred_to_by_their_keys() -> None:
    tenancy = Tenancy(
        entry("db", widget("db-{{ key }}"), forEach="{{ regions }}"),
        entry("cfg", config(in_="default", url="{{ resources.db.eu.status.endpoint }}")),
        values={"regions": ["us", "eu"]},
    )
    tenancy.health |= {"db-eu": READY | {"endpoint": "eu:1"}, "db-us": READY | {"endpoint": "us:1"}}
    assert child(tenancy.settle(), "config")["data"]["url"] == "eu:1"


def test_a_value_from_the_cluster_is_never_an_expression() -> None:
    tenancy = shop()
    tenancy.health["db"] = READY | {"endpoint": "{{ uid }}"}
    assert child(tenancy.settle(), "config")["data"]["url"] == "{{ uid }}"


def test_references_go_through_a_chain() -> None:
    links = [entry(f"w{n}", widget(f"w{n}", x=f"{{{{ resources.w{n - 1}.spec.x }}}}")) for n in range(1, 6)]
    tenancy = Tenancy(*reversed(links), entry("w0", widget("w0", x="end")))
    assert child(tenancy.settle(), "w5")["spec"]["x"] == "end"


def test_five_hundred_entries_a_hundred_deep_become_ready() -> None:
    chain = [entry("c0", widget("c0"))]
    chain += [entry(f"c{n}", widget(f"c{n}"), dependsOn=[f"c{n - 1}"]) for n in range(1, 100)]
    wide = [entry(f"w{n}", widget(f"w{n}"), dependsOn=["c99"]) for n in range(400)]
    tenancy = Tenancy(*wide, *reversed(chain))
    assert condition(tenancy.settle(102), "Ready")["status"] == "True"
