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

_HOLD = "corpus.example/hold"

# A controller writes the status of quotas at once. Jobs and claims get a new version by the first write that changes
# nothing, since a real API server encodes them differently after their creation.
_WRITTEN_TWICE = ("ResourceQuota", "Job", "PersistentVolumeClaim")


def corpus(cluster: Cluster, namespace: str) -> list[Outcome]:
    """Run everything in a namespace of its own, which must not exist yet, and remove it again."""
    recorder = Recorder(cluster, namespace)
    recorder.step("namespace", recorder.create, sample("v1", "Namespace", namespace, "", {}))
    recorder.eventually("furnished", recorder.exists, "v1", "ServiceAccount", "default")
    recorder.eventually("certified", recorder.exists, "v1", "ConfigMap", "kube-root-ca.crt")
    parts = (_kinds, _applying, _removing, _updating, _refusals, _custom_resources, _api_services, _ownership, _end)
    for part in parts:
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
            run.step(f"update nothing {kind} {number}", run.update_changes_nothing, created)
        if applied is None:
            continue
        if kind not in _WRITTEN_TWICE:
            run.step(f"apply again {kind} {number}", run.apply_changes_nothing, ours, applied)
        labels = {"metadata": {"labels": {"a": "b"}, "annotations": {"a": "b"}}}
        run.step(f"label {kind} {number}", run.patch, applied, labels)
        lighter = sample(api_version, kind, f"ours-{number}", run.namespace, {}, labels={"c": "d"})
        run.step(f"apply less {kind} {number}", run.apply, lighter, "other")


_APPLIED: list[tuple[str, Any, bool]] = [
    ("a", {"x": "1", "y": "1"}, False),
    ("b", {"x": "1"}, False),
    ("c", {"x": "2"}, False),
    ("a", {"y": "1"}, False),
    ("c", {"x": "2"}, True),
    ("b", {}, False),
    ("c", {}, False),
    ("d", None, False),
    ("d", {"n": None}, False),
    ("a", {}, False),
]
"""Who applies which data, and whether by force."""


def _applying(run: Recorder) -> None:
    """Ownership of fields: shared, disputed, given up, taken by force, set to null."""
    for number, (manager, data, force) in enumerate(_APPLIED):
        config = run.config_map("shared", data)
        run.step(f"shared {number}", run.apply, config, manager, force=force)
    deployment = sample("apps/v1", "Deployment", "disputed", run.namespace, _deployment([_web("web", "a:1")], 1))
    run.step("deployment", run.apply, deployment, "a")
    scaled = {**deployment, "spec": {"replicas": 5}}
    run.step("scale without force", run.apply, scaled, "scaler")
    run.step("scale by force", run.apply, scaled, "scaler", force=True)
    run.step("the same again", run.apply, deployment, "a")
    recreated = {**deployment, "spec": {"strategy": {"type": "Recreate"}}}
    run.step("recreate beside a default", run.apply, recreated, "strategist", force=True)
    recreated["spec"]["strategy"]["rollingUpdate"] = None
    run.step("recreate", run.apply, recreated, "strategist", force=True)
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
    run.step("nulls", run.apply, {**deployment, **emptied}, "a", force=True)


def _removing(run: Recorder) -> None:
    """Fields of another manager, taken away by nulls (a label: by a text) and left out afterwards."""
    plain = run.config_map("cleaned", {"x": "1"}, labels={"l": "1"})
    run.step("plain", run.apply, plain, "a")
    theirs = {"labels": {"f": "1", "empty": ""}, "annotations": {"f/a": "1", "f/empty": ""}}
    content = {"data": {"y": "2", "empty": ""}, "binaryData": {"b": "AAE="}, "immutable": False}
    run.step("added", run.patch, plain, {"metadata": theirs, **content})
    nulls = run.config_map("cleaned", {"x": "1", "y": None, "empty": None}, annotations={"f/a": None, "f/empty": None})
    nulls["metadata"]["labels"] = {"l": "1", "f": "removed", "empty": "removed"}
    for number, obj in enumerate([nulls | {"binaryData": {"b": None}, "immutable": None}] * 2 + [plain] * 2):
        run.step(f"cleaned {number}", run.apply, obj, "a", force=True)
    whole = run.config_map("cleaned", None) | {"binaryData": None}
    run.step("added again", run.patch, plain, {"binaryData": {"b": "AAE="}})
    run.step("nulls of maps", run.apply, whole, "a", force=True)
    _removing_from_pods(run)


