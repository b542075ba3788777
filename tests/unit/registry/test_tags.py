"""Columns become labels of Tenants."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.names import MANAGED_BY_LABEL
from tenantry.registry.sharding.label_values import label_value
from tenantry.registry.values import Unusable
from tests.unit.registry.world import World, shop

TAGS = {"example.com/plan": "plan", "city": "city"}


def start(*rows: dict[str, Any], tags: dict[str, str] | None = None) -> World:
    world = World(rows=list(rows))
    world.parent["spec"]["tags"] = TAGS if tags is None else tags
    world.settle()
    return world


def own_labels(world: World, name: str = "shops.acme") -> dict[str, str]:
    labels: dict[str, str] = world.tenants[name]["metadata"]["labels"]
    ours = {key for key in labels if key.startswith("tenantry.io/") or key == MANAGED_BY_LABEL}
    return {key: labels[key] for key in labels.keys() - ours}


def test_a_column_becomes_a_label() -> None:
    assert own_labels(start(shop("acme", city="Bonn"))) == {"example.com/plan": "basic", "city": "Bonn"}


@pytest.mark.parametrize("value", [None, ""])
def test_what_is_empty_gives_no_label_and_no_complaint(value: Any) -> None:
    world = start(shop("acme", city=value))
    assert own_labels(world) == {"example.com/plan": "basic"}
    assert "unusableLabels" not in world.status


def test_a_changed_column_changes_the_label() -> None:
    world = start(shop("acme", city="Bonn"))
    world.rows[0]["city"] = "Berlin"
    world.next_poll()
    assert own_labels(world)["city"] == "Berlin"


def test_a_tag_that_is_dropped_takes_its_label_away() -> None:
    world = start(shop("acme", city="Bonn"))
    world.edit(tags={"city": "city"})
    world.settle()
    assert own_labels(world) == {"city": "Bonn"}


def test_a_value_that_no_label_can_hold_is_told_and_costs_the_label_alone() -> None:
    world = start(shop("acme", city="Garmisch Partenkirchen"), shop("bravo", city="Bonn"))
    assert own_labels(world) == {"example.com/plan": "basic"}
    assert own_labels(world, "shops.bravo")["city"] == "Bonn"
    (told,) = world.status["unusableLabels"]["labels"]
    assert (told["uid"], told["label"]) == ("acme", "city")
    assert "Garmisch" not in told["message"]
    assert world.status["source"]["invalid"] == 0
    assert world.condition("Degraded")["reason"] == "UnusableLabels"


def test_the_complaint_ends_with_its_cause() -> None:
    world = start(shop("acme", city="Garmisch Partenkirchen"))
    world.rows[0]["city"] = "Garmisch"
    world.next_poll()
    assert "unusableLabels" not in world.status
    assert world.condition("Degraded")["status"] == "False"


def test_the_complaint_outlives_a_poll_that_fails() -> None:
    world = start(shop("acme", city="not a label"))
    world.failure = "no database"
    world.next_poll()
    assert world.status["unusableLabels"]["count"] == 1
    assert own_labels(world) == {"example.com/plan": "basic"}


def test_tags_cannot_take_our_own_labels() -> None:
    world = start(shop("acme"), tags={"tenantry.io/bucket": "plan", MANAGED_BY_LABEL: "plan"})
    labels = world.tenants["shops.acme"]["metadata"]["labels"]
    assert labels["tenantry.io/bucket"].startswith("4-")
    assert labels[MANAGED_BY_LABEL] == "tenantry"


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (7.0, "7"),
        (2.5, "2.5"),
        (Decimal("9.90"), "9.90"),
        (date(2026, 3, 1), "2026-03-01"),
        ("a" * 63, "a" * 63),
        ("v1.2_b", "v1.2_b"),
        (None, ""),
    ],
)
def test_values_as_labels(value: Any, label: str) -> None:
    assert label_value(value) == label


@pytest.mark.parametrize(
    "value",
    ["a" * 64, "a b", "-a", "a-", "ä", "a/b", " ", "a\n", datetime(2026, 3, 1, 12, 0, tzinfo=UTC), -1, [1], {"a": 1}],
)
def test_values_that_are_no_labels(value: Any) -> None:
    with pytest.raises(Unusable):
        label_value(value)


@given(st.from_regex("[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?", fullmatch=True))
def test_what_can_be_a_label_is_never_altered(text: str) -> None:
    assert label_value(text) == text


@given(st.text(min_size=64))
def test_what_is_too_long_is_never_cut(text: str) -> None:
    with pytest.raises(Unusable):
        label_value(text)
