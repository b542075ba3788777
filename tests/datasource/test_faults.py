"""What can happen to a database: nobody goes, the reason is told, and all goes on by itself within two intervals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tenantry.datasource import reading
from tests.databases.certificates import Certificates
from tests.databases.proxy import StallingProxy
from tests.databases.server import DatabaseServer
from tests.datasource.fleet import PASSWORD_SECRET, Fleet, fleet_over
from tests.datasource.place import Place

UIDS = ("acme", "bravo", "candles")
MANY = 1_000_000


@pytest.fixture
def proxy(server: DatabaseServer) -> Iterator[StallingProxy]:
    """A proxy in front of the server."""
    started = StallingProxy(server.port)
    yield started
    started.close()


@pytest.fixture
def fleet(place: Place) -> Fleet:
    """A registry with three ready tenants."""
    made = fleet_over(place, *UIDS, statementTimeout="1s", connectTimeout="1s")
    assert set(made.tenant_uids()) == set(UIDS)
    return made


def test_a_server_that_stops_and_starts_again(fleet: Fleet, place: Place) -> None:
    place.server.stop()
    try:
        fleet.poll_in_vain()
        assert fleet.reachable == ("False", "ConnectionRefused")
    finally:
        place.server.start()
    assert fleet.recovers()


def test_a_server_that_is_killed_in_the_middle_of_a_poll(fleet: Fleet, place: Place) -> None:
    killed: list[str] = []

    def kill(_: Any, __: Any, statement: str, *___: Any) -> None:
        if "note" in statement and not killed:
            killed.append(statement)
            place.server.kill()

    event.listen(Engine, "before_cursor_execute", kill)
    try:
        fleet.next_poll()
        assert fleet.reachable[0] == "False"
        assert fleet.reachable[1] in ("ConnectionLost", "ConnectionRefused")
        fleet.poll_in_vain()
    finally:
        event.remove(Engine, "before_cursor_execute", kill)
        place.server.start()
    assert fleet.recovers()


def test_a_server_that_is_killed_while_its_rows_arrive(
    fleet: Fleet, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_many(place)
    row = reading._row
    arrived: list[dict[str, Any]] = []

    def row_and_kill(*arguments: Any) -> dict[str, Any]:
        if not arrived:
            place.server.kill()
        arrived.append(row(*arguments))
        return arrived[-1]

    monkeypatch.setattr(reading, "_row", row_and_kill)
    address = {**fleet.parent["spec"]["source"][place.server.kind], "table": "many", "statementTimeout": "30s"}
    fleet.edit(source={"syncInterval": "30s", place.server.kind: address})
    before = fleet.tenant_uids()
    try:
        fleet.sync()
    finally:
        place.server.start()
    assert 0 < len(arrived) < MANY
    assert (fleet.reachable, fleet.tenant_uids()) == (("False", "ConnectionLost"), before)


def make_many(place: Place) -> None:
    """A view with so many rows that they cannot all be on their way at once."""
    numbers = ",".join(f"({number})" for number in range(100))
    place.run("CREATE TABLE numbers (n INTEGER)", f"INSERT INTO numbers VALUES {numbers}")
    place.run(
        "CREATE VIEW many AS SELECT CONCAT('u', a.n * 100 + b.n, '-', c.n) AS id, 1 AS active, "
        "REPEAT('x', 2000) AS note FROM numbers a CROSS JOIN numbers b CROSS JOIN numbers c"
    )


def test_a_restart_between_two_polls_is_not_even_noticed(fleet: Fleet, place: Place) -> None:
    place.server.restart()
    fleet.next_poll()
    assert fleet.reachable == ("True", "PollSucceeded")


def test_a_password_that_is_changed(fleet: Fleet, place: Place) -> None:
    place.server.change_password(place.username, "another")
    fleet.poll_in_vain()
    assert fleet.reachable == ("False", "AuthenticationFailed")
    fleet.set_password("another")
    assert fleet.recovers()


def test_a_password_is_rotated_without_a_failed_poll(fleet: Fleet, place: Place) -> None:
    place.server.change_password(place.username, "another")
    fleet.set_password("another")
    fleet.next_poll()
    assert fleet.reachable == ("True", "PollSucceeded")


def test_a_table_that_is_renamed(fleet: Fleet, place: Place) -> None:
    place.run("ALTER TABLE shops RENAME TO stores")
    fleet.poll_in_vain()
    assert fleet.reachable == ("False", "TableMissing")
    place.run("ALTER TABLE stores RENAME TO shops")
    assert fleet.recovers()


def test_a_column_that_is_dropped(fleet: Fleet, place: Place) -> None:
    place.run("ALTER TABLE shops DROP COLUMN note")
    fleet.poll_in_vain()
    assert fleet.reachable == ("False", "ColumnMissing")
    place.run("ALTER TABLE shops ADD COLUMN note VARCHAR(9)")
    assert fleet.recovers()


def test_a_network_that_stalls(place: Place, proxy: StallingProxy) -> None:
    fleet = fleet_over(place, *UIDS, port=proxy.port, statementTimeout="1s", connectTimeout="1s")
    proxy.stall()
    fleet.poll_in_vain()
    assert fleet.reachable == ("False", "Timeout")
    proxy.go_on()
    assert fleet.recovers()


def test_a_lock_that_blocks(fleet: Fleet, place: Place) -> None:
    with closing(place.server.connect(place.database)) as holder, holder.cursor() as cursor:
        if place.is_mysql:
            cursor.execute("LOCK TABLES shops WRITE")
        else:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE shops IN ACCESS EXCLUSIVE MODE")
        fleet.poll_in_vain()
        assert fleet.reachable == ("False", "StatementTimeout")
    assert fleet.recovers()


def test_an_authority_that_is_not_trusted(place: Place) -> None:
    certificates, others = place.server.certificates, place.server.other_certificates
    authority = {"name": "authority", "namespace": "apps"}
    fleet = fleet_over(place, *UIDS, tls={"mode": "disable"})
    fleet.set_secret("authority", ca_crt=others.ca.read_bytes())
    address = {**fleet.parent["spec"]["source"][place.server.kind], "tls": {"mode": "verify-ca", "caRef": authority}}
    fleet.edit(source={"syncInterval": "30s", place.server.kind: address})
    fleet.poll_in_vain()
    assert fleet.reachable == ("False", "TLSFailed")
    fleet.set_secret("authority", ca_crt=certificates.ca.read_bytes())
    assert fleet.recovers()


def test_a_client_certificate_of_a_secret_that_is_replaced(place: Place) -> None:
    fleet = fleet_over(place, *UIDS, tls={"mode": "disable"})
    if place.is_mysql:
        place.run(f"ALTER USER `{place.username}`@'%' REQUIRE X509")

    def show(certificates: Certificates) -> None:
        files = certificates.certificate("client"), certificates.key("client")
        fleet.set_secret("client", tls_crt=files[0].read_bytes(), tls_key=files[1].read_bytes())

    show(place.server.other_certificates)
    tls = {"mode": "require", "clientCertificateRef": {"name": "client", "namespace": "apps"}}
    address = {**fleet.parent["spec"]["source"][place.server.kind], "tls": tls}
    fleet.edit(source={"syncInterval": "30s", place.server.kind: address})
    fleet.poll_in_vain()
    assert fleet.reachable == ("False", "TLSFailed")
    show(place.server.certificates)
    assert fleet.recovers()


def test_a_secret_that_is_missing(fleet: Fleet) -> None:
    secret = fleet.secrets.pop(f"apps/{PASSWORD_SECRET}")
    polls, before = fleet.polls, fleet.tenant_uids()
    for _ in range(5):
        fleet.pass_time(60)
        fleet.sync()
    assert fleet.reachable == ("Unknown", "SecretMissing")
    assert (fleet.polls, fleet.tenant_uids(), fleet.answer["resyncAfterSeconds"]) == (polls, before, 5.0)
    fleet.secrets[f"apps/{PASSWORD_SECRET}"] = secret
    fleet.sync()
    assert fleet.reachable == ("True", "PollSucceeded")


def test_a_secret_without_the_label_is_refused(fleet: Fleet) -> None:
    fleet.set_secret(PASSWORD_SECRET, label=False, password=b"whatever")
    fleet.pass_time(60)
    fleet.sync()
    assert fleet.reachable == ("Unknown", "SecretNotAllowed")
    assert 'tenantry.io/datasource: "true"' in fleet.condition("SourceReachable")["message"]
    assert fleet.condition("Degraded")["reason"] == "SecretNotAllowed"


def test_a_new_spec_is_polled_as_soon_as_its_secret_is_there(fleet: Fleet) -> None:
    secret = fleet.secrets.pop(f"apps/{PASSWORD_SECRET}")
    fleet.edit(extraValueMappings={})
    fleet.sync()
    fleet.secrets[f"apps/{PASSWORD_SECRET}"] = secret
    fleet.sync()
    assert fleet.rows_written()["acme"]["values"] == {}
