"""A server of each kind for each test process, and a database of its own for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tenantry.datasource import sources
from tests.databases.mariadb import MariaDBServer
from tests.databases.postgresql import PostgreSQLServer
from tests.databases.programs import Programs, programs
from tests.databases.server import DatabaseServer
from tests.datasource.place import Place, new_place

SERVERS: dict[str, Callable[[Programs], DatabaseServer]] = {"mariadb": MariaDBServer, "postgresql": PostgreSQLServer}


@pytest.fixture(scope="session", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[DatabaseServer]:
    """A running server, this process's own: a test may do to it what it wants, as long as it runs in the end."""
    started = SERVERS[request.param](programs())
    try:
        started.start()
        yield started
    finally:
        started.remove()


@pytest.fixture
def place(server: DatabaseServer) -> Iterator[Place]:
    """A new database with an account that may read it."""
    yield new_place(server)
    sources.close_all()
