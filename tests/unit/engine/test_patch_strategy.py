"""What merge adds to an object, and what replace removes from it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenantry.engine.foreign import Foreign, foreign_in, with_removals
from tenantry.engine.merge import with_former_fields
from tenantry.names import FIELD_MANAGER
from tenantry.protocol import JSONObject, ObjectKey, object_key
from tenantry.sandbox.cluster import ResourceType
from tenantry.sandbox.store import InProcessCluster
from tenantry.server.checks import Refused, check_children
from tenantry.server.values import encode_children

LABELS = {"app": "x"}
PROBE = {"httpGet": {"port": 80}}


class Live:
    """One object in a cluster in the process."""

    def __init__(self, cluster: InProcessCluster, obj: JSONObject) -> None:
        self.cluster = cluster
        self.obj = obj
        self.kind: ResourceType = cluster.resource_type(obj["apiVersion"], kind=obj["kind"])
        self.now = self.apply(obj)

    def apply(self, obj: JSONObject, *, by: str = FIELD_MANAGER) -> JSONObject:
        self.now = self.cluster.apply(self.kind, copy.deepcopy(obj), field_manager=by, force=True)
        return self.now

    def edit(self, patch: JSONObject, *, by: str = "kubectl") -> JSONObject:
        name = self.obj["metadata"]["name"]
        self.now = self.cluster.patch(self.kind, name, patch, namespace="default", field_manager=by)
        return self.now

    def foreign(self) -> Foreign:
        return foreign_in(self.obj, self.now, lambda location: False)

    def replace(self, rounds: int = 3) -> int:
        """Send what replace sends, until nothing changes. How many rounds changed something."""
        for number in range(rounds):
            before = self.now
            if self.apply(with_removals(self.obj, self.foreign().removable)) == before:
                return number
        return rounds


@pytest.fixture
def cluster() -> Iterator[InProcessCluster]:
    made = InProcessCluster()
    yield made
    made.close()


def _config(**data: Any) -> JSONObject:
    metadata = {"name": "c", "namespace": "default", "labels": {"l": "1"}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def _deployment(*containers: JSONObject, **spec: Any) -> JSONObject:
    pod = {"containers": list(containers) or [{"name": "web", "image": "w:1"}]}
    template = {"metadata": {"labels": LABELS}, "spec": pod}
    metadata = {"name": "web", "namespace": "default"}
    spec = {"selector": {"matchLabels": LABELS}, "template": template, **spec}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}


def _pod(**spec: Any) -> JSONObject:
    return {"spec": {"template": {"spec": spec}}}


def test_replace_removes_labels_annotations_and_data_in_two_rounds(cluster: InProcessCluster) -> None:
    live = Live(cluster, _config(a="1"))
    live.edit({"metadata": {"labels": {"f": ""}, "annotations": {"f/a": "1"}}, "data": {"b": "2", "empty": ""}})

    assert live.replace() == 2

    assert live.now["data"] == {"a": "1"}
    assert live.now["metadata"]["labels"] == {"l": "1"}
    assert "annotations" not in live.now["metadata"]


@pytest.mark.parametrize(
    "spec",
    [{"paused": True}, {"minReadySeconds": 5}, {"replicas": 4}, {"strategy": {"rollingUpdate": {"maxSurge": 3}}}],
    ids=lambda spec: str(next(iter(spec))),
)
def test_replace_removes_single_values(cluster: InProcessCluster, spec: JSONObject) -> None:
    live = Live(cluster, _deployment())
    before = live.now["spec"]
    live.edit({"spec": spec})

    live.replace()

    assert live.now["spec"] == before


def test_replace_removes_maps_and_lists_that_are_owned_as_a_whole(cluster: InProcessCluster) -> None:
    live = Live(cluster, _deployment())
    before = live.now["spec"]
    live.edit(_pod(nodeSelector={"a": "b"}, tolerations=[{"key": "t", "operator": "Exists"}]))

    live.replace()

    assert live.now["spec"] == before


@pytest.mark.parametrize(
    ("patch", "told"),
    [
        (_pod(containers=[{"name": "web", "image": "w:1"}, {"name": "side", "image": "s:1"}]), "side"),
        (_pod(containers=[{"name": "web", "image": "w:1", "env": [{"name": "E", "value": "1"}]}]), "env"),
        (_pod(containers=[{"name": "web", "image": "w:1", "livenessProbe": PROBE}]), "livenessProbe"),
    ],
    ids=["container", "list", "structure"],
)
def test_what_an_apply_cannot_remove_is_told_and_left_alone(
    cluster: InProcessCluster, patch: JSONObject, told: str
) -> None:
    live = Live(cluster, _deployment())
    edited = live.edit(patch)

    (stuck,) = live.foreign().stuck
    assert stuck[-1] == told
    assert live.replace() == 0
    assert live.now == edited


@pytest.mark.parametrize("key", ["deployment.kubernetes.io/revision", "tenantry.io/x", "a.k8s.io/b"])
def test_keys_of_kubernetes_and_of_ours_stay(cluster: InProcessCluster, key: str) -> None:
    live = Live(cluster, _deployment())
    live.edit({"metadata": {"annotations": {key: "1"}}})
    assert not live.foreign()


@pytest.mark.parametrize("key", ["kubectl.kubernetes.io/restartedAt", "app.kubernetes.io/version", "plain", "x.io/y"])
def test_keys_that_people_write_go(cluster: InProcessCluster, key: str) -> None:
    live = Live(cluster, _deployment())
    live.edit({"metadata": {"annotations": {key: "1"}}})
    assert live.foreign().removable == (("metadata", "annotations", key),)


@pytest.mark.parametrize("manager", ["kube-controller-manager", "kube-scheduler", "kubelet", FIELD_MANAGER])
def test_what_kubernetes_and_metacontroller_write_stays(cluster: InProcessCluster, manager: str) -> None:
    live = Live(cluster, _deployment())
    live.edit({"spec": {"paused": True}}, by=manager)
    assert not live.foreign()


def test_finalizers_and_owners_stay(cluster: InProcessCluster) -> None:
    live = Live(cluster, _config(a="1"))
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "1-2"}
    live.edit({"metadata": {"finalizers": ["example.com/hold"], "ownerReferences": [owner]}})
    assert not live.foreign()


def test_what_is_ignored_stays(cluster: InProcessCluster) -> None:
    live = Live(cluster, _config(a="1"))
    live.edit({"data": {"b": "2"}})
    assert not foreign_in(live.obj, live.now, lambda location: location == ("data", "b"))


def test_merge_keeps_what_we_applied_and_the_template_lost(cluster: InProcessCluster) -> None:
    env = [{"name": "OLD", "value": "1"}]
    live = Live(cluster, _deployment({"name": "web", "image": "w:1", "env": env}, minReadySeconds=5))
    new = _deployment({"name": "web", "image": "w:2", "env": [{"name": "NEW", "value": "1"}]})

    merged = with_former_fields(new, live.now)

    (container,) = merged["spec"]["template"]["spec"]["containers"]
    assert container == {"name": "web", "image": "w:2", "env": [{"name": "NEW", "value": "1"}, *env]}
    assert merged["spec"]["minReadySeconds"] == 5


def test_merge_comes_to_rest(cluster: InProcessCluster) -> None:
    live = Live(cluster, _config(a="1", b="1"))
    new = _config(a="2")
    after = live.apply(with_former_fields(new, live.now))
    assert live.apply(with_former_fields(new, after)) == after
    assert after["data"] == {"a": "2", "b": "1"}


def test_merge_leaves_to_others_what_they_took(cluster: InProcessCluster) -> None:
    live = Live(cluster, _config(a="1", b="1"))
    live.edit({"data": {"b": "theirs"}})
    assert with_former_fields(_config(a="1"), live.now)["data"] == {"a": "1"}


def test_merge_keeps_no_mark_of_ours(cluster: InProcessCluster) -> None:
    obj = _config(a="1")
    obj["metadata"]["annotations"] = {"tenantry.io/deletion-policy": "Retain", "x/y": "1"}
    live = Live(cluster, obj)
    assert with_former_fields(_config(a="1"), live.now)["metadata"]["annotations"] == {"x/y": "1"}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["kubectl", "helm"]), st.sampled_from("abcd"), st.sampled_from(["", "1", "2"])),
        max_size=6,
    ),
    st.sampled_from(["data", "labels", "annotations"]),
)
def test_replace_leaves_nothing_of_others_and_comes_to_rest(edits: list[tuple[str, str, str]], where: str) -> None:
    cluster = InProcessCluster()
    obj = _config(a="1")
    live = Live(cluster, obj)
    plain = live.now
    for manager, key, value in edits:
        content = {f"k-{key}": value}
        live.edit({"data": content} if where == "data" else {"metadata": {where: content}}, by=manager)
    live.replace()
    assert live.replace() == 0
    assert live.now["data"] == plain["data"]
    assert live.now["metadata"].get("labels") == plain["metadata"]["labels"]
    assert not live.now["metadata"].get("annotations")
    cluster.close()


MEANT = ("metadata", "annotations", "x")


def _with_null() -> tuple[JSONObject, ObjectKey]:
    obj = _config(a="1")
    obj["metadata"]["annotations"] = {"x": None}
    return obj, object_key(obj)


def test_a_null_that_is_meant_may_leave() -> None:
    obj, key = _with_null()
    removals = {key: frozenset([MEANT])}
    check_children([obj], listed=["ConfigMap.v1"], parent_uid="", removals=removals)
    assert b'"x":null' in encode_children([obj], removals)


@pytest.mark.parametrize("meant", [("metadata", "annotations", "y"), ("data", "x"), ("metadata", "annotations")])
def test_a_null_elsewhere_is_refused(meant: tuple[str, ...]) -> None:
    obj, key = _with_null()
    with pytest.raises(Refused):
        encode_children([obj], {key: frozenset([meant])})
    with pytest.raises(Refused):
        check_children([obj], listed=["ConfigMap.v1"], parent_uid="", removals={key: frozenset([meant])})


def test_a_null_that_another_object_means_is_refused() -> None:
    obj, key = _with_null()
    with pytest.raises(Refused):
        encode_children([obj], {ObjectKey(key.type_key, "default/other"): frozenset([MEANT])})


def test_a_key_with_a_dot_is_not_taken_for_two_fields() -> None:
    obj = _config(**{"a.b": None})
    with pytest.raises(Refused):
        encode_children([obj], {object_key(obj): frozenset([("data", "a", "b")])})
