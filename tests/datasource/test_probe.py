"""The probe on real servers: it notices what changes, by the index."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.datasource import SourceError, SourceErrorKind, probe_table
from tests.datasource.place import Place


@pytest.fixture
def shops(place: Place) -> Place:
    """A table with an indexed version."""
    place.run(
        "CREATE TABLE shops (id INTEGER PRIMARY KEY, version INTEGER, note TEXT)",
        "CREATE INDEX by_version ON shops (version)",
        "INSERT INTO shops VALUES (1, 10, ''), (2, 20, '')",
    )
    return place


def probe(place: Place, column: str = "version") -> tuple[Any, int]:
    spec = place.spec() | {"probe": {"column": column}}
    source = type(place.source()).model_validate(spec)
    return probe_table(source, credentials=place.credentials)


def test_the_greatest_value_and_the_number_of_rows(shops: Place) -> None:
    assert probe(shops) == (20, 2)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE shops SET version = 21 WHERE id = 1",
        "DELETE FROM shops WHERE id = 1",
        "INSERT INTO shops VALUES (3, 1, '')",
    ],
)
def test_what_changes_is_noticed(shops: Place, change: str) -> None:
    before = probe(shops)
    shops.run(change)
    assert probe(shops) != before


def test_an_empty_table_has_no_greatest_value(shops: Place) -> None:
    shops.run("DELETE FROM shops")
    assert probe(shops) == (None, 0)


def test_a_column_that_does_not_exist_is_told(shops: Place) -> None:
    with pytest.raises(SourceError, match="nonsense") as caught:
        probe(shops, "nonsense")
    assert caught.value.kind is SourceErrorKind.COLUMN_MISSING


def test_the_greatest_value_comes_from_the_index(shops: Place) -> None:
    shops.run("INSERT INTO shops SELECT id + 100, version, note FROM shops")
    mark = "`" if shops.is_mysql else '"'
    greatest = f"(SELECT max(shops.version) FROM {mark}shops{mark})"
    count = f"(SELECT count(*) FROM {mark}shops{mark})"
    rows = shops.run(
        *(() if shops.is_mysql else ("SET enable_seqscan = off", "ANALYZE shops")),
        f"EXPLAIN SELECT {greatest}, {count}",
    )
    plan = "\n".join(str(row) for row in rows)
    assert "optimized away" in plan or "Index Only Scan Backward using by_version" in plan
