"""What marks a retained object, mark by mark."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry import names
from tenantry.engine.observe import Observed
from tenantry.engine.retain import (
    is_anchored,
    is_orphan,
    is_retained,
    is_safe,
    namespace_of,
    orphan,
    out_of_sight,
    retaining_namespaces,
    with_policy,
)
from tenantry.protocol import JSONObject, ObjectKey

OURS: JSONObject = {"apiVersion": "v1", "kind": "Service", "name": "mine", "uid": "service-uid"}


def obj(*, policy: str = "", anchor: str = "", label: str = "", **metadata: Any) -> JSONObject:
    owners = [OURS] + ([names.anchor(anchor)] if anchor else [])
    annotations = {"note": "x"} | ({names.DELETION_POLICY_ANNOTATION: policy} if policy else {})
    labels = {"app": "x"} | ({names.ORPHANED_LABEL: label} if label else {})
    found = {"name": "x", "labels": labels, "annotations": annotations, "ownerReferences": owners, **metadata}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": found}


@pytest.mark.parametrize(
    ("child", "retained"),
    [
        (obj(policy="Retain"), True),
        (obj(anchor="a"), True),
        (obj(policy="Retain", anchor="a"), True),
        (obj(policy="Delete"), False),
        (obj(), False),
        (obj(ownerReferences=[{**names.anchor("a"), "name": "acme"}]), False),
        (obj(ownerReferences=[{**names.anchor("a"), "kind": "ConfigMap"}]), False),
        (obj(ownerReferences=None), False),
        (obj(ownerReferences=[{"kind": "Namespace", "name": "kube-system"}]), False),
    ],
)
def test_one_mark_is_enough_to_be_retained(child: JSONObject, retained: bool) -> None:
    assert is_retained(child) is retained


@pytest.mark.parametrize(
    ("anchor", "wanted", "anchored"),
    [("a", "a", True), ("b", "a", False), ("", "a", False), ("a", "", True), ("", "", False)],
)
def test_an_anchor_of_another_uid_holds_nothing(anchor: str, wanted: str, anchored: bool) -> None:
    assert is_anchored(obj(anchor=anchor), wanted) is anchored


@pytest.mark.parametrize(
    ("child", "safe"),
    [
        (obj(anchor="a", label="true"), True),
        (obj(anchor="b", label="true"), False),
        (obj(anchor="a"), False),
        (obj(label="true"), False),
        (obj(deletionTimestamp="2026-01-02T03:04:05Z"), True),
    ],
)
def test_what_outlives_its_tenant_is_anchored_and_labelled(child: JSONObject, safe: bool) -> None:
    assert is_safe(child, "a") is safe


@pytest.mark.parametrize(("label", "found"), [("true", True), ("false", False), ("", False)])
def test_an_orphan_is_labelled_true(label: str, found: bool) -> None:
    assert is_orphan(obj(label=label)) is found


def test_a_policy_leaves_everything_else_of_the_metadata_alone() -> None:
    kept = with_policy(obj(label="true"), "a")
    assert kept["metadata"] == {
        "name": "x",
        "labels": {"app": "x"},
        "annotations": {"note": "x", names.DELETION_POLICY_ANNOTATION: "Retain"},
        "ownerReferences": [OURS, names.anchor("a")],
    }


def test_a_policy_that_is_taken_away_leaves_no_mark() -> None:
    assert with_policy(obj(policy="Retain", anchor="a", label="true"), "") == obj()


def test_a_policy_that_is_taken_away_leaves_nothing_empty() -> None:
    bare = {
        "name": "x",
        "annotations": {names.DELETION_POLICY_ANNOTATION: "Retain"},
        "ownerReferences": [names.anchor("a")],
    }
    assert with_policy({"metadata": bare}, "") == {"metadata": {"name": "x"}}


def test_another_anchor_takes_the_place_of_the_one_before() -> None:
    assert with_policy(obj(anchor="b"), "a")["metadata"]["ownerReferences"] == [OURS, names.anchor("a")]


def test_an_orphan_has_its_policy_although_no_anchor_is_known() -> None:
    live = {"metadata": {"name": "x"}, "apiVersion": "v1", "kind": "ConfigMap"}
    metadata = orphan(live, "")["metadata"]
    assert metadata["annotations"][names.DELETION_POLICY_ANNOTATION] == "Retain"


def test_an_orphan_keeps_the_anchor_that_it_has_while_none_is_known() -> None:
    live = obj(anchor="a", labels={names.TENANT_LABEL: "shops.acme"})
    live["metadata"]["managedFields"] = [
        {
            "manager": names.FIELD_MANAGER,
            "operation": "Apply",
            "fieldsV1": {
                "f:metadata": {
                    "f:ownerReferences": {'k:{"uid":"a"}': {}},
                    "f:annotations": {"f:note": {}},
                    "f:labels": {},
                }
            },
        }
    ]
    metadata = orphan(live, "")["metadata"]
    assert metadata["ownerReferences"] == [names.anchor("a")]
    assert metadata["labels"] == {names.TENANT_LABEL: "shops.acme", names.ORPHANED_LABEL: "true"}
    assert (metadata["annotations"]["note"], metadata["annotations"][names.DELETION_POLICY_ANNOTATION]) == (
        "x",
        "Retain",
    )


@pytest.mark.parametrize(
    ("key", "namespace"),
    [(ObjectKey("ConfigMap.v1", "acme/x"), "acme"), (ObjectKey("Namespace.v1", "acme"), ""), (None, "")],
)
def test_the_namespace_of_an_object_is_the_first_part_of_its_key(key: ObjectKey | None, namespace: str) -> None:
    assert namespace_of(key) == namespace


def test_what_is_retained_and_of_a_kind_that_is_not_managed_any_more_is_remembered() -> None:
    memory = {
        "a": {"phase": "Retained", "kind": "Widget"},
        "b": {"phase": "Retained", "kind": "Gadget"},
        "c": {"phase": "Ready", "kind": "Gadget"},
    }
    observed = Observed({}, {}, frozenset({"Widget.example.com/v1", "ConfigMap.v1"}))
    assert out_of_sight(memory, observed) == [memory["b"]]


def test_namespaces_of_what_is_seen_and_of_what_is_remembered_stay() -> None:
    staying = [ObjectKey("ConfigMap.v1", "seen/x"), ObjectKey("Namespace.v1", "acme")]
    remembered = [{"namespace": "remembered"}, {"namespace": ""}, {}]
    assert retaining_namespaces(staying, remembered) == {"seen", "remembered"}
