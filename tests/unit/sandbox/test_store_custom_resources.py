from __future__ import annotations

from collections.abc import Iterator

import pytest

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, NotFound
from tests.unit.sandbox.store_objects import StoreWorld, definition, fields_of, widget

SPEC: JSONObject = {
    "type": "object",
    "required": ["size"],
    "properties": {
        "size": {"type": "integer", "minimum": 1, "maximum": 5},
        "mode": {"type": "string", "enum": ["fast", "slow"], "default": "fast"},
        "name": {"type": "string", "pattern": "^x", "maxLength": 3},
        "nested": {"type": "object", "default": {}, "properties": {"on": {"type": "boolean", "default": True}}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "rows": {
            "type": "array",
            "items": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["id"],
        },
        "plain": {"type": "array", "items": {"type": "string"}},
    },
}


@pytest.fixture
def store() -> Iterator[StoreWorld]:
    with StoreWorld() as world:
        yield world


@pytest.fixture
def widgets(store: StoreWorld) -> StoreWorld:
    store.create(definition(SPEC))
    return store


def test_a_kind_is_served_once_it_is_defined(widgets: StoreWorld) -> None:
    assert widgets.create(widget("a", spec={"size": 1}))["kind"] == "Widget"


def test_a_definition_is_established_at_once(store: StoreWorld) -> None:
    conditions = store.create(definition(SPEC))["status"]["conditions"]
    assert {item["type"]: item["status"] for item in conditions} == {"NamesAccepted": "True", "Established": "True"}


def test_defaults_are_filled_in(widgets: StoreWorld) -> None:
    made = widgets.create(widget("a", spec={"size": 1}))
    assert made["spec"] == {"size": 1, "mode": "fast", "nested": {"on": True}}


def test_unknown_fields_are_pruned_unless_they_are_to_be_preserved(widgets: StoreWorld) -> None:
    made = widgets.create(widget("a", spec={"size": 1, "foo": 1, "free": {"bar": {"baz": 1}}}, extra=1))
    assert (made["spec"].get("foo"), made["spec"]["free"], made.get("extra")) == (None, {"bar": {"baz": 1}}, None)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({}, "spec.size: Required value"),
        ({"size": "1"}, "spec.size in body must be of type integer"),
        ({"size": True}, "spec.size in body must be of type integer"),
        ({"size": 6}, "spec.size in body should be less than or equal to 5"),
        ({"size": 0}, "spec.size in body should be greater than or equal to 1"),
        ({"size": 1, "mode": "odd"}, 'spec.mode: Unsupported value: "odd": supported values: "fast", "slow"'),
        ({"size": 1, "name": "abc"}, "spec.name in body should match '^x'"),
        ({"size": 1, "name": "xabc"}, "spec.name: Too long: may not be more than 3 bytes"),
        ({"size": 1, "rows": [{"id": "a"}, {"id": "a"}]}, "spec.rows[1]: Duplicate value"),
        ({"size": 1, "rows": [{}]}, "spec.rows[0].id: Required value"),
        ({"size": 1, "plain": [1]}, "spec.plain[0] in body must be of type string"),
    ],
)
def test_an_invalid_object_is_refused_with_its_field(widgets: StoreWorld, spec: JSONObject, message: str) -> None:
    with pytest.raises(ApiError) as refused:
        widgets.create(widget("a", spec=spec))
    assert refused.value.reason == "Invalid"
    assert message in refused.value.message


def test_keyed_lists_are_merged_and_others_replaced(widgets: StoreWorld) -> None:
    widgets.apply(widget("a", spec={"size": 1, "rows": [{"id": "a"}], "plain": ["a"]}), "first")
    applied = widgets.apply(widget("a", spec={"size": 1, "rows": [{"id": "b"}], "plain": ["b"]}), "second", force=True)
    assert (applied["spec"]["rows"], applied["spec"]["plain"]) == ([{"id": "a"}, {"id": "b"}], ["b"])


