"""Connections: kept and shared, replaced when they are dead, closed when nobody needs them."""

from __future__ import annotations

import gc
import os
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import pytest

from tenantry.datasource import Credentials, SourceErrorKind, sources
from tests.datasource.place import Place


@pytest.fixture
def shops(place: Place) -> Place:
    """A place with one shop."""
    place.make_shops(("acme", 1, ""))
    return place


def connections(place: Place) -> set[Any]:
    """The connections that the server has of the account of this place, by its own number for them."""
    if place.is_mysql:
        rows = place.run(f"SELECT id FROM information_schema.processlist WHERE user = '{place.username}'")
    else:
        rows = place.run(f"SELECT pid FROM pg_stat_activity WHERE usename = '{place.username}'")
    return {row[0] for row in rows}


def gone(place: Place, ids: set[Any]) -> bool:
    """Whether the server has let these connections go, which it does when it notices that we did."""
    return any(not (connections(place) & ids) for _ in range(1000))


def test_a_connection_is_kept_from_poll_to_poll(shops: Place) -> None:
    shops.read("id")
    first = connections(shops)
    shops.read("id")
    assert (len(first), connections(shops)) == (1, first)


def test_registries_with_one_source_share_its_connections(shops: Place) -> None:
    shops.run("CREATE VIEW others AS SELECT id FROM shops")
    shops.read("id", owner="one")
    shops.read("id", owner="two", table="others")
    assert len(connections(shops)) == 1


def test_another_password_means_other_connections(shops: Place) -> None:
    shops.read("id", owner="one")
    before = connections(shops)
    shops.server.change_password(shops.username, "another")
    assert shops.read("id", owner="one", credentials=Credentials(password=b"another")) == [{"id": "acme"}]
    assert not connections(shops) & before


def test_connections_of_a_source_that_changed_are_closed(shops: Place) -> None:
    shops.read("id", owner="one", connectTimeout="3s")
    before = connections(shops)
    shops.read("id", owner="one", connectTimeout="4s")
    assert gone(shops, before)


def test_connections_of_a_source_that_another_registry_uses_stay(shops: Place) -> None:
    shops.read("id", owner="one", connectTimeout="3s")
    shops.read("id", owner="two", connectTimeout="3s")
    before = connections(shops)
    shops.read("id", owner="one", connectTimeout="4s")
    shops.read("id", owner="two", connectTimeout="3s")
    assert before <= connections(shops)


def test_connections_that_nobody_used_for_long_are_closed(shops: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    shops.read("id")
    before = connections(shops)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 2 * sources.IDLE_SECONDS)
    sources._swept()
    assert gone(shops, before)


def test_a_kept_connection_that_is_dead_is_replaced(shops: Place) -> None:
    shops.read("id")
    shops.server.end_connections(shops.username)
    assert shops.read("id") == [{"id": "acme"}]


def test_a_connection_that_is_too_old_is_replaced(shops: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    shops.read("id", pool={"recycle": "30m"})
    before = connections(shops)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 31 * 60)
    shops.read("id", pool={"recycle": "30m"})
    assert not connections(shops) & before


def test_without_a_ping_a_dead_connection_costs_a_poll(shops: Place) -> None:
    shops.read("id", pool={"prePing": False})
    shops.server.end_connections(shops.username)
    assert shops.failure("id", pool={"prePing": False}).kind is SourceErrorKind.CONNECTION_LOST
    assert shops.read("id", pool={"prePing": False}) == [{"id": "acme"}]


def _read_in_child(place: Place, pipe: Connection) -> None:
    rows = place.read("id")
    pipe.send((rows, os.getpid(), sorted(sources._databases)))
    pipe.close()
    sources.close_all()


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_a_forked_process_leaves_its_parent_the_certificates(shops: Place) -> None:
    authority = shops.server.certificates.ca.read_bytes()
    credentials = Credentials(password=shops.password.encode(), authorities=authority)
    options: dict[str, Any] = {"tls": {"mode": "verify-ca"}, "credentials": credentials}
    shops.read("id", **options)
    child = get_context("fork").Process(target=gc.collect)
    child.start()
    child.join()
    shops.server.end_connections(shops.username)
    assert shops.read("id", **options) == [{"id": "acme"}]


def test_a_forked_process_makes_connections_of_its_own(shops: Place) -> None:
    shops.read("id")
    before = connections(shops)
    ours, theirs = get_context("fork").Pipe()
    child = get_context("fork").Process(target=_read_in_child, args=(shops, theirs))
    child.start()
    assert ours.poll(20)
    rows, pid, _ = ours.recv()
    child.join()
    assert (rows, pid != os.getpid()) == ([{"id": "acme"}], True)
    assert shops.read("id") == [{"id": "acme"}]
    assert before <= connections(shops)
