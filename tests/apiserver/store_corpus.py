"""Writes whose outcome must not depend on which cluster answers them.

``corpus`` runs them on any ``Cluster`` and returns what came back, with everything that differs from run to run (uids,
versions, times, addresses) replaced.
"""

from __future__ import annotations

from typing import Any

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, Cluster, Propagation
from tests.apiserver.store_recorder import Outcome, Recorder
from tests.apiserver.store_samples import DEFINITION, NAMESPACED_SAMPLES, WIDGETS, sample

# A controller writes the status of quotas at once. Jobs and claims get a new version by the first write that changes
# nothing, since a real API server encodes them differently after their creation.
_WRITTEN_TWICE = ("ResourceQuota", "Job", "PersistentVolumeClaim")


def corpus(cluster: Cluster, namespace: str) -> list[Outcome]:
    """Run everything in a namespace of its own, which must not exist yet, and remove it again."""
    recorder = Recorder(cluster, namespace)
    recorder.step("namespace", recorder.create, sample("v1", "Namespace", namespace, "", {}))
    recorder.eventually("furnished", recorder.exists, "v1", "ServiceAccount", "default")
    recorder.eventually("certified", recorder.exists, "v1", "ConfigMap", "kube-root-ca.crt")
    for part in (_kinds, _applying, _updating, _refusals, _custom_resources, _ownership, _end):
        part(recorder)
    return recorder.outcomes


def _kinds(run: Recorder) -> None:
    """Every built-in kind: what is stored, who owns it, and that a second update or apply changes nothing."""
    for number, (api_version, kind, content) in enumerate(NAMESPACED_SAMPLES):
        made = sample(api_version, kind, f"made-{number}", run.namespace, content)
        created = run.step(f"create {kind} {number}", run.create, made)
        ours = sample(api_version, kind, f"ours-{number}", run.namespace, content)
        applied = run.step(f"apply {kind} {number}", run.apply, ours)
        if created is not None and kind not in _WRITTEN_TWICE:
            run.step(f"update nothing {kind} {number}", lambda made=created: run.update(made) == made)
        if applied is None:
            continue
        if kind not in _WRITTEN_TWICE:
            run.step(f"apply again {kind} {number}", lambda ours=ours, live=applied: run.apply(ours) == live)
        labels = {"metadata": {"labels": {"a": "b"}, "annotations": {"a": "b"}}}
        run.step(f"label {kind} {number}", run.patch, live, labels)
        lighter = sample(api_version, kind, f"ours-{number}", run.namespace, {}, labels={"c": "d"})
        run.step(f"apply less {kind} {number}", run.apply, lighter, "other")


def _applying(run: Recorder) -> None:
    """Ownership of fields: shared, disputed, given up, taken by force, set to null."""
    for number, (manager, data, force) in enumerate([
        ("a", {"x": "1", "y": "1"}, False), ("b", {"x": "1"}, False), ("c", {"x": "2"}, False), ("a", {"y": "1"}, False),
        ("c", {"x": "2"}, True), ("b", {}, False), ("c", {}, False), ("d", None, False), ("d", {"n": None}, False),
        ("a", {}, False),
    ]):  # fmt: skip
        config = run.config_map("shared", data)
        run.step(f"shared {number}", run.apply, c, m, force=f)
    deployment = sample("apps/v1", "Deployment", "disputed", run.namespace, _deployment([_web("web", "a:1")], 1))
    run.step("deployment", lambda: run.apply(deployment, "a"))
    scaled = {**deployment, "spec": {"replicas": 5}}
    run.step("scale without force", lambda: run.apply(scaled, "scaler"))
    run.step("scale by force", lambda: run.apply(scaled, "scaler", force=True))
    run.step("the same again", lambda: run.apply(deployment, "a"))
    sidecars = [[_web("front", "f:1"), _web("web", "a:1"), _web("back", "b:1")], [_web("back", "b:2")]]
    for number, containers in enumerate(sidecars):
        more = {**deployment, "spec": {"template": {"spec": {"containers": containers}}}}
        run.step(f"sidecars {number}", run.apply, more, "sidecars", force=True)
    for number, containers in enumerate([[_web("web", "a:2"), _web("last", "l:1")], [_web("last", "l:1")]]):
        content = _deployment(containers, 1)
        content["spec"].pop("replicas")
        later = sample("apps/v1", "Deployment", "disputed", run.namespace, content)
        run.step(f"other containers {number}", run.apply, later, "a", force=True)
    emptied = _deployment([{"name": "last", "image": "l:1", "ports": None, "env": None}], 1)
    emptied["spec"].update(paused=None, minReadySeconds=None)
    run.step("nulls", lambda: run.apply({**deployment, **emptied}, "a", force=True))


