"""Whatever happens, in whatever order, and however old the observations are: maxSkew and maxDeletions hold, nobody goes
back or away by accident, and in the end everybody arrives. A checker that finds nothing proves little, so bugs are
planted as well."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from tenantry.registry import leaving
from tenantry.registry.rollout import decide
from tenantry.registry.rollout.fleet import Fleet
from tenantry.registry.slices import Content
from tenantry.slice import hook as slice_hook
from tenantry.slice import tenants as slice_tenants
from tests.unit.model import cluster
from tests.unit.model.history import CHURN, History
from tests.unit.model.truth import Broken

pytestmark = pytest.mark.usefixtures("short_turns")

HISTORIES = range(24)
STEPS = 150
MOST = 60
"""So many histories at most find a planted bug."""

Plant = Callable[[pytest.MonkeyPatch], None]


@pytest.mark.parametrize("seed", HISTORIES)
def test_rollouts_keep_their_promises(seed: int) -> None:
    History(seed).run(STEPS)


@pytest.mark.parametrize("seed", HISTORIES)
def test_no_more_tenants_go_than_the_guard_lets_pass(seed: int) -> None:
    churning(seed).run(STEPS)


def slices_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide, "_may_go_on", lambda *_: True)


def nobody_counts_as_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fleet, "under_way", property(lambda _: 0))


def interrupted_tenants_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    remaining = Fleet.remaining
    monkeypatch.setattr(Fleet, "remaining", lambda self, target: remaining(self, target)._replace(interrupted=[]))


def old_states_replace_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "check_slice", lambda *_: None)
    monkeypatch.setattr(cluster, "check_tenant", lambda *_: None)


def rows_that_are_behind_take_tenants_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "check_tenant", lambda *_: None)
    monkeypatch.setattr(slice_tenants, "is_behind", lambda *_: True)


def unlisted_tenants_go(monkeypatch: pytest.MonkeyPatch) -> None:
    sort_out = slice_tenants.sort_out

    def careless(*given: Any) -> Any:
        others = sort_out(*given)
        return replace(others, removing={**others.removing, **others.unlisted}, unlisted={})

    monkeypatch.setattr(slice_hook, "sort_out", careless)


def a_failed_rollout_never_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide, "_resumed", lambda memory, *_, **__: memory)
    monkeypatch.setattr(decide, "_redirected", lambda memory, *_, **__: memory)


def bookings_need_no_record(monkeypatch: pytest.MonkeyPatch) -> None:
    def record(contents: Iterable[Content]) -> set[str]:
        return {entry["booked"] for content in contents for entry in content.missing if "booked" in entry}

    monkeypatch.setattr(leaving, "_record", record)


def nobody_counts_who_went(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "spent", lambda *_, **__: 0)


@pytest.mark.parametrize(
    "plant",
    [
        slices_are_not_waited_for,
        nobody_counts_as_under_way,
        interrupted_tenants_are_forgotten,
        old_states_replace_new_ones,
        rows_that_are_behind_take_tenants_back,
        unlisted_tenants_go,
        a_failed_rollout_never_goes_on,
    ],
)
def test_a_planted_bug_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    assert any(is_broken(seed) for seed in range(MOST))


@pytest.mark.parametrize("plant", [bookings_need_no_record, nobody_counts_who_went])
def test_a_bug_planted_in_the_guard_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    assert any(is_broken(seed, churning) for seed in range(MOST))


def churning(seed: int) -> History:
    """Rows come and go in many slices, and half of all observations are old."""
    return History(seed, CHURN, buckets=6, age=0.5)


def is_broken(seed: int, begin: Callable[[int], History] = History) -> bool:
    try:
        begin(seed).run(STEPS)
    except Broken:
        return True
    return False
