"""Rows out of SQLite files, and errors that help."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from tenantry.datasource import SourceError, SourceErrorKind, read_rows, sources, sqlite
from tenantry.kinds.source import Source


def source(path: Path, table: str = "shops", interval: str = "30s") -> Source:
    return Source.model_validate({"syncInterval": interval, "sqlite": {"path": str(path), "table": table}})


def run(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "shops.db"
    run(
        path,
        'create table shops (id integer primary key, name text, price real, logo blob, "select" text)',
        "insert into shops values (1, 'Acme', 1.5, x'00ff', 'a'), (2, null, 2.0, null, 'b')",
        "create view active as select id, name from shops where id = 1",
    )
    return path


@pytest.fixture(autouse=True)
def _no_database_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_databases", {})


def failure(source_: Source, *columns: str, seconds: float = 10.0) -> SourceError:
    with pytest.raises(SourceError) as caught:
        read_rows(source_, columns, seconds=seconds)
    return caught.value


def test_values_keep_their_native_types(database: Path) -> None:
    rows = read_rows(source(database), ["id", "name", "price", "logo"]).rows
    assert sorted(rows, key=lambda row: row["id"]) == [
        {"id": 1, "name": "Acme", "price": 1.5, "logo": b"\x00\xff"},
        {"id": 2, "name": None, "price": 2.0, "logo": None},
    ]


def test_only_the_columns_that_were_asked_for_are_read(database: Path) -> None:
    assert read_rows(source(database), ["name", "id", "id"]).columns == ("id", "name")


def test_a_view_is_as_good_as_a_table(database: Path) -> None:
    assert read_rows(source(database, "active"), ["name"]).rows == [{"name": "Acme"}]


@pytest.mark.parametrize("name", ["select", "SELECT"])
def test_a_reserved_word_is_a_name_like_any_other(database: Path, name: str) -> None:
    assert {row[name] for row in read_rows(source(database), [name]).rows} == {"a", "b"}


@pytest.mark.parametrize("name", ['a"b', "a b", "a;b--", "größe", "a%b", "a:b", "a?b"])
def test_names_are_quoted_whatever_they_contain(tmp_path: Path, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    path = tmp_path / "odd.db"
    run(path, f"create table {quoted} ({quoted} text)", f"insert into {quoted} values ('here')")
    assert read_rows(source(path, name), [name]).rows == [{name: "here"}]


@pytest.mark.parametrize("name", ["a b.db", "q?mode=rwc.db", "h#sh.db", "100%41.db", "ü.db"])
def test_a_path_may_contain_anything(tmp_path: Path, name: str) -> None:
    run(tmp_path / name, "create table shops (id integer)", "insert into shops values (1)")
    assert read_rows(source(tmp_path / name), ["id"]).rows == [{"id": 1}]


def test_a_path_may_begin_with_two_slashes(database: Path) -> None:
    assert len(read_rows(source(Path(f"/{database}")), ["id"]).rows) == 2


@pytest.mark.parametrize(("table", "column"), [("a\0b", "id"), ("shops", "a\0b")])
def test_a_name_that_no_database_can_have_is_an_error_like_any_other(database: Path, table: str, column: str) -> None:
    assert failure(source(database, table), column).kind in SourceErrorKind


def test_many_rows_come_in_batches_and_all_of_them(tmp_path: Path) -> None:
    path = tmp_path / "many.db"
    run(path, "create table shops (id integer)")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("insert into shops values (?)", ((n,) for n in range(3_500)))
    assert {row["id"] for row in read_rows(source(path), ["id"]).rows} == set(range(3_500))


def test_text_that_is_not_utf8_costs_no_other_row(tmp_path: Path) -> None:
    path = tmp_path / "odd.db"
    run(path, "create table shops (name text)", "insert into shops values (cast(x'ff41' as text)), ('fine')")
    assert sorted(row["name"] for row in read_rows(source(path), ["name"]).rows) == ["fine", "\udcffA"]


def test_a_missing_file_is_named_and_not_made(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    error = failure(source(path), "id")
    assert (error.kind, str(path) in str(error), path.exists()) == (SourceErrorKind.UNREACHABLE, True, False)
    assert "does not exist" in str(error)


def test_a_file_that_is_back_is_read_again(database: Path) -> None:
    away = database.rename(database.with_suffix(".away"))
    failure(source(database), "id")
    away.rename(database)
    assert len(read_rows(source(database), ["id"]).rows) == 2


def test_a_file_that_was_replaced_is_read_anew(database: Path) -> None:
    read_rows(source(database), ["id"])
    other = database.with_name("other.db")
    run(other, "create table shops (id integer)", "insert into shops values (9)")
    other.replace(database)
    assert read_rows(source(database), ["id"]).rows == [{"id": 9}]


def test_a_directory_is_told(tmp_path: Path) -> None:
    assert "is a directory" in str(failure(source(tmp_path), "id"))


def test_a_file_without_permission_is_told(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    made = sqlite.SQLiteDatabase(str(database))
    monkeypatch.setattr(Path, "open", refuse)
    cause = sqlite3.OperationalError("unable to open database file")
    cause.sqlite_errorname = "SQLITE_CANTOPEN"
    error = made.explain(DBAPIError("select", {}, cause))
    assert "cannot be read: Permission denied" in str(error)


def test_a_readable_file_that_cannot_be_opened_has_a_hint_at_its_journal(database: Path) -> None:
    made = sqlite.SQLiteDatabase(str(database))
    cause = sqlite3.OperationalError("unable to open database file")
    cause.sqlite_errorname = "SQLITE_CANTOPEN"
    assert "WAL mode" in str(made.explain(DBAPIError("select", {}, cause)))


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("nothing like a database " * 100)
    error = failure(source(path), "id")
    assert (error.kind, "is not a SQLite database" in str(error)) == (SourceErrorKind.UNREACHABLE, True)


def test_a_missing_table_is_told_with_those_that_are_there(database: Path) -> None:
    error = failure(source(database, "customers"), "id")
    assert (error.kind, "It has 'active', 'shops'." in str(error)) == (SourceErrorKind.TABLE_MISSING, True)


@pytest.mark.parametrize("name", ["nope", "Not There"])
def test_a_missing_column_is_told_with_those_that_are_there(database: Path, name: str) -> None:
    error = failure(source(database), "id", name)
    assert error.kind == SourceErrorKind.COLUMN_MISSING
    assert f"no column {name!r}" in str(error)
    assert "'id', 'name', 'price'" in str(error)


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("json_extract('{}', name)", "OperationalError"),
        ("name ->> 0", "OperationalError"),
        ("abs(-9223372036854775807 - id)", "OperationalError"),
        ("missing(name)", "no such function: missing"),
    ],
)
def test_an_error_that_quotes_a_value_does_not_show_it(database: Path, expression: str, told: str) -> None:
    run(database, f"create view broken as select {expression} as id from shops where id = 1")
    error = failure(source(database, "broken"), "id")
    assert (error.kind, told in str(error), "Acme" in str(error)) == (SourceErrorKind.QUERY_FAILED, True, False)


def test_no_log_level_shows_a_value(database: Path, caplog: pytest.LogCaptureFixture) -> None:
    where = {"column": "id", "operator": "Equal", "values": [1]}
    filtered = Source.model_validate({"sqlite": {"path": str(database), "table": "shops"}, "where": [where]})
    with caplog.at_level(logging.DEBUG):
        assert read_rows(filtered, ["name"]).rows == [{"name": "Acme"}]
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("column", "operator", "values", "expected"),
    [
        ("name", "In", ["Acme", "Bravo"], {1, 2}),
        ("name", "NotIn", ["Acme"], {2, 3, 4}),
        ("name", "Exists", [], {1, 2, 4}),
        ("name", "Equal", ["Acme"], {1}),
        ("name", "Equal", ["x' OR '1'='1"], set()),
        ("name", "NotEqual", ["Acme"], {2, 3, 4}),
        ("id", "Equal", [1], {1}),
        ("id", "Equal", ["1"], {1}),
        ("id", "In", ["1", 2], {1, 2}),
        ("id", "Greater", ["2"], {3, 4}),
        ("id", "Less", [2], {1}),
        ("name", "Like", ["%av%"], {2}),
        ("name", "Like", ["_cme"], {1}),
    ],
)
def test_filters_run_in_the_database(
    tmp_path: Path, column: str, operator: str, values: list[object], expected: set[int]
) -> None:
    path = tmp_path / "shops.db"
    run(
        path,
        "create table shops (id integer primary key, name text)",
        "insert into shops values (1, 'Acme'), (2, 'Bravo'), (3, null), (4, 'it''s')",
    )
    where = {"column": column, "operator": operator} | ({"values": values} if values else {})
    filtered = Source.model_validate({"sqlite": {"path": str(path), "table": "shops"}, "where": [where]})
    assert {row["id"] for row in read_rows(filtered, ["id"]).rows} == expected


def test_a_query_that_takes_too_long_is_interrupted(database: Path) -> None:
    run(
        database,
        "create view endless as with recursive t(i) as (select 1 union all select i + 1 from t) "
        "select count(*) as id from t",
    )
    assert failure(source(database, "endless"), "id", seconds=0.2).kind == SourceErrorKind.STATEMENT_TIMEOUT


def test_a_writer_that_does_not_let_go_is_told(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.01)
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("begin exclusive")
        assert failure(source(database), "id").kind == SourceErrorKind.BUSY


def test_nothing_can_be_written(database: Path) -> None:
    made = sqlite.SQLiteDatabase(str(database))
    with made.engine.connect() as connection, pytest.raises(Exception, match="readonly"):
        connection.exec_driver_sql("delete from shops")


def test_one_scan_a_source_at_a_time(database: Path) -> None:
    inside, done = threading.Event(), threading.Event()

    def read() -> None:
        with sources.exclusive(source(database), deadline=time.monotonic() + 60):
            inside.set()
            done.wait(10)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert inside.wait(10)
        assert failure(source(database, interval="5m"), "id", seconds=0.01).kind == SourceErrorKind.BUSY
    finally:
        done.set()
        reader.join()
