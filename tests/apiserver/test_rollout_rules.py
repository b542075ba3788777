"""The API server refuses what was decided on an old state of a rollout."""

from __future__ import annotations

import pytest

from tenantry.names import API_VERSION, TENANT_LABEL
from tenantry.protocol import JSONObject
from tenantry.sandbox.apiserver import ApiServer
from tenantry.sandbox.cluster import ApiError

MANAGER = "metacontroller"


def slice_(name: str, sequence: int, base: int, written: str, uid: str = "acme") -> JSONObject:
    labels = {"matchLabels": {"tenantry.io/registry": name}}
    spec = {"registry": name, "buckets": 1, "bucket": 0, "anchor": "anchor", "selector": labels, "rows": [{"uid": uid}]}
    return {
        "apiVersion": API_VERSION,
        "kind": "TenantSlice",
        "metadata": {"name": name},
        "spec": {**spec, "sequence": sequence, "base": base, "written": written},
    }


def tenant(name: str, revision: str, since: str, registry: str = "shops") -> JSONObject:
    pin = {"name": "web", "revision": revision} | ({"since": since} if since else {})
    return {
        "apiVersion": API_VERSION,
        "kind": "Tenant",
        "metadata": {"name": name},
        "spec": {
            "uid": name,
            "registry": registry,
            "selector": {"matchLabels": {TENANT_LABEL: name}},
            "templates": [pin],
        },
    }


def apply(cluster: ApiServer, obj: JSONObject) -> JSONObject:
    kind = cluster.resource_type(obj["apiVersion"], kind=obj["kind"])
    return cluster.apply(kind, obj, field_manager=MANAGER, force=True)


def test_a_slice_changes_from_its_present_state_alone(cluster: ApiServer) -> None:
    apply(cluster, slice_("rules-one", 1, 0, "a"))
    apply(cluster, slice_("rules-one", 2, 1, "b", "bravo"))
    apply(cluster, slice_("rules-one", 2, 1, "b", "bravo"))
    for late in (slice_("rules-one", 2, 1, "c"), slice_("rules-one", 1, 0, "a"), slice_("rules-one", 9, 1, "d")):
        with pytest.raises(ApiError, match="older state of the slice"):
            apply(cluster, late)
    assert apply(cluster, slice_("rules-one", 3, 2, "e"))["spec"]["sequence"] == 3


def test_another_registry_of_the_same_name_begins_a_slice_anew(cluster: ApiServer) -> None:
    def written(sequence: int, base: int, writer: str) -> JSONObject:
        found = slice_("rules-three", sequence, base, "a")
        return {**found, "spec": {**found["spec"], "writer": writer}}

    apply(cluster, written(1, 0, "first"))
    apply(cluster, written(2, 1, "first"))
    for late in (written(1, 0, "first"), written(6, 5, "second"), slice_("rules-three", 1, 0, "a")):
        with pytest.raises(ApiError, match="older state of the slice"):
            apply(cluster, late)
    assert apply(cluster, written(1, 0, "second"))["spec"]["sequence"] == 1


def test_the_time_of_a_move_never_goes_back(cluster: ApiServer) -> None:
    apply(cluster, tenant("rules-two", "web-1", ""))
    apply(cluster, tenant("rules-two", "web-2", "2026-03-01T12:00:00.000000Z"))
    for late in (tenant("rules-two", "web-1", ""), tenant("rules-two", "web-1", "2026-03-01T11:00:00.000000Z")):
        with pytest.raises(ApiError, match="older state of the rollout"):
            apply(cluster, late)
    apply(cluster, tenant("rules-two", "web-1", "2026-03-01T13:00:00.000000Z"))


def test_a_revision_changes_with_a_move_alone(cluster: ApiServer) -> None:
    apply(cluster, tenant("rules-three", "web-1", ""))
    with pytest.raises(ApiError, match="chooses its revisions"):
        apply(cluster, tenant("rules-three", "web-2", ""))


def test_who_writes_a_tenant_by_hand_chooses_its_revisions(cluster: ApiServer) -> None:
    apply(cluster, tenant("rules-four", "web-1", "", registry=""))
    found = apply(cluster, tenant("rules-four", "web-2", "", registry=""))
    assert found["spec"]["templates"][0]["revision"] == "web-2"
