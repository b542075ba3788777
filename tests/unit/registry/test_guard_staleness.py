"""However old the observations are, no more tenants go than the guard lets pass."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.registry.test_properties import UIDS, History, patient
from tests.unit.registry.world import shop

pytestmark = pytest.mark.usefixtures("short_turns")

LIMIT = 2

events = st.one_of(
    st.tuples(st.just("toggle"), st.sampled_from(UIDS)),
    st.tuples(st.just("failure"), st.booleans()),
    st.tuples(st.just("sync"), st.sampled_from(["fresh", "old parent", "old children", "both old"])),
    st.tuples(st.just("slices"), st.sets(st.integers(0, 3), max_size=4)),
    st.tuples(st.just("time"), st.sampled_from([1, 3, 12, 35, 700])),
    st.tuples(st.just("buckets"), st.sampled_from([1, 2, 4])),
    st.tuples(st.just("revision"), st.integers(1, 3)),
)


def guarded(grace: str) -> History:
    """A registry of which no more than ``LIMIT`` tenants may ever go."""
    history = History([shop(uid) for uid in UIDS])
    history.world.edit(safety={"maxDeletions": LIMIT, "window": "30d", "gracePeriod": grace})
    history.world.settle()
    return history


def inactive(history: History) -> set[str]:
    return {t["spec"]["uid"] for t in history.world.tenants.values() if not t["spec"]["active"]}


@patient
@given(st.sampled_from(["0s", "30s"]), st.lists(events, min_size=10, max_size=60))
def test_no_more_tenants_go_than_the_guard_lets_pass(grace: str, plan: list[tuple[str, Any]]) -> None:
    history = guarded(grace)
    for action, value in plan:
        history.step(action, value)
        assert len(history.world.removed_tenants | inactive(history)) <= LIMIT
    assert history.world.removed_tenants <= history.ever_missed


@patient
@given(st.sampled_from(["0s", "30s"]), st.lists(events, min_size=10, max_size=60))
def test_rows_that_are_back_end_every_block(grace: str, plan: list[tuple[str, Any]]) -> None:
    history = guarded(grace)
    for action, value in plan:
        history.step(action, value)
    world = history.world
    world.failure = ""
    world.rows = [shop(uid) for uid in UIDS]
    for _ in range(3):
        world.pass_time(400)
        world.settle()
    assert world.tenant_uids().keys() == set(UIDS)
    assert world.status["deletions"]["count"] == 0
    assert not any(found["spec"].get("missing") for found in world.slices.values())
