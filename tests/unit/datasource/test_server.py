"""How long connecting to a server may take."""

from __future__ import annotations

import time

import pytest

from tenantry.datasource.server import connect_seconds, connecting
from tenantry.kinds.source import MySQLSource

SOURCE = MySQLSource.model_validate(
    {"host": "db.example", "username": "reader", "database": "shops", "table": "shops", "connectTimeout": "99s"}
)


@pytest.mark.parametrize(("left", "seconds"), [(200.0, 99), (30.5, 30), (0.2, 1), (-5.0, 1)])
def test_connecting_ends_with_the_poll_that_wants_it(
    monkeypatch: pytest.MonkeyPatch, left: float, seconds: int
) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    with connecting(deadline=1000.0 + left):
        assert connect_seconds(SOURCE) == seconds
    assert connect_seconds(SOURCE) == 99
