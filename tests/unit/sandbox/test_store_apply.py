from __future__ import annotations

from collections.abc import Iterator

import pytest

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError
from tests.unit.sandbox.store_objects import StoreWorld, config_map, container, deployment, fields_of, without_version


@pytest.fixture
def store() -> Iterator[StoreWorld]:
    with StoreWorld() as world:
        yield world


def images(obj: JSONObject) -> dict[str, str]:
    return {item["name"]: item["image"] for item in obj["spec"]["template"]["spec"]["containers"]}


def test_an_applier_owns_what_it_sends_and_no_defaults(store: StoreWorld) -> None:
    applied = store.apply(deployment(container("web"), replicas=2))
    template = {
        "f:metadata": {"f:labels": {"f:app": {}}},
        "f:spec": {"f:containers": {'k:{"name":"web"}': {".": {}, "f:name": {}, "f:image": {}}}},
    }
    assert fields_of(applied, "applier") == {"f:spec": {"f:replicas": {}, "f:selector": {}, "f:template": template}}


def test_applying_again_changes_nothing(store: StoreWorld) -> None:
    applied = store.apply(deployment(container("web")))
    assert store.apply(deployment(container("web"))) == applied


def test_applying_again_sends_no_event(store: StoreWorld) -> None:
    store.apply(config_map("a", {"k": "v"}))
    events = store.events()
    store.apply(config_map("a", {"k": "v"}))
    store.settle()
    assert events == []


def test_a_field_that_its_only_applier_leaves_out_is_removed(store: StoreWorld) -> None:
    store.apply(config_map("a", {"k": "1", "l": "1"}, labels={"x": "y"}))
    applied = store.apply(config_map("a", {"k": "1"}))
    assert (applied["data"], "labels" in applied["metadata"]) == ({"k": "1"}, False)


def test_a_field_that_somebody_else_owns_stays(store: StoreWorld) -> None:
    made = store.apply(config_map("a", {"k": "1"}))
    store.patch(made, {"data": {"l": "1"}})
    assert store.apply(config_map("a", {"m": "1"}))["data"] == {"l": "1", "m": "1"}


def test_a_shared_field_stays_until_its_last_applier_leaves_it_out(store: StoreWorld) -> None:
    store.apply(config_map("a", {"k": "1"}), "first")
    store.apply(config_map("a", {"k": "1"}), "second")
    assert store.apply(config_map("a"), "first")["data"] == {"k": "1"}
    assert "data" not in store.apply(config_map("a"), "second")


def test_a_removed_default_comes_back(store: StoreWorld) -> None:
    store.apply(deployment(container("web"), replicas=3))
    assert store.apply(deployment(container("web")))["spec"]["replicas"] == 1


def test_changing_a_field_of_another_applier_conflicts(store: StoreWorld) -> None:
    store.apply(deployment(container("web"), replicas=3), "first")
    with pytest.raises(ApiError, match=r'1 conflict: conflict with "first": \.spec\.replicas') as refused:
        store.apply(deployment(container("web"), replicas=4), "second")
    assert refused.value.reason == "Conflict"


def test_force_takes_the_field_away(store: StoreWorld) -> None:
    store.apply(config_map("a", {"k": "1"}), "first")
    applied = store.apply(config_map("a", {"k": "2"}), "second", force=True)
    assert (applied["data"], fields_of(applied, "first")) == ({"k": "2"}, None)


def test_a_conflict_leaves_the_object_alone(store: StoreWorld) -> None:
    applied = store.apply(config_map("a", {"k": "1"}), "first")
    with pytest.raises(ApiError):
        store.apply(config_map("a", {"k": "2", "l": "2"}), "second")
    assert store.get(applied) == applied


def test_containers_are_merged_by_name(store: StoreWorld) -> None:
    store.apply(deployment(container("web"), container("old")), "first")
    store.apply(deployment(container("side")), "second")
    applied = store.apply(deployment(container("web", "example:2")), "first")
    assert images(applied) == {"web": "example:2", "side": "example:1"}