def _web(name: str, image: str) -> JSONObject:
    ports = [{"containerPort": 53, "protocol": "UDP", "name": "u"}, {"containerPort": 53, "protocol": "TCP", "name": "t"}]
    return {"name": name, "image": image, "ports": ports, "env": [{"name": "A", "value": "1"}]}


def _deployment(containers: list[JSONObject], replicas: int) -> JSONObject:
    template = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": containers}}
    return {"spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "x"}}, "template": template}}


def _updating(run: Recorder) -> None:
    """Replacing and patching, beside an applier; status; generation."""
    deployment = sample("apps/v1", "Deployment", "updated", run.namespace, _deployment([_web("web", "a:1")], 1))
    live = run.step("applied first", lambda: run.apply(deployment, "a"))
    live["spec"]["replicas"] = 4
    live["metadata"]["annotations"] = {"note": "x"}
    live["status"] = {"replicas": 9}
    live = run.step("update", lambda: run.update(live))
    live["status"] = {"replicas": 3, "conditions": [{"type": "Available", "status": "True"}]}
    live["spec"]["replicas"] = 7
    live = run.step("status", lambda: run.update_status(live))
    run.step("status again", lambda: run.update_status(live))
    run.step("annotate", lambda: run.patch(live, {"metadata": {"annotations": {"note": "y"}}}))
    run.step("strip", lambda: run.patch(live, {"metadata": {"annotations": None}, "spec": {"replicas": None}}))
    run.step("patch a list", lambda: run.patch(live, {"spec": {"template": {"spec": {"containers": [_web("n", "n:1")]}}}}))
    run.step("stale", lambda: run.update(live))
    config = run.step("config", lambda: run.create(run.config_map("updated", {"a": "1", "b": "2"}, labels={"l": "1"})))
    run.step("replace without a version", lambda: run.update(run.config_map("updated", {"b": "2", "c": "3"})))
    run.step("stale config", lambda: run.update(config))
    run.step("empty patch", lambda: run.patch(config, {}))
    cleared = run.config_map("updated", {"b": "2"}, managedFields=[{}])
    run.step("managers reset", lambda: run.update(cleared))


def _refusals(run: Recorder) -> None:
    """What is refused, and how."""
    deployment = sample("apps/v1", "Deployment", "refused", run.namespace, _deployment([_web("web", "a:1")], 1))
    run.step("accepted", lambda: run.create(deployment))
    run.step("exists", lambda: run.create(deployment))
    run.step("selector", lambda: run.patch(deployment, {"spec": {"selector": {"matchLabels": {"app": "y"}}}}))
    run.step("no containers", lambda: run.patch(deployment, {"spec": {"template": {"spec": {"containers": None}}}}))
    run.step("wrong uid", lambda: run.delete(deployment, uid="1-2-3"))
    run.step("renamed", lambda: run.patch(deployment, {"metadata": {"name": "other"}}))
    refused: list[JSONObject] = [
        run.config_map("Wrong_", {}), run.config_map("", {}), run.config_map("x" * 254, {}),
        run.config_map("label", {}, labels={"a": "b c"}), run.config_map("label", {}, labels={"a": "b" * 64}),
        run.config_map("label", {}, labels={"/": "b"}), run.config_map("data", {"a b": "c"}),
        run.config_map("number", {"a": 1}), run.config_map("list", []), run.config_map("unknown", {}) | {"foo": 1},
        run.config_map("owner", {}, ownerReferences=[{"apiVersion": "v1", "kind": "Namespace", "name": "x"}]),
        run.config_map("big", {"a": "x" * 1_100_000}), run.config_map("far", {}) | {"apiVersion": "v1"},
        sample("v1", "ConfigMap", "nowhere", "no-such-namespace", {}),
        sample("apps/v1", "Deployment", "empty", run.namespace, {"spec": {}}),
        sample("v1", "Service", "empty", run.namespace, {"spec": {}}),
        sample("v1", "Service", "9-digits-first.dot", run.namespace, {"spec": {"ports": [{"port": 80}]}}),
        sample("batch/v1", "Job", "again", run.namespace, _deployment([_web("web", "a:1")], 1)),
        sample("v1", "Namespace", "dotted.name", "", {}),
    ]  # fmt: skip
    for number, obj in enumerate(refused):
        run.step(f"create refused {number}", run.create, obj)
        if obj["metadata"]["name"]:
            run.step(f"apply refused {number}", run.apply, obj)
    gone = run.config_map("gone", {})
    for name, action in {"update": run.update, "delete": run.delete}.items():
        run.step(f"{name} what is gone", lambda action=action: action(gone))
    run.step("patch what is gone", lambda: run.patch(gone, {}))
    run.step("permanent", lambda: run.delete(sample("v1", "Namespace", "default", "", {})))


def _custom_resources(run: Recorder) -> None:
    """A CustomResourceDefinition and objects of its kind."""
    run.step("definition", lambda: run.create(DEFINITION)["spec"])
    run.eventually("served", lambda: _is_served(run))
    for number, spec in enumerate(WIDGETS):
        made = sample("corpus.example/v1", "Widget", f"made-{number}", run.namespace, {"spec": spec, "status": {"n": 1}})
        run.step(f"create widget {number}", run.create, made)
        ours = sample("corpus.example/v1", "Widget", f"ours-{number}", run.namespace, {"spec": spec})
        run.step(f"apply widget {number}", run.apply, ours)
    widget = run.current("corpus.example/v1", "Widget", "made-0")
    assert widget is not None
    widget["status"] = {"n": 2, "conditions": [{"type": "Ready", "status": "True"}], "unknown": 1}
    widget["metadata"]["labels"] = {"ignored": "here"}
    widget = run.step("widget status", lambda: run.update_status(widget))
    widget["spec"]["size"] = 5
    widget["status"] = {}
    widget = run.step("widget update", lambda: run.update(widget))
    widget["metadata"].pop("resourceVersion")
    run.step("widget without a version", lambda: run.update(widget))
    widget["status"] = {"n": "many"}
    run.step("widget status without a version", lambda: run.update_status(widget))
    run.step("widget label", lambda: run.patch(widget, {"metadata": {"labels": {"a": "b"}}}))
    run.step("widget patch", lambda: run.patch(widget, {"spec": {"free": {"a": None}, "keyed": None, "size": 3}}))
    run.step("widget bad patch", lambda: run.patch(widget, {"spec": {"size": 99}}))
    run.step("definition deleted", lambda: run.delete(DEFINITION))
    run.eventually("definition gone", lambda: not run.exists("apiextensions.k8s.io/v1", "CustomResourceDefinition",
                                                             DEFINITION["metadata"]["name"]))


def _is_served(run: Recorder) -> bool:
    try:
        run.cluster.list(run.cluster.resource_type("corpus.example/v1", kind="Widget"), namespace=run.namespace)
    except ApiError:
        return False
    return True


def _reference(owner: JSONObject, **options: Any) -> JSONObject:
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        **options,
    }


