"""Objects lose their place and get it back, whatever templates, rows and policies do: nothing goes that must not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenantry.engine.retain import NAMESPACE_TYPE, is_retained, namespace_of
from tenantry.protocol import JSONObject, SyncResponse
from tests.support.tenancy import Tenancy, config, entry, namespace

ROUNDS = 15
"""Syncs after which nothing may change any more."""
thoroughly = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NAMES = ("x", "c{{ v }}", "c{{ item }}")
VALUES = ("{{ v }}", "{{ v | int }}", "{{ nobody }}", "constant")
OPTIONS: dict[str, Any] = {
    "deletionPolicy": "Retain",
    "onRename": "Replace",
    "when": "{{ on }}",
    "creationPolicy": "Once",
    "skipOnDependencyFailure": False,
}
ROWS: dict[str, tuple[Any, ...]] = {
    "v": ("1", "2", "x"),
    "home": ("acme", "other"),
    "on": (True, False),
    "items": (["p"], ["p", "q"], [], "no list"),
}


@st.composite
def templates(draw: st.DrawFn) -> list[JSONObject]:
    """Entries with any policies, in a Namespace of the tenant or in another, that may be in each other's way."""
    resources: list[JSONObject] = []
    if draw(st.integers(0, 4)):
        resources.append(entry("ns", namespace("{{ home }}"), **draw(_options())))
    for id_ in draw(st.lists(st.sampled_from("abcd"), unique=True, max_size=4)):
        home = draw(st.sampled_from(["{{ home }}", "default"]))
        made = config(draw(st.sampled_from(NAMES)), in_=home, a=draw(st.sampled_from(VALUES)))
        needs = draw(st.lists(st.sampled_from([one["id"] for one in resources]), max_size=1)) if resources else []
        items = {"forEach": "{{ items }}"} if "item" in made["metadata"]["name"] else {}
        resources.append(entry(id_, made, dependsOn=needs, **items, **draw(_options())))
    return resources


def _options() -> st.SearchStrategy[dict[str, Any]]:
    return st.sets(st.sampled_from(sorted(OPTIONS)), max_size=2).map(
        lambda names: {name: OPTIONS[name] for name in names}
    )


def _watched(tenancy: Tenancy, ask: Callable[[], SyncResponse]) -> SyncResponse:
    """An answer, applied: nothing is gone that is retained, and no Namespace with something in it."""
    before = dict(tenancy.objects)
    answer = ask()
    gone = before.keys() - tenancy.objects.keys()
    assert not [key for key in gone if is_retained(before[key])]
    inhabited = {namespace_of(key) for key in (*before, *tenancy.objects)}
    assert not [key for key in gone if key.type_key == NAMESPACE_TYPE and key.key in inhabited]
    return answer


@st.composite
def lives(draw: st.DrawFn) -> Tenancy:
    """A tenant after some changes of its templates and its row, each followed by a few syncs."""
    tenancy = Tenancy(values={name: found[0] for name, found in ROWS.items()})
    for _ in range(draw(st.integers(1, 6))):
        if draw(st.booleans()):
            tenancy.use(**{name: draw(templates()) for name in draw(st.sampled_from([["one"], ["one", "two"]]))})
        else:
            name = draw(st.sampled_from(sorted(ROWS)))
            tenancy.change(**{name: draw(st.sampled_from(ROWS[name]))})
        for _ in range(draw(st.integers(1, 4))):
            _watched(tenancy, tenancy.sync)
            tenancy.wait(draw(st.sampled_from([1, 40])))
    return tenancy


@thoroughly
@given(lives())
def test_a_tenant_whose_objects_lose_their_places_comes_to_rest(tenancy: Tenancy) -> None:
    for _ in range(ROUNDS):
        _watched(tenancy, tenancy.sync)
        tenancy.wait(3)
    answer = tenancy.sync()
    tenancy.wait(1000)
    again = tenancy.ask()
    assert orjson.dumps([again.children, again.status]) == orjson.dumps([answer.children, answer.status])
    assert not answer.removed


@thoroughly
@given(lives())
def test_a_tenant_that_is_deleted_at_any_time_leaves_what_is_retained_and_nothing_else(tenancy: Tenancy) -> None:
    tenancy.delete()
    for _ in range(ROUNDS):
        answer = _watched(tenancy, tenancy.finalize)
        tenancy.wait(3)
    assert answer.finalized
    assert all(map(is_retained, tenancy.objects.values()))
