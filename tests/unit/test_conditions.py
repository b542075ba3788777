"""Conditions, as the Kubernetes API conventions want them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tenantry.conditions import (
    MESSAGE_LIMIT,
    ConditionType,
    Reason,
    condition,
    find_condition,
    parse_timestamp,
    set_conditions,
    timestamp,
)
from tenantry.protocol import JSONObject

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)


def ready(status: bool | None = True, reason: Reason = Reason.ALL_READY, *, generation: int = 1) -> JSONObject:
    return condition(ConditionType.READY, status, reason, generation=generation)


@pytest.mark.parametrize(("status", "text"), [(True, "True"), (False, "False"), (None, "Unknown")])
def test_a_status_is_spelled_as_kubernetes_spells_it(status: bool | None, text: str) -> None:
    assert ready(status)["status"] == text


def test_a_long_message_is_cut_visibly() -> None:
    message = condition(ConditionType.READY, False, Reason.INVALID_SPEC, "x" * 2000, generation=1)["message"]
    assert len(message) == MESSAGE_LIMIT
    assert message.endswith("…")


def test_a_new_condition_began_now() -> None:
    assert set_conditions(None, [ready()], now=NOON)[0]["lastTransitionTime"] == "2026-05-04T12:00:00Z"


def test_a_condition_without_news_stays_byte_for_byte() -> None:
    before = set_conditions(None, [ready()], now=NOON)
    assert set_conditions({"conditions": before}, [ready()], now=LATER) == before


def test_a_new_reason_is_no_transition() -> None:
    before = set_conditions(None, [ready(False, Reason.RECONCILING)], now=NOON)
    after = set_conditions({"conditions": before}, [ready(False, Reason.RESOURCES_FAILED)], now=LATER)
    assert after[0]["reason"] == "ResourcesFailed"
    assert after[0]["lastTransitionTime"] == before[0]["lastTransitionTime"]


def test_a_changed_status_is_a_transition() -> None:
    before = set_conditions(None, [ready(False)], now=NOON)
    after = set_conditions({"conditions": before}, [ready(True)], now=LATER)
    assert after[0]["lastTransitionTime"] == timestamp(LATER)


def test_conditions_that_are_not_mentioned_stay() -> None:
    before = set_conditions(
        None, [condition(ConditionType.VALID, True, Reason.VALIDATION_PASSED, generation=1)], now=NOON
    )
    after = set_conditions({"conditions": before}, [ready()], now=LATER)
    assert [found["type"] for found in after] == ["Ready", "Valid"]
    assert after[1] == before[0]


def test_conditions_are_sorted_by_type() -> None:
    given = [
        condition(type_, True, Reason.HEALTHY, generation=1)
        for type_ in (ConditionType.VALID, ConditionType.DEGRADED, ConditionType.READY)
    ]
    assert [found["type"] for found in set_conditions(None, given, now=NOON)] == ["Degraded", "Ready", "Valid"]


def test_a_condition_is_found_by_type() -> None:
    status = {"conditions": set_conditions(None, [ready(generation=7)], now=NOON)}
    found = find_condition(status, ConditionType.READY)
    assert found is not None
    assert found["observedGeneration"] == 7


@pytest.mark.parametrize("status", [None, {}, {"conditions": None}, {"conditions": []}])
def test_a_status_without_conditions_has_none(status: JSONObject | None) -> None:
    assert find_condition(status, ConditionType.READY) is None


def test_times_are_written_in_utc_with_whole_seconds() -> None:
    moment = datetime(2026, 5, 4, 14, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert timestamp(moment) == "2026-05-04T12:00:00Z"


@pytest.mark.parametrize("text", ["2026-05-04T12:00:00Z", "2026-05-04T12:00:00.000000Z"])
def test_times_are_read_with_and_without_fractions(text: str) -> None:
    assert parse_timestamp(text) == NOON


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="noon"):
        parse_timestamp("noon")


@pytest.mark.parametrize("word", [*ConditionType, *Reason])
def test_types_and_reasons_are_one_camel_case_word(word: str) -> None:
    assert re.fullmatch(r"([A-Z][a-z]*|CRDs)+", word)
