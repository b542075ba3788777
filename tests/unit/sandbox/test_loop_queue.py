from __future__ import annotations

import pytest

from tenantry.sandbox.loop.queue import Backoff, WorkQueue


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> WorkQueue:
    return WorkQueue(clock)


def take(queue: WorkQueue) -> str | None:
    return queue.get(block=False)


def test_a_key_added_twice_is_worked_on_once(queue: WorkQueue) -> None:
    queue.add("a")
    queue.add("a")
    assert (take(queue), take(queue)) == ("a", None)


def test_keys_come_in_the_order_in_which_they_were_added(queue: WorkQueue) -> None:
    for key in "bac":
        queue.add(key)
    assert [take(queue) for _ in range(3)] == ["b", "a", "c"]


def test_a_key_is_never_with_two_workers(queue: WorkQueue) -> None:
    queue.add("a")
    take(queue)
    queue.add("a")
    assert take(queue) is None


def test_a_key_added_while_it_is_worked_on_comes_again_afterwards(queue: WorkQueue) -> None:
    queue.add("a")
    take(queue)
    queue.add("a")
    queue.done("a")
    assert take(queue) == "a"


def test_a_delayed_key_waits_for_its_time(queue: WorkQueue, clock: Clock) -> None:
    queue.add_after("a", 5)
    before = take(queue)
    clock.now += 5
    assert (before, take(queue)) == (None, "a")


def test_of_several_delays_the_earliest_counts(queue: WorkQueue, clock: Clock) -> None:
    queue.add_after("a", 5)
    queue.add_after("a", 2)
    queue.add_after("a", 9)
    clock.now += 2
    assert take(queue) == "a"


def test_a_delay_that_an_earlier_one_replaced_does_not_come_back(queue: WorkQueue, clock: Clock) -> None:
    queue.add_after("a", 5)
    queue.add_after("a", 2)
    clock.now += 2
    take(queue)
    queue.done("a")
    clock.now += 10
    assert take(queue) is None


@pytest.mark.parametrize("seconds", [0, -1])
def test_no_delay_means_at_once(queue: WorkQueue, seconds: float) -> None:
    queue.add_after("a", seconds)
    assert take(queue) == "a"


def test_success_does_not_cancel_a_delayed_add(queue: WorkQueue, clock: Clock) -> None:
    queue.add_after("a", 5)
    queue.forget("a")
    clock.now += 5
    assert take(queue) == "a"


def test_a_queue_with_a_key_under_work_is_not_idle(queue: WorkQueue) -> None:
    queue.add("a")
    take(queue)
    assert not queue.idle(0)


def test_a_queue_is_idle_when_its_delays_lie_beyond_the_horizon(queue: WorkQueue) -> None:
    queue.add_after("a", 5)
    assert (queue.idle(4), queue.idle(6)) == (True, False)


def test_a_closed_queue_sends_workers_home(queue: WorkQueue) -> None:
    queue.add("a")
    queue.close()
    assert queue.get() is None


def test_each_failure_doubles_the_delay(clock: Clock) -> None:
    backoff = Backoff(clock)
    assert [backoff.next_delay("a") for _ in range(4)] == [0.005, 0.01, 0.02, 0.04]


def test_the_delay_ends_at_a_thousand_seconds(clock: Clock) -> None:
    backoff = Backoff(clock)
    assert [backoff.next_delay("a") for _ in range(40)][-1] == 1000.0


def test_a_success_starts_the_delays_anew(clock: Clock) -> None:
    backoff = Backoff(clock)
    backoff.next_delay("a")
    backoff.forget("a")
    assert backoff.next_delay("a") == 0.005


def test_keys_back_off_independently(clock: Clock) -> None:
    backoff = Backoff(clock)
    backoff.next_delay("a")
    assert backoff.next_delay("b") == 0.005


def test_a_hundred_failures_at_once_are_followed_by_ten_a_second(clock: Clock) -> None:
    backoff = Backoff(clock)
    delays = [backoff.next_delay(str(number)) for number in range(120)]
    assert (delays[99], delays[109], delays[119]) == pytest.approx((0.005, 1.0, 2.0))