def _ownership(run: Recorder) -> None:
    """Finalizers and garbage collection."""
    held = run.create(run.config_map("held", {}, finalizers=["corpus.example/hold"]))
    run.step("delete held", lambda: run.delete(held))
    run.step("held", lambda: run.current("v1", "ConfigMap", "held"))
    run.step("delete held again", lambda: run.delete(held))
    run.step("one more finalizer", lambda: run.patch(held, {"metadata": {"finalizers": ["corpus.example/hold", "a.b/c"]}}))
    run.step("create over held", lambda: run.create(run.config_map("held", {})))
    run.step("apply over held", lambda: run.apply(run.config_map("held", {"a": "b"})))
    run.step("let go", lambda: run.patch(held, {"metadata": {"finalizers": None}}) and None)
    run.step("no more held", lambda: run.exists("v1", "ConfigMap", "held"))
    for propagation in ("Background", "Foreground", "Orphan"):
        _cascade(run, propagation)
    stray = {"apiVersion": "v1", "kind": "ConfigMap", "name": "never", "uid": "11111111-1111-1111-1111-111111111111"}
    run.step("stray", lambda: run.create(run.config_map("stray", {}, ownerReferences=[stray])))
    run.eventually("stray gone", lambda: not run.exists("v1", "ConfigMap", "stray"))


