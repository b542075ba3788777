from __future__ import annotations

from collections.abc import Iterator

import pytest

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, NotFound
from tests.unit.sandbox.store_objects import StoreWorld, config_map, container, deployment, owned_by

HOLD = "a.example/hold"
NAMESPACE_OBJECT: JSONObject = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "apps"}}


@pytest.fixture
def store() -> Iterator[StoreWorld]:
    with StoreWorld() as world:
        yield world


def owners(store: StoreWorld, name: str) -> list[str]:
    return [item["name"] for item in store.get(config_map(name))["metadata"].get("ownerReferences", [])]


def test_a_deleted_object_is_gone(store: StoreWorld) -> None:
    store.delete(store.create(config_map("a")))
    with pytest.raises(NotFound, match='configmaps "a" not found'):
        store.get(config_map("a"))


def test_deletion_is_meant_for_one_uid(store: StoreWorld) -> None:
    made = store.create(config_map("a"))
    with pytest.raises(ApiError, match="does not match the UID in record") as refused:
        store.cluster.delete(store.type_of(made), "a", namespace="apps", uid="another")
    assert refused.value.reason == "Conflict"


def test_a_finalizer_holds_an_object(store: StoreWorld) -> None:
    made = store.create(config_map("a", finalizers=[HOLD]))
    store.delete(made)
    assert "deletionTimestamp" in store.get(made)["metadata"]


def test_an_object_goes_with_its_last_finalizer(store: StoreWorld) -> None:
    made = store.create(config_map("a", finalizers=[HOLD]))
    store.delete(made)
    store.patch(made, {"metadata": {"finalizers": None}})
    assert store.names() == []


def test_a_deleted_object_takes_no_new_finalizer(store: StoreWorld) -> None:
    made = store.create(config_map("a", finalizers=[HOLD]))
    store.delete(made)
    with pytest.raises(ApiError, match="no new finalizers can be added"):
        store.patch(made, {"metadata": {"finalizers": [HOLD, "a.example/late"]}})


def test_the_beginning_of_a_deletion_raises_the_generation(store: StoreWorld) -> None:
    made = store.create(deployment(container("web")))
    store.patch(made, {"metadata": {"finalizers": [HOLD]}})
    store.delete(made)
    assert store.get(made)["metadata"]["generation"] == 2


def test_dependents_follow_their_owner(store: StoreWorld) -> None:
    owner = store.create(config_map("owner"))
    child = store.create(owned_by(config_map("child"), owner, controller=True))
    store.create(owned_by(config_map("grandchild"), child))
    store.delete(owner)
    store.settle()
    assert store.names() == []


def test_a_dependent_with_another_owner_stays_and_loses_the_reference(store: StoreWorld) -> None:
    owner, anchor = store.create(config_map("owner")), store.create(config_map("anchor"))
    store.create(owned_by(owned_by(config_map("child"), owner, controller=True), anchor))
    store.delete(owner)
    store.settle()
    assert owners(store, "child") == ["anchor"]


def test_an_owner_that_never_existed_counts_as_gone(store: StoreWorld) -> None:
    ghost = config_map("ghost", uid="00000000-0000-0000-0000-000000000000")
    store.create(owned_by(config_map("child"), ghost))
    store.settle()
    assert store.names() == []


def test_an_owner_in_another_namespace_counts_as_gone(store: StoreWorld) -> None:
    owner = store.create(config_map("owner", namespace="default"))
    store.create(owned_by(config_map("child"), owner))
    store.settle()
    assert store.names() == []


def test_a_cluster_scoped_owner_keeps_its_dependents(store: StoreWorld) -> None:
    store.create(owned_by(config_map("child"), store.get(NAMESPACE_OBJECT)))
    store.settle()
    assert store.names() == ["child"]


def test_an_adopted_object_goes_with_its_new_owner(store: StoreWorld) -> None:
    owner = store.create(config_map("owner"))
    store.create(config_map("child"))
    store.apply(owned_by(config_map("child"), owner))
    store.delete(owner)
    store.settle()
    assert store.names() == []


