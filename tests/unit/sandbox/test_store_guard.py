"""The in-process cluster heeds the guard policy where that is installed, and only there.

What exactly it refuses is compared with a real API server in ``tests/apiserver/test_guard.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tenantry.names import API_VERSION, TENANT_LABEL
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, ResourceType
from tenantry.sandbox.store import InProcessCluster
from tests.controlplane.guard import guard_manifests


@pytest.fixture
def store() -> Iterator[InProcessCluster]:
    created = InProcessCluster()
    yield created
    created.close()


def install(store: InProcessCluster, *, without: str = "") -> None:
    for manifest in guard_manifests():
        if manifest["kind"] != without:
            kind = store.resource_type(manifest["apiVersion"], kind=manifest["kind"])
            store.create(kind, manifest, field_manager="setup")


def config_maps(store: InProcessCluster) -> ResourceType:
    return store.resource_type("v1", kind="ConfigMap")


def config_map(**metadata: Any) -> JSONObject:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "default", **metadata}}


def take(store: InProcessCluster) -> JSONObject:
    """Apply ConfigMap a as Metacontroller does for Tenant acme."""
    owner = {"apiVersion": API_VERSION, "kind": "Tenant", "name": "acme", "uid": "1", "controller": True}
    wanted = config_map(labels={TENANT_LABEL: "acme"}, ownerReferences=[owner])
    return store.apply(config_maps(store), wanted, field_manager="metacontroller", force=True)


def test_an_object_of_somebody_else_is_not_given_away(store: InProcessCluster) -> None:
    install(store)
    store.create(config_maps(store), config_map(), field_manager="somebody")
    with pytest.raises(ApiError, match="ConfigMap default/a exists and was not made for Tenant acme") as caught:
        take(store)
    assert (caught.value.code, caught.value.reason) == (403, "Forbidden")


def test_a_new_object_is_made(store: InProcessCluster) -> None:
    install(store)
    assert take(store)["metadata"]["labels"] == {TENANT_LABEL: "acme"}


@pytest.mark.parametrize("missing", ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"])
def test_half_of_it_refuses_nothing(store: InProcessCluster, missing: str) -> None:
    install(store, without=missing)
    store.create(config_maps(store), config_map(), field_manager="somebody")
    assert take(store)["metadata"]["labels"] == {TENANT_LABEL: "acme"}
