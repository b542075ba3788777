"""Rows out of tables and views of database servers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tenantry.datasource import Activation, SourceErrorKind, reading
from tests.datasource.place import Place

WHERE_ROWS = (("acme", 1, "gold plan"), ("bravo", 0, "basic"), ("candles", 2, None), ("d%rogue", 5, "it''s"))


def test_the_columns_that_were_asked_for_are_read(place: Place) -> None:
    place.make_shops(("acme", 1, "first"), ("bravo", 0, None))
    rows = place.read("id", "note")
    assert sorted(rows, key=lambda row: str(row["id"])) == [
        {"id": "acme", "note": "first"},
        {"id": "bravo", "note": None},
    ]


def test_a_view_is_as_good_as_a_table(place: Place) -> None:
    place.make_shops(("acme", 1, "first"), ("bravo", 0, "second"))
    place.run("CREATE VIEW open_shops AS SELECT id FROM shops WHERE active = 1")
    assert place.read("id", table="open_shops") == [{"id": "acme"}]


def test_many_rows_come_in_batches_and_all_of_them(place: Place) -> None:
    place.run("CREATE TABLE shops (id INTEGER PRIMARY KEY)")
    place.run("INSERT INTO shops VALUES " + ", ".join(f"({number})" for number in range(7000)))
    assert {row["id"] for row in place.read("id")} == set(range(7000))


@pytest.mark.parametrize(
    "name", ['a"b', "a`b", "a b", "a;b--", "größe", "a%b", "a:b", "a?b", "SELECT", "%(x)s", "Upper"]
)
def test_names_are_quoted_whatever_they_contain(place: Place, name: str) -> None:
    mark = "`" if place.is_mysql else '"'
    quoted = mark + name.replace(mark, 2 * mark) + mark
    place.run(f"CREATE TABLE {quoted} ({quoted} VARCHAR(20))", f"INSERT INTO {quoted} VALUES ('here')")
    assert place.read(name, table=name) == [{name: "here"}]


@pytest.mark.parametrize(
    ("column", "operator", "values", "expected"),
    [
        ("id", "In", ["acme", "bravo"], {"acme", "bravo"}),
        ("id", "NotIn", ["acme", "bravo"], {"candles", "d%rogue"}),
        ("note", "NotIn", ["basic"], {"acme", "candles", "d%rogue"}),
        ("note", "Exists", [], {"acme", "bravo", "d%rogue"}),
        ("id", "Equal", ["acme"], {"acme"}),
        ("note", "Equal", ["it's"], {"d%rogue"}),
        ("note", "Equal", ["x' OR '1'='1"], set()),
        ("id", "NotEqual", ["acme"], {"bravo", "candles", "d%rogue"}),
        ("active", "Equal", [1], {"acme"}),
        ("active", "Equal", ["1"], {"acme"}),
        ("active", "In", [1, 2], {"acme", "candles"}),
        ("active", "Greater", [1], {"candles", "d%rogue"}),
        ("active", "Greater", ["1"], {"candles", "d%rogue"}),
        ("active", "Less", ["2"], {"acme", "bravo"}),
        ("note", "Like", ["%plan"], {"acme"}),
        ("id", "Like", ["d\\%%"], {"d%rogue"}),
    ],
)
def test_filters_run_in_the_database(
    place: Place, column: str, operator: str, values: list[Any], expected: set[str]
) -> None:
    place.make_shops()
    for uid, active, note in WHERE_ROWS:
        text = "NULL" if note is None else f"'{note}'"
        place.run(f"INSERT INTO shops VALUES ('{uid}', {active}, {text})")
    where = [{"column": column, "operator": operator} | ({"values": values} if values else {})]
    assert {row["id"] for row in place.read("id", where=where)} == expected


def test_all_filters_must_hold(place: Place) -> None:
    place.make_shops(("acme", 1, "x"), ("bravo", 1, "y"), ("candles", 0, "x"))
    where = [
        {"column": "active", "operator": "Equal", "values": [1]},
        {"column": "note", "operator": "Equal", "values": ["x"]},
    ]
    assert place.read("id", where=where) == [{"id": "acme"}]


def test_a_filter_with_text_compares_booleans(place: Place) -> None:
    place.run("CREATE TABLE shops (id INTEGER, ok BOOLEAN)", "INSERT INTO shops VALUES (1, TRUE), (2, FALSE)")
    value: Any = 1 if place.is_mysql else "true"
    assert place.read("id", where=[{"column": "ok", "operator": "Equal", "values": [value]}]) == [{"id": 1}]


UNIQUE = Activation("id", "active")


@pytest.mark.parametrize("type_", ["SMALLINT", "BIGINT", "BOOLEAN"])
def test_inactive_rows_stay_in_the_database(place: Place, type_: str) -> None:
    yes, no = ("TRUE", "FALSE") if type_ == "BOOLEAN" else ("1", "0")
    place.run(
        f"CREATE TABLE shops (id INTEGER PRIMARY KEY, active {type_})",
        f"INSERT INTO shops VALUES (1, {yes}), (2, {no}), (3, NULL)",
    )
    assert place.read("id", activation=UNIQUE) == [{"id": 1}]


def test_a_value_that_says_neither_yes_nor_no_is_read(place: Place) -> None:
    place.make_shops(("acme", 1, ""), ("bravo", 0, ""), ("candles", 2, ""))
    assert {row["id"] for row in place.read("id", activation=UNIQUE)} == {"acme", "candles"}


@pytest.mark.parametrize(
    "columns",
    ["id INTEGER, active SMALLINT", "id INTEGER UNIQUE, active SMALLINT", "id INTEGER PRIMARY KEY, active VARCHAR(9)"],
    ids=["uid not unique", "uid may be null", "activate is text"],
)
def test_inactive_rows_are_read_where_leaving_them_out_could_lose_something(place: Place, columns: str) -> None:
    place.run(f"CREATE TABLE shops ({columns})", "INSERT INTO shops VALUES (1, '1'), (2, '0')")
    assert len(place.read("id", "active", activation=UNIQUE)) == 2


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_inactive_rows_of_a_table_with_heirs_are_read(place: Place) -> None:
    place.run(
        "CREATE TABLE shops (id INTEGER PRIMARY KEY, active BOOLEAN)",
        "CREATE TABLE old_shops () INHERITS (shops)",
        "INSERT INTO shops VALUES (1, TRUE)",
        "INSERT INTO old_shops VALUES (1, FALSE)",
    )
    assert place.read("id", activation=UNIQUE) == [{"id": 1}, {"id": 1}]


def test_inactive_rows_of_a_view_are_read(place: Place) -> None:
    place.make_shops(("acme", 1, ""), ("bravo", 0, ""))
    place.run("CREATE VIEW all_shops AS SELECT * FROM shops")
    assert len(place.read("id", table="all_shops", activation=UNIQUE)) == 2


@pytest.mark.parametrize("server", ["mariadb"], indirect=True)
def test_a_limit_of_the_servers_own_leaves_no_row_out(place: Place) -> None:
    place.make_shops(("acme", 1, ""), ("bravo", 1, ""), ("candles", 1, ""))
    place.run("SET GLOBAL sql_select_limit = 1")
    try:
        assert len(place.read("id")) == 3
    finally:
        place.run("SET GLOBAL sql_select_limit = DEFAULT")


def make_many(place: Place) -> None:
    """So many rows that they cannot all be on their way at once."""
    numbers = ",".join(f"({number})" for number in range(100))
    place.run(
        "CREATE TABLE numbers (n INTEGER)",
        f"INSERT INTO numbers VALUES {numbers}",
        "CREATE TABLE shops (id INTEGER PRIMARY KEY, note TEXT)",
        "INSERT INTO shops SELECT a.n * 10000 + b.n * 100 + c.n, REPEAT('x', 300) "
        "FROM numbers a CROSS JOIN numbers b CROSS JOIN numbers c WHERE a.n < 10",
    )


def meanwhile(monkeypatch: pytest.MonkeyPatch, deed: Callable[[], Any]) -> None:
    """Do something while the rows of the next poll arrive: after the first of them, and before the last."""
    row, done = reading._row, list[Any]()

    def row_and_deed(*arguments: Any) -> dict[str, Any]:
        if not done:
            done.append(deed())
        return row(*arguments)

    monkeypatch.setattr(reading, "_row", row_and_deed)


def test_what_changes_while_rows_arrive_is_seen_by_the_next_poll(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    make_many(place)
    changes = "DELETE FROM shops WHERE id < 50000", "INSERT INTO shops VALUES (-1, 'new')", "UPDATE shops SET note = ''"
    meanwhile(monkeypatch, lambda: place.run(*changes))
    rows = place.read("id", "note")
    assert ({row["id"] for row in rows}, {row["note"] for row in rows}) == (set(range(100_000)), {"x" * 300})
    assert len(place.read("id")) == 50_001


def test_of_a_connection_that_is_ended_while_rows_arrive_no_row_counts(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_many(place)
    meanwhile(monkeypatch, lambda: place.server.end_connections(place.username))
    assert place.failure("id", "note").kind is SourceErrorKind.CONNECTION_LOST
    assert len(place.read("id")) == 100_000


@pytest.mark.parametrize("server", ["mariadb"], indirect=True)
def test_of_a_statement_that_is_ended_while_rows_arrive_no_row_counts(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_many(place)
    meanwhile(monkeypatch, lambda: place.run(f"KILL QUERY USER `{place.username}`@'%'"))
    assert place.failure("id", "note").kind is SourceErrorKind.STATEMENT_TIMEOUT


def test_nothing_can_be_written(place: Place) -> None:
    body = "DELETE FROM shops; RETURN 1" if place.is_mysql else "DELETE FROM shops RETURNING 1"
    place.make_shops(("acme", 1, ""))
    if place.is_mysql:
        place.run(f"CREATE FUNCTION evil() RETURNS INTEGER MODIFIES SQL DATA BEGIN {body}; END")
    else:
        place.run(f"CREATE FUNCTION evil() RETURNS INTEGER SECURITY DEFINER LANGUAGE sql AS '{body}'")
    place.run("CREATE VIEW trap AS SELECT evil() AS id")

    place.failure("id", table="trap")

    assert place.run("SELECT COUNT(*) FROM shops") == [(1,)]


def test_a_poll_tells_how_long_it_took(place: Place) -> None:
    place.make_shops(("acme", 1, ""))
    assert place.result("id").milliseconds >= 0
