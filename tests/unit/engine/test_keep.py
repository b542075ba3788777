"""What was applied last, found again in an observed object."""

from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest

from tenantry.engine.keep import LAST_APPLIED_ANNOTATION, is_dynamically_applied, keep
from tenantry.names import MANAGED_BY_LABEL, TENANT_LABEL, anchor
from tenantry.protocol import JSONObject
from tests.support.observed import observed
from tests.support.tenancy import config, deployment


def applied(**spec: Any) -> JSONObject:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "acme", "labels": {TENANT_LABEL: "shops.acme"}},
        "spec": {"template": {"spec": spec}},
    }


def pod_spec(obj: JSONObject) -> JSONObject:
    found: JSONObject = obj["spec"]["template"]["spec"]
    return found


@pytest.mark.parametrize(
    "obj",
    [
        deployment("web", in_="acme"),
        config("cfg", in_="acme", a="1", b=""),
        applied(containers=[{"name": "a", "image": "a:1", "args": ["x", "y"]}, {"name": "b", "image": "b:1"}]),
        applied(containers=[{"name": "a", "env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "2"}]}]),
        applied(volumes=[{"name": "tmp", "emptyDir": {}}], nodeSelector={}, tolerations=[]),
        applied(tolerations=[{"key": "a", "operator": "Exists"}], hostNetwork=False, priority=0),
    ],
    ids=["deployment", "config", "two containers", "env", "empty maps and lists", "atomic list and false values"],
)
def test_what_was_applied_comes_back(obj: JSONObject) -> None:
    assert keep(observed(obj)) == obj


def test_fields_of_others_are_left_out() -> None:
    live = observed(applied(containers=[{"name": "a", "image": "a:1"}]))
    live["spec"]["replicas"] = 5
    live["metadata"]["labels"]["theirs"] = "x"
    pod_spec(live)["containers"][0]["imagePullPolicy"] = "Always"
    assert keep(live) == applied(containers=[{"name": "a", "image": "a:1"}])


def test_a_value_that_somebody_changed_is_kept_as_it_is() -> None:
    live = observed(applied(containers=[{"name": "a", "image": "a:1"}]))
    pod_spec(live)["containers"][0]["image"] = "a:2"
    assert pod_spec(keep(live))["containers"][0]["image"] == "a:2"


def test_an_item_that_somebody_else_added_to_an_associative_list_is_left_out() -> None:
    live = observed(applied(containers=[{"name": "a", "image": "a:1"}]))
    pod_spec(live)["containers"].insert(0, {"name": "sidecar", "image": "s:1"})
    assert [one["name"] for one in pod_spec(keep(live))["containers"]] == ["a"]


def test_items_come_in_their_live_order() -> None:
    live = observed(applied(containers=[{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}]))
    pod_spec(live)["containers"].reverse()
    assert [one["name"] for one in pod_spec(keep(live))["containers"]] == ["b", "a"]


def test_an_item_that_somebody_removed_stays_away() -> None:
    live = observed(applied(containers=[{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}]))
    del pod_spec(live)["containers"][0]
    assert [one["name"] for one in pod_spec(keep(live))["containers"]] == ["b"]


def test_an_atomic_list_comes_back_whole() -> None:
    live = observed(applied(containers=[{"name": "a", "args": ["x", "y"]}]))
    pod_spec(live)["containers"][0]["args"] = ["z"]
    assert pod_spec(keep(live))["containers"][0]["args"] == ["z"]


@pytest.mark.parametrize(
    "ports",
    [
        [{"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53, "protocol": "TCP"}],
        [{"containerPort": 53, "protocol": "TCP", "name": "a"}, {"containerPort": 54, "protocol": "TCP", "name": "b"}],
    ],
)
def test_one_port_with_two_protocols_stays_two_ports(ports: list[JSONObject]) -> None:
    obj = applied(containers=[{"name": "dns", "ports": ports}])
    assert keep(observed(obj)) == obj


def test_one_service_port_with_two_protocols_stays_two_ports() -> None:
    obj = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "dns", "namespace": "acme", "labels": {"a": "b"}},
        "spec": {"ports": [{"name": p, "port": 53, "protocol": p.upper()} for p in ("udp", "tcp")]},
    }
    assert keep(observed(obj)) == obj


def test_our_items_of_a_set_are_told_from_those_of_others() -> None:
    obj = applied() | {"spec": {"finalizers": ["ours", "also-ours"]}}
    live = observed(obj)
    live["spec"]["finalizers"].insert(1, "theirs")
    assert keep(live)["spec"]["finalizers"] == ["ours", "also-ours"]


def test_the_tenants_label_comes_back_whoever_put_it_on() -> None:
    live = observed(config("cfg", in_="acme", a="1"))
    live["metadata"]["labels"] = {TENANT_LABEL: "shops.acme", "team": "blue"}
    kept = keep(live)
    assert (kept["metadata"]["labels"], kept["data"]) == ({TENANT_LABEL: "shops.acme"}, {"a": "1"})


def test_the_tenants_label_comes_back_beside_those_that_we_applied() -> None:
    obj = {**config("cfg", in_="acme"), "metadata": {"name": "cfg", "namespace": "acme", "labels": {"app": "x"}}}
    live = observed(obj)
    assert keep(live)["metadata"]["labels"] == {"app": "x"}
    live["metadata"]["labels"][TENANT_LABEL] = "shops.acme"
    assert keep(live)["metadata"]["labels"] == {"app": "x", TENANT_LABEL: "shops.acme"}


def test_only_the_apply_entry_of_our_field_manager_counts() -> None:
    live = observed(config("cfg", in_="acme", a="1"))
    mine = live["metadata"]["managedFields"][0]
    live["data"]["b"] = "2"
    theirs: JSONObject = {"f:data": {"f:b": {}}}
    live["metadata"]["managedFields"] = [
        mine | {"manager": "kubectl", "fieldsV1": theirs},
        mine | {"operation": "Update", "fieldsV1": theirs},
        mine | {"subresource": "status", "fieldsV1": theirs},
        mine,
    ]
    assert keep(live)["data"] == {"a": "1"}


def test_the_reference_to_the_parent_is_left_out_and_the_anchor_is_not() -> None:
    obj = config("cfg", in_="acme", a="1")
    obj["metadata"]["ownerReferences"] = [anchor("uid-of-kube-system")]
    assert keep(observed(obj))["metadata"]["ownerReferences"] == [anchor("uid-of-kube-system")]


def test_what_the_server_writes_into_metadata_and_the_status_are_left_out() -> None:
    kept = keep(observed(deployment("web", in_="acme")))
    assert (set(kept["metadata"]), "status" in kept) == ({"name", "namespace"}, False)


def test_an_object_that_we_never_applied_comes_back_with_its_identity_and_our_labels_alone() -> None:
    live = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "theirs",
            "namespace": "acme",
            "uid": "1",
            "labels": {TENANT_LABEL: "shops.acme", MANAGED_BY_LABEL: "helm", "app": "x"},
            "annotations": {"a": "b"},
        },
        "data": {"a": "1"},
    }
    assert keep(live) == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "theirs",
            "namespace": "acme",
            "labels": {TENANT_LABEL: "shops.acme", MANAGED_BY_LABEL: "helm"},
        },
    }


