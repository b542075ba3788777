"""The probe: between polls, a cheap question whether anything has changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from tenantry.protocol import JSONObject
from tenantry.registry import hook
from tenantry.registry.polling import Errand, PollFailed
from tenantry.server.hooks import Controller
from tests.unit.registry.world import World, shop


@dataclass
class Probing(World):
    """A world that is probed every 5 seconds, and polled once an hour."""

    interval: str = "1h"
    digest: str = "one"
    probes: int = 0
    probe_fails: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.parent["spec"]["source"]["probe"] = {"column": "updated", "interval": "5s"}

    def probe(self, errand: Errand) -> str:
        assert errand.registry == "shops"
        self.probes += 1
        if self.probe_fails:
            raise PollFailed("no column 'updated'.")
        return self.digest

    def sync(self, **options: Any) -> JSONObject:
        controller = Controller("registries", sync=partial(hook.sync, poll=self.poll, probe=self.probe))
        self.answer = self._ask(controller, "sync", self.request(**options))
        self._apply_slices(self.answer)
        self.parent["status"] = self.answer["status"]
        return self.answer


def probing(**options: Any) -> Probing:
    world = Probing(rows=[shop("acme")], **options)
    world.settle()
    return world


def test_nothing_is_polled_or_written_while_the_probe_answers_the_same() -> None:
    world = probing()
    polls, status = world.polls, world.status
    for _ in range(10):
        world.pass_time(5)
        world.sync()
    assert (world.polls, world.status) == (polls, status)
    assert world.answer["resyncAfterSeconds"] == 5


def test_another_answer_is_polled_at_once() -> None:
    world = probing()
    world.rows.append(shop("bravo"))
    world.digest = "two"
    world.pass_time(5)
    world.sync()
    assert set(world.rows_written()) == {"acme", "bravo"}
    assert world.status["source"]["probe"] == "two"


def test_one_change_is_one_poll() -> None:
    world = probing()
    world.digest, polls = "two", world.polls
    for _ in range(5):
        world.pass_time(5)
        world.sync()
    assert world.polls == polls + 1


def test_a_probe_that_fails_stops_no_poll_and_is_told() -> None:
    world = probing(probe_fails=True)
    assert set(world.rows_written()) == {"acme"}
    assert (world.status["source"]["probe"], world.status["source"]["probeProblem"]) == ("", "no column 'updated'.")


def test_a_source_that_cannot_be_read_is_not_probed() -> None:
    world = probing()
    world.failure, world.digest = "away", "two"
    world.pass_time(5)
    world.sync()
    probes, polls = world.probes, world.polls
    for _ in range(5):
        world.pass_time(5)
        world.sync()
    assert (world.probes, world.polls) == (probes, polls)
