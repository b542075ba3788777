"""In which order objects go."""

from __future__ import annotations

from tenantry.engine.deletion import may_go
from tenantry.names import DEPENDS_ON_ANNOTATION, RESOURCE_ID_ANNOTATION
from tenantry.protocol import JSONObject, ObjectKey


def doomed(**needs: str) -> dict[ObjectKey, JSONObject]:
    return {
        ObjectKey("ConfigMap.v1", f"acme/{name}"): {
            "metadata": {"annotations": {RESOURCE_ID_ANNOTATION: f"t/{name}", DEPENDS_ON_ANNOTATION: needed}}
        }
        for name, needed in needs.items()
    }


def order(objects: dict[ObjectKey, JSONObject]) -> list[str]:
    """Which objects go in each round."""
    rounds = []
    while objects:
        going = may_go(objects)
        rounds.append(" ".join(sorted(key.key.removeprefix("acme/") for key in going)))
        objects = {key: child for key, child in objects.items() if key not in going}
    return rounds


def test_nothing_goes_of_nothing() -> None:
    assert may_go({}) == frozenset()


def test_dependents_go_before_what_they_need() -> None:
    assert order(doomed(ns="", db="t/ns", web="t/db,t/ns")) == ["web", "db", "ns"]


def test_what_nobody_needs_goes_together() -> None:
    assert order(doomed(ns="", a="t/ns", b="t/ns")) == ["a b", "ns"]


def test_a_need_of_something_that_stays_holds_nothing_up() -> None:
    assert order(doomed(a="t/other")) == ["a"]


def test_a_circle_goes_together_and_last() -> None:
    assert order(doomed(a="t/b", b="t/a", c="t/a")) == ["c", "a b"]


def test_an_object_that_needs_itself_goes() -> None:
    assert order(doomed(a="t/a", b="t/a")) == ["b", "a"]


def test_an_object_that_needs_itself_waits_for_nothing() -> None:
    assert order(doomed(a="t/a", b="")) == ["a b"]


def test_what_an_object_needs_that_goes_later_stays_until_then() -> None:
    later = doomed(old="t/db").values()
    assert may_go(doomed(db="", other=""), later) == {ObjectKey("ConfigMap.v1", "acme/other")}
    assert may_go(doomed(db=""), later) == frozenset()


def test_a_namespace_goes_after_what_lives_in_it_whatever_that_says() -> None:
    home = {ObjectKey("Namespace.v1", "acme"): {"metadata": {"annotations": {RESOURCE_ID_ANNOTATION: "t/ns"}}}}
    inside = doomed(cfg="")
    assert may_go(home | inside) == inside.keys()
    assert may_go(home) == home.keys()


def test_a_namespace_that_something_in_it_depends_on_in_a_circle_goes_with_it() -> None:
    annotations = {RESOURCE_ID_ANNOTATION: "t/ns", DEPENDS_ON_ANNOTATION: "t/cfg"}
    circle = {ObjectKey("Namespace.v1", "acme"): {"metadata": {"annotations": annotations}}} | doomed(cfg="")
    assert may_go(circle) == circle.keys()
