"""``ignoreFields`` that match whole maps, lists and items: what is sent of them is what we alone own."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tenantry.engine.ignore import compile_ignored, ignored_in, without_ignored
from tenantry.engine.jsonpath import BadPath
from tenantry.protocol import JSONObject
from tests.support.observed import observed

CONTAINERS = "$.spec.containers"
WEB = 'k:{"name":"web"}'
SIDE = 'k:{"name":"side"}'


def widget(**spec: Any) -> JSONObject:
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w", "labels": {}}, "spec": spec}


def containers(*names: str) -> list[JSONObject]:
    return [{"name": name, "image": f"{name}:1"} for name in names]


def applied_by_others(live: JSONObject, spec: JSONObject, *, ours: JSONObject | None = None) -> JSONObject:
    """An observed object of which somebody applies these fields too, and we only those, if they are told."""
    result = copy.deepcopy(live)
    entries = result["metadata"]["managedFields"]
    if ours is not None:
        entries[0]["fieldsV1"]["f:spec"] = ours
    entries.append({"manager": "helm", "operation": "Apply", "fieldsV1": {"f:spec": spec}})
    return result


def sent(obj: JSONObject, live: JSONObject, *paths: str) -> JSONObject:
    spec: JSONObject = without_ignored(obj, ignored_in([compile_ignored(path) for path in paths], obj), live)["spec"]
    return spec


def test_a_list_of_which_we_own_all_is_sent_as_it_is() -> None:
    obj = widget(containers=containers("web", "side"))
    assert sent(obj, observed(obj), CONTAINERS) is obj["spec"]


def test_of_a_list_only_what_is_ours_is_sent() -> None:
    obj = widget(containers=containers("web", "side"))
    live = applied_by_others(observed(obj), {"f:containers": {SIDE: {"f:image": {}}}})
    assert sent(obj, live, CONTAINERS)["containers"] == [*containers("web"), {"name": "side"}]


def test_an_item_that_somebody_applies_too_keeps_the_keys_that_tell_it_from_others() -> None:
    obj = widget(containers=[{**containers("web")[0], "tty": True}])
    live = applied_by_others(observed(obj), {"f:containers": {WEB: {".": {}, "f:name": {}, "f:image": {}}}})
    assert sent(obj, live, CONTAINERS)["containers"] == [{"name": "web", "tty": True}]


def test_an_item_that_somebody_applies_as_a_whole_too_is_sent_by_its_keys() -> None:
    obj = widget(containers=containers("web"))
    live = applied_by_others(observed(obj), {"f:containers": {WEB: {".": {}, "f:name": {}, "f:image": {}}}})
    assert sent(obj, live, CONTAINERS)["containers"] == [{"name": "web"}]


def test_an_item_that_is_matched_by_itself_keeps_its_keys_too() -> None:
    obj = widget(containers=[{**containers("web")[0], "tty": True}])
    live = applied_by_others(observed(obj), {"f:containers": {WEB: {".": {}, "f:name": {}, "f:image": {}}}})
    assert sent(obj, live, f"{CONTAINERS}[0]")["containers"] == [{"name": "web", "tty": True}]


def test_an_item_that_somebody_else_alone_owns_is_left_out() -> None:
    obj = widget(containers=containers("web", "side"))
    theirs: JSONObject = {"f:containers": {SIDE: {".": {}, "f:name": {}, "f:image": {}}}}
    ours: JSONObject = {"f:containers": {WEB: {".": {}, "f:name": {}, "f:image": {}}}}
    live = applied_by_others(observed(obj), theirs, ours=ours)
    assert sent(obj, live, CONTAINERS)["containers"] == containers("web")


def test_an_item_that_nobody_knows_yet_is_left_out() -> None:
    obj = widget(containers=containers("web", "new"))
    live = applied_by_others(observed(widget(containers=containers("web"))), {"f:containers": {WEB: {"f:image": {}}}})
    assert sent(obj, live, CONTAINERS)["containers"] == [{"name": "web"}]


def test_a_list_of_which_nothing_is_ours_is_left_out() -> None:
    obj = widget(containers=containers("web"), x=1)
    live = applied_by_others(observed(obj), {"f:containers": {WEB: {"f:image": {}}}}, ours={"f:x": {}})
    assert sent(obj, live, CONTAINERS) == {"x": 1}


def test_values_of_a_set_are_sent_as_far_as_we_alone_own_them() -> None:
    obj = widget(finalizers=["a", "b", "c"])
    live = applied_by_others(
        observed(obj), {"f:finalizers": {'v:"b"': {}, 'v:"c"': {}}}, ours={"f:finalizers": {'v:"a"': {}, 'v:"b"': {}}}
    )
    assert sent(obj, live, "$.spec.finalizers")["finalizers"] == ["a"]


def test_of_a_map_only_what_is_ours_is_sent() -> None:
    obj = widget(limits={"cpu": "1", "memory": "1Gi", "deep": {"a": 1, "b": 2}})
    live = applied_by_others(observed(obj), {"f:limits": {"f:cpu": {}, "f:deep": {"f:a": {}}}})
    assert sent(obj, live, "$.spec.limits") == {"limits": {"memory": "1Gi", "deep": {"b": 2}}}


def test_a_map_of_which_nothing_is_ours_is_left_out() -> None:
    obj = widget(limits={"cpu": "1"}, x=1)
    live = applied_by_others(observed(obj), {"f:limits": {"f:cpu": {}}})
    assert sent(obj, live, "$.spec.limits") == {"x": 1}


def test_an_empty_map_and_list_go_by_their_own_owner() -> None:
    obj = widget(ours={}, theirs={}, list=[])
    live = applied_by_others(observed(obj), {"f:theirs": {}, "f:list": {}})
    assert sent(obj, live, "$.spec.ours", "$.spec.theirs", "$.spec.list") == {"ours": {}}


def test_what_lies_in_a_map_that_does_not_exist_yet_is_sent_to_be_made() -> None:
    obj = widget(x=1, template={"metadata": {"note": "y"}})
    live = observed(widget(x=1))
    assert sent(obj, live, "$.spec.template.metadata.note") is obj["spec"]


def test_a_field_of_a_map_that_does_not_exist_yet_is_sent_to_be_made() -> None:
    obj = widget(x=1, template={"note": "y"})
    assert sent(obj, observed(widget(x=1)), "$.spec.template.note") is obj["spec"]


def test_what_lies_in_a_map_that_is_something_else_now_is_sent() -> None:
    obj = widget(x=1, template={"metadata": {"note": "y"}})
    live = observed(widget(x=1, template="text"))
    assert sent(obj, live, "$.spec.template.metadata.note") is obj["spec"]


def test_items_that_nobody_owns_are_found_by_their_name() -> None:
    obj = widget(x=1, containers=containers("web"))
    live = observed(obj)
    live["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"] = {"f:x": {}}
    assert sent(obj, live, f"{CONTAINERS}[*].image") == {"x": 1, "containers": [{"name": "web"}]}


def test_several_paths_of_one_place_are_as_the_widest() -> None:
    obj = widget(limits={"cpu": {"a": 1}, "memory": 2}, x=1)
    live = applied_by_others(observed(obj), {"f:limits": {"f:cpu": {"f:a": {}}, "f:memory": {}}})
    for paths in (["$.spec.limits", "$.spec.limits.cpu.a"], ["$.spec.limits.cpu.a", "$.spec.limits"]):
        assert sent(obj, live, *paths) == {"x": 1}


def test_an_object_of_which_all_is_ignored_and_none_is_ours_is_sent_by_its_identity() -> None:
    obj = widget(x=1)
    live = applied_by_others(observed(obj), {"f:x": {}})
    ignored = ignored_in([compile_ignored("$.spec")], obj)
    assert without_ignored(obj, ignored, live) == {key: obj[key] for key in ("apiVersion", "kind", "metadata")}


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("$.kind", "matches apiVersion, kind, metadata, or a name or namespace in it: write a path that does not"),
        ("$.metadata.labels['tenantry.io/x']", "names a label or annotation of Tenantry's own: remove it"),
        ("$..['app.kubernetes.io/managed-by']", "names a label or annotation of Tenantry's own: remove it"),
    ],
)
def test_a_path_that_cannot_be_ignored_is_told_with_the_way_out(path: str, why: str) -> None:
    with pytest.raises(BadPath) as caught:
        compile_ignored(path)
    assert str(caught.value) == why
