"""A slice that waits for its turn makes no new Tenants, and tells how many nobody has looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tenantry.protocol import JSONObject
from tests.unit.slice.test_slice import NOW, parent, row, sync, tenant


def waiting(*rows: JSONObject, waits: bool = True, ago: float = 0.0, **status: Any) -> JSONObject:
    """A slice that was written so many seconds ago."""
    made = parent(*rows, **status)
    made["spec"] |= {"waits": waits, "written": (NOW - timedelta(seconds=ago)).isoformat()}
    return made


def young(uid: str, *, age: float, **status: Any) -> JSONObject:
    """A Tenant of this age."""
    made = tenant(uid)
    created = (NOW - timedelta(seconds=age)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {**made, "metadata": {**made["metadata"], "creationTimestamp": created}, "status": status}


def test_a_slice_that_waits_makes_no_new_tenant_and_keeps_those_that_are_there() -> None:
    response = sync(waiting(row("acme"), row("beta")), tenant("acme"))
    assert [child["spec"]["uid"] for child in response.children] == ["acme"]
    assert (response.removed, response.status["unanswered"]) == (frozenset(), 1)


def test_a_slice_that_waits_says_so() -> None:
    conditions = {found["type"]: found for found in sync(waiting(row("acme"))).status["conditions"]}
    assert "when the slice has its turn" in conditions["Ready"]["message"]


def test_a_slice_that_waits_is_not_woken_by_time() -> None:
    assert sync(waiting(row("acme"), ago=300.0)).resync_after_seconds == 0.0


def test_a_slice_whose_turn_it_is_makes_them() -> None:
    response = sync(waiting(row("acme"), waits=False))
    assert ([child["spec"]["uid"] for child in response.children], response.status["unanswered"]) == (["acme"], 1)


def test_a_tenant_with_a_status_was_looked_at() -> None:
    rows = row("acme"), row("beta")
    told = young("acme", age=1.0, observedGeneration=1)
    assert sync(waiting(*rows, waits=False), told, young("beta", age=1.0)).status["unanswered"] == 1


def test_a_tenant_that_nobody_looks_at_holds_up_others_for_half_a_minute() -> None:
    slice_ = waiting(row("acme"), waits=False, ago=29.0)
    assert sync(slice_, young("acme", age=29.0)).status["unanswered"] == 1
    assert sync(slice_, young("acme", age=29.0)).resync_after_seconds == 1.0
    assert sync(slice_, young("acme", age=30.0)).status["unanswered"] == 0


def test_a_tenant_that_cannot_be_made_holds_up_others_for_half_a_minute() -> None:
    assert sync(waiting(row("acme"), waits=False, ago=29.0)).status["unanswered"] == 1
    assert sync(waiting(row("acme"), waits=False, ago=30.0)).status["unanswered"] == 0


def test_that_all_were_looked_at_is_told_at_once() -> None:
    before = {"unanswered": 2, "tenants": 1, "countsTime": "2026-03-01T12:00:00Z", "observedSequence": 7}
    slice_ = waiting(row("acme"), row("beta"), waits=False, ago=2.0, **before)
    looked_at = [young(uid, age=2.0, observedGeneration=1) for uid in ("acme", "beta")]
    status = sync(slice_, *looked_at, now=NOW + timedelta(seconds=0.5)).status
    assert (status["unanswered"], status["tenants"]) == (0, 2)


def test_that_some_were_looked_at_is_told_when_the_counts_are() -> None:
    before = {"unanswered": 2, "tenants": 1, "countsTime": "2026-03-01T12:00:00Z", "observedSequence": 7}
    slice_ = waiting(row("acme"), row("beta"), waits=False, ago=2.0, **before)
    one = [young("acme", age=2.0, observedGeneration=1), young("beta", age=2.0)]
    assert sync(slice_, *one, now=NOW + timedelta(seconds=0.5)).status["unanswered"] == 2
    assert sync(slice_, *one, now=NOW + timedelta(seconds=10.0)).status["unanswered"] == 1
