"""``patchStrategy: merge``: what left the template stays as it was applied."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tenantry import names
from tenantry.engine.merge import with_former_fields
from tenantry.protocol import JSONObject
from tests.support.observed import observed


def widget(spec: JSONObject, **metadata: Any) -> JSONObject:
    found = {"name": "w", "labels": {}, "annotations": {}, **metadata}
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": found, "spec": spec}


def merged(former: JSONObject, now: JSONObject) -> JSONObject:
    """What is sent of an object with this spec when it had that one."""
    spec: JSONObject = with_former_fields(widget(now), observed(widget(former)))["spec"]
    return spec


@pytest.mark.parametrize(
    ("former", "now", "sent"),
    [
        ({"a": 1, "b": 2}, {"a": 3}, {"a": 3, "b": 2}),
        ({"m": {"a": 1, "b": 2}}, {"m": {"a": 3}}, {"m": {"a": 3, "b": 2}}),
        ({"m": {"a": 1}}, {"n": 1}, {"n": 1, "m": {"a": 1}}),
        ({"m": {"a": 1}}, {"m": "text"}, {"m": "text"}),
        ({"m": "text"}, {"m": {"a": 1}}, {"m": {"a": 1}}),
        ({"m": ["x"]}, {"m": {"a": 1}}, {"m": {"a": 1}}),
        ({"args": ["x", "y"]}, {"args": ["z"]}, {"args": ["z"]}),
        ({"args": ["x", "y"]}, {}, {"args": ["x", "y"]}),
        ({}, {"a": 1}, {"a": 1}),
    ],
    ids=["field", "nested", "whole map", "map to text", "text to map", "list to map", "atomic", "atomic left", "new"],
)
def test_what_the_template_has_wins_and_what_it_lost_stays(former: Any, now: Any, sent: JSONObject) -> None:
    assert merged(former, now) == sent


@pytest.mark.parametrize(
    ("former", "now", "sent"),
    [
        (["a", "b"], ["b"], [{"name": "b"}, {"name": "a"}]),
        (["a"], ["a", "b"], [{"name": "a"}, {"name": "b"}]),
        (["a", "b"], [], [{"name": "a"}, {"name": "b"}]),
    ],
)
def test_items_of_the_template_go_first_and_former_ones_follow(former: Any, now: Any, sent: Any) -> None:
    spec = merged({"containers": [{"name": name} for name in former]}, {"containers": [{"name": n} for n in now]})
    assert spec["containers"] == sent


def test_an_item_keeps_the_fields_that_left_it() -> None:
    former = {"containers": [{"name": "a", "image": "a:1", "tty": True}]}
    assert merged(former, {"containers": [{"name": "a", "image": "a:2"}]})["containers"] == [
        {"name": "a", "image": "a:2", "tty": True}
    ]


def test_former_values_of_a_set_stay() -> None:
    assert merged({"finalizers": ["a", "b"]}, {"finalizers": ["c", "b"]})["finalizers"] == ["c", "b", "a"]


def test_what_somebody_removed_stays_away() -> None:
    live = observed(widget({"a": 1, "b": 2, "finalizers": ["x", "y"], "containers": [{"name": "a"}, {"name": "b"}]}))
    del live["spec"]["b"]
    live["spec"]["finalizers"] = ["y"]
    live["spec"]["containers"] = [{"name": "b"}]
    now = {"a": 1, "finalizers": ["z"], "containers": [{"name": "c"}]}
    assert with_former_fields(widget(now), live)["spec"] == {
        "a": 1,
        "finalizers": ["z", "y"],
        "containers": [{"name": "c"}, {"name": "b"}],
    }


def test_what_others_added_is_not_sent() -> None:
    live = observed(widget({"a": 1, "containers": [{"name": "a"}]}))
    live["spec"] |= {"theirs": 2, "containers": [{"name": "a", "theirs": 1}, {"name": "theirs"}]}
    assert with_former_fields(widget({}), live)["spec"] == {"a": 1, "containers": [{"name": "a"}]}
    now = with_former_fields(widget({"containers": [{"name": "b"}]}), live)
    assert now["spec"]["containers"] == [{"name": "b"}, {"name": "a"}]


def test_former_labels_and_annotations_stay_and_marks_of_ours_do_not() -> None:
    former = widget(
        {},
        labels={"app": "x", "old": "1", names.MANAGED_BY_LABEL: "tenantry", names.ORPHANED_LABEL: "true"},
        annotations={"note": "x", names.REAPPLY_ANNOTATION: "7"},
        finalizers=["x"],
    )
    metadata = with_former_fields(widget({}, labels={"app": "y"}), observed(former))["metadata"]
    assert metadata == {"name": "w", "labels": {"app": "y", "old": "1"}, "annotations": {"note": "x"}}


def test_an_object_that_we_never_applied_is_sent_as_it_is() -> None:
    live = {**widget({"theirs": 1}), "metadata": {"name": "w"}}
    assert with_former_fields(widget({"a": 1}), live) == widget({"a": 1})


def test_neither_object_is_changed() -> None:
    obj, live = widget({"containers": [{"name": "b"}]}), observed(widget({"a": 1, "containers": [{"name": "a"}]}))
    before = copy.deepcopy((obj, live))
    with_former_fields(obj, live)
    assert (obj, live) == before
