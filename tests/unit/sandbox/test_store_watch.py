from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tenantry.sandbox.cluster import Event
from tests.unit.sandbox.store_objects import StoreWorld, config_map, definition, widget


@pytest.fixture
def store() -> Iterator[StoreWorld]:
    with StoreWorld() as world:
        yield world


def summary(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.type, event.object["metadata"]["name"]) for event in events]


def test_what_exists_is_delivered_before_watch_returns(store: StoreWorld) -> None:
    store.create(config_map("a"))
    seen: list[Event] = []
    store.cluster.watch(store.type_of(config_map("a")), seen.append)
    assert ("ADDED", "a") in summary(seen)


def test_changes_follow_in_order(store: StoreWorld) -> None:
    events = store.events()
    made = store.create(config_map("a", {"k": "1"}))
    store.patch(made, {"data": {"k": "2"}})
    store.delete(made)
    store.settle()
    assert summary(events) == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")]


def test_events_carry_the_object_after_the_change(store: StoreWorld) -> None:
    events = store.events()
    made = store.create(config_map("a", {"k": "1"}))
    patched = store.patch(made, {"data": {"k": "2"}})
    store.settle()
    assert [event.object for event in events] == [made, patched]


def test_a_write_that_changes_nothing_sends_no_event(store: StoreWorld) -> None:
    made = store.create(config_map("a", {"k": "1"}))
    events = store.events()
    store.update(made)
    store.patch(made, {})
    store.settle()
    assert events == []


def test_other_kinds_are_not_delivered(store: StoreWorld) -> None:
    events = store.events("Secret")
    store.create(config_map("a"))
    store.settle()
    assert events == []


def test_an_ended_watch_is_silent(store: StoreWorld) -> None:
    seen: list[Event] = []
    end = store.cluster.watch(store.type_of(config_map("a")), seen.append)
    end()
    seen.clear()
    store.create(config_map("a"))
    store.settle()
    assert seen == []


def test_handlers_get_copies_of_their_own(store: StoreWorld) -> None:
    def spoil(event: Event) -> None:
        event.object["data"] = "spoilt"

    store.cluster.watch(store.type_of(config_map("a")), spoil)
    events = store.events()
    made = store.create(config_map("a", {"k": "1"}))
    store.settle()
    assert (events[0].object["data"], store.get(made)["data"]) == ({"k": "1"}, {"k": "1"})


def test_a_failing_handler_does_not_end_the_watch(store: StoreWorld, caplog: pytest.LogCaptureFixture) -> None:
    names: list[str] = []

    def fail_once(event: Event) -> None:
        names.append(event.object["metadata"]["name"])
        if names == ["a"]:
            raise ValueError("a bug of the handler")

    store.cluster.watch(store.type_of(config_map("a")), fail_once)
    names.clear()
    store.create(config_map("a"))
    store.create(config_map("b"))
    store.settle()
    assert (names, "a watch handler failed" in caplog.text) == (["a", "b"], True)


def test_a_new_kind_can_be_watched(store: StoreWorld) -> None:
    store.create(definition({"type": "object"}))
    events = store.events("Widget", "example.com/v1")
    store.create(widget("a"))
    store.settle()
    assert summary(events) == [("ADDED", "a")]


def test_a_handler_may_wait_for_a_thread_that_writes(store: StoreWorld) -> None:
    lock = threading.Lock()
    seen: list[str] = []

    def handle(event: Event) -> None:
        with lock:
            seen.append(event.object["metadata"]["name"])

    def write(prefix: str) -> None:
        for number in range(50):
            with lock:
                store.create(config_map(f"{prefix}-{number}"))

    store.cluster.watch(store.type_of(config_map("a")), handle)
    seen.clear()
    writers = [threading.Thread(target=write, args=(prefix,)) for prefix in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    store.settle()
    assert len(seen) == 100


def test_writes_of_several_threads_are_all_counted(store: StoreWorld) -> None:
    def write(prefix: str) -> None:
        for number in range(50):
            store.apply(config_map(f"{prefix}-{number}", {"k": "v"}))

    writers = [threading.Thread(target=write, args=(prefix,)) for prefix in ("a", "b", "c")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(store.names()) == 150


def test_a_closed_cluster_ends_its_threads() -> None:
    before = threading.active_count()
    with StoreWorld():
        pass
    assert threading.active_count() == before
