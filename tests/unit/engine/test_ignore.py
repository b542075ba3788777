"""Which ignored fields are sent, by who owns them."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenantry.engine.compile import check_resources
from tenantry.engine.ignore import compile_ignored, ignored_in, without_ignored
from tenantry.engine.jsonpath import BadPath
from tenantry.names import FIELD_MANAGER
from tenantry.protocol import JSONObject
from tenantry.sandbox.store import InProcessCluster
from tests.support.observed import fields_of, observed

REPLICAS = "$.spec.replicas"
WEB = 'k:{"name":"web"}'
SIDE = 'k:{"name":"side"}'


def _deployment(*containers: JSONObject, **spec: Any) -> JSONObject:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "acme", "labels": {"a": "b"}},
        "spec": {"replicas": 1, "template": {"spec": {"containers": list(containers)}}, **spec},
    }


def _container(name: str = "web", **fields: Any) -> JSONObject:
    return {"name": name, "image": f"{name}:1", **fields}


def _taken(live: JSONObject, *steps: str, by: str = "scaler", shared: bool = False) -> JSONObject:
    """The object after somebody else took a field from us, or applied the same value beside us."""
    result = copy.deepcopy(live)
    entries = result["metadata"]["managedFields"]
    if not shared:
        tree = entries[0]["fieldsV1"]
        for step in steps[:-1]:
            tree = tree[step]
        tree.pop(steps[-1], None)
    owned: JSONObject = {}
    for step in reversed(steps):
        owned = {step: owned}
    entries.append({"manager": by, "operation": "Apply" if shared else "Update", "fieldsV1": owned})
    return result


def _sent(obj: JSONObject, live: JSONObject, *paths: str) -> JSONObject:
    return without_ignored(obj, ignored_in([compile_ignored(path) for path in paths], obj), live)


def _containers(obj: JSONObject) -> list[JSONObject]:
    containers: list[JSONObject] = obj["spec"]["template"]["spec"]["containers"]
    return containers


def test_a_field_of_ours_is_sent() -> None:
    obj = _deployment(_container())
    assert _sent(obj, observed(obj), REPLICAS) is obj


def test_a_field_that_somebody_took_is_left_out() -> None:
    obj = _deployment(_container())
    assert "replicas" not in _sent(obj, _taken(observed(obj), "f:spec", "f:replicas"), REPLICAS)["spec"]


def test_a_field_that_somebody_shares_with_us_is_left_out() -> None:
    obj = _deployment(_container())
    live = _taken(observed(obj), "f:spec", "f:replicas", shared=True)
    assert "replicas" not in _sent(obj, live, REPLICAS)["spec"]


def test_a_field_that_is_not_ignored_is_sent_whoever_owns_it() -> None:
    obj = _deployment(_container())
    assert _sent(obj, _taken(observed(obj), "f:spec", "f:replicas"), "$.spec.paused") is obj


def test_a_field_that_nobody_owns_is_left_out() -> None:
    obj = _deployment(_container())
    live = observed(obj)
    del live["metadata"]["managedFields"]
    assert "replicas" not in _sent(obj, live, REPLICAS)["spec"]


def test_a_scale_subresource_owns_like_anybody() -> None:
    obj = _deployment(_container())
    live = _taken(observed(obj), "f:spec", "f:replicas", by="kube-controller-manager")
    live["metadata"]["managedFields"][-1]["subresource"] = "scale"
    assert "replicas" not in _sent(obj, live, REPLICAS)["spec"]


def test_each_item_goes_by_its_own_owner() -> None:
    obj = _deployment(_container("web"), _container("side"))
    containers = ("f:spec", "f:template", "f:spec", "f:containers")
    live = _taken(observed(obj), *containers, SIDE, "f:image")
    assert _containers(_sent(obj, live, "$..containers[*].image")) == [_container("web"), {"name": "side"}]


def test_an_item_keeps_its_keys() -> None:
    obj = _deployment(_container("side"))
    containers = ("f:spec", "f:template", "f:spec", "f:containers")
    live = _taken(observed(obj), *containers, SIDE, "f:image")
    assert _containers(_sent(obj, live, "$.spec.template.spec.containers[?@.name=='side']")) == [{"name": "side"}]


def test_items_are_told_apart_by_keys_and_not_by_their_place() -> None:
    obj = _deployment(_container("web"), _container("side"))
    containers = ("f:spec", "f:template", "f:spec", "f:containers")
    live = _taken(observed(obj), *containers, WEB, "f:image")
    _containers(live).reverse()
    assert _containers(_sent(obj, live, "$..containers[*].image")) == [{"name": "web"}, _container("side")]


def test_ports_of_one_number_are_told_apart() -> None:
    udp: JSONObject = {"containerPort": 53, "protocol": "UDP", "name": "u"}
    ports = [udp, {"containerPort": 53, "name": "t"}]
    obj = _deployment(_container(ports=ports))
    step = 'k:{"containerPort":53,"protocol":"TCP"}'
    path = ("f:spec", "f:template", "f:spec", "f:containers", WEB, "f:ports", step, "f:name")
    live = _taken(observed(copy.deepcopy(obj)), *path)
    assert _containers(_sent(obj, live, "$..ports[*].name"))[0]["ports"] == [ports[0], {"containerPort": 53}]


def test_an_item_that_is_new_comes_whole() -> None:
    live = _taken(observed(_deployment(_container("web"))), "f:spec", "f:replicas")
    obj = _deployment(_container("web"), _container("side"))
    assert _containers(_sent(obj, live, "$..containers[*].image"))[1] == _container("side")


def test_a_map_that_gets_empty_is_left_out() -> None:
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "1"}}
    assert "data" not in _sent(obj, _taken(observed(obj), "f:data", "f:a"), "$.data.a")


def test_a_list_that_is_owned_as_a_whole_is_left_out_as_a_whole() -> None:
    obj = _deployment(_container(), tolerations=[{"key": "a"}, {"key": "b"}])
    live = _taken(observed(obj), "f:spec", "f:tolerations")
    assert "tolerations" not in _sent(obj, live, "$.spec.tolerations[0].key")["spec"]


def test_a_field_that_somebody_removed_stays_removed() -> None:
    obj = _deployment(_container())
    live = observed(_deployment(_container()))
    del live["spec"]["replicas"]
    del live["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:replicas"]
    assert "replicas" not in _sent(obj, live, REPLICAS)["spec"]


@pytest.mark.parametrize(
    "path",
    [
        *("$", "$.*", "$..*", "$.apiVersion", "$.kind", "$.metadata", "$.metadata.name", "$..name"),
        *("$['metadata']['namespace']", "$.metadata.labels['tenantry.io/tenant']"),
    ],
)
def test_what_an_object_is_recognised_by_cannot_be_ignored(path: str) -> None:
    with pytest.raises(BadPath):
        compile_ignored(path)


@pytest.mark.parametrize(
    "path",
    [
        *("", "spec", "$.spec[", "$.a[99999999999999999999]", "$[?@.a == 1e99999]", "$[?nowhere(@.a)]", "$..a..b"),
        *("$.a[?@.b[?@.c]]", "$.a[?$..b]", "$.a" + "['b','c']" * 5, "$[?" + "(" * 400 + "@.a"),
    ],
)
def test_a_path_that_is_wrong_or_could_be_slow_is_refused(path: str) -> None:
    with pytest.raises(BadPath):
        compile_ignored(path)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.l[?@.n == 'b'].v", [("l", 1, "v")]),
        ("$.l[?match(@.n, '[ab]')].v", [("l", 0, "v"), ("l", 1, "v")]),
        ("$.l[?search(@.n, 'c.')].v", [("l", 2, "v")]),
        ("$.l[?match(@.n, '(')].v", []),
        ("$.l[::2].v", [("l", 0, "v"), ("l", 2, "v")]),
        ("$.l[-1].v", [("l", 2, "v")]),
        ("$.l[?length(@.n) > 1].v", [("l", 2, "v")]),
        ("$.l[?count(@.*) == 2].v", [("l", 0, "v"), ("l", 1, "v"), ("l", 2, "v")]),
    ],
)
def test_filters_and_slices_match_as_rfc_9535_says(path: str, found: list[tuple[str | int, ...]]) -> None:
    obj = {"l": [{"n": name, "v": 1} for name in ("a", "b", "cd")]}
    assert list(compile_ignored(path).locations(obj)) == found


def test_a_problem_of_a_template_names_the_entry_the_path_and_the_reason() -> None:
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "n"}}
    (problem,) = check_resources([{"id": "it", "object": obj, "ignoreFields": ["$.data", "$.x["]}])
    assert problem.path == "resources[it].ignoreFields"
    assert "'$.x['" in problem.message
    assert "RFC 9535" in problem.message


@given(st.text(alphabet="$.[]()?@*'ab=!<>&|,:-0189e ", max_size=80))
def test_any_text_is_a_path_or_a_refusal(text: str) -> None:
    try:
        path = compile_ignored("$" + text)
    except BadPath:
        return
    list(path.locations({"a": [{"b": 1}, {"a": {"b": [1, 2]}}], "b": "x"}))


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcd"), st.sampled_from("12"), min_size=1),
    st.lists(st.tuples(st.sampled_from(["x", "y"]), st.sampled_from("abcd"), st.sampled_from("123")), max_size=6),
    st.sets(st.sampled_from("abcd")),
)
def test_what_others_alone_own_is_never_sent_and_rounds_come_to_rest(
    data: dict[str, str], edits: list[tuple[str, str, str]], ignored: set[str]
) -> None:
    cluster = InProcessCluster()
    kind = cluster.resource_type("v1", kind="ConfigMap")
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "default"}, "data": data}
    paths = [f"$.data.{name}" for name in sorted(ignored)]
    live = cluster.apply(kind, copy.deepcopy(obj), field_manager=FIELD_MANAGER, force=True)
    for manager, key, value in edits:
        live = cluster.patch(kind, "c", {"data": {key: value}}, namespace="default", field_manager=manager)
        theirs = {name for name in ignored & data.keys() if not _is_ours(live, name)}
        sent = _sent(obj, live, *paths)
        assert not theirs & (sent.get("data") or {}).keys()
        after = cluster.apply(kind, copy.deepcopy(sent), field_manager=FIELD_MANAGER, force=True)
        assert {name: after["data"].get(name) for name in theirs} == {name: live["data"].get(name) for name in theirs}
        again = cluster.apply(kind, copy.deepcopy(_sent(obj, after, *paths)), field_manager=FIELD_MANAGER, force=True)
        assert again == after
    cluster.close()


def _is_ours(live: JSONObject, name: str) -> bool:
    entries = live["metadata"]["managedFields"]
    ours: JSONObject = next((one["fieldsV1"] for one in entries if one["manager"] == FIELD_MANAGER), {})
    return f"f:{name}" in ours.get("f:data", {})


def test_the_tree_of_the_tests_is_that_of_an_api_server() -> None:
    obj = _deployment(_container())
    assert fields_of(obj["spec"])["f:template"]["f:spec"]["f:containers"][WEB] == {".": {}, "f:name": {}, "f:image": {}}
