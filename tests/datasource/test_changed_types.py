"""A view whose columns change their types: the same rows are the same tenants."""

from __future__ import annotations

import pytest

from tests.datasource.fleet import fleet_over
from tests.datasource.place import Place

UIDS = ("7", "8", "9")
NUMBERS = {
    "mysql": ["CAST({} AS SIGNED)", "CAST({} AS DECIMAL(10,2))", "CAST({} AS DOUBLE)", "CAST({} AS CHAR)"],
    "postgresql": ["{}::bigint", "{}::numeric(10,2)", "{}::double precision", "{}::text"],
}
TRUTHS = {
    "mysql": ["CAST(active AS CHAR)", "CAST(active AS DECIMAL(5,1))", "active = 1", "IF(active, 'YES', '')"],
    "postgresql": ["active::text", "active::numeric(5,1)", "active = 1", "CASE WHEN active = 1 THEN 'YES' END"],
}


@pytest.mark.parametrize("column", ["id", "active"])
def test_tenants_do_not_notice_how_a_view_tells_the_same(place: Place, column: str) -> None:
    fleet = fleet_over(place, *UIDS)
    before = fleet.tenant_uids()
    types = NUMBERS if column == "id" else TRUTHS
    for expression in types[place.server.kind]:
        told = {"id": "id", "active": "active", column: expression.format(column)}
        place.run(
            "DROP VIEW IF EXISTS seen",
            f"CREATE VIEW seen AS SELECT {told['id']} AS id, {told['active']} AS active, note FROM shops",
        )
        address = {**fleet.parent["spec"]["source"][place.server.kind], "table": "seen"}
        fleet.edit(source={"syncInterval": "30s", place.server.kind: address})
        fleet.settle()
        fleet.next_poll()
        found = (fleet.reachable[1], fleet.tenant_uids(), fleet.status["source"]["active"])
        assert found == ("PollSucceeded", before, 3), expression
