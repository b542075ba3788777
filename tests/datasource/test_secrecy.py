"""Values of rows and passwords stay where they belong, whatever is logged and whatever fails."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from tenantry.datasource import Credentials, SourceError, probe_table
from tests.datasource.place import Place

VALUE = "a-value-of-a-row"
PASSWORD = b"pass-wrong"


def poll(place: Place) -> None:
    place.read("id", "note", where=[{"column": "note", "operator": "Equal", "values": [VALUE]}])


def poll_again_after_the_connection_was_lost(place: Place) -> None:
    place.read("id", "note")
    place.server.end_connections(place.username)
    place.read("id", "note")


def lose_the_connection(place: Place) -> None:
    place.read("id", "note", pool={"prePing": False})
    place.server.end_connections(place.username)
    place.read("id", "note", pool={"prePing": False})


def poll_a_view_that_is_broken(place: Place) -> None:
    if place.is_mysql:
        signal = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = text"
        place.run(f"CREATE FUNCTION luck(text TEXT) RETURNS TEXT NO SQL BEGIN {signal}; RETURN text; END")
    cast = "luck(note)" if place.is_mysql else "CAST(note AS INTEGER)"
    place.run(f"CREATE VIEW broken AS SELECT {cast} AS id FROM shops")
    place.read("id", table="broken")


def compare_with_what_the_column_cannot_hold(place: Place) -> None:
    place.run("CREATE VIEW numbers AS SELECT 1 AS id, 1 AS active")
    place.read("id", table="numbers", where=[{"column": "active", "operator": "Equal", "values": [VALUE]}])


def come_with_a_wrong_password(place: Place) -> None:
    place.read("id", credentials=Credentials(password=PASSWORD))


def probe(place: Place) -> None:
    spec = place.spec() | {"probe": {"column": "note"}}
    probe_table(type(place.source()).model_validate(spec), credentials=place.credentials)


@pytest.mark.parametrize(
    "deed",
    [
        poll,
        poll_again_after_the_connection_was_lost,
        lose_the_connection,
        poll_a_view_that_is_broken,
        compare_with_what_the_column_cannot_hold,
        come_with_a_wrong_password,
        probe,
    ],
)
def test_neither_a_log_nor_an_error_shows_a_value(
    place: Place, deed: Callable[[Place], None], caplog: pytest.LogCaptureFixture
) -> None:
    place.make_shops(("acme", 1, VALUE))
    told = ""
    with caplog.at_level(logging.DEBUG):
        try:
            deed(place)
        except SourceError as error:
            told = str(error)
    shown = caplog.text + told
    assert all(part not in shown for part in (VALUE, PASSWORD.decode(), place.password)), shown
