"""What the status lists of objects that are of no entry, and how it counts and shortens."""

from __future__ import annotations

import pytest

from tenantry.engine.status import counts_of
from tenantry.protocol import JSONObject
from tests.support.tenancy import Tenancy, condition, config, entry, message, phases, widget


def listed(tenancy: Tenancy, name: str) -> JSONObject:
    """What the next answer's status says of the object of this name."""
    found: JSONObject = next(one for one in tenancy.ask().status["resources"] if one.get("name") == name)
    return found


def test_entries_of_one_phase_are_added_up_and_what_has_no_place_is_not_in_the_total() -> None:
    counts = counts_of([{"phase": "Ready"}, {"phase": "Ready"}, {"phase": "Failed"}, {"phase": "Retained"}])
    assert {name: number for name, number in counts.items() if number} == {
        "total": 3,
        "ready": 2,
        "failed": 1,
        "retained": 1,
    }


def retained_and_foreign() -> Tenancy:
    tenancy = Tenancy(entry("kept", config("kept", in_="default"), deletionPolicy="Retain"))
    tenancy.settle()
    tenancy.use(shop=[])
    tenancy.adopt(config("theirs", in_="default"))
    tenancy.settle()
    return tenancy


@pytest.mark.parametrize("name", ["kept", "theirs"])
def test_an_object_without_a_place_is_listed_with_its_identity(name: str) -> None:
    found = listed(retained_and_foreign(), name)
    assert (found["kind"], found["namespace"]) == ("ConfigMap", "default")


@pytest.mark.parametrize("name", ["kept", "theirs"])
def test_an_object_without_a_place_is_listed_since_it_has_none(name: str) -> None:
    tenancy = retained_and_foreign()
    since = listed(tenancy, name)["since"]
    tenancy.wait(1000)
    assert since.startswith("2026-01-02T03:04:")
    assert listed(tenancy, name)["since"] == since


def test_an_object_that_loses_its_place_is_listed_since_then() -> None:
    tenancy = Tenancy(entry("kept", widget("kept"), deletionPolicy="Retain"))
    tenancy.settle()
    before = listed(tenancy, "kept")["since"]
    tenancy.wait(1000)
    tenancy.use(shop=[])
    assert listed(tenancy, "kept")["since"] > before


@pytest.mark.parametrize(("length", "shown"), [(255, 255), (256, 256), (257, 256)])
def test_only_a_message_of_more_than_256_characters_is_shortened(length: int, shown: int) -> None:
    around = len("is switched off by when: {{ '' == '' }}")
    tenancy = Tenancy(entry("it", widget("w"), when=f"{{{{ '{'x' * (length - around)}' == '' }}}}"))
    told = message(tenancy.ask(), "it")
    assert (len(told), told.endswith("…")) == (shown, length > 256)


def test_of_many_failures_three_are_told() -> None:
    tenancy = Tenancy(*(entry(f"e{number}", widget(f"{{{{ missing{number} }}}}")) for number in range(5)))
    told = condition(tenancy.ask(), "Degraded")["message"]
    assert ("shop/e2" in told, "shop/e3" in told, told.endswith("2 more")) == (True, False, True)


def test_entries_that_wait_for_each_other_through_items_are_told_with_the_whole_way() -> None:
    tenancy = Tenancy(values={"hosts": ["x"]})
    tenancy.use(
        one=[entry("a", widget("a-{{ key }}"), forEach="{{ hosts }}", dependsOn=["two/b"])],
        two=[entry("b", widget("b"), dependsOn=["one/a"])],
    )
    answer = tenancy.ask()
    assert set(phases(answer).values()) == {"Failed/DependencyCycle"}
    assert "one/a → one/a[x] → two/b → one/a" in message(answer, "b")


def test_content_that_is_ready_is_remembered_although_other_content_was_before() -> None:
    tenancy = Tenancy(entry("it", widget("w")))
    tenancy.settle()
    wanted = listed(tenancy, "w")["readyHash"]
    tenancy.status["resources"][0]["readyHash"] = "0123456789"
    assert listed(tenancy, "w")["readyHash"] == wanted


def test_an_entry_that_is_ready_with_other_content_is_ready_since_it_was() -> None:
    tenancy = Tenancy(entry("it", widget("w")))
    tenancy.settle()
    since = listed(tenancy, "w")["since"]
    tenancy.status["resources"][0]["readyHash"] = "0123456789"
    tenancy.wait(1000)
    assert listed(tenancy, "w")["since"] == since


def test_a_tenant_that_has_just_become_ready_asks_for_nothing() -> None:
    tenancy = Tenancy(entry("it", widget("w")))
    tenancy.sync()
    tenancy.wait(3)
    answer = tenancy.sync()
    assert (phases(answer)["it"], answer.resync_after_seconds) == ("Ready", 0)


def test_a_tenant_of_a_row_that_does_not_fit_is_not_ready() -> None:
    tenancy = Tenancy(values={"n": "text"})
    tenancy.declare({"n": {"type": "integer"}}, entry("it", widget("w")))
    ready = condition(tenancy.ask(), "Ready")
    assert (ready["status"], ready["reason"]) == ("False", "InvalidValues")


def test_what_waits_in_vain_is_told_by_the_tenant_and_what_merely_waits_is_not() -> None:
    in_vain = [entry(f"e{number}", widget(f"w{number}"), dependsOn=["other/db"]) for number in range(4)]
    waiting = entry("waiting", widget("w", x="{{ resources.db.status.x }}"))
    tenancy = Tenancy(entry("db", widget("db")), waiting, *in_vain)
    told = condition(tenancy.ask(), "Ready")["message"]
    assert ("shop/waiting" in told, told.count("this tenant has no template other")) == (False, 3)