def test_under_dynamic_apply_the_annotation_tells_what_was_applied() -> None:
    obj = config("cfg", in_="acme", a="1")
    live = copy.deepcopy(obj)
    live["data"]["theirs"] = "x"
    live["metadata"]["annotations"] = {LAST_APPLIED_ANNOTATION: orjson.dumps(obj).decode()}
    assert keep(live) == obj


@pytest.mark.parametrize(
    ("annotations", "found"), [(None, False), ({}, False), ({"a": "b"}, False), ({LAST_APPLIED_ANNOTATION: "{}"}, True)]
)
def test_dynamic_apply_is_told_by_its_annotation_alone(annotations: JSONObject | None, found: bool) -> None:
    assert is_dynamically_applied({"metadata": {"name": "x", "annotations": annotations}}) is found


def test_an_object_is_never_changed_by_looking_at_it() -> None:
    live = observed(deployment("web", in_="acme"))
    before = copy.deepcopy(live)
    keep(live)
    assert live == before


def test_an_empty_environment_variable_stays_empty_though_it_is_not_stored() -> None:
    container = {"name": "web", "env": [{"name": "EMPTY", "value": ""}]}
    live = observed(applied(containers=[container]))
    del pod_spec(live)["containers"][0]["env"][0]["value"]
    assert pod_spec(keep(live))["containers"] == [container]


def test_a_null_that_was_applied_is_nothing_to_keep() -> None:
    applied = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"x": 1, "gone": 2}}
    live = observed(applied)
    live["spec"]["gone"] = None
    assert keep(live)["spec"] == {"x": 1}
