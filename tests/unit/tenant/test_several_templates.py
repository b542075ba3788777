"""Several templates make one tenant: they may need each other, refer to each other, and pass objects on."""

from __future__ import annotations

import pytest

from tenantry.names import CONTENT_HASH_ANNOTATION, DEPENDS_ON_ANNOTATION, RESOURCE_ID_ANNOTATION
from tenantry.protocol import JSONObject
from tests.support.tenancy import Tenancy, child, condition, config, entry, message, phases, removed, returned, widget

READY: JSONObject = {"conditions": [{"type": "Ready", "status": "True"}]}
DOWN: JSONObject = {"conditions": [{"type": "Ready", "status": "False", "reason": "Starting"}]}
URL = "{{ templates['base'].resources.db.status.endpoint }}"
APP = [entry("cfg", config(in_="default", url=URL))]
BASE = [entry("db", widget("db"))]


def shop(app: list[JSONObject] | None = None, base: list[JSONObject] | None = None) -> Tenancy:
    """A tenant of two templates; the first refers to the second."""
    tenancy = Tenancy()
    tenancy.health["db"] = READY | {"endpoint": "db:1"}
    tenancy.use(app=app or APP, base=base or BASE)
    return tenancy


def test_a_field_of_another_templates_object_reaches_an_object() -> None:
    assert child(shop().settle(), "config")["data"]["url"] == "db:1"


def test_a_reference_to_another_template_is_a_dependency() -> None:
    answer = shop().settle()
    assert child(answer, "config")["metadata"]["annotations"][DEPENDS_ON_ANNOTATION] == "base/db"


def test_a_field_of_another_templates_object_is_waited_for() -> None:
    tenancy = shop()
    tenancy.health["db"] = READY
    answer = tenancy.settle()
    assert (returned(answer), phases(answer)["cfg"]) == (["db"], "Pending/WaitingForValue")
    assert message(answer, "cfg") == "waits for templates['base'].resources.db.status.endpoint"


def test_an_object_follows_the_field_of_another_templates_object() -> None:
    tenancy = shop()
    tenancy.settle()
    tenancy.live("db")["status"] = READY | {"endpoint": "db:2"}
    assert child(tenancy.ask(), "config")["data"]["url"] == "db:2"


def test_when_and_for_each_see_other_templates() -> None:
    url = "{{ templates.base.resources.db.status.endpoint == 'db:1' }}"
    hosts = "{{ templates['base'].resources['db'].status.hosts }}"
    tenancy = shop([entry("on", widget("on"), when=url), entry("each", widget("{{ key }}"), forEach=hosts)])
    tenancy.health["db"] = READY | {"endpoint": "db:1", "hosts": ["a", "b"]}
    assert {"on", "a", "b"} <= set(returned(tenancy.settle()))


def test_items_of_another_template_are_referred_to_by_their_keys() -> None:
    app = [entry("cfg", config(in_="default", url="{{ templates['base'].resources.db.eu.spec.x }}"))]
    tenancy = shop(app, [entry("db", widget("db-{{ key }}", x="{{ key }}"), forEach="{{ ['us', 'eu'] }}")])
    assert child(tenancy.settle(), "config")["data"]["url"] == "eu"


def test_an_entry_waits_for_all_items_of_another_template() -> None:
    app = [entry("late", widget("late"), dependsOn=["base/db"])]
    tenancy = shop(app, [entry("db", widget("db-{{ key }}"), forEach="{{ ['us', 'eu'] }}")])
    tenancy.health |= {"db-eu": DOWN, "db-us": READY}
    assert phases(tenancy.settle())["late"] == "Pending/WaitingForDependency"
    tenancy.live("db-eu")["status"] = READY
    assert "late" in returned(tenancy.settle())


