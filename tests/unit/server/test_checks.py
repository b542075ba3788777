"""No answer leaves that loses an observed child, or holds a malformed one."""

from __future__ import annotations

from typing import Any

import pytest

from tenantry.kinds import KINDS
from tenantry.protocol import JSONObject, ObjectKey
from tenantry.scopes import is_namespaced
from tenantry.server.answers import Answer, Outcome
from tests.unit.server.fakes import PARENT_UID, answering, config_map, namespace, request_body


def refusal(answer: Answer) -> str:
    assert (answer.status, answer.outcome) == (500, Outcome.REFUSED), answer.body
    text = answer.body.decode()
    assert text.startswith("tenants/sync of Tenant shops.acme is refused, nothing is applied: ")
    return text


def metadata(child: JSONObject, **fields: Any) -> JSONObject:
    return {**child, "metadata": {**child["metadata"], **fields}}


def test_an_observed_child_that_is_forgotten_is_refused_by_name() -> None:
    answer = answering().call(request_body(config_map()))
    assert "ConfigMap.v1 acme/config is observed, but neither returned nor removed" in refusal(answer)


def test_an_observed_child_may_be_removed_by_name() -> None:
    removed = frozenset({ObjectKey("ConfigMap.v1", "acme/config")})
    assert answering(removed=removed).call(request_body(config_map())).status == 200


def test_a_child_that_is_returned_and_removed_is_refused() -> None:
    removed = frozenset({ObjectKey("ConfigMap.v1", "acme/config")})
    answer = answering(config_map(), removed=removed).call(request_body(config_map()))
    assert "both" in refusal(answer)


def test_a_removed_child_that_is_not_observed_is_nothing_to_mind() -> None:
    removed = frozenset({ObjectKey("ConfigMap.v1", "acme/gone")})
    assert answering(removed=removed).call(request_body()).status == 200


def test_the_same_name_in_another_version_does_not_account_for_a_child() -> None:
    observed = {**namespace("acme"), "apiVersion": "v1beta1"}
    answer = answering(namespace("acme")).call(request_body(observed))
    assert "Namespace.v1beta1 acme is observed" in refusal(answer)


def test_a_cluster_scoped_child_is_matched_by_its_bare_name() -> None:
    assert answering(namespace()).call(request_body(namespace())).status == 200


WITHOUT_METADATA = {"apiVersion": "v1", "kind": "ConfigMap"}


@pytest.mark.parametrize(
    ("child", "complaint"),
    [
        (None, "children[0] is not an object"),
        ("x", "children[0] is not an object"),
        (WITHOUT_METADATA, "has no metadata"),
        ({**WITHOUT_METADATA, "metadata": {"namespace": "acme"}}, "metadata.name"),
        (metadata(config_map(), name=""), "metadata.name"),
        (metadata(config_map(), name=7), "metadata.name"),
        (metadata(config_map(), namespace=""), "metadata.namespace"),
        (metadata(config_map(), namespace=None), "metadata.namespace"),
        (metadata(namespace(), namespace="acme"), "cluster-scoped"),
        ({**WITHOUT_METADATA, "metadata": {"name": "config"}}, "metadata.namespace is missing"),
        ({**config_map(), "apiVersion": "v2"}, "does not list in spec.childResources"),
        ({**config_map(), "kind": None}, "does not list in spec.childResources"),
        (config_map(status={}), "has a status"),
        (metadata(config_map(), uid="1"), "metadata.uid"),
        (metadata(config_map(), resourceVersion="1"), "metadata.resourceVersion"),
        (metadata(config_map(), generateName="config-"), "metadata.generateName"),
        (metadata(config_map(), managedFields=[]), "metadata.managedFields"),
        (metadata(config_map(), labels=["a"]), "metadata.labels is not an object"),
        (metadata(config_map(), labels={"plan": ""}), "metadata.labels['plan'] is not a non-empty string"),
        (metadata(config_map(), labels={"plan": 1}), "metadata.labels['plan'] is not a non-empty string"),
        (metadata(config_map(), annotations={"plan": True}), "metadata.annotations['plan'] is not a string"),
        (metadata(config_map(), ownerReferences=[{"uid": PARENT_UID}]), "owner reference to its parent"),
    ],
)
def test_a_malformed_child_is_refused(child: Any, complaint: str) -> None:
    assert complaint in refusal(answering(child).call(request_body()))


