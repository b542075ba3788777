"""When the source is polled."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from tenantry.conditions import parse_timestamp, timestamp
from tests.unit.registry.world import World, settled, shop, template


def polls_in(world: World, seconds: int) -> list[float]:
    """When polls happen, in seconds from now, if the registry is synced every second."""
    start, moments = world.now, []
    for _ in range(seconds):
        world.pass_time(1)
        before = world.polls
        world.sync()
        if world.polls > before:
            moments.append((world.now - start).total_seconds())
    return moments


def test_polls_come_at_the_interval() -> None:
    moments = polls_in(settled(shop("acme"), interval="30s"), 100)
    assert [late - early for early, late in pairwise(moments)] == [30, 30]


def test_the_answer_asks_for_a_resync_when_the_next_poll_is_due() -> None:
    world = settled(shop("acme"), interval="5m")
    answer = world.sync()
    due = parse_timestamp(world.status["source"]["lastAttemptTime"]) + timedelta(minutes=5)
    assert answer["resyncAfterSeconds"] == (due - world.now).total_seconds()


def test_after_failures_the_delay_grows_up_to_two_intervals() -> None:
    world = settled(shop("acme"), interval="30s")
    world.failure = "away"
    moments = polls_in(world, 250)
    assert [late - early for early, late in pairwise(moments)] == [30, 60, 60, 60]


def test_a_long_interval_stays_the_delay_after_failures() -> None:
    world = settled(shop("acme"), interval="1h")
    world.failure = "away"
    world.pass_time(3600)
    world.sync()
    world.sync()
    assert world.answer["resyncAfterSeconds"] == 3600


def test_a_success_ends_the_growth() -> None:
    world = settled(shop("acme"), interval="30s")
    world.failure = "away"
    world.next_poll()
    assert world.status["source"]["failures"] == 1
    world.failure = ""
    world.next_poll()
    assert world.status["source"]["failures"] == 0
    assert world.condition("SourceReachable")["status"] == "True"


def test_a_new_spec_is_polled_with_at_once() -> None:
    world = settled(shop("acme"), interval="24h")
    polls = world.polls
    world.edit(extraValueMappings={"plan": "plan"})
    world.settle()
    assert world.polls == polls + 1
    assert world.rows_written()["acme"]["values"] == {"plan": "basic"}


def test_a_new_spec_is_polled_with_even_if_metacontroller_wrote_its_generation_already() -> None:
    world = settled(shop("acme"), interval="24h")
    polls = world.polls
    world.edit(extraValueMappings={})
    world.parent["status"]["observedGeneration"] = world.parent["metadata"]["generation"]
    world.sync()
    assert world.polls == polls + 1


def test_a_new_spec_that_fails_is_not_polled_with_in_every_sync() -> None:
    world = settled(shop("acme"), interval="24h")
    world.failure = "no such column"
    world.edit(extraValueMappings={"x": "nope"})
    world.sync()
    polls = world.polls
    world.sync()
    assert world.polls == polls


def test_the_annotation_polls_once_for_each_value() -> None:
    world = settled(shop("acme"), interval="24h")
    polls = world.polls
    world.annotate("poll-now", "one")
    world.settle()
    world.annotate("poll-now", "two")
    world.settle()
    assert world.polls == polls + 2
    assert world.status["source"]["pollNow"] == "two"


def test_a_clock_that_was_set_back_does_not_stop_the_polls() -> None:
    world = settled(shop("acme"), interval="30s")
    polls = world.polls
    world.pass_time(-86400)
    world.sync()
    assert world.polls == polls + 1


@pytest.mark.parametrize("condition", ["Ready", "Progressing"])
def test_before_the_first_poll_the_status_says_so(condition: str) -> None:
    world = World(rows=[shop("acme")])
    world.sync()
    assert world.condition(condition)["reason"] in ("NotPolled", "SlicesPending")
    assert world.condition("SourceReachable")["status"] == "Unknown"


def test_tenants_live_on_while_the_source_is_away() -> None:
    world = settled(shop("acme"))
    world.failure = "away"
    world.next_poll()
    assert world.condition("Ready")["status"] == "True"
    assert world.condition("Degraded")["reason"] == "PollFailed"


def test_rows_of_a_slice_that_reports_late_are_polled_again_as_soon_as_it_does() -> None:
    world = World(rows=[shop(f"shop-{n}") for n in range(12)], interval="24h")
    world.sync()
    late = "shops-4-0001"
    for name in world.slices.keys() - {late}:
        world.sync_slice(name)
    world.pass_time(60)
    world.sync()
    assert 0 < len(world.rows_written()) < 12
    assert world.status["source"]["waiting"] == 12 - len(world.rows_written())

    world.sync_slice(late)
    world.settle()

    assert len(world.rows_written()) == 12
    assert world.status["source"]["waiting"] == 0


def test_a_poll_waits_for_the_first_revision_of_a_new_template() -> None:
    world = World(rows=[shop("acme")])
    world.templates["webapp"] = template("webapp", "")
    world.templates["webapp"]["metadata"]["creationTimestamp"] = timestamp(world.now)
    world.settle()
    assert world.polls == 0

    world.templates["webapp"]["status"] = {"latestRevision": "webapp-1"}
    world.settle()

    assert world.rows_written()["acme"]["pins"] == {"webapp": "webapp-1"}


@pytest.mark.parametrize(
    ("created_ago", "status"),
    [(60, {}), (0, {"conditions": [{"type": "Valid", "status": "False"}]})],
    ids=["it is late", "the template is not valid"],
)
def test_a_poll_does_not_wait_for_a_revision_that_will_not_come(created_ago: int, status: dict[str, Any]) -> None:
    world = World(rows=[shop("acme")])
    world.templates["webapp"] = template("webapp", "") | {"status": status}
    world.templates["webapp"]["metadata"]["creationTimestamp"] = timestamp(world.now - timedelta(seconds=created_ago))
    world.settle()
    assert world.rows_written()["acme"]["pins"] == {}
