"""What the types of columns become in rows: the table of docs/datasources.md, line by line."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.registry.values import Unusable, canonical
from tests.datasource.place import Place

UNUSABLE = object()


def _nested(depth: int) -> list[Any]:
    """So many lists in each other."""
    return [_nested(depth - 1)] if depth > 1 else []


MARIADB: list[tuple[str, str, Any]] = [
    ("VARCHAR(20)", "NULL", None),
    ("TINYINT(1)", "1", 1),
    ("TINYINT(1)", "0", 0),
    ("BOOLEAN", "TRUE", 1),
    ("BIT(1)", "b'1'", True),
    ("BIT(1)", "b'0'", False),
    ("BIT(1)", "NULL", None),
    ("BIT(12)", "b'101010101010'", 0b101010101010),
    ("INTEGER", "-7", -7),
    ("BIGINT", "9007199254740992", 2**53),
    ("BIGINT", "9007199254740993", "9007199254740993"),
    ("BIGINT UNSIGNED", "18446744073709551615", "18446744073709551615"),
    ("DECIMAL(10,2)", "12.50", "12.50"),
    ("DECIMAL(30,0)", "123456789012345678901234567890", "123456789012345678901234567890"),
    ("DOUBLE", "2", 2),
    ("DOUBLE", "2.5", 2.5),
    ("FLOAT", "1.1", 1.1),
    ("DATE", "'2026-03-01'", "2026-03-01"),
    ("DATETIME", "'2026-03-01 12:30:00'", "2026-03-01T12:30:00"),
    ("DATETIME(6)", "'2026-03-01 12:30:00.000123'", "2026-03-01T12:30:00.000123"),
    ("TIMESTAMP", "'2026-03-01 12:30:00'", "2026-03-01T12:30:00+00:00"),
    ("TIME", "'12:30:01'", "12:30:01"),
    ("TIME", "'-100:00:01'", "-100:00:01"),
    ("DATE", "'0000-00-00'", "0000-00-00"),
    ("YEAR", "2026", 2026),
    ("JSON", """'{"a": [1, 2.0, "x"], "b": null}'""", {"a": [1, 2, "x"]}),
    ("JSON", "'\"text\"'", "text"),
    ("JSON", """'{"big": 123456789012345678901234567890}'""", {"big": "123456789012345678901234567890"}),
    ("JSON", "CONCAT('[', REPEAT('9', 6000), ']')", UNUSABLE),
    ("JSON", "'[1, null]'", UNUSABLE),
    ("UUID", "'6ccd780c-baba-1026-9564-5b8c656024db'", "6ccd780c-baba-1026-9564-5b8c656024db"),
    ("BLOB", "x'00ff'", "AP8="),
    ("VARBINARY(4)", "x'00ff'", "AP8="),
    ("BINARY(2)", "x'00ff'", "AP8="),
    ("ENUM('basic', 'pro')", "'pro'", "pro"),
    ("SET('a', 'b')", "'a,b'", "a,b"),
    ("TEXT CHARACTER SET utf8mb4", "'snow ☃ 🎉'", "snow ☃ 🎉"),
    ("VARCHAR(20) CHARACTER SET latin1", "'größe'", "größe"),
    ("VARCHAR(20) CHARACTER SET utf16", "'größe'", "größe"),
    ("VARCHAR(20) CHARACTER SET sjis", "'日本'", "日本"),
]

POSTGRESQL: list[tuple[str, str, Any]] = [
    ("VARCHAR(20)", "NULL", None),
    ("BOOLEAN", "TRUE", True),
    ("BOOLEAN", "FALSE", False),
    ("BIT(1)", "B'1'", True),
    ("BIT(1)", "B'0'", False),
    ("BIT(1)", "NULL", None),
    ("BIT(4)", "B'1010'", "1010"),
    ("SMALLINT", "-7", -7),
    ("BIGINT", "9007199254740992", 2**53),
    ("BIGINT", "9007199254740993", "9007199254740993"),
    ("NUMERIC(10,2)", "12.50", "12.50"),
    ("NUMERIC", "123456789012345678901234567890", "123456789012345678901234567890"),
    ("NUMERIC", "'NaN'", UNUSABLE),
    ("DOUBLE PRECISION", "2", 2),
    ("DOUBLE PRECISION", "2.5", 2.5),
    ("DOUBLE PRECISION", "'NaN'", UNUSABLE),
    ("DOUBLE PRECISION", "'Infinity'", UNUSABLE),
    ("REAL", "1.1", 1.1),
    ("DATE", "'2026-03-01'", "2026-03-01"),
    ("DATE", "'infinity'", UNUSABLE),
    ("DATE", "'0044-03-15 BC'", UNUSABLE),
    ("TIMESTAMP", "'2026-03-01 12:30:00'", "2026-03-01T12:30:00"),
    ("TIMESTAMP", "'-infinity'", UNUSABLE),
    ("TIMESTAMPTZ", "'2026-03-01 12:30:00+02'", "2026-03-01T10:30:00+00:00"),
    ("TIMESTAMPTZ", "'infinity'", UNUSABLE),
    ("TIME", "'12:30:01'", "12:30:01"),
    ("TIME", "'24:00:00'", UNUSABLE),
    ("TIMETZ", "'12:30:01+02'", "12:30:01+02:00"),
    ("TIMETZ", "'24:00:00+02'", UNUSABLE),
    ("INTERVAL", "'1 day 2 hours'", "P1DT2H"),
    ("JSON", """'{"a": [1, 2.0, "x"], "b": null}'""", {"a": [1, 2, "x"]}),
    ("JSONB", """'{"a": {"big": 9007199254740993}}'""", {"a": {"big": "9007199254740993"}}),
    ("JSONB", "('[' || repeat('9', 6000) || ']')::jsonb", UNUSABLE),
    ("JSON", "(repeat('[', 90) || repeat(']', 90))::json", _nested(90)),
    ("JSON", "(repeat('[', 400) || repeat(']', 400))::json", UNUSABLE),
    ("JSON", "(repeat('[', 5000) || repeat(']', 5000))::json", UNUSABLE),
    ("JSONB", "'null'", None),
    ("JSONB", "'[1, null]'", UNUSABLE),
    ("UUID", "'6ccd780c-baba-1026-9564-5b8c656024db'", "6ccd780c-baba-1026-9564-5b8c656024db"),
    ("BYTEA", r"'\x00ff'", "AP8="),
    ("INTEGER[]", "'{1,2}'", [1, 2]),
    ("TEXT[]", "'{a,\"b c\"}'", ["a", "b c"]),
    ("INTEGER[]", "'{{1},{2}}'", [[1], [2]]),
    ("INTEGER[]", "'{1,NULL}'", UNUSABLE),
    ("JSONB[]", """ARRAY['{"a": 1}'::jsonb]""", [{"a": 1}]),
    ("DATE[]", "'{infinity}'", UNUSABLE),
    ("plan", "'pro'", "pro"),
    ("plan[]", "'{pro,basic}'", "{pro,basic}"),
    ("INET", "'10.0.0.1/8'", "10.0.0.1/8"),
    ("CIDR", "'10.0.0.0/8'", "10.0.0.0/8"),
    ("TEXT", "'snow ☃ 🎉'", "snow ☃ 🎉"),
    ("CHAR(5)", "'ab'", "ab   "),
    ("INT4RANGE", "'[1,5)'", "[1,5)"),
    ("INT4MULTIRANGE", "'{[1,5),[7,9)}'", "{[1,5),[7,9)}"),
    ("MONEY", "'12.50'", "$12.50"),
]


def value_of(place: Place, type_: str, literal: str) -> Any:
    """What a row gets of a column of this type with this value."""
    if type_.startswith("plan"):
        place.run("CREATE TYPE plan AS ENUM ('basic', 'pro')")
    place.run(f"CREATE TABLE shops (id INTEGER, v {type_})", f"INSERT INTO shops VALUES (1, {literal})")
    (row,) = place.read("id", "v")
    try:
        return canonical(row["v"])
    except Unusable:
        return UNUSABLE


@pytest.mark.parametrize("server", ["mariadb"], indirect=True)
@pytest.mark.parametrize(("type_", "literal", "expected"), MARIADB)
def test_values_of_mariadb(place: Place, type_: str, literal: str, expected: Any) -> None:
    found = value_of(place, type_, literal)
    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("type_", "literal", "expected"), POSTGRESQL)
def test_values_of_postgresql(place: Place, type_: str, literal: str, expected: Any) -> None:
    found = value_of(place, type_, literal)
    assert (type(found), found) == (type(expected), expected)


def test_times_are_utc_wherever_the_server_stands(place: Place) -> None:
    if place.is_mysql:
        place.run(
            "SET GLOBAL time_zone = '+05:00'",
            "CREATE TABLE shops (id INTEGER, v TIMESTAMP)",
            "SET time_zone = '+00:00'",
            "INSERT INTO shops VALUES (1, '2026-03-01 12:00:00')",
        )
    else:
        place.run(
            f"ALTER DATABASE {place.database} SET TimeZone = 'Asia/Karachi'",
            "CREATE TABLE shops (id INTEGER, v TIMESTAMPTZ)",
            "INSERT INTO shops VALUES (1, '2026-03-01 12:00:00+00:00')",
        )
    try:
        (row,) = place.read("v")
    finally:
        if place.is_mysql:
            place.run("SET GLOBAL time_zone = 'SYSTEM'")
    assert canonical(row["v"]) == "2026-03-01T12:00:00+00:00"


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_text_that_is_not_utf8_costs_no_other_row(place: Place) -> None:
    raw = place.server.new_name()
    place.run(f"CREATE DATABASE {raw} ENCODING 'SQL_ASCII' TEMPLATE template0")
    other = Place(place.server, raw, place.username)
    other.run("CREATE TABLE shops (id INTEGER, v TEXT)", r"INSERT INTO shops VALUES (1, E'\xff'), (2, 'fine')")
    assert {row["id"]: row["v"] for row in other.read("id", "v")} == {1: "\udcff", 2: "fine"}
