"""Which sources a registry may have, as the hooks check them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tenantry.kinds.source import Source, seconds_of

SERVER = {"host": "db.example", "username": "reader", "database": "shops", "table": "shops"}


def test_ports_and_schema_have_the_usual_defaults() -> None:
    mysql, postgresql = Source.model_validate({"mysql": SERVER}), Source.model_validate({"postgresql": SERVER})
    assert mysql.mysql is not None
    assert postgresql.postgresql is not None
    assert (mysql.mysql.port, postgresql.postgresql.port, postgresql.schema_name) == (3306, 5432, "public")


@pytest.mark.parametrize(
    "spec",
    [{}, {"mysql": SERVER, "postgresql": SERVER}, {"sqlite": {"path": "/x", "table": "t"}, "mysql": SERVER}],
    ids=["none", "two servers", "file and server"],
)
def test_a_source_is_exactly_one_database(spec: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="exactly one"):
        Source.model_validate(spec)


@pytest.mark.parametrize(
    "condition",
    [
        {"operator": "Exists", "values": ["x"]},
        {"operator": "In"},
        {"operator": "Equal", "values": ["a", "b"]},
        {"operator": "Equal", "values": [{"a": 1}]},
        {"operator": "Equal", "values": [None]},
        {"operator": "Matches", "values": ["x"]},
    ],
)
def test_a_filter_has_the_values_that_its_operator_takes(condition: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Source.model_validate({"mysql": SERVER, "where": [{"column": "plan", **condition}]})


@pytest.mark.parametrize("host", ["", "a b", "a,b", "/tmp/socket", "db?x=1", "a'b"])
def test_a_host_is_a_name_or_an_address(host: str) -> None:
    with pytest.raises(ValidationError):
        Source.model_validate({"postgresql": {**SERVER, "host": host}})


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("5m", 300), ("2h", 7200)])
def test_durations(text: str, seconds: int) -> None:
    assert seconds_of(text) == seconds
