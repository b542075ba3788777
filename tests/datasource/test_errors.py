"""Errors of servers: each has its own reason, and none shows a password or a value of a row."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from typing import Any

import psycopg
import pymysql
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tenantry.datasource import Credentials, SourceError, SourceErrorKind, sources
from tenantry.datasource import server as pools
from tests.controlplane.process import free_port
from tests.databases.proxy import StallingProxy
from tests.databases.server import DatabaseServer
from tests.datasource.place import Place

VALUE = "a-value-of-a-row"


@pytest.fixture
def shops(place: Place) -> Place:
    """A place with one shop."""
    place.make_shops(("acme", 1, VALUE))
    return place


@pytest.fixture
def proxy(server: DatabaseServer) -> Iterator[StallingProxy]:
    """A proxy in front of the server."""
    started = StallingProxy(server.port)
    yield started
    started.close()


def told(error: SourceError, kind: SourceErrorKind, *parts: str) -> bool:
    """Whether an error is of this kind, says this, and holds nothing that is nobody's business."""
    text = str(error)
    assert error.kind is kind, text
    assert all(part in text for part in parts), text
    assert VALUE not in text
    assert "pass-w" not in text
    return text.endswith(".")


def test_a_port_where_nobody_listens(shops: Place) -> None:
    error = shops.failure("id", port=free_port())
    assert told(error, SourceErrorKind.REFUSED, "nothing listens there")


def test_a_host_that_does_not_exist(shops: Place) -> None:
    error = shops.failure("id", host="nowhere.invalid")
    assert told(error, SourceErrorKind.UNREACHABLE, "spec.source")


def test_a_wrong_password(shops: Place) -> None:
    error = shops.failure("id", credentials=Credentials(password=b"pass-wrong"))
    assert told(error, SourceErrorKind.AUTHENTICATION, shops.username, "passwordRef")


def test_no_password(shops: Place) -> None:
    error = shops.failure("id", credentials=Credentials())
    assert told(error, SourceErrorKind.AUTHENTICATION, shops.username)


def test_an_account_that_does_not_exist(shops: Place) -> None:
    error = shops.failure("id", username="nobody-knows")
    assert told(error, SourceErrorKind.AUTHENTICATION, "nobody-knows")


def test_a_database_that_does_not_exist(shops: Place) -> None:
    name = shops.server.new_name()
    error = shops.failure("id", database=name)
    # Who may not know which databases there are gets no better answer from MariaDB.
    kind = SourceErrorKind.PERMISSION_DENIED if shops.is_mysql else SourceErrorKind.DATABASE_MISSING
    assert told(error, kind, name)


def test_a_table_that_does_not_exist_is_told_with_those_that_are_there(shops: Place) -> None:
    error = shops.failure("id", table="stores")
    assert told(error, SourceErrorKind.TABLE_MISSING, "'stores'", "It has 'shops'")


def test_a_column_that_does_not_exist_is_told_with_those_that_are_there(shops: Place) -> None:
    error = shops.failure("id", "nonsense")
    assert told(error, SourceErrorKind.COLUMN_MISSING, "'nonsense'", "'id', 'active', 'note'")


def test_a_column_of_a_filter_that_does_not_exist(shops: Place) -> None:
    error = shops.failure("id", where=[{"column": "nonsense", "operator": "Exists"}])
    assert told(error, SourceErrorKind.COLUMN_MISSING, "'nonsense'")


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("column", "value"), [("id", 1), ("active", "yes")])
def test_a_value_of_a_filter_that_does_not_fit_its_column(shops: Place, column: str, value: Any) -> None:
    error = shops.failure("id", where=[{"column": column, "operator": "Equal", "values": [value]}])
    assert told(error, SourceErrorKind.QUERY_FAILED, "source.where")


