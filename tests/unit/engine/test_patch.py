"""What is told of others' additions, and how an object counts of which others own something."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.engine.compile import compile_resources
from tenantry.engine.composition import TenantTemplate
from tenantry.engine.foreign import Foreign
from tenantry.engine.patch import as_asked, told
from tenantry.engine.plan import Planned, make_plan
from tenantry.engine.render import template_context
from tenantry.protocol import JSONObject, Location
from tests.support.tenancy import deployment


def places(*names: str) -> tuple[Location, ...]:
    return tuple(("data", name) for name in names)


@pytest.mark.parametrize(
    ("foreign", "answer"),
    [
        (Foreign((), ()), ("", "")),
        (
            Foreign(places("a", "b"), ()),
            ("RemovingFields", "somebody added data.a, data.b, which is being removed"),
        ),
        (
            Foreign(places("a", "b", "c"), ()),
            ("RemovingFields", "somebody added data.a, data.b, data.c, which is being removed"),
        ),
        (
            Foreign(places("a", "b", "c", "d", "e"), ()),
            ("RemovingFields", "somebody added data.a, data.b, data.c and 2 more, which is being removed"),
        ),
        (
            Foreign(places("a"), places("x")),
            (
                "ForeignFields",
                "somebody added data.x, and an apply cannot remove it: remove it by hand, or name it in ignoreFields",
            ),
        ),
    ],
)
def test_what_somebody_added_is_told_with_the_way_out(foreign: Foreign, answer: tuple[str, str]) -> None:
    assert told(foreign) == answer


def planned(replicas: Any = 3, **options: Any) -> Planned:
    obj = deployment(in_="default")
    obj["spec"]["replicas"] = replicas
    entry = {"id": "web", "object": obj, "ignoreFields": ["$.spec.replicas"], **options}
    template = TenantTemplate("shop", compile_resources([entry]))
    context = template_context(uid="acme", name="shops.acme", values={})
    return make_plan([template], context, tenant="shops.acme", anchor="").entries[0]


def live(replicas: Any = 1, *, generation: int = 2, observed: Any = 1) -> JSONObject:
    return {
        "metadata": {"generation": generation},
        "spec": {"replicas": replicas},
        "status": {"observedGeneration": observed},
    }


def asked(one: Planned, found: JSONObject, *, sent: JSONObject | None = None, was_ready: bool = False) -> JSONObject:
    return as_asked(one, {"spec": {}} if sent is None else sent, found, was_ready=was_ready)


@pytest.mark.parametrize(("wanted", "found", "counted"), [(3, 5, 3), (3, 1, 1), (3, 0, 0)])
def test_a_workload_that_somebody_scales_needs_as_many_replicas_as_we_asked_for(
    wanted: int, found: int, counted: int
) -> None:
    assert asked(planned(wanted), live(found))["spec"]["replicas"] == counted


def test_replicas_that_we_send_count_as_they_are() -> None:
    assert asked(planned(), live(5), sent={"spec": {"replicas": 3}})["spec"]["replicas"] == 5


def test_a_ready_when_of_its_own_sees_the_replicas_that_there_are() -> None:
    assert asked(planned(readyWhen="{{ self.spec.replicas == 5 }}"), live(5))["spec"]["replicas"] == 5


@pytest.mark.parametrize("spec", [None, {}, {"replicas": None}, {"replicas": "5"}])
def test_an_object_without_replicas_counts_as_it_is(spec: Any) -> None:
    found = {**live(), "spec": spec}
    assert asked(planned(), found)["spec"] == spec


def test_a_status_of_before_the_change_counts_while_it_was_ready() -> None:
    assert asked(planned(), live(3), was_ready=True)["metadata"]["generation"] == 1


def test_a_status_of_before_the_change_does_not_count_if_it_was_never_ready() -> None:
    assert asked(planned(), live(3))["metadata"]["generation"] == 2


def test_a_status_of_now_counts_as_it_is() -> None:
    found = live(3, observed=2)
    assert asked(planned(), found, was_ready=True) == found


@pytest.mark.parametrize("status", [None, {}, "text"])
def test_an_object_without_a_status_counts_as_it_is(status: Any) -> None:
    found = {**live(3), "status": status}
    assert asked(planned(), found, was_ready=True) == found


def test_an_object_that_is_sent_as_it_was_planned_counts_as_it_is() -> None:
    one = planned()
    assert one.object is not None
    found = live(5)
    assert as_asked(one, one.object, found, was_ready=True) is found


def test_an_object_of_which_nothing_is_ignored_counts_as_it_is() -> None:
    found = live(5)
    assert asked(planned(ignoreFields=[]), found, was_ready=True) is found
