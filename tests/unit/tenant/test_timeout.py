"""``timeoutSeconds``: what never becomes ready fails, what was ready once does not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.tenancy import Tenancy, child, config, deployment, entry, message, phases

DOWN = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 0}
UP = {**DOWN, "availableReplicas": 1}


def down(*, seconds_ago: float = 0, **options: Any) -> Tenancy:
    """A Tenant whose Deployment was applied some seconds ago and is not ready."""
    tenancy = Tenancy(entry("web", deployment(in_="default"), **options), entry("after", config(), dependsOn=["web"]))
    tenancy.health["web"] = DOWN
    tenancy.sync()
    tenancy.wait(seconds_ago)
    return tenancy


def apply_entry(tenancy: Tenancy) -> dict[str, Any]:
    """The Apply entry of the Deployment's managedFields."""
    found: dict[str, Any] = tenancy.live("web")["metadata"]["managedFields"][0]
    return found


@pytest.mark.parametrize(
    ("seconds", "phase"), [(299, "Progressing/ReplicasNotReady"), (300, "Failed/Timeout"), (9999, "Failed/Timeout")]
)
def test_an_object_that_never_becomes_ready_fails_after_five_minutes(seconds: int, phase: str) -> None:
    assert phases(down(seconds_ago=seconds).sync())["web"] == phase


@pytest.mark.parametrize(
    ("seconds", "phase"), [(19, "Progressing/ReplicasNotReady"), (20, "Failed/Timeout"), (300, "Failed/Timeout")]
)
def test_an_entry_chooses_how_long_it_may_take(seconds: int, phase: str) -> None:
    assert phases(down(seconds_ago=seconds, timeoutSeconds=20).sync())["web"] == phase


def test_a_timeout_tells_what_it_waited_for() -> None:
    answer = down(seconds_ago=300).sync()
    assert message(answer, "web") == "is not ready after 300 s: ReplicasNotReady: 0 of 1 replicas are available"


def test_dependents_of_what_timed_out_are_skipped() -> None:
    assert phases(down(seconds_ago=300).sync())["after"] == "Skipped/DependencyFailed"


def test_an_object_that_timed_out_is_still_returned() -> None:
    assert child(down(seconds_ago=300).sync(), "web")["spec"]["replicas"] == 1


def test_an_object_that_becomes_ready_after_all_recovers() -> None:
    tenancy = down(seconds_ago=300)
    tenancy.sync()
    tenancy.health["web"] = UP
    assert set(phases(tenancy.settle()).values()) == {"Ready"}


def test_an_object_that_was_ready_never_times_out() -> None:
    tenancy = down()
    tenancy.health["web"] = UP
    tenancy.settle()
    tenancy.health["web"] = DOWN
    tenancy.wait(99999)
    tenancy.sync()
    assert phases(tenancy.sync())["web"] == "Degraded/ReplicasNotReady"


def test_new_content_has_its_own_time() -> None:
    tenancy = down(seconds_ago=300)
    apply_entry(tenancy)["time"] = "2026-01-02T03:08:05Z"
    assert phases(tenancy.sync())["web"] == "Progressing/ReplicasNotReady"


def test_an_object_of_which_nobody_tells_when_it_was_applied_does_not_time_out() -> None:
    tenancy = down(seconds_ago=9999)
    del apply_entry(tenancy)["time"]
    answer = tenancy.sync()
    assert (phases(answer)["web"], answer.resync_after_seconds) == ("Progressing/ReplicasNotReady", 0)


def test_an_object_that_need_not_be_ready_does_not_time_out() -> None:
    assert phases(down(seconds_ago=9999, waitForReady=False).sync())["web"] == "Ready"


def test_a_tenant_is_looked_at_again_when_the_time_is_over() -> None:
    tenancy = down(seconds_ago=100)
    tenancy.sync()
    tenancy.wait(50)
    assert tenancy.sync().resync_after_seconds == 150


def test_the_earliest_of_several_deadlines_counts() -> None:
    slow = entry("slow", deployment("slow", in_="default"), timeoutSeconds=3600)
    tenancy = Tenancy(slow, entry("web", deployment(in_="default"), timeoutSeconds=60))
    tenancy.health |= {"web": DOWN, "slow": DOWN}
    tenancy.sync()
    tenancy.wait(10)
    tenancy.sync()
    tenancy.wait(10)
    assert tenancy.sync().resync_after_seconds == 40


def test_nothing_is_looked_at_by_the_clock_once_everything_is_decided() -> None:
    tenancy = down(seconds_ago=300)
    tenancy.sync()
    tenancy.wait(10)
    assert tenancy.sync().resync_after_seconds == 0


def test_a_ready_tenant_is_not_looked_at_by_the_clock() -> None:
    tenancy = Tenancy(entry("web", deployment(in_="default")))
    tenancy.settle()
    assert tenancy.sync().resync_after_seconds == 0
