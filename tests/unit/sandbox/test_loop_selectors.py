from __future__ import annotations

from typing import Any

import pytest

from tenantry.sandbox.loop.selectors import LabelSelector, SelectorError


def expression(operator: str, *values: str) -> LabelSelector:
    value: dict[str, Any] = {"key": "shard", "operator": operator}
    if values:
        value["values"] = list(values)
    return LabelSelector.parse({"matchExpressions": [value]}, "selector")


@pytest.mark.parametrize(
    ("selector", "labels", "matches"),
    [
        (expression("In", "a", "b"), {"shard": "a"}, True),
        (expression("In", "a", "b"), {"shard": "c"}, False),
        (expression("In", "a"), {}, False),
        (expression("NotIn", "a"), {"shard": "a"}, False),
        (expression("NotIn", "a"), {"shard": "b"}, True),
        (expression("NotIn", "a"), {}, True),
        (expression("Exists"), {"shard": ""}, True),
        (expression("Exists"), {}, False),
        (expression("DoesNotExist"), {"shard": ""}, False),
        (expression("DoesNotExist"), {}, True),
    ],
)
def test_expressions_match_as_kubernetes_defines_them(
    selector: LabelSelector, labels: dict[str, str], matches: bool
) -> None:
    assert selector.matches(labels) is matches


def test_all_parts_of_a_selector_must_match() -> None:
    both = {"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "b", "operator": "Exists"}]}
    selector = LabelSelector.parse(both, "selector")
    assert [selector.matches(labels) for labels in ({"a": "1"}, {"b": ""}, {"a": "1", "b": ""})] == [False, False, True]


def test_no_selector_selects_everything() -> None:
    assert LabelSelector.parse(None, "selector").matches({"any": "label"})


@pytest.mark.parametrize(
    "value",
    [
        "a=b",
        {"matchLabel": {}},
        {"matchLabels": {"a": 1}},
        {"matchExpressions": {"key": "a"}},
        {"matchExpressions": [{"operator": "Exists"}]},
        {"matchExpressions": [{"key": "a", "operator": "Is"}]},
        {"matchExpressions": [{"key": "a", "operator": "In"}]},
        {"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]},
    ],
)
def test_a_malformed_selector_is_refused(value: Any) -> None:
    with pytest.raises(SelectorError):
        LabelSelector.parse(value, "selector")