def test_an_update_must_name_the_version(widgets: StoreWorld) -> None:
    widgets.create(widget("a", spec={"size": 1}))
    with pytest.raises(ApiError, match="must be specified for an update"):
        widgets.update(widget("a", spec={"size": 2}))


def test_status_is_written_apart(widgets: StoreWorld) -> None:
    made = widgets.create(widget("a", spec={"size": 1}, status={"n": 1}))
    updated = widgets.update_status({**made, "spec": {"size": 2}, "status": {"n": 2}})
    assert ("status" in made, updated["spec"]["size"], updated["status"]) == (False, 1, {"n": 2})


def test_status_does_not_count_as_content(widgets: StoreWorld) -> None:
    made = widgets.create(widget("a", spec={"size": 1}))
    assert widgets.update_status({**made, "status": {"n": 2}})["metadata"]["generation"] == 1


def test_status_without_a_subresource_is_content(store: StoreWorld) -> None:
    store.create(definition(SPEC, status=False))
    made = store.create(widget("a", spec={"size": 1}, status={"n": 1}))
    updated = store.update({**made, "status": {"n": 2}})
    assert (updated["status"], updated["metadata"]["generation"]) == ({"n": 2}, 2)


def test_ownership_in_preserved_fields_is_granular(widgets: StoreWorld) -> None:
    applied = widgets.apply(widget("a", spec={"size": 1, "free": {"a": {"b": 1, "c": [1]}}}))
    owned: JSONObject = {"f:free": {"f:a": {".": {}, "f:b": {}, "f:c": {}}}, "f:size": {}}
    assert fields_of(applied, "applier") == {"f:spec": owned}


def test_a_changed_definition_is_followed(widgets: StoreWorld) -> None:
    more = definition({**SPEC, "properties": {**SPEC["properties"], "color": {"type": "string"}}})
    widgets.patch(more, {"spec": more["spec"]})
    assert widgets.create(widget("a", spec={"size": 1, "color": "red"}))["spec"]["color"] == "red"


def test_objects_go_with_their_definition(widgets: StoreWorld) -> None:
    widgets.create(widget("a", spec={"size": 1}))
    events = widgets.events("Widget", "example.com/v1")
    widgets.delete(definition(SPEC))
    widgets.settle()
    assert [event.type for event in events] == ["DELETED"]
    with pytest.raises(NotFound):
        widgets.type_of(widget("a"))


def test_a_definition_waits_for_the_finalizers_of_its_objects(widgets: StoreWorld) -> None:
    made = widgets.create(
        {**widget("a", spec={"size": 1}), "metadata": {"name": "a", "namespace": "apps", "finalizers": ["a.b/c"]}}
    )
    widgets.delete(definition(SPEC))
    widgets.settle()
    assert widgets.names("CustomResourceDefinition", "apiextensions.k8s.io/v1") == ["widgets.example.com"]
    widgets.patch(made, {"metadata": {"finalizers": None}})
    widgets.settle()
    assert widgets.names("CustomResourceDefinition", "apiextensions.k8s.io/v1") == []


def test_a_preserved_map_that_becomes_a_scalar_changes_hands(widgets: StoreWorld) -> None:
    applied = widgets.apply(widget("a", spec={"size": 1, "free": {"a": {"b": 1}}}))
    patched = widgets.patch(applied, {"spec": {"free": {"a": 1}}})
    assert (fields_of(patched, "applier"), fields_of(patched, "patcher")) == (
        {"f:spec": {"f:size": {}}},
        {"f:spec": {"f:free": {"f:a": {}}}},
    )


def test_every_served_version_shows_the_same_objects(store: StoreWorld) -> None:
    versions = definition(SPEC)
    first = versions["spec"]["versions"][0]
    versions["spec"]["versions"].append({**first, "name": "v2", "storage": False})
    store.create(versions)
    made = store.create(widget("a", spec={"size": 1}))
    other = store.get({**made, "apiVersion": "example.com/v2"})
    assert (other["apiVersion"], other["metadata"]["uid"]) == ("example.com/v2", made["metadata"]["uid"])