def _removing_from_pods(run: Recorder) -> None:
    bare: JSONObject = {"name": "web", "image": "a:1"}
    deployment = sample("apps/v1", "Deployment", "cleaned", run.namespace, _deployment([bare], 1))
    run.step("bare", run.apply, deployment, "a")
    container = {**_web("web", "a:1"), "args": ["x"], "resources": {"limits": {"cpu": "1"}}, "tty": True}
    pod = {
        "nodeSelector": {"a": "b"}, "hostNetwork": True, "securityContext": {"runAsUser": 5},
        "tolerations": [{"key": "t", "operator": "Exists"}],
        "containers": [container, {"name": "side", "image": "s:1"}],
    }  # fmt: skip
    template = {"metadata": {"annotations": {"z": "1"}}, "spec": pod}
    spec = {"paused": True, "minReadySeconds": 5, "strategy": {"rollingUpdate": {"maxSurge": 3}}, "template": template}
    run.step("pods added to", run.patch, deployment, {"spec": spec})
    resources = {"limits": {"cpu": None}}
    nulls = _deployment([{**bare, "args": None, "tty": None, "env": None, "ports": None, "resources": resources}], 1)
    nulls["spec"].update(paused=None, minReadySeconds=None, strategy={"rollingUpdate": {"maxSurge": None}})
    nulls["spec"]["template"]["metadata"]["annotations"] = {"z": None}
    nulls["spec"]["template"]["spec"].update(
        nodeSelector=None, hostNetwork=None, tolerations=None, securityContext={"runAsUser": None}
    )
    for number, content in enumerate([{**deployment, **nulls}] * 2 + [deployment] * 2):
        run.step(f"pods cleaned {number}", run.apply, content, "a", force=True)


def _web(name: str, image: str) -> JSONObject:
    ports = [
        {"containerPort": 53, "protocol": "UDP", "name": "u"},
        {"containerPort": 53, "protocol": "TCP", "name": "t"},
    ]
    return {"name": name, "image": image, "ports": ports, "env": [{"name": "A", "value": "1"}]}