@pytest.mark.parametrize("server", ["mariadb"], indirect=True)
def test_who_may_know_hears_that_a_database_does_not_exist(shops: Place) -> None:
    shops.run(f"GRANT SELECT ON *.* TO `{shops.username}`@'%'")
    assert told(shops.failure("id", database="nowhere"), SourceErrorKind.DATABASE_MISSING, "nowhere")


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_a_schema_that_does_not_exist(shops: Place) -> None:
    error = shops.failure("id", schema="elsewhere")
    assert told(error, SourceErrorKind.TABLE_MISSING, "'elsewhere'")


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_a_table_of_another_schema_is_read(place: Place) -> None:
    place.run(
        'CREATE SCHEMA "Other"', 'CREATE TABLE "Other".shops (id INTEGER)', 'INSERT INTO "Other".shops VALUES (7)'
    )
    assert place.read("id", schema="Other") == [{"id": 7}]


def test_a_table_that_the_account_may_not_read(shops: Place) -> None:
    stranger = shops.server.new_name()
    if shops.is_mysql:
        shops.run(
            f"CREATE USER `{stranger}`@'%' IDENTIFIED BY 'x'",
            "CREATE TABLE visible (id INTEGER)",
            f"GRANT SELECT ON `{shops.database}`.visible TO `{stranger}`@'%'",
        )
    else:
        shops.run(f"CREATE ROLE {stranger} LOGIN PASSWORD 'x'")
    error = shops.failure("id", username=stranger, credentials=Credentials(password=b"x"))
    assert told(error, SourceErrorKind.PERMISSION_DENIED, stranger, "SELECT")


def test_too_many_connections(shops: Place) -> None:
    if shops.is_mysql:
        shops.run(f"ALTER USER `{shops.username}`@'%' WITH MAX_USER_CONNECTIONS 1")
    else:
        shops.run(f"ALTER ROLE {shops.username} CONNECTION LIMIT 1")
    shops.read("id", owner="first")
    error = shops.failure("id", owner="second", pool={"size": 2})
    assert told(error, SourceErrorKind.TOO_MANY_CONNECTIONS, "pool.size")


def test_a_server_that_has_no_connection_left(shops: Place) -> None:
    with ExitStack() as held:
        admin = held.enter_context(closing(shops.server.connect(shops.database)))
        if shops.is_mysql:
            admin.cursor().execute("SET GLOBAL max_connections = 10")
        with suppress(pymysql.Error, psycopg.Error):
            while True:
                held.enter_context(closing(shops.server.connect(shops.database)))
        error = shops.failure("id")
        if shops.is_mysql:
            admin.cursor().execute("SET GLOBAL max_connections = DEFAULT")
    assert any(shops.server._answers() for _ in range(1000)), "places are free again"
    assert told(error, SourceErrorKind.TOO_MANY_CONNECTIONS, "pool.size")


def test_a_pool_whose_connections_are_all_in_use(shops: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "POOL_SECONDS", 0.1)
    shops.run("CREATE VIEW others AS SELECT id FROM shops")
    deadline = time.monotonic() + 60
    with (
        sources.exclusive(shops.source(), shops.credentials, deadline=deadline) as database,
        sources.connected(database, deadline=deadline),
    ):
        error = shops.failure("id", table="others")
    assert told(error, SourceErrorKind.BUSY, "pool.size")


def test_a_statement_that_takes_too_long(shops: Place) -> None:
    shops.run(
        f"CREATE VIEW slow AS SELECT id, {'SLEEP(30)' if shops.is_mysql else 'pg_sleep(30)::text'} AS s FROM shops"
    )
    error = shops.failure("id", "s", table="slow", statementTimeout="1s")
    assert told(error, SourceErrorKind.STATEMENT_TIMEOUT, "statementTimeout")


def test_a_lock_that_somebody_holds(shops: Place) -> None:
    with closing(shops.server.connect(shops.database)) as holder, holder.cursor() as cursor:
        if shops.is_mysql:
            cursor.execute("LOCK TABLES shops WRITE")
        else:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE shops IN ACCESS EXCLUSIVE MODE")
        error = shops.failure("id", statementTimeout="1s")
    assert told(error, SourceErrorKind.STATEMENT_TIMEOUT, "lock")
    assert shops.read("id") == [{"id": "acme"}]


