"""Labels of Tenants that somebody changed come back."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.names import REAPPLY_ANNOTATION, SHARD_LABEL
from tenantry.protocol import JSONObject
from tests.unit.slice.test_slice import parent, row, sync, tenant

LONG_AGO = "2026-03-01T11:00:00Z"
JUST_NOW = "2026-03-01T11:59:58Z"


def edited(labels: JSONObject, *, applied: str = LONG_AGO, **fields: Any) -> JSONObject:
    found = tenant("acme", shard="gold", **fields)
    found["metadata"] |= {"resourceVersion": "77", "labels": {**found["metadata"]["labels"], **labels}}
    found["metadata"]["managedFields"][0]["time"] = applied
    return found


def mark(*tenants: JSONObject, written: str = LONG_AGO) -> tuple[str, float]:
    slice_ = parent(row("acme", shard="gold", labels={"city": "bonn"}))
    slice_["spec"]["written"] = written
    response = sync(slice_, *tenants)
    annotations = response.children[0]["metadata"].get("annotations", {})
    return annotations.get(REAPPLY_ANNOTATION, ""), response.resync_after_seconds


@pytest.mark.parametrize("labels", [{SHARD_LABEL: "silver", "city": "bonn"}, {"city": "berlin"}, {}])
def test_a_wrong_label_has_the_tenant_applied_again(labels: JSONObject) -> None:
    assert mark(edited(labels))[0] == "77"


def test_right_labels_leave_it_alone() -> None:
    assert mark(edited({"city": "bonn"})) == ("", 0)


def test_labels_of_others_are_theirs() -> None:
    assert mark(edited({"city": "bonn", "team": "blue"})) == ("", 0)


def test_the_mark_stays_as_it_is_once_the_labels_are_right() -> None:
    found = edited({"city": "bonn"})
    found["metadata"]["annotations"] = {REAPPLY_ANNOTATION: "70"}
    assert mark(found)[0] == "70"


@pytest.mark.parametrize("times", [{"written": JUST_NOW}, {"applied": JUST_NOW}], ids=["slice", "tenant"])
def test_labels_that_are_on_their_way_get_time(times: dict[str, str]) -> None:
    found = edited({"city": "berlin"}, applied=times.get("applied", LONG_AGO))
    assert mark(found, written=times.get("written", LONG_AGO)) == ("", 8)


def test_a_tenant_on_its_way_out_is_left_alone() -> None:
    found = edited({"city": "berlin"})
    found["metadata"]["deletionTimestamp"] = LONG_AGO
    assert mark(found) == ("", 0)
