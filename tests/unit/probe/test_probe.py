"""What a TenantProbe tells of the object that it looks for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tenantry import probe
from tenantry.names import API_VERSION
from tenantry.protocol import CustomizeRequest, JSONObject, SyncRequest

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SPEC = {"apiVersion": "apps/v1", "kind": "Deployment", "resource": "deployments", "namespace": "shop", "name": "web"}


def parent(spec: JSONObject, status: JSONObject | None = None) -> JSONObject:
    obj = {"apiVersion": API_VERSION, "kind": "TenantProbe", "metadata": {"name": "p", "generation": 1}, "spec": spec}
    return obj | ({"status": status} if status is not None else {})


def status(related: Any, spec: JSONObject = SPEC, previous: JSONObject | None = None) -> JSONObject:
    request = SyncRequest({}, parent(spec, previous), {}, related, False)
    return probe.sync(request, now=NOW).status


def found(**metadata: Any) -> JSONObject:
    return {"Deployment.apps/v1": {"shop/web": {"metadata": {"name": "web", "namespace": "shop", **metadata}}}}


def test_it_relates_its_object_alone() -> None:
    answer = probe.customize(CustomizeRequest({}, parent(SPEC)))
    assert [rule.to_json() for rule in answer.related] == [
        {"apiVersion": "apps/v1", "resource": "deployments", "namespace": "shop", "names": ["web"]}
    ]


def test_a_cluster_scoped_object_is_looked_for_without_a_namespace() -> None:
    spec = {"apiVersion": "v1", "kind": "Namespace", "resource": "namespaces", "name": "shop"}
    answer = probe.customize(CustomizeRequest({}, parent(spec)))
    assert [rule.to_json() for rule in answer.related] == [
        {"apiVersion": "v1", "resource": "namespaces", "names": ["shop"]}
    ]
    assert status({"Namespace.v1": {"shop": {"metadata": {"name": "shop"}}}}, spec)["exists"]


def test_an_object_that_is_not_there_does_not_exist() -> None:
    assert status({"Deployment.apps/v1": {}}) == {
        "observedGeneration": 1,
        "exists": False,
        "tenant": "",
        "orphaned": False,
        "forced": False,
        "controller": "",
    }


def test_while_objects_of_the_kind_are_not_known_yet_it_says_what_it_said_before() -> None:
    assert status({}, previous={"exists": True}) == {"exists": True}


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        ({"labels": {"tenantry.io/tenant": "acme"}}, {"tenant": "acme"}),
        ({"annotations": {"tenantry.io/owner": "acme"}}, {"tenant": "acme"}),
        ({"labels": {"tenantry.io/tenant": "a"}, "annotations": {"tenantry.io/owner": "b"}}, {"tenant": "a"}),
        ({"labels": {"tenantry.io/orphaned": "true"}}, {"orphaned": True}),
        ({"annotations": {"tenantry.io/conflict-policy": "Force"}}, {"forced": True}),
        ({"ownerReferences": [{"kind": "App", "name": "a", "controller": True}]}, {"controller": "App a"}),
        ({"ownerReferences": [{"kind": "App", "name": "a"}]}, {}),
    ],
)
def test_what_it_tells_of_an_object(metadata: JSONObject, told: JSONObject) -> None:
    nothing = {"tenant": "", "orphaned": False, "forced": False, "controller": ""}
    assert status(found(**metadata)) == {"observedGeneration": 1, "exists": True, **nothing, **told}


def test_a_spec_that_it_does_not_understand_makes_it_look_for_nothing() -> None:
    assert probe.customize(CustomizeRequest({}, parent({}))).related == ()
    assert status({}, {}) == {}