def test_a_child_that_is_there_twice_is_refused() -> None:
    assert "twice" in refusal(answering(config_map(), config_map()).call(request_body()))


def test_children_that_are_no_list_are_refused() -> None:
    hooks = answering()
    object.__setattr__(hooks.answer, "children", {})
    assert "not a list" in refusal(hooks.call(request_body()))


def test_an_empty_annotation_is_fine() -> None:
    assert answering(metadata(config_map(), annotations={"note": ""})).call(request_body()).status == 200


def test_an_owner_reference_to_something_else_is_fine() -> None:
    anchor = {"apiVersion": "v1", "kind": "Namespace", "name": "kube-system", "uid": "9"}
    assert answering(metadata(config_map(), ownerReferences=[anchor])).call(request_body()).status == 200


@pytest.mark.parametrize("fields", [{}, {"namespace": "acme"}])
def test_a_kind_of_unknown_scope_may_or_may_not_have_a_namespace(fields: JSONObject) -> None:
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w", **fields}}
    assert answering(widget).call(request_body()).status == 200


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_our_own_kinds_are_known_to_be_cluster_scoped(kind: Any) -> None:
    assert is_namespaced(kind.type_key) is False


@pytest.mark.parametrize(
    ("type_key", "answer"),
    [
        ("ConfigMap.v1", True),
        ("Deployment.apps/v1", True),
        ("Deployment.apps/v1beta2", True),
        ("Namespace.v1", False),
        ("ClusterRole.rbac.authorization.k8s.io/v1", False),
        ("Deployment.example.com/v1", None),
    ],
)
def test_a_scope_is_known_by_group_and_kind(type_key: str, answer: bool | None) -> None:
    assert is_namespaced(type_key) is answer


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({"plan": None}, "data.plan is null"),
        ({"list": [{"deep": [None]}]}, "data.list[0].deep[0] is null"),
        ({"size": 1.0}, "data.size is a float without a fraction"),
        ({"size": [-3.0]}, "data.size[0] is a float without a fraction"),
        ({"size": 1e16}, "data.size is a float without a fraction"),
        ({"size": -1.5e300}, "data.size is a float without a fraction"),
        ({"ratio": float("nan")}, "data.ratio is not a finite number"),
        ({"ratio": float("-inf")}, "data.ratio is not a finite number"),
        ({"size": 2**64}, "data.size is an integer of more than 64 bits"),
        ({"what": {1, 2}}, "data.what is a set"),
        ({"what": b"bytes"}, "data.what is a bytes"),
        ({"text": "\ud800"}, "data.text is not valid Unicode text"),
        ({1: "one"}, "data has a key that is not a string"),
    ],
)
def test_a_value_that_must_not_leave_is_refused_by_its_path(data: JSONObject, complaint: str) -> None:
    assert f"ConfigMap.v1 acme/config: {complaint}" in refusal(answering(config_map(data=data)).call(request_body()))


@pytest.mark.parametrize("text", ["null", "a null, and 1.0,", "1.0]", "node-1e16,", ",null,", "e10}"])
def test_text_that_looks_like_a_forbidden_value_is_fine(text: str) -> None:
    assert answering(config_map(data={"text": text})).call(request_body()).status == 200


@pytest.mark.parametrize("number", [0.5, 1e-7, 123456.75, 2**53, -1, True])
def test_ordinary_numbers_are_fine(number: float) -> None:
    assert answering(config_map(data={"n": number})).call(request_body()).status == 200


def test_an_object_that_is_nested_too_deeply_is_refused() -> None:
    data: JSONObject = {}
    for _ in range(300):
        data = {"deeper": data}
    assert "cannot be written as JSON" in refusal(answering(config_map(data=data)).call(request_body()))


def test_a_refusal_does_not_tell_values() -> None:
    answer = answering(config_map(data={"password": "hunter2", "plan": None})).call(request_body())
    assert "hunter2" not in refusal(answer)
