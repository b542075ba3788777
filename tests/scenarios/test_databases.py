"""Registries over database servers: rows become tenants, Secrets open the door, and an outage costs nobody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tenantry.names import DATASOURCE_LABEL
from tenantry.protocol import JSONObject
from tests.databases.mariadb import MariaDBServer
from tests.databases.postgresql import PostgreSQLServer
from tests.databases.programs import programs
from tests.databases.server import DatabaseServer
from tests.datasource.place import Place, new_place
from tests.scenarios.harness.objects import condition
from tests.scenarios.harness.world import World

SERVERS = {"mariadb": MariaDBServer, "postgresql": PostgreSQLServer}
NAMESPACE = "default"


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[DatabaseServer]:
    """A running server."""
    started = SERVERS[request.param](programs())
    try:
        started.start()
        yield started
    finally:
        started.remove()


@pytest.fixture
def place(server: DatabaseServer) -> Place:
    """A database with two shops."""
    made = new_place(server)
    made.run(
        "CREATE TABLE shops (id VARCHAR(20) PRIMARY KEY, active SMALLINT, plan VARCHAR(20), "
        "replicas INTEGER, note TEXT, version INTEGER DEFAULT 1)",
        "INSERT INTO shops (id, active, plan, replicas, note) VALUES "
        "('acme', 1, 'basic', 1, ''), ('bravo', 1, 'pro', 2, ''), ('closed', 0, 'pro', 1, '')",
    )
    return made


def password_secret(world: World, password: str) -> JSONObject:
    """The Secret with the password, as a person applies it."""
    metadata = {"name": f"{world.name}-db", "namespace": NAMESPACE, "labels": {DATASOURCE_LABEL: "true"}}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"password": password}}


def start(world: World, place: Place) -> None:
    """Apply template and registry over a place; the Secret is yet to come."""
    reference = {"name": f"{world.name}-db", "namespace": NAMESPACE}
    source = {**place.spec(passwordRef=reference, connectTimeout="1s"), "syncInterval": "2s"}
    world.start(source=source)


def reason(world: World) -> str:
    """Why the source can be reached, or cannot."""
    return str(condition(world.registry(), "SourceReachable").get("reason", ""))


def test_rows_of_a_server_become_tenants_when_the_secret_is_there(world: World, place: Place) -> None:
    start(world, place)
    world.eventually(lambda: reason(world) == "SecretMissing", "the registry waits for the Secret")
    assert not world.tenant("acme")

    secret = world.apply(password_secret(world, place.password))

    world.until_ready("acme", "bravo")
    assert (world.plan_of("bravo"), world.tenant("closed")) == ("pro", {})
    place.run("UPDATE shops SET plan = 'gold' WHERE id = 'bravo'")
    world.eventually(lambda: world.plan_of("bravo") == "gold", "the changed column arrives")
    world.delete(secret)


def test_an_outage_and_a_new_password_cost_nobody(world: World, place: Place) -> None:
    world.apply(password_secret(world, place.password))
    start(world, place)
    world.until_ready("acme", "bravo")
    before = world.identities("acme", "bravo")

    place.server.stop()
    world.eventually(lambda: reason(world) == "ConnectionRefused", "the registry tells that nobody listens")
    place.server.start()
    place.server.change_password(place.username, "another")
    world.eventually(lambda: reason(world) == "AuthenticationFailed", "the registry tells that it is not let in")
    secret = world.apply(password_secret(world, "another"))

    world.eventually(lambda: reason(world) == "PollSucceeded", "the registry reads again")
    assert world.identities("acme", "bravo") == before
    world.delete(secret)


def test_a_probe_brings_a_change_long_before_the_next_poll(world: World, place: Place) -> None:
    secret = world.apply(password_secret(world, place.password))
    reference = {"name": f"{world.name}-db", "namespace": NAMESPACE}
    probe = {"column": "version", "interval": "2s"}
    world.start(source={**place.spec(passwordRef=reference), "syncInterval": "24h", "probe": probe})
    world.until_ready("acme", "bravo")

    place.run("UPDATE shops SET plan = 'gold', version = 2 WHERE id = 'bravo'")

    world.eventually(lambda: world.plan_of("bravo") == "gold", "the changed column arrives")
    world.delete(world.registry())
    world.eventually(lambda: not world.registry(), "the registry is gone, and asks no more")
    world.delete(secret)