def test_templates_need_each_other_in_both_directions() -> None:
    tenancy = shop(
        [entry("first", widget("first", x="1")), entry("third", widget("third"), dependsOn=["base/second"])],
        [entry("second", widget("second", x="{{ templates['app'].resources.first.spec.x }}"))],
    )
    assert returned(tenancy.sync()) == ["first"]
    assert set(returned(tenancy.settle())) == {"first", "second", "third"}


def test_a_template_may_call_itself_by_its_name() -> None:
    tenancy = shop(
        [
            entry("late", widget("late", x="{{ templates['app'].resources.early.spec.x }}"), dependsOn=["app/early"]),
            entry("early", widget("early", x="1")),
        ]
    )
    assert child(tenancy.settle(), "late")["spec"]["x"] == "1"


def test_objects_go_in_reverse_order_through_templates() -> None:
    tenancy = shop()
    tenancy.settle()
    tenancy.delete()
    assert removed(tenancy.finalize()) == {"config"}
    assert removed(tenancy.finalize()) == {"db"}


@pytest.mark.parametrize(
    ("resource", "way_out"),
    [
        (entry("x", widget("x"), dependsOn=["gone/db"]), "this tenant has no template gone"),
        (entry("x", widget("x"), dependsOn=["base/gone"]), "template base has no entry gone"),
        (entry("x", widget("x", y="{{ templates['gone'].resources.db.z }}")), "this tenant has no template gone"),
        (entry("x", widget("x", y="{{ templates['base'].resources.gone.z }}")), "template base has no entry gone"),
        (entry("x", widget("x"), when="{{ templates['gone'].resources.db.z }}"), "this tenant has no template gone"),
        (entry("x", widget("x"), forEach="{{ templates['gone'].resources.db.z }}"), "has no template gone"),
    ],
)
def test_what_no_template_has_is_waited_for_with_the_way_out(resource: JSONObject, way_out: str) -> None:
    answer = shop([resource]).settle()
    assert (phases(answer)["x"], "x" in returned(answer)) == ("Pending/WaitingForDependency", False)
    assert way_out in message(answer, "x")
    assert (condition(answer, "Ready")["status"], way_out in condition(answer, "Ready")["message"]) == ("False", True)


def test_what_is_switched_off_needs_nothing() -> None:
    answer = shop([entry("x", widget("x"), dependsOn=["gone/db"], when="{{ false }}")]).settle()
    assert (phases(answer)["x"], condition(answer, "Ready")["status"]) == ("Skipped/WhenFalse", "True")


@pytest.mark.parametrize("app", [APP, [entry("cfg", config(in_="default"), dependsOn=["base/db"])]])
def test_dependents_of_a_template_that_leaves_keep_their_objects(app: list[JSONObject]) -> None:
    tenancy = shop(app)
    before = child(tenancy.settle(), "config")
    tenancy.use(app=app)
    answer = tenancy.settle()
    assert (phases(answer)["cfg"], condition(answer, "Ready")["status"]) == ("Pending/WaitingForDependency", "False")
    assert child(answer, "config")["data"] == before["data"]
    assert "db" not in tenancy.names()


def test_a_cycle_through_templates_fails_with_its_whole_path() -> None:
    tenancy = shop(
        [entry("a", widget("a"), dependsOn=["base/b"]), entry("d", widget("d"), dependsOn=["a"])],
        [entry("b", widget("b", x="{{ resources.c.x }}")), entry("c", widget("c"), dependsOn=["app/a"])],
    )
    answer = tenancy.settle()
    assert (returned(answer), set(phases(answer).values())) == (
        [],
        {"Failed/DependencyCycle", "Skipped/DependencyFailed"},
    )
    assert "depends on itself: app/a → base/b → base/c → app/a" in message(answer, "b")


