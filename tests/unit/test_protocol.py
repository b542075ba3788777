"""Requests and answers of Metacontroller's hooks."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.protocol import (
    CustomizeRequest,
    JSONObject,
    ObjectKey,
    ProtocolError,
    RelatedRule,
    SyncRequest,
    TryLater,
    object_key,
    observed_items,
    type_key,
)

NAMESPACE: JSONObject = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "acme"}}
DEPLOYMENT: JSONObject = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "acme"},
}


def body(**fields: object) -> dict[str, Any]:
    return {
        "controller": {"metadata": {"name": "tenantry-tenants"}},
        "parent": {"metadata": {"name": "shops.acme"}},
        "children": {"Namespace.v1": {"acme": NAMESPACE}, "Deployment.apps/v1": {"acme/web": DEPLOYMENT}},
        "related": {},
        "finalizing": False,
        **fields,
    }


def test_type_keys_are_those_of_metacontroller() -> None:
    assert (type_key(NAMESPACE), type_key(DEPLOYMENT)) == ("Namespace.v1", "Deployment.apps/v1")


def test_object_keys_are_those_of_metacontroller() -> None:
    assert object_key(NAMESPACE) == ObjectKey("Namespace.v1", "acme")
    assert object_key(DEPLOYMENT) == ObjectKey("Deployment.apps/v1", "acme/web")


def test_an_object_key_reads_well_in_a_message() -> None:
    assert str(object_key(DEPLOYMENT)) == "Deployment.apps/v1 acme/web"


def test_observed_objects_come_in_the_order_of_the_request() -> None:
    items = list(observed_items(SyncRequest.parse(body()).children))
    assert items == [
        (ObjectKey("Namespace.v1", "acme"), NAMESPACE),
        (ObjectKey("Deployment.apps/v1", "acme/web"), DEPLOYMENT),
    ]


def test_a_request_holds_the_very_objects_of_the_body() -> None:
    given = body()
    request = SyncRequest.parse(given)
    assert request.parent is given["parent"]
    assert request.children["Namespace.v1"]["acme"] is NAMESPACE


@pytest.mark.parametrize("missing", [{"children": None}, {"related": None}])
def test_no_objects_may_be_null(missing: dict[str, None]) -> None:
    request = SyncRequest.parse(body(**missing))
    assert not next(iter(getattr(request, name) for name in missing))


def test_a_parent_with_a_deletion_timestamp_is_being_deleted() -> None:
    parent = {"metadata": {"name": "shops.acme", "deletionTimestamp": "2026-05-04T12:00:00Z"}}
    assert SyncRequest.parse(body(parent=parent)).deleting


def test_a_parent_that_was_only_deselected_is_not_being_deleted() -> None:
    assert not SyncRequest.parse(body(finalizing=True)).deleting


WRONG_BODIES: list[tuple[object, str]] = [
    ([], "the body is not a JSON object"),
    (body(controller=None), "controller is not a JSON object"),
    (body(parent=None), "parent is not a JSON object"),
    (body(parent={}), "parent.metadata is not a JSON object"),
    (body(parent={"metadata": {}}), "parent.metadata.name is not a string"),
    (body(children=[]), "children is not a JSON object"),
    (body(children={"Pod.v1": []}), "children['Pod.v1'] is not a JSON object"),
    (body(children={"Pod.v1": {"a/b": {}}}), "children['Pod.v1']['a/b'].metadata is not a JSON object"),
    (body(related={"Pod.v1": {"a/b": None}}), "related['Pod.v1']['a/b'] is not a JSON object"),
    (body(finalizing="yes"), "finalizing is not true or false"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG_BODIES, ids=[message for _, message in WRONG_BODIES])
def test_a_wrong_body_is_refused_by_the_field(wrong: object, message: str) -> None:
    with pytest.raises(ProtocolError) as caught:
        SyncRequest.parse(wrong)
    assert str(caught.value).startswith(message)


def test_a_customize_request_has_a_parent() -> None:
    request = CustomizeRequest.parse({"controller": {}, "parent": {"metadata": {"name": "shops"}}})
    assert request.parent["metadata"]["name"] == "shops"


def test_a_customize_request_without_parent_is_refused() -> None:
    with pytest.raises(ProtocolError, match="parent is not a JSON object"):
        CustomizeRequest.parse({"controller": {}})


def test_a_rule_by_names_has_no_selector() -> None:
    rule = RelatedRule("v1", "secrets", names=("a", "b"), namespace="tenantry-system", match_labels={"x": "y"})
    assert rule.to_json() == {
        "apiVersion": "v1",
        "resource": "secrets",
        "namespace": "tenantry-system",
        "names": ["a", "b"],
    }


def test_a_rule_by_labels_has_a_selector() -> None:
    rule = RelatedRule("tenantry.io/v1", "tenants", match_labels={"tenantry.io/registry": "shops"})
    assert rule.to_json() == {
        "apiVersion": "tenantry.io/v1",
        "resource": "tenants",
        "labelSelector": {"matchLabels": {"tenantry.io/registry": "shops"}},
    }


def test_a_rule_for_all_of_a_type_is_short() -> None:
    assert RelatedRule("tenantry.io/v1", "tenanttemplates").to_json() == {
        "apiVersion": "tenantry.io/v1",
        "resource": "tenanttemplates",
    }


def test_later_is_at_least_a_second_away() -> None:
    with pytest.raises(ValueError, match="at least one second"):
        TryLater("the cache is stale", seconds=0)
