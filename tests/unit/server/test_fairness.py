"""One tenant that is synced in a hot loop waits, and nobody else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from tenantry.protocol import SyncRequest, SyncResponse
from tenantry.server import create_app
from tenantry.server.controllers import controllers
from tenantry.server.fairness import Fairness, TooOften, fair
from tenantry.server.hooks import Controller
from tenantry.settings import Settings
from tests.unit.server.fakes import LISTED, PARENT_UID, post, request_body

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def taken(fairness: Fairness, calls: int, *, uid: str = "acme", children: int = 0, now: datetime = NOW) -> int:
    """How many of these calls get a token."""
    passed = 0
    for _ in range(calls):
        try:
            fairness.take("tenants", uid, children=children, now=now)
            passed += 1
        except TooOften:
            continue
    return passed


def test_a_hot_loop_gets_its_burst_and_then_waits() -> None:
    assert taken(Fairness(burst=5, rate=2), 100) == 5


def test_others_are_served_meanwhile() -> None:
    fairness = Fairness(burst=5, rate=2)
    taken(fairness, 100, uid="hot")
    assert taken(fairness, 5, uid="calm") == 5


def test_a_uid_that_no_api_server_gives_is_not_remembered_as_it_is() -> None:
    fairness = Fairness(burst=5, rate=2)
    taken(fairness, 100, uid="x" * 1000)
    assert taken(fairness, 5, uid="x" * 1001) == 0


def test_tokens_come_back_at_the_rate() -> None:
    fairness = Fairness(burst=5, rate=2)
    taken(fairness, 100)
    assert taken(fairness, 100, now=after(1.5)) == 3


def test_a_rest_brings_no_more_than_the_burst() -> None:
    fairness = Fairness(burst=5, rate=2)
    taken(fairness, 100)
    assert taken(fairness, 100, now=after(3600)) == 5


def test_it_tells_when_there_is_a_token_again() -> None:
    fairness = Fairness(burst=1, rate=0.25)
    taken(fairness, 1)
    with pytest.raises(TooOften) as error:
        fairness.take("tenants", "acme", children=0, now=NOW)
    assert error.value.seconds == 4
    assert taken(fairness, 1, now=after(4)) == 1


def test_a_tenant_that_comes_up_with_a_thousand_objects_never_waits() -> None:
    fairness = Fairness(burst=60, rate=2)
    seen = [taken(fairness, 1, children=children) for children in range(1001)]
    assert sum(seen) == 1001


def test_objects_that_come_and_go_bring_tokens_once() -> None:
    fairness = Fairness(burst=5, rate=2)
    assert [taken(fairness, 20, children=children) for children in (10, 0, 10, 0)] == [15, 0, 0, 0]


def test_a_clock_that_is_set_back_costs_nothing() -> None:
    fairness = Fairness(burst=5, rate=2)
    taken(fairness, 3)
    assert taken(fairness, 10, now=after(-3600)) == 2


def test_a_rate_of_zero_sets_no_bound() -> None:
    assert taken(Fairness(burst=1, rate=0), 1000) == 1000


def test_memory_is_bounded_and_what_is_forgotten_begins_anew() -> None:
    fairness = Fairness(burst=1, rate=1, remembered=10)
    for number in range(1000):
        taken(fairness, 1, uid=f"tenant-{number}")
    assert len(fairness._buckets) == 10
    assert taken(fairness, 1, uid="tenant-0") == 1


@given(
    burst=st.integers(1, 20),
    rate=st.floats(0.1, 10),
    steps=st.lists(st.tuples(st.floats(0, 5), st.integers(0, 10)), max_size=60),
)
def test_no_more_than_burst_children_and_rate_allow(burst: int, rate: float, steps: list[tuple[float, int]]) -> None:
    fairness = Fairness(burst=burst, rate=rate)
    elapsed, passed, most = 0.0, 0, 0
    for pause, children in steps:
        elapsed += pause
        most = max(most, children)
        passed += taken(fairness, 1, children=children, now=after(elapsed))
    assert passed <= burst + most + elapsed * rate + 1e-3


def limited_app(**settings: Any) -> Flask:
    def sync(request: SyncRequest, *, now: datetime) -> SyncResponse:
        return SyncResponse(children=[], status={}, finalized=request.finalizing)

    fairness = Fairness(burst=3, rate=0.5)
    hooks = Controller("tenants", sync=fair("tenants", sync, fairness), finalize=sync)
    return create_app(controllers=[hooks], settings=Settings(**settings), clock=lambda: NOW)


def test_a_hot_loop_is_answered_with_429_and_a_whole_number_of_seconds() -> None:
    app = limited_app()
    answers = [post(app) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].headers["Retry-After"] == "2"
    assert answers[-1].data == b""


def test_finalizing_never_waits() -> None:
    app = limited_app()
    body = request_body(finalizing=True)
    assert {post(app, "/tenants/finalize", body).status_code for _ in range(20)} == {200}


def test_the_log_names_the_tenant_and_the_metrics_count_it(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    app = limited_app()
    for _ in range(5):
        post(app)
    line = orjson.loads(capfdbinary.readouterr().err.splitlines()[-1])
    assert (line["outcome"], line["parent"], line["level"]) == ("too_often", "shops.acme", "warning")
    assert "0.5 times a second" in line["reason"]
    metrics = app.test_client().get("/metrics").data
    assert b'tenantry_hook_calls_total{controller="tenants",hook="sync",outcome="too_often"} 2.0' in metrics


def test_the_settings_reach_the_sync_hook_of_tenants() -> None:
    (hooks,) = [found for found in controllers(Settings(tenant_burst=1, tenant_rate=0.5)) if found.name == "tenants"]
    app = create_app(controllers=[hooks], settings=Settings(), clock=lambda: NOW)
    body = request_body(listed=LISTED)
    assert body["parent"]["metadata"]["uid"] == PARENT_UID
    assert [post(app, "/tenants/sync", body).status_code for _ in range(2)][1] == 429