def _deployment(containers: list[JSONObject], replicas: int) -> JSONObject:
    template = {"metadata": {"labels": {"app": "x"}}, "spec": {"containers": containers}}
    return {"spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "x"}}, "template": template}}


def _updating(run: Recorder) -> None:
    """Replacing and patching, beside an applier; status; generation."""
    deployment = sample("apps/v1", "Deployment", "updated", run.namespace, _deployment([_web("web", "a:1")], 1))
    live = run.step("applied first", run.apply, deployment, "a")
    live["spec"]["replicas"] = 4
    live["metadata"]["annotations"] = {"note": "x"}
    live["status"] = {"replicas": 9}
    live = run.step("update", run.update, live)
    live["status"] = {"replicas": 3, "conditions": [{"type": "Available", "status": "True"}]}
    live["spec"]["replicas"] = 7
    live = run.step("status", run.update_status, live)
    run.step("status again", run.update_status, live)
    run.step("annotate", run.patch, live, {"metadata": {"annotations": {"note": "y"}}})
    run.step("strip", run.patch, live, {"metadata": {"annotations": None}, "spec": {"replicas": None}})
    run.step("patch a list", run.patch, live, {"spec": {"template": {"spec": {"containers": [_web("n", "n:1")]}}}})
    run.step("stale", run.update, live)
    config = run.step("config", run.create, run.config_map("updated", {"a": "1", "b": "2"}, labels={"l": "1"}))
    run.step("replace without a version", run.update, run.config_map("updated", {"b": "2", "c": "3"}))
    run.step("stale config", run.update, config)
    run.step("empty patch", run.patch, config, {})
    cleared = run.config_map("updated", {"b": "2"}, managedFields=[{}])
    run.step("managers reset", run.update, cleared)


def _refusals(run: Recorder) -> None:
    """What is refused, and how."""
    deployment = sample("apps/v1", "Deployment", "refused", run.namespace, _deployment([_web("web", "a:1")], 1))
    run.step("accepted", run.create, deployment)
    run.step("exists", run.create, deployment)
    run.step("selector", run.patch, deployment, {"spec": {"selector": {"matchLabels": {"app": "y"}}}})
    run.step("no containers", run.patch, deployment, {"spec": {"template": {"spec": {"containers": None}}}})
    run.step("wrong uid", run.delete, deployment, uid="1-2-3")
    run.step("renamed", run.patch, deployment, {"metadata": {"name": "other"}})
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
    for field in ({"volumeMounts": [{"name": "no", "mountPath": "/no"}]}, {"livenessProbe": {"periodSeconds": 5}}):
        content = _deployment([{**_web("web", "a:1"), **field}], 1)
        refused.append(sample("apps/v1", "Deployment", "broken", run.namespace, content))
    for number, obj in enumerate(refused):
        run.step(f"create refused {number}", run.create, obj)
        if obj["metadata"]["name"]:
            run.step(f"apply refused {number}", run.apply, obj)
    gone = run.config_map("gone", {})
    run.step("update what is gone", run.update, gone)
    run.step("delete what is gone", run.delete, gone)
    run.step("patch what is gone", run.patch, gone, {})
    run.step("permanent", run.delete, sample("v1", "Namespace", "default", "", {}))


def _custom_resources(run: Recorder) -> None:
    """A CustomResourceDefinition and objects of its kind."""
    run.step("definition", lambda: run.create(DEFINITION)["spec"])
    run.eventually("served", _is_served, run)
    for number, spec in enumerate(WIDGETS):
        made = sample(
            "corpus.example/v1", "Widget", f"made-{number}", run.namespace, {"spec": spec, "status": {"n": 1}}
        )
        run.step(f"create widget {number}", run.create, made)
        ours = sample("corpus.example/v1", "Widget", f"ours-{number}", run.namespace, {"spec": spec})
        run.step(f"apply widget {number}", run.apply, ours)
    widget = run.current("corpus.example/v1", "Widget", "made-0")
    assert widget is not None
    widget["status"] = {"n": 2, "conditions": [{"type": "Ready", "status": "True"}], "unknown": 1}
    widget["metadata"]["labels"] = {"ignored": "here"}
    widget = run.step("widget status", run.update_status, widget)
    widget["spec"]["size"] = 5
    widget["status"] = {}
    widget = run.step("widget update", run.update, widget)
    widget["metadata"].pop("resourceVersion")
    run.step("widget without a version", run.update, widget)
    widget["status"] = {"n": "many"}
    run.step("widget status without a version", run.update_status, widget)
    run.step("widget label", run.patch, widget, {"metadata": {"labels": {"a": "b"}}})
    run.step("widget patch", run.patch, widget, {"spec": {"free": {"a": None}, "keyed": None, "size": 3}})
    run.step("widget bad patch", run.patch, widget, {"spec": {"size": 99}})
    run.step("definition deleted", run.delete, DEFINITION)
    run.eventually("definition gone", run.is_gone, "CustomResourceDefinition", DEFINITION["metadata"]["name"])


def _api_services(run: Recorder) -> None:
    """An APIService without a Service, which is available at once, and what is refused of one with it."""
    local = run.step("create local API", run.create, _api_service("v1alpha1"))
    run.step("update nothing local API", run.update_changes_nothing, local)
    run.step("apply local API", run.apply, _api_service("v1alpha2"))
    run.step("label API", run.patch, local, {"metadata": {"labels": {"a": "b"}}})
    service = {"namespace": run.namespace, "name": "corpus"}
    # Whether it is available is written at any time.
    run.step("create API", lambda: run.create(_api_service("v1beta1", {"service": service}))["spec"])
    bad: list[JSONObject] = [
        {"versionPriority": 0}, {"versionPriority": 1001}, {"groupPriorityMinimum": 0}, {"groupPriorityMinimum": 20001},
        {"group": "other.test"}, {"version": "v2"}, {"insecureSkipTLSVerify": True}, {"caBundle": "AAAA"},
        {"service": {"name": "corpus"}}, {"service": {"namespace": "x"}}, {"service": {**service, "port": 0}},
        {"service": {**service, "port": 70000}}, {"service": {**service, "port": "https"}},
        {"service": service, "insecureSkipTLSVerify": True, "caBundle": "AAAA"}, {"groupPriorityMinimum": None},
    ]  # fmt: skip
    for number, spec in enumerate(bad):
        run.step(f"create bad API {number}", run.create, _api_service("v1", spec))
    for version in ("v1alpha1", "v1alpha2", "v1beta1"):
        run.step(f"delete API {version}", run.delete, _api_service(version))


def _api_service(version: str, spec: JSONObject | None = None) -> JSONObject:
    content = {"group": "corpus.test", "version": version, "groupPriorityMinimum": 10, "versionPriority": 5}
    content |= spec or {}
    return sample("apiregistration.k8s.io/v1", "APIService", f"{version}.corpus.test", "", {"spec": content})


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
    held = run.create(run.config_map("held", {}, finalizers=[_HOLD]))
    run.step("delete held", run.delete, held)
    run.step("held", run.current, "v1", "ConfigMap", "held")
    run.step("delete held again", run.delete, held)
    run.step("one more finalizer", run.patch, held, {"metadata": {"finalizers": [_HOLD, "a.b/c"]}})
    run.step("create over held", run.create, run.config_map("held", {}))
    run.step("apply over held", run.apply, run.config_map("held", {"a": "b"}))
    run.step("let go", run.let_go, held)
    run.step("no more held", run.exists, "v1", "ConfigMap", "held")
    for propagation in ("Background", "Foreground", "Orphan"):
        _cascade(run, propagation)
    stray = {"apiVersion": "v1", "kind": "ConfigMap", "name": "never", "uid": "11111111-1111-1111-1111-111111111111"}
    run.step("stray", run.create, run.config_map("stray", {}, ownerReferences=[stray]))
    run.eventually("stray gone", run.is_gone, "ConfigMap", "stray")


def _cascade(run: Recorder, propagation: Propagation) -> None:
    name = propagation.lower()
    keeper = run.create(run.config_map(f"{name}-keeper", {}))
    owner = run.create(run.config_map(f"{name}-owner", {}))
    child = run.create(run.config_map(f"{name}-child", {}, ownerReferences=[_reference(owner, controller=True)]))
    run.create(run.config_map(f"{name}-grandchild", {}, ownerReferences=[_reference(child, blockOwnerDeletion=True)]))
    both = [_reference(owner, controller=True, blockOwnerDeletion=True), _reference(keeper)]
    run.create(run.config_map(f"{name}-kept", {}, ownerReferences=both))
    blocking = [_reference(owner, blockOwnerDeletion=True)]
    run.create(run.config_map(f"{name}-holding", {}, ownerReferences=blocking, finalizers=[_HOLD]))
    run.step(f"{name} delete", run.delete, owner, propagation=propagation)
    if propagation != "Orphan":
        run.eventually(f"{name} holding", run.is_deleting, f"{name}-holding")
        run.eventually(f"{name} grandchild gone", run.is_gone, "ConfigMap", f"{name}-grandchild")
    if propagation == "Foreground":
        run.step("foreground waits", run.live_config_map, "foreground-owner")
    run.let_go(run.live_config_map(f"{name}-holding"))
    run.eventually(f"{name} owner gone", run.is_gone, "ConfigMap", f"{name}-owner")
    run.eventually(f"{name} stripped", lambda: len(_owners(run.live_config_map(f"{name}-kept"))) == 1)
    run.step(f"{name} kept", run.live_config_map, f"{name}-kept")
    for which in ("child", "grandchild", "holding"):
        run.step(f"{name} {which}", run.current, "v1", "ConfigMap", f"{name}-{which}")


def _owners(obj: JSONObject) -> list[JSONObject]:
    owners: list[JSONObject] = obj["metadata"]["ownerReferences"]
    return owners


def _end(run: Recorder) -> None:
    """Deletion of the namespace, which waits for what is in it."""
    held = run.create(run.config_map("last", {}, finalizers=[_HOLD]))
    run.step("delete namespace", run.delete, sample("v1", "Namespace", run.namespace, "", {}))
    run.eventually("last", run.is_deleting, "last")
    run.step("too late to create", run.create, run.config_map("late", {}))
    run.step("too late to apply", run.apply, run.config_map("late", {}))
    run.let_go(held)
    claims = run.cluster.resource_type("v1", kind="PersistentVolumeClaim")
    for claim in run.cluster.list(claims, namespace=run.namespace):  # no controller of ours looks after claims
        run.let_go({"apiVersion": "v1", "kind": "PersistentVolumeClaim", **claim})
    run.eventually("namespace gone", run.is_gone, "Namespace", run.namespace)