def test_foreground_deletion_waits_for_blocking_dependents(store: StoreWorld) -> None:
    owner = store.create(config_map("owner"))
    store.create(owned_by(config_map("child", finalizers=[HOLD]), owner, blockOwnerDeletion=True))
    store.delete(owner, propagation="Foreground")
    store.settle()
    assert store.names() == ["child", "owner"]
    store.patch(config_map("child"), {"metadata": {"finalizers": None}})
    store.settle()
    assert store.names() == []


def test_foreground_deletion_does_not_wait_for_other_dependents(store: StoreWorld) -> None:
    owner = store.create(config_map("owner"))
    store.create(owned_by(config_map("child", finalizers=[HOLD]), owner))
    store.delete(owner, propagation="Foreground")
    store.settle()
    assert store.names() == ["child"]


def test_an_anchored_dependent_survives_foreground_deletion(store: StoreWorld) -> None:
    owner, anchor = store.create(config_map("owner")), store.create(config_map("anchor"))
    child = owned_by(config_map("child"), owner, controller=True, blockOwnerDeletion=True)
    store.create(owned_by(child, anchor))
    store.delete(owner, propagation="Foreground")
    store.settle()
    assert (store.names(), owners(store, "child")) == (["anchor", "child"], ["anchor"])


def test_orphaning_strips_the_reference(store: StoreWorld) -> None:
    owner = store.create(config_map("owner"))
    store.create(owned_by(config_map("child"), owner))
    store.delete(owner, propagation="Orphan")
    store.settle()
    assert (store.names(), owners(store, "child")) == (["child"], [])


def test_a_namespace_is_furnished(store: StoreWorld) -> None:
    assert store.names("ServiceAccount") == ["default"]


def test_a_lost_service_account_comes_back(store: StoreWorld) -> None:
    store.delete({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "apps"}})
    store.settle()
    assert store.names("ServiceAccount") == ["default"]


def test_a_namespace_takes_its_content_with_it(store: StoreWorld) -> None:
    store.create(config_map("a"))
    store.delete(NAMESPACE_OBJECT)
    store.settle()
    assert ("apps" in store.names("Namespace"), store.names()) == (False, [])


def test_a_namespace_waits_for_finalizers_in_it(store: StoreWorld) -> None:
    made = store.create(config_map("a", finalizers=[HOLD]))
    store.delete(NAMESPACE_OBJECT)
    store.settle()
    assert store.get(NAMESPACE_OBJECT)["status"]["phase"] == "Terminating"
    store.patch(made, {"metadata": {"finalizers": None}})
    store.settle()
    assert "apps" not in store.names("Namespace")


def test_a_terminating_namespace_takes_nothing_new(store: StoreWorld) -> None:
    store.create(config_map("a", finalizers=[HOLD]))
    store.delete(NAMESPACE_OBJECT)
    with pytest.raises(ApiError, match="because it is being terminated") as refused:
        store.apply(config_map("b"))
    assert refused.value.reason == "Forbidden"


def test_a_namespace_waits_for_its_own_finalizers(store: StoreWorld) -> None:
    store.patch(NAMESPACE_OBJECT, {"metadata": {"finalizers": [HOLD]}})
    store.delete(NAMESPACE_OBJECT)
    store.settle()
    assert "apps" in store.names("Namespace")
    store.patch(NAMESPACE_OBJECT, {"metadata": {"finalizers": None}})
    assert "apps" not in store.names("Namespace")


@pytest.mark.parametrize("name", ["default", "kube-system"])
def test_the_first_namespaces_cannot_be_deleted(store: StoreWorld, name: str) -> None:
    with pytest.raises(ApiError, match="this namespace may not be deleted"):
        store.delete({**NAMESPACE_OBJECT, "metadata": {"name": name}})


def test_a_claim_can_be_deleted(store: StoreWorld) -> None:
    claim = config_map("claim") | {"kind": "PersistentVolumeClaim", "spec": {"accessModes": ["ReadWriteOnce"]}}
    store.delete(store.create(claim))
    store.settle()
    assert store.names("PersistentVolumeClaim") == []