def test_one_port_may_serve_two_protocols(store: StoreWorld) -> None:
    ports = [{"port": 53, "protocol": "UDP", "name": "u"}, {"port": 53, "protocol": "TCP", "name": "t"}]
    service = config_map("dns") | {"kind": "Service", "spec": {"ports": ports}}
    store.apply(service)
    ports[0]["name"] = "udp"
    assert [port["name"] for port in store.apply(service)["spec"]["ports"]] == ["udp", "t"]


def test_a_selector_is_replaced_as_a_whole(store: StoreWorld) -> None:
    policy = config_map("a") | {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    store.apply(policy | {"spec": {"podSelector": {"matchLabels": {"a": "1", "b": "1"}}}})
    applied = store.apply(policy | {"spec": {"podSelector": {"matchLabels": {"a": "1"}}}})
    assert applied["spec"]["podSelector"] == {"matchLabels": {"a": "1"}}


def test_a_null_removes_a_field_that_somebody_else_set(store: StoreWorld) -> None:
    made = store.apply(deployment(container("web")))
    store.patch(made, {"spec": {"paused": True, "minReadySeconds": 5}})
    applied = store.apply(deployment(container("web"), paused=None, minReadySeconds=None), force=True)
    assert not {"paused", "minReadySeconds"} & applied["spec"].keys()


def test_finalizers_of_several_managers_add_up(store: StoreWorld) -> None:
    store.apply(config_map("a", finalizers=["a.example/x"]), "first")
    applied = store.apply(config_map("a", finalizers=["a.example/y"]), "second")
    assert applied["metadata"]["finalizers"] == ["a.example/x", "a.example/y"]


def test_an_undeclared_field_is_refused(store: StoreWorld) -> None:
    with pytest.raises(ApiError, match=r"\.spec\.foo: field not declared in schema"):
        store.apply(deployment(container("web"), foo=1))


def test_two_items_with_one_key_are_refused(store: StoreWorld) -> None:
    with pytest.raises(ApiError, match="duplicate entries for key"):
        store.apply(deployment(container("web"), container("web")))


def test_managed_fields_cannot_be_applied(store: StoreWorld) -> None:
    applied = store.apply(config_map("a", {"k": "1"}))
    with pytest.raises(ApiError, match=r"metadata\.managedFields must be nil"):
        store.apply(applied)


def test_applied_status_is_ignored(store: StoreWorld) -> None:
    assert store.apply({**deployment(container("web")), "status": {"replicas": 3}})["status"] == {}


def test_an_update_takes_fields_from_appliers(store: StoreWorld) -> None:
    applied = store.apply(config_map("a", {"k": "1", "l": "1"}))
    updated = store.update({**applied, "data": {"k": "2", "l": "1"}})
    assert (fields_of(updated, "applier"), fields_of(updated, "updater")) == (
        {"f:data": {"f:l": {}}},
        {"f:data": {"f:k": {}}},
    )


def test_new_owners_of_old_values_change_the_version_and_not_the_generation(store: StoreWorld) -> None:
    first = store.apply(deployment(container("web")), "first")
    second = store.apply(deployment(container("web")), "second")
    assert first["metadata"]["resourceVersion"] != second["metadata"]["resourceVersion"]
    assert second["metadata"]["generation"] == 1


def test_a_status_entry_names_its_subresource(store: StoreWorld) -> None:
    made = store.create(deployment(container("web")))
    updated = store.update_status({**made, "status": {"replicas": 1}})
    entry = next(item for item in updated["metadata"]["managedFields"] if item["manager"] == "controller")
    assert (entry["subresource"], entry["fieldsV1"]) == ("status", {"f:status": {"f:replicas": {}}})


def test_an_apply_onto_a_wrong_version_conflicts(store: StoreWorld) -> None:
    store.apply(config_map("a", {"k": "1"}))
    with pytest.raises(ApiError, match="the object has been modified"):
        store.apply(config_map("a", {"k": "2"}, resourceVersion="1"))


def test_applied_items_come_in_their_order_between_those_of_others(store: StoreWorld) -> None:
    store.apply(deployment(container("a"), container("b"), container("c")), "first")
    applied = store.apply(deployment(container("c"), container("a")), "second")
    assert list(images(without_version(applied))) == ["b", "c", "a"]
