from __future__ import annotations

from collections.abc import Iterator

import pytest

from tenantry.sandbox.cluster import ApiError, NotFound
from tests.unit.sandbox.store_objects import StoreWorld, config_map, container, deployment, fields_of, widget


@pytest.fixture
def store() -> Iterator[StoreWorld]:
    with StoreWorld() as world:
        yield world


def refusal(store: StoreWorld, obj: dict[str, object]) -> ApiError:
    with pytest.raises(ApiError) as refused:
        store.create(obj)
    return refused.value


def test_a_new_object_gets_uid_version_and_creation_time(store: StoreWorld) -> None:
    metadata = store.create(config_map("a"))["metadata"]
    assert {"uid", "resourceVersion", "creationTimestamp"} <= metadata.keys()


def test_versions_grow_with_every_write(store: StoreWorld) -> None:
    first = store.create(config_map("a"))
    second = store.create(config_map("b"))
    assert int(second["metadata"]["resourceVersion"]) > int(first["metadata"]["resourceVersion"])


def test_what_comes_back_belongs_to_the_caller(store: StoreWorld) -> None:
    store.create(config_map("a", {"k": "v"}))["data"]["k"] = "changed"
    assert store.get(config_map("a"))["data"] == {"k": "v"}


def test_what_was_sent_stays_as_it_was(store: StoreWorld) -> None:
    sent = deployment(container("web"))
    store.create(sent)
    assert sent == deployment(container("web"))


def test_a_name_exists_once(store: StoreWorld) -> None:
    store.create(config_map("a"))
    assert refusal(store, config_map("a")).reason == "AlreadyExists"


def test_a_generated_name_starts_with_its_prefix(store: StoreWorld) -> None:
    made = store.create(config_map("", generateName="part-"))
    assert made["metadata"]["name"].startswith("part-")


@pytest.mark.parametrize("name", ["Upper", "under_score", "-dash", "x" * 254, ""])
def test_a_name_that_is_no_dns_subdomain_is_invalid(store: StoreWorld, name: str) -> None:
    assert refusal(store, config_map(name)).reason == "Invalid"


@pytest.mark.parametrize("value", ["two words", "x" * 64, "-x"])
def test_a_wrong_label_value_is_invalid(store: StoreWorld, value: str) -> None:
    assert refusal(store, config_map("a", labels={"key": value})).reason == "Invalid"


def test_a_wrong_type_is_a_bad_request(store: StoreWorld) -> None:
    assert refusal(store, config_map("a", {"number": 1})).code == 400


def test_an_unknown_field_vanishes(store: StoreWorld) -> None:
    assert "foo" not in store.create({**config_map("a"), "foo": 1})


def test_a_missing_namespace_is_not_found(store: StoreWorld) -> None:
    with pytest.raises(NotFound, match='namespaces "nowhere" not found'):
        store.create(config_map("a", namespace="nowhere"))


def test_an_object_beyond_the_size_limit_is_refused(store: StoreWorld) -> None:
    assert refusal(store, config_map("a", {"k": "x" * 1_100_000})).reason == "Invalid"


def test_an_unserved_type_is_not_found(store: StoreWorld) -> None:
    with pytest.raises(NotFound):
        store.create(widget("a"))


def test_a_stale_update_conflicts(store: StoreWorld) -> None:
    stale = store.create(config_map("a", {"k": "1"}))
    store.patch(stale, {"data": {"k": "2"}})
    with pytest.raises(ApiError, match="the object has been modified") as refused:
        store.update(stale)
    assert refused.value.reason == "Conflict"


def test_an_update_without_a_version_replaces(store: StoreWorld) -> None:
    store.create(config_map("a", {"k": "1"}))
    assert store.update(config_map("a", {"l": "2"}))["data"] == {"l": "2"}


def test_an_update_that_changes_nothing_keeps_the_version(store: StoreWorld) -> None:
    made = store.create(deployment(container("web")))
    assert store.update(made) == made


def test_an_update_cannot_change_the_identity(store: StoreWorld) -> None:
    made = store.create(config_map("a"))
    changed = config_map("a", creationTimestamp="2000-01-01T00:00:00Z", generation=7)
    assert store.update(changed) == made


def test_a_merge_patch_deletes_by_null_and_replaces_lists(store: StoreWorld) -> None:
    made = store.create(config_map("a", {"k": "1", "l": "2"}, finalizers=["a.example/x", "a.example/y"]))
    patched = store.patch(made, {"data": {"k": None}, "metadata": {"finalizers": ["a.example/z"]}})
    assert (patched["data"], patched["metadata"]["finalizers"]) == ({"l": "2"}, ["a.example/z"])