def _cascade(run: Recorder, propagation: Any) -> None:
    name = propagation.lower()
    keeper = run.create(run.config_map(f"{name}-keeper", {}))
    owner = run.create(run.config_map(f"{name}-owner", {}))
    child = run.create(run.config_map(f"{name}-child", {}, ownerReferences=[_reference(owner, controller=True)]))
    run.create(run.config_map(f"{name}-grandchild", {}, ownerReferences=[_reference(child, blockOwnerDeletion=True)]))
    both = [_reference(owner, controller=True, blockOwnerDeletion=True), _reference(keeper)]
    run.create(run.config_map(f"{name}-kept", {}, ownerReferences=both))
    blocking = [_reference(owner, blockOwnerDeletion=True)]
    run.create(run.config_map(f"{name}-holding", {}, ownerReferences=blocking, finalizers=["corpus.example/hold"]))
    run.step(f"{name} delete", lambda: run.delete(owner, propagation=propagation))
    if propagation == "Foreground":
        run.eventually("foreground waits", lambda: (run.current("v1", "ConfigMap", "foreground-holding") or {})["metadata"].get("deletionTimestamp"))
        run.step("foreground owner", lambda: run.current("v1", "ConfigMap", "foreground-owner"))
    if propagation != "Orphan":
        run.eventually(f"{name} child gone", lambda: not run.exists("v1", "ConfigMap", f"{name}-grandchild"))
        run.eventually(f"{name} held", lambda: "deletionTimestamp" in run.current("v1", "ConfigMap", f"{name}-holding")["metadata"])
    holding = run.current("v1", "ConfigMap", f"{name}-holding")
    assert holding is not None
    run.patch(holding, {"metadata": {"finalizers": None}})
    run.eventually(f"{name} owner gone", lambda: not run.exists("v1", "ConfigMap", f"{name}-owner"))
    run.eventually(f"{name} stripped", lambda: len(run.current("v1", "ConfigMap", f"{name}-kept")["metadata"]["ownerReferences"]) == 1)
    run.step(f"{name} kept", lambda: run.current("v1", "ConfigMap", f"{name}-kept"))
    for which in ("child", "grandchild", "holding"):
        run.step(f"{name} {which}", run.current, "v1", "ConfigMap", f"{name}-{which}")


def _end(run: Recorder) -> None:
    """Deletion of the namespace, which waits for what is in it."""
    held = run.create(run.config_map("last", {}, finalizers=["corpus.example/hold"]))
    namespace = sample("v1", "Namespace", run.namespace, "", {})
    run.step("delete namespace", lambda: run.delete(namespace))
    run.eventually("last", lambda: "deletionTimestamp" in run.current("v1", "ConfigMap", "last")["metadata"])
    run.step("terminating", lambda: (run.current("v1", "Namespace", run.namespace) or {})["status"]["phase"])
    run.step("too late to create", lambda: run.create(run.config_map("late", {})))
    run.step("too late to apply", lambda: run.apply(run.config_map("late", {})))
    claims = run.cluster.resource_type("v1", kind="PersistentVolumeClaim")
    for obj in (held, *run.cluster.list(claims, namespace=run.namespace)):  # no controller may look after claims
        run.patch({"apiVersion": "v1", "kind": "PersistentVolumeClaim", **obj}, {"metadata": {"finalizers": None}})
    run.eventually("namespace gone", lambda: not run.exists("v1", "Namespace", run.namespace))
