"""Whatever happens, in whatever order, and however old the observations are."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenantry.protocol import SyncRequest, SyncResponse, TryLater
from tenantry.registry import hook
from tests.unit.registry.world import World, shop, template

UIDS = ["acme", "beta", "gamma", "delta", "42", "Große Läden", "x-0123abcd", "{{ uid }}"]

rows = st.lists(
    st.builds(
        lambda uid, active, plan: shop(uid, active, plan=plan),
        st.sampled_from([*UIDS, None, ""]),
        st.sampled_from([1, 1, 1, "yes", True, 0, None, "perhaps"]),
        st.sampled_from(["basic", "pro", None, 7, 1.5, "{{ plan }}", float("nan")]),
    ),
    max_size=8,
)

events = st.one_of(
    st.tuples(st.just("failure"), st.booleans()),
    st.tuples(st.just("sync"), st.sampled_from(["fresh", "old parent", "old children", "both old"])),
    st.tuples(st.just("slices"), st.sets(st.integers(0, 7), max_size=8)),
    st.tuples(st.just("time"), st.sampled_from([1, 3, 12, 35])),
    st.tuples(st.just("slice lost"), st.integers(0, 7)),
    st.tuples(st.just("buckets"), st.sampled_from([1, 2, 4])),
    st.tuples(st.just("registry lost"), st.none()),
    st.tuples(st.just("revision"), st.integers(1, 3)),
)
steps = st.lists(st.one_of(st.tuples(st.just("table"), rows), events), min_size=5, max_size=40)
small_steps = st.lists(
    st.one_of(st.tuples(st.just("toggle"), st.sampled_from(UIDS[:3])), events), min_size=5, max_size=60
)
pytestmark = pytest.mark.usefixtures("short_turns")

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


class History:
    """A world that remembers the last state, to hand it over once more."""

    def __init__(self, table: list[dict[str, Any]]) -> None:
        self.world = World(rows=table, buckets=2)
        self.old_parent = deepcopy(self.world.parent)
        self.old_slices: dict[str, Any] = {}
        self.ever_missed: set[str] = set()
        self.note_missing()

    def note_missing(self) -> None:
        """The uids that a poll of the table as it is now may miss."""
        usable = {str(row["id"]) for row in self.world.rows if row["active"] in (1, "yes", True)}
        self.ever_missed |= set(UIDS) - usable

    def step(self, action: str, value: Any) -> None:
        world = self.world
        match action:
            case "table":
                world.rows = value
                self.note_missing()
            case "toggle":
                present = [row for row in world.rows if row["id"] != value]
                world.rows = present if len(present) < len(world.rows) else [*present, shop(value)]
                self.note_missing()
            case "failure":
                world.failure = "away" if value else ""
            case "sync":
                self.sync(value)
            case "slices":
                names = sorted(world.slices)
                for index in value:
                    if index < len(names):
                        world.sync_slice(names[index])
            case "time":
                world.pass_time(value)
            case "slice lost":
                names = sorted(world.slices)
                if value < len(names):
                    world.delete_slice(names[value])
            case "buckets":
                world.edit(buckets=value)
            case "registry lost":
                world.recreate_registry()
            case "revision":
                world.templates["webapp"] = template("webapp", f"webapp-{value}")

    def sync(self, age: str) -> None:
        parent = {**deepcopy(self.world.parent)}
        children = deepcopy(self.world.slices)
        if age in ("old parent", "both old"):
            parent["status"] = self.old_parent.get("status") or {}
        if age in ("old children", "both old") and self.old_slices.keys() == children.keys():
            children = self.old_slices
        self.old_parent, self.old_slices = deepcopy(self.world.parent), deepcopy(self.world.slices)
        try:
            self.world.sync(parent=parent, children=children)
        except TryLater:
            self.world.pass_time(1)


@patient
@given(small_steps)
def test_no_tenant_goes_whose_row_no_poll_missed(plan: list[tuple[str, Any]]) -> None:
    history = History([shop(uid) for uid in UIDS])
    history.world.settle()
    assert history.ever_missed == set()
    for action, value in plan:
        history.step(action, value)
    assert history.world.removed_tenants <= history.ever_missed


@patient
@given(rows, steps)
def test_the_world_comes_to_rest_with_a_tenant_for_each_row(
    table: list[dict[str, Any]], plan: list[tuple[str, Any]]
) -> None:
    history = History(table)
    for action, value in plan:
        history.step(action, value)
    world = history.world
    world.failure = ""
    world.rows = [*(shop(uid) for uid in UIDS)]
    for _ in range(3):
        world.pass_time(400)
        world.settle()
    assert world.tenant_uids().keys() == set(UIDS)
    assert world.rows_written().keys() == set(UIDS)
    assert world.removals_written() == {}


@patient
@given(rows, steps)
def test_the_same_request_has_the_same_answer(table: list[dict[str, Any]], plan: list[tuple[str, Any]]) -> None:
    history = History(table)
    for action, value in plan:
        history.step(action, value)
    world = history.world
    body = orjson.dumps(world.request())
    answers: list[SyncResponse | int] = []
    for reverse in (False, True):
        world.rows = sorted(world.rows, key=repr, reverse=reverse)
        try:
            answers.append(hook.sync(SyncRequest.parse(orjson.loads(body)), now=world.now, poll=world.poll))
        except TryLater as later:
            answers.append(later.seconds)
    assert answers[0] == answers[1]


@patient
@given(rows)
def test_once_at_rest_nothing_is_written_any_more(table: list[dict[str, Any]]) -> None:
    world = World(rows=table, interval="24h")
    world.settle()
    first = world.sync()
    world.pass_time(3600)
    second = world.sync()
    assert (first["children"], first["status"]) == (second["children"], second["status"])


@patient
@given(st.lists(st.text(max_size=200), max_size=5), st.text(max_size=2000))
def test_rows_of_any_text_become_tenants_as_they_are(uids: list[str], text: str) -> None:
    world = World(rows=[shop(uid, plan=text) for uid in {*uids, "acme"}])
    world.settle()
    assert world.tenant_uids().keys() == {*uids, "acme"} - {""}
    assert {tenant["spec"]["values"]["plan"] for tenant in world.tenants.values()} == {text}
