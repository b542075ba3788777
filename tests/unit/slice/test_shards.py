"""A slice tells who is served where, who is on the way, and whom nobody serves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tenantry.names import SHARD_LABEL, controller_of
from tenantry.protocol import JSONObject
from tests.unit.slice.test_slice import NOW, parent, row, sync, tenant

PREFIX = "metacontroller.io/compositecontroller-"


def served(*controllers: str, label: str = "", **fields: Any) -> JSONObject:
    """An observed Tenant with this shard's label and the finalizers of these controllers."""
    found = tenant("acme", shard=label, **fields)
    found["metadata"]["finalizers"] = ["other.example/finalizer", *(PREFIX + name for name in controllers)]
    return found


def told(wanted: str, found: JSONObject, *, seconds: float = 0) -> tuple[dict[str, JSONObject], list[str]]:
    answer = sync(parent(row("acme", shard=wanted)), found, now=NOW + timedelta(seconds=seconds))
    return {shard["name"]: shard for shard in answer.status["shards"]}, answer.status["handovers"]


def test_a_row_without_a_shard_gives_no_label() -> None:
    (made,) = sync(parent(row("acme"))).children
    assert SHARD_LABEL not in made["metadata"]["labels"]


def test_a_shard_and_tags_are_labels_of_the_tenant() -> None:
    (made,) = sync(parent(row("acme", shard="gold", labels={"city": "bonn"}))).children
    assert made["metadata"]["labels"].items() >= {SHARD_LABEL: "gold", "city": "bonn"}.items()


def test_a_tenant_without_a_row_keeps_its_shard_and_it_is_told() -> None:
    found = served(controller_of("gold"), label="gold")
    response = sync(parent(), found)
    assert response.children[0]["metadata"]["labels"][SHARD_LABEL] == "gold"
    assert response.status["unlisted"][0]["shard"] == "gold"


def test_nothing_is_told_of_a_tenant_that_the_permanent_controller_serves() -> None:
    assert told("", served(controller_of(""))) == ({}, [])


@pytest.mark.parametrize("name", [controller_of("gold"), "somebody-elses-name"])
def test_a_tenant_that_its_shard_serves_is_settled(name: str) -> None:
    shards, handovers = told("gold", served(name, label="gold"))
    assert (shards["gold"]["tenants"], shards["gold"]["moving"], handovers) == (1, 0, [])


@pytest.mark.parametrize(
    "found",
    [
        served(controller_of("")),
        served(controller_of(""), label="gold"),
        served(controller_of(""), controller_of("gold"), label="gold"),
        served("one", "another", label="gold"),
        served(label="gold"),
        served(controller_of("silver"), label="silver"),
    ],
    ids=["label is to come", "still with the old one", "with both", "with two others", "with neither", "elsewhere"],
)
def test_a_tenant_is_on_its_way_until_its_shard_alone_has_it(found: JSONObject) -> None:
    shards, handovers = told("gold", found)
    assert (shards["gold"]["moving"], handovers) == (1, ["acme"])


def test_a_shard_that_somebody_else_chose_is_where_the_tenant_is() -> None:
    found = served("their-controller", label="theirs")
    del found["metadata"]["managedFields"][0]["fieldsV1"]["f:metadata"]["f:labels"][f"f:{SHARD_LABEL}"]
    shards, handovers = told("", found)
    assert (shards["theirs"]["tenants"], shards["theirs"]["moving"], handovers) == (1, 0, [])


def test_a_shard_that_we_gave_and_the_row_lost_is_on_its_way_back() -> None:
    shards, handovers = told("", served(controller_of("gold"), label="gold"))
    assert (shards["gold"]["tenants"], shards["default"]["moving"], handovers) == (1, 1, ["acme"])


def test_a_new_tenant_moves_nowhere() -> None:
    found = served(label="gold")
    del found["status"]
    assert told("gold", found)[1] == []


def test_a_tenant_on_its_way_out_moves_nowhere() -> None:
    found = served(controller_of(""), label="gold")
    found["metadata"]["deletionTimestamp"] = "2026-03-01T11:00:00Z"
    shards, handovers = told("gold", found)
    assert (shards["gold"]["tenants"], shards["gold"]["moving"], handovers) == (1, 0, [])


def test_the_old_shard_counts_a_tenant_until_its_controller_let_go() -> None:
    shards, _ = told("gold", served(controller_of("silver"), controller_of("gold"), label="gold"))
    assert (shards["silver"]["tenants"], shards["silver"]["leaving"]) == (0, 1)


@pytest.mark.parametrize(("seconds", "unserved"), [(299, 0), (300, 1)])
def test_five_minutes_without_a_controller_are_too_many(seconds: float, unserved: int) -> None:
    found = served(label="gold")
    found["metadata"]["managedFields"][0]["time"] = "2026-03-01T12:00:00Z"
    assert told("gold", found, seconds=seconds)[0]["gold"]["unserved"] == unserved


def test_a_spec_that_nobody_looks_at_counts_as_unserved_without_any_shard() -> None:
    found = served(controller_of(""))
    found["metadata"]["managedFields"][0]["time"] = "2026-03-01T11:00:00Z"
    found["metadata"]["generation"] = 2
    assert told("", found)[0]["default"]["unserved"] == 1


def test_a_slice_looks_again_when_a_tenant_may_have_become_unserved() -> None:
    found = served(label="gold")
    found["metadata"]["managedFields"][0]["time"] = "2026-03-01T11:59:00Z"
    response = sync(parent(row("acme", shard="gold")), found)
    assert response.resync_after_seconds == 240