def test_status_is_dropped_by_creation_and_update(store: StoreWorld) -> None:
    made = store.create({**deployment(container("web")), "status": {"replicas": 1}})
    assert store.update({**made, "status": {"replicas": 2}})["status"] == {}


def test_a_status_update_changes_nothing_else(store: StoreWorld) -> None:
    made = store.create(deployment(container("web")))
    updated = store.update_status({**made, "spec": {}, "status": {"replicas": 2}})
    assert (updated["spec"], updated["status"]) == (made["spec"], {"replicas": 2})


def test_a_status_update_needs_the_subresource(store: StoreWorld) -> None:
    with pytest.raises(NotFound):
        store.update_status(store.create(config_map("a")))


def test_the_generation_counts_changes_of_the_content(store: StoreWorld) -> None:
    made = store.create(deployment(container("web")))
    store.patch(made, {"metadata": {"labels": {"a": "b"}}})
    store.update_status({**store.get(made), "status": {"replicas": 2}})
    assert store.patch(made, {"spec": {"replicas": 3}})["metadata"]["generation"] == 2


def test_a_config_map_has_no_generation(store: StoreWorld) -> None:
    assert "generation" not in store.create(config_map("a"))["metadata"]


def test_the_selector_of_a_deployment_cannot_change(store: StoreWorld) -> None:
    made = store.create(deployment(container("web")))
    with pytest.raises(ApiError, match="field is immutable"):
        store.patch(made, {"spec": {"selector": {"matchLabels": {"app": "other"}}}})


def test_string_data_is_stored_as_data(store: StoreWorld) -> None:
    secret = config_map("a", stringData={}) | {"kind": "Secret", "stringData": {"k": "v"}}
    made = store.create(secret)
    assert (made["data"], made.get("stringData")) == ({"k": "dg=="}, None)


def test_a_service_gets_an_address_that_it_keeps(store: StoreWorld) -> None:
    service = config_map("a") | {"kind": "Service", "spec": {"ports": [{"port": 80}]}}
    made = store.create(service)
    assert made["spec"]["clusterIP"] == store.update(service)["spec"]["clusterIP"]


def test_quantities_are_stored_in_canonical_form(store: StoreWorld) -> None:
    limits = {"cpu": "1000m", "memory": "0.5Gi", "pods": 10}
    quota = config_map("a") | {"kind": "ResourceQuota", "spec": {"hard": limits}}
    assert store.create(quota)["spec"]["hard"] == {"cpu": "1", "memory": "512Mi", "pods": "10"}


def test_an_updater_owns_what_it_changed(store: StoreWorld) -> None:
    made = store.create(config_map("a", {"k": "1", "l": "1"}))
    patched = store.patch(made, {"data": {"k": "2"}})
    assert fields_of(patched, "patcher") == {"f:data": {"f:k": {}}}
    assert fields_of(patched, "creator") == {"f:data": {".": {}, "f:l": {}}}


def test_a_list_selects_by_labels(store: StoreWorld) -> None:
    for name, tier in {"a": "web", "b": "db", "c": "web"}.items():
        store.create(config_map(name, labels={"tier": tier}))
    kind = store.cluster.resource_type("v1", kind="ConfigMap")
    found = store.cluster.list(kind, namespace="apps", labels="tier in (web, cache)")
    assert [obj["metadata"]["name"] for obj in found] == ["a", "c"]


def test_a_malformed_label_selector_is_a_bad_request(store: StoreWorld) -> None:
    with pytest.raises(ApiError, match="not a label selector"):
        store.cluster.list(store.cluster.resource_type("v1", kind="ConfigMap"), labels="a in b")


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"name": ""}, "containers[0].name: Required value"),
        ({"image": ""}, "containers[0].image: Required value"),
        ({"volumeMounts": [{"name": "no", "mountPath": "/"}]}, 'containers[0].volumeMounts[0].name: Not found: "no"'),
        ({"livenessProbe": {}}, "containers[0].livenessProbe: Required value: must specify a handler type"),
    ],
)
def test_a_broken_container_is_refused_with_its_field(
    store: StoreWorld, broken: dict[str, object], message: str
) -> None:
    assert message in refusal(store, deployment({**container("web"), **broken})).message


def test_a_workload_must_select_its_own_pods(store: StoreWorld) -> None:
    other = deployment(container("web"), selector={"matchLabels": {"app": "other"}})
    assert "`selector` does not match template `labels`" in refusal(store, other).message
