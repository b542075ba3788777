"""What others added to an object, by who owns it, and what is sent to remove it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tenantry.engine.foreign import Foreign, foreign_in, spelled, with_removals
from tenantry.names import FIELD_MANAGER
from tenantry.protocol import JSONObject, Location

WEB = 'k:{"name":"web"}'
SIDE = 'k:{"name":"side"}'


def owner(fields: JSONObject, manager: str = "kubectl", operation: str = "Update", subresource: str = "") -> JSONObject:
    entry = {"manager": manager, "operation": operation, "fieldsV1": fields}
    return entry | ({"subresource": subresource} if subresource else {})


def widget(spec: JSONObject, *owners: JSONObject, **metadata: Any) -> JSONObject:
    managed = {"managedFields": list(owners)} if owners else {}
    return {"apiVersion": "v1", "kind": "Widget", "metadata": {"name": "w", **managed, **metadata}, "spec": spec}


def found(obj: JSONObject, live: JSONObject, *ignored: Location) -> tuple[list[str], list[str]]:
    """What can be removed, and what cannot, as people write it."""
    both = foreign_in(obj, live, lambda location: location in ignored)
    return [spelled(one) for one in both.removable], [spelled(one) for one in both.stuck]


def added(live: JSONObject, fields: JSONObject, *others: JSONObject) -> tuple[list[str], list[str]]:
    """What is found in a spec of which ours has just ``a``, when somebody owns these fields of it."""
    return found(widget({"a": 1}), widget({"a": 1, **live}, owner({"f:spec": fields}), *others))


def test_nothing_is_found_where_nobody_else_owns_anything() -> None:
    ours = owner({"f:spec": {"f:b": {}}}, FIELD_MANAGER, "Apply")
    assert foreign_in(widget({}), widget({"b": 1}, ours), lambda _: False) == Foreign((), ())
    assert not foreign_in(widget({}), widget({"b": 1}), lambda _: False)


def test_a_value_that_somebody_added_can_be_removed() -> None:
    assert added({"b": 2}, {"f:b": {}}) == (["spec.b"], [])


def test_an_owner_of_whom_no_fields_are_known_hides_no_other() -> None:
    unknown = {"manager": "old", "operation": "Update"}
    live = widget({"b": 2}, unknown, owner({"f:spec": {"f:b": {}}}))
    assert found(widget({}), live) == (["spec.b"], [])


def test_a_value_that_is_gone_already_is_not_told() -> None:
    assert added({}, {"f:b": {}}) == ([], [])


def test_a_value_that_somebody_changed_and_we_send_is_no_addition() -> None:
    assert added({"a": 2}, {"f:a": {}}) == ([], [])


def test_what_is_found_is_sorted() -> None:
    assert added({"c": 1, "b": 1}, {"f:c": {}, "f:b": {}}) == (["spec.b", "spec.c"], [])


@pytest.mark.parametrize(
    "kept",
    [
        owner({"f:spec": {"f:b": {}}}, "kube-controller-manager"),
        owner({"f:spec": {"f:b": {}}}, "kubelet"),
        owner({"f:spec": {"f:b": {}}}, "cloud-controller-manager"),
        owner({"f:spec": {"f:b": {}}}, "helm", subresource="scale"),
        owner({"f:spec": {"f:b": {}}}, FIELD_MANAGER, "Update"),
        owner({"f:spec": {"f:b": {}}}, FIELD_MANAGER, "Apply"),
    ],
    ids=["controller", "kubelet", "cloud", "subresource", "our update", "our apply"],
)
def test_what_kubernetes_or_we_own_too_stays(kept: JSONObject) -> None:
    assert added({"b": 2}, {"f:b": {}}, kept) == ([], [])


def test_what_we_applied_to_a_subresource_counts_for_nobody() -> None:
    ours = owner({"f:spec": {"f:b": {}}}, FIELD_MANAGER, "Apply", subresource="status")
    assert added({"b": 2}, {"f:b": {}}, ours) == (["spec.b"], [])


def test_a_field_that_belongs_to_whoever_changes_it_stays() -> None:
    live = widget({"b": 1, "c": 1}, owner({"f:spec": {"f:b": {}, "f:c": {}}}))
    assert found(widget({}), live, ("spec", "b")) == (["spec.c"], [])


def test_a_structure_that_somebody_added_as_a_whole_cannot_be_removed() -> None:
    assert added({"m": {"x": 1}}, {"f:m": {".": {}, "f:x": {}}}) == ([], ["spec.m"])


def test_parts_of_a_structure_that_nobody_owns_as_a_whole_can_be_removed() -> None:
    assert added({"m": {"x": 1}}, {"f:m": {"f:x": {}}}) == (["spec.m.x"], [])


def test_parts_of_a_structure_of_which_kubernetes_owns_some_can_be_removed() -> None:
    kept = owner({"f:spec": {"f:m": {"f:y": {}}}}, "kubelet")
    assert added({"m": {"x": 1, "y": 2}}, {"f:m": {".": {}, "f:x": {}}}, kept) == (["spec.m.x"], [])


def test_a_map_or_list_that_is_owned_as_a_whole_can_be_removed() -> None:
    assert added({"m": {"x": 1}, "l": [1]}, {"f:m": {}, "f:l": {}}) == (["spec.l", "spec.m"], [])


def test_a_structure_that_is_only_called_labels_is_one_like_any_other() -> None:
    assert added({"labels": {"x": 1}}, {"f:labels": {".": {}, "f:x": {}}}) == ([], ["spec.labels"])


def test_an_empty_list_that_somebody_made_can_be_removed() -> None:
    assert added({"l": []}, {"f:l": {".": {}}}) == (["spec.l"], [])


def test_a_list_of_which_items_have_owners_cannot_be_removed() -> None:
    live = {"containers": [{"name": "web"}]}
    assert added(live, {"f:containers": {".": {}, WEB: {".": {}, "f:name": {}}}}) == ([], ["spec.containers"])


def containers(*names: str) -> JSONObject:
    return {"containers": [{"name": name, "tty": True} for name in names]}


def item(step: str, *fields: str) -> JSONObject:
    return {"f:spec": {"f:containers": {step: {".": {}} | {f"f:{name}": {} for name in fields}}}}


def test_an_item_that_somebody_added_cannot_be_removed_and_is_called_by_its_keys() -> None:
    live = widget(containers("side", "web"), owner(item(SIDE, "name")))
    assert found(widget(containers("web")), live) == ([], ["spec.containers.side"])


def test_an_item_that_kubernetes_owns_too_stays() -> None:
    live = widget(containers("side", "web"), owner(item(SIDE, "name")), owner(item(SIDE, "name"), "kubelet"))
    assert found(widget(containers("web")), live) == ([], [])


def test_an_ignored_item_stays() -> None:
    live = widget(containers("side", "web"), owner(item(SIDE, "name")))
    assert found(widget(containers("web")), live, ("spec", "containers", 0)) == ([], [])


def test_a_field_that_somebody_added_to_an_item_is_removed_where_we_send_it() -> None:
    live = widget(containers("side", "web"), owner(item(WEB, "tty")))
    obj = widget({"containers": [{"name": "web"}]})
    both = foreign_in(obj, live, lambda _: False)
    assert (both.removable, both.stuck) == ((("spec", "containers", 0, "tty"),), ())
    assert with_removals(obj, both.removable)["spec"]["containers"] == [{"name": "web", "tty": None}]


def test_an_ignored_field_of_an_item_stays_where_it_is_observed() -> None:
    live = widget(containers("side", "web"), owner(item(WEB, "tty")))
    assert found(widget({"containers": [{"name": "web"}]}), live, ("spec", "containers", 1, "tty")) == ([], [])


def test_an_item_is_called_by_all_its_keys() -> None:
    step = 'k:{"port":53,"protocol":"UDP"}'
    live = widget({"ports": [{"port": 53, "protocol": "UDP"}]}, owner({"f:spec": {"f:ports": {step: {".": {}}}}}))
    assert found(widget({"ports": []}), live) == ([], ["spec.ports.53,UDP"])


def test_an_item_that_is_gone_already_hides_no_other() -> None:
    fields: JSONObject = {"f:spec": {"f:containers": {'k:{"name":"gone"}': {".": {}}, SIDE: {".": {}}}}}
    assert found(widget(containers("web")), widget(containers("web", "side"), owner(fields)))[1] == [
        "spec.containers.side"
    ]


def test_an_item_that_is_gone_already_is_not_told() -> None:
    assert found(widget(containers("web")), widget(containers("web"), owner(item(SIDE, "name")))) == ([], [])


def test_a_value_that_somebody_added_to_a_set_cannot_be_removed() -> None:
    live = widget({"set": ["a", "b"]}, owner({"f:spec": {"f:set": {'v:"b"': {}}}}))
    assert found(widget({"set": ["a"]}), live) == ([], ["spec.set.b"])


@pytest.mark.parametrize(
    "fields",
    [
        {"f:status": {"f:x": {}}},
        {"f:kind": {}},
        {"f:apiVersion": {}},
        {"f:spec": {"f:finalizers": {}}},
        {"f:metadata": {"f:finalizers": {}}},
        {"f:metadata": {"f:annotations": {"f:deployment.kubernetes.io/revision": {}}}},
        {"f:metadata": {"f:annotations": {"f:kubernetes.io/x": {}}}},
        {"f:metadata": {"f:labels": {"f:node.k8s.io/x": {}}}},
        {"f:metadata": {"f:labels": {"f:tenantry.io/x": {}}}},
    ],
)
def test_what_people_do_not_write_stays(fields: JSONObject) -> None:
    live = widget(
        {"finalizers": ["x"]},
        owner(fields),
        finalizers=["x"],
        annotations={"deployment.kubernetes.io/revision": "1", "kubernetes.io/x": "1"},
        labels={"node.k8s.io/x": "1", "tenantry.io/x": "1"},
    )
    assert found({"apiVersion": "v1"}, {**live, "status": {"x": 1}}) == ([], [])


@pytest.mark.parametrize(
    "key", ["team", "example.com/x", "app.kubernetes.io/x", "kubectl.kubernetes.io/x", "mykubernetes.io/x"]
)
def test_keys_that_people_write_can_be_removed(key: str) -> None:
    live = widget({}, owner({"f:metadata": {"f:labels": {f"f:{key}": {}}}}), labels={key: "1"})
    assert foreign_in(widget({}), live, lambda _: False).removable == (("metadata", "labels", key),)


def test_keys_of_pods_count_like_those_of_the_object_itself() -> None:
    pod = {"metadata": {"annotations": {"team": "x", "tenantry.io/x": "y"}}}
    keys: JSONObject = {"f:annotations": {".": {}, "f:team": {}, "f:tenantry.io/x": {}}}
    live = widget({"template": pod}, owner({"f:spec": {"f:template": {"f:metadata": keys}}}))
    assert found(widget({"template": {"metadata": {}}}), live) == (["spec.template.metadata.annotations.team"], [])


def test_keys_of_maps_of_texts_go_one_by_one() -> None:
    live = {
        **widget({}, owner({"f:data": {".": {}, "f:x": {}}, "f:labels": {"f:kubernetes.io/x": {}}})),
        "data": {"x": "1"},
    }
    assert found(widget({}), {**live, "labels": {"kubernetes.io/x": 1}}) == (["data.x", "labels.kubernetes.io/x"], [])


def test_a_label_is_removed_by_a_text_and_anything_else_by_a_null() -> None:
    places: list[Location] = [("metadata", "labels", "x"), ("metadata", "annotations", "x"), ("spec", "x")]
    obj = with_removals(widget({"a": 1}), places)
    assert (obj["metadata"]["labels"], obj["metadata"]["annotations"]) == ({"x": "removed"}, {"x": None})
    assert obj["spec"] == {"a": 1, "x": None}


@pytest.mark.parametrize(
    ("location", "spec"),
    [
        (("spec", "labels", "x"), {"labels": {"x": "removed"}}),
        (("spec", "labels"), {"labels": None}),
        (("spec", "claims", 0, "labels", "x"), {"claims": [{"labels": {"x": "removed"}}]}),
    ],
)
def test_labels_are_removed_by_a_text_wherever_they_are(location: Location, spec: JSONObject) -> None:
    obj = widget({"claims": [{}]} if "claims" in location else {})
    assert with_removals(obj, [location])["spec"] == spec
    assert with_removals({}, [("labels", "x"), ("labels",)]) == {"labels": None}
    assert with_removals({}, [("labels", "x")]) == {"labels": {"x": "removed"}}


def test_a_removal_leaves_other_items_and_the_object_itself_as_they_are() -> None:
    obj = widget({"items": [{"a": 1}, {"b": 2}]})
    before = copy.deepcopy(obj)
    assert with_removals(obj, [("spec", "items", 1, "c", "d")])["spec"]["items"] == [
        {"a": 1},
        {"b": 2, "c": {"d": None}},
    ]
    assert obj == before
