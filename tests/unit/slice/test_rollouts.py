"""What a slice tells of its Tenants for the sake of rollouts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tenantry.protocol import JSONObject
from tenantry.slice.rollouts import ahead_of, revisions_of, rollouts_of, unready_of
from tests.unit.slice.test_slice import parent, row, sync, tenant

MOVED = "2026-03-01T11:00:00.000000Z"
LATER = "2026-03-01T11:30:00.000000Z"
NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def moved_row(revision: str = "web-2", mark: str = MOVED, **fields: Any) -> JSONObject:
    return row("acme", pins={"web": revision}, moved={"web": mark} if mark else {}, **fields)


def moved(
    pin: str = "web-2", since: str = MOVED, *, told: str = "web-2", ready: str = "web-1", **more: Any
) -> JSONObject:
    """A Tenant with this pin, whose status tells these revisions."""
    found = tenant("acme")
    found["spec"] = {**found["spec"], "templates": [{"name": "web", "revision": pin, "since": since}]}
    status = {"name": "web", "revision": told} | ({"readyRevision": ready} if ready else {})
    found["status"] = {**found["status"], "templates": [status], **more}
    return found


def pairs(of: JSONObject) -> list[tuple[JSONObject, JSONObject]]:
    return [(of, {"metadata": {"name": "shops.acme"}})]


def told(of: JSONObject, *tenants: JSONObject) -> list[JSONObject]:
    found = rollouts_of(pairs(of), {one["metadata"]["name"]: one for one in tenants})
    return [entry for rollout in found for entry in rollout["tenants"]]


def test_a_tenant_that_was_moved_is_under_way() -> None:
    assert told(moved_row(), moved()) == [{"uid": "acme", "since": MOVED}]


@pytest.mark.parametrize(
    ("of", "found"),
    [
        (moved_row(), moved(ready="web-2")),
        (moved_row(excused=["web"]), moved()),
        (row("acme", pins={"web": "web-1"}), moved("web-1", "", told="", ready="")),
    ],
    ids=["ready", "excused", "new"],
)
def test_a_tenant_that_is_ready_or_excused_or_new_is_not(of: JSONObject, found: JSONObject) -> None:
    assert told(of, found) == []


def test_a_tenant_that_does_not_carry_the_mark_yet_is_under_way_whatever_it_says() -> None:
    back = moved_row("web-1", LATER)
    assert told(back, moved("web-1", MOVED, told="web-1", ready="web-1")) == [{"uid": "acme", "since": LATER}]


@pytest.mark.parametrize("frozen", ["paused", "deleted"])
def test_a_tenant_that_is_set_aside_does_not_count(frozen: str) -> None:
    found = moved()
    if frozen == "paused":
        found["metadata"]["annotations"] = {"tenantry.io/paused": "true"}
    else:
        found["metadata"]["deletionTimestamp"] = "2026-03-01T11:00:00Z"
    assert told(moved_row(), found) == []
    assert unready_of(pairs(moved_row()), {"shops.acme": found})[0]["reason"] in ("Paused", "Deleting")


def test_a_failed_object_of_the_template_is_the_reason() -> None:
    resources = [
        {"id": "db/main", "phase": "Failed", "reason": "Other", "message": "not ours"},
        {"id": "web/app", "phase": "Failed", "reason": "Timeout", "message": "took too long"},
    ]
    (entry,) = told(moved_row(), moved(resources=resources))
    assert (entry["reason"], entry["message"]) == ("Timeout", "web/app: took too long")


def test_an_object_that_the_api_server_has_not_taken_yet_is_no_failure() -> None:
    resources = [{"id": "web/app", "phase": "Blocked", "reason": "NotApplied", "message": "see the Events"}]
    (found,) = told(moved_row(), moved(resources=resources))
    assert "reason" not in found


def test_a_failure_with_the_revision_before_says_nothing_of_this_one() -> None:
    resources = [{"id": "web/app", "phase": "Failed", "reason": "Timeout", "message": "took too long"}]
    assert told(moved_row(), moved(told="web-1", resources=resources)) == [{"uid": "acme", "since": MOVED}]


def test_a_tenant_made_anew_has_its_time_from_its_creation() -> None:
    found = moved(ready="")
    found["metadata"]["creationTimestamp"] = "2026-03-01T11:59:00Z"
    assert told(moved_row(), found) == [{"uid": "acme", "since": "2026-03-01T11:59:00Z"}]


def test_a_row_without_a_mark_moves_no_tenant_and_is_told_of_its_pin() -> None:
    found = moved("web-1", MOVED, told="web-1", ready="web-1")
    response = sync(parent(row("acme", pins={"web": "web-2"})), found)
    assert response.children[0]["spec"]["templates"] == [{"name": "web", "revision": "web-1", "since": MOVED}]
    assert response.status["ahead"] == [{"uid": "acme", "name": "web", "revision": "web-1", "since": MOVED}]


def test_a_row_with_a_later_mark_moves_its_tenant() -> None:
    response = sync(parent(moved_row("web-3", LATER)), moved())
    assert response.children[0]["spec"]["templates"] == [{"name": "web", "revision": "web-3", "since": LATER}]
    assert ahead_of(pairs(moved_row("web-3", LATER)), {"shops.acme": moved()}) == []


def test_revisions_of_all_tenants_are_told_those_on_their_way_out_included() -> None:
    leaving = moved()
    leaving["metadata"]["deletionTimestamp"] = "2026-03-01T11:00:00Z"
    assert revisions_of({"shops.acme": leaving}) == ["web-2"]


def test_what_a_slice_tells_of_a_new_sequence_is_true_at_once() -> None:
    first = sync(parent(row("acme", pins={"web": "web-1"})), moved("web-1", "", told="web-1", ready="web-1"))
    again = parent(moved_row(), **{**first.status, "countsTime": "2026-03-01T12:00:00Z"})
    again["spec"]["sequence"] = 8
    response = sync(again, moved("web-1", "", told="web-1", ready="web-1"), now=NOW)
    assert response.status["rollouts"][0]["underWay"] == 1