def test_a_cycle_through_templates_leaves_objects_as_they_are() -> None:
    tenancy = shop([entry("a", widget("a", v=1))], [entry("b", widget("b", v=1), dependsOn=["app/a"])])
    tenancy.settle()
    tenancy.use(
        app=[entry("a", widget("a", v=2), dependsOn=["base/b"])],
        base=[entry("b", widget("b", v=2), dependsOn=["app/a"])],
    )
    answer = tenancy.settle()
    assert (child(answer, "a")["spec"], child(answer, "b")["spec"], removed(answer)) == ({"v": 1}, {"v": 1}, set())


def test_two_cycles_are_told_apart() -> None:
    tenancy = shop(
        [entry("a", widget("a"), dependsOn=["base/b"]), entry("c", widget("c"), dependsOn=["base/d"])],
        [entry("b", widget("b"), dependsOn=["app/a"]), entry("d", widget("d"), dependsOn=["app/c"])],
    )
    answer = tenancy.settle()
    assert "app/a → base/b → app/a" in message(answer, "b")
    assert "app/c → base/d → app/c" in message(answer, "d")


def test_a_cycle_through_items_fails() -> None:
    tenancy = shop(
        [entry("a", widget("{{ key }}"), forEach="{{ ['x', 'y'] }}", dependsOn=["base/b"])],
        [entry("b", widget("b"), dependsOn=["app/a"])],
    )
    assert "Failed/DependencyCycle" in phases(tenancy.settle()).values()


def test_who_needs_a_cycle_is_skipped_and_others_go_on() -> None:
    tenancy = shop(
        [entry("a", widget("a"), dependsOn=["base/b"]), entry("free", widget("free"))],
        [entry("b", widget("b"), dependsOn=["app/a"]), entry("late", widget("late"), dependsOn=["b"])],
    )
    answer = tenancy.settle()
    assert (returned(answer), phases(answer)["late"]) == (["free"], "Skipped/DependencyFailed")


def test_a_long_chain_through_two_templates_becomes_ready() -> None:
    links = [entry(f"e{n}", widget(f"e{n}"), dependsOn=[f"{'ba'[n % 2]}/e{n - 1}"] if n else []) for n in range(60)]
    tenancy = Tenancy()
    tenancy.use(a=links[::2], b=links[1::2])
    assert condition(tenancy.settle(62), "Ready")["status"] == "True"


# Two templates make the same object.

OURS = [entry("mine", config(in_="default", who="ours"))]
THEIRS = [entry("too", config(in_="default", who="theirs"))]


def test_the_first_template_has_the_object_and_the_other_is_told() -> None:
    tenancy = Tenancy()
    tenancy.use(ours=OURS, theirs=THEIRS)
    answer = tenancy.settle()
    assert (child(answer, "config")["data"], phases(answer)["too"]) == ({"who": "ours"}, "Failed/Duplicate")
    assert "ours/mine makes the same object" in message(answer, "too")


@pytest.mark.parametrize(
    "then",
    [
        {"theirs": THEIRS, "ours": OURS},
        {"ours": [entry("other", widget("other"))], "theirs": THEIRS},
        {"theirs": THEIRS},
        {"ours": [entry("mine", config(in_="default", who="ours"), when="{{ false }}")], "theirs": THEIRS},
    ],
    ids=["order changes", "entry leaves", "template leaves", "switched off"],
)
def test_an_object_passes_to_the_other_template_without_deletion(then: dict[str, list[JSONObject]]) -> None:
    tenancy = Tenancy()
    tenancy.use(ours=OURS, theirs=THEIRS)
    tenancy.settle()
    tenancy.use(**then)
    for _ in range(4):
        answer = tenancy.sync()
        assert removed(answer) == set()
        assert "config" in returned(answer)
        tenancy.wait(3)
    live = tenancy.live("config")
    assert live["data"] == {"who": "theirs"}
    assert live["metadata"]["annotations"][RESOURCE_ID_ANNOTATION] == "theirs/too"
    assert live["metadata"]["annotations"][CONTENT_HASH_ANNOTATION]
    assert phases(answer)["too"] == "Ready"