def make_fickle(place: Place) -> None:
    """A view that ends in a deadlock until somebody mends it."""
    if place.is_mysql:
        signal = "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213"
        place.run(f"CREATE FUNCTION luck() RETURNS INTEGER NO SQL BEGIN {signal}; RETURN 1; END")
    else:
        body = "BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END"
        place.run(f"CREATE FUNCTION luck() RETURNS INTEGER LANGUAGE plpgsql AS $${body}$$")
    place.run("CREATE VIEW fickle AS SELECT luck() AS id")


def mend(place: Place) -> None:
    if place.is_mysql:
        place.run("DROP FUNCTION luck", "CREATE FUNCTION luck() RETURNS INTEGER NO SQL RETURN 1")
    else:
        place.run("CREATE OR REPLACE FUNCTION luck() RETURNS INTEGER LANGUAGE sql AS 'SELECT 1'")


def test_a_deadlock_that_does_not_end(place: Place) -> None:
    make_fickle(place)
    assert told(place.failure("id", table="fickle"), SourceErrorKind.DEADLOCK, "several times")


def test_a_deadlock_is_tried_again(place: Place) -> None:
    make_fickle(place)
    attempts: list[str] = []

    def mend_after_the_first(_: Any, __: Any, statement: str, *___: Any) -> None:
        if "fickle" in statement:
            attempts.append(statement)
            if len(attempts) == 2:
                mend(place)

    event.listen(Engine, "before_cursor_execute", mend_after_the_first)
    try:
        assert place.read("id", table="fickle") == [{"id": 1}]
    finally:
        event.remove(Engine, "before_cursor_execute", mend_after_the_first)
    assert len(attempts) == 2


def test_an_error_that_quotes_a_value_does_not_show_it(shops: Place) -> None:
    cast = "CAST(note AS INTEGER)" if not shops.is_mysql else "JSON_EXTRACT(luck(note), '$')"
    if shops.is_mysql:
        signal = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = text"
        shops.run(f"CREATE FUNCTION luck(text TEXT) RETURNS TEXT NO SQL BEGIN {signal}; RETURN text; END")
    shops.run(f"CREATE VIEW broken AS SELECT {cast} AS id FROM shops")
    assert told(shops.failure("id", table="broken"), SourceErrorKind.QUERY_FAILED)


def test_a_server_that_does_not_answer(shops: Place, proxy: StallingProxy) -> None:
    proxy.stall()
    error = shops.failure("id", port=proxy.port, connectTimeout="1s")
    assert told(error, SourceErrorKind.TIMEOUT, "in time")


def test_connecting_takes_no_longer_than_the_poll_may(shops: Place, proxy: StallingProxy) -> None:
    proxy.stall()
    error = shops.failure("id", port=proxy.port, connectTimeout="99s", seconds=1.0)
    assert told(error, SourceErrorKind.TIMEOUT, "in time")


def test_a_kept_connection_that_stalls_is_noticed(shops: Place, proxy: StallingProxy) -> None:
    assert shops.read("id", port=proxy.port, connectTimeout="1s") == [{"id": "acme"}]
    proxy.stall()
    error = shops.failure("id", port=proxy.port, connectTimeout="1s")
    assert told(error, SourceErrorKind.TIMEOUT, "in time")
    proxy.go_on()
    assert shops.read("id", port=proxy.port, connectTimeout="1s") == [{"id": "acme"}]


def test_a_network_that_stalls_in_the_middle_of_a_statement(shops: Place, proxy: StallingProxy) -> None:
    shops.run(f"CREATE VIEW slow AS SELECT id, {'SLEEP(2)' if shops.is_mysql else 'pg_sleep(2)::text'} AS s FROM shops")

    def stall(_: Any, __: Any, statement: str, *___: Any) -> None:
        if "slow" in statement and "information_schema" not in statement:
            proxy.stall()

    event.listen(Engine, "before_cursor_execute", stall)
    try:
        error = shops.failure("id", "s", table="slow", port=proxy.port, connectTimeout="1s", statementTimeout="1s")
    finally:
        event.remove(Engine, "before_cursor_execute", stall)
    assert told(error, SourceErrorKind.TIMEOUT, "in time")
