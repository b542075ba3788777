"""Objects that an API server stores differently from how they were sent: they must come to rest all the same.

Each of them is known to keep other operators busy for ever. After each scenario the harness checks that nothing writes.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import orjson

from tenantry.protocol import JSONObject
from tests.scenarios.harness.objects import describe, entry
from tests.scenarios.harness.record import Change, changed_fields
from tests.scenarios.harness.world import World
from tests.support.kinds import KINDS, VALUE, object_of

DNS_PORTS = [{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53, "protocol": "TCP"}]


def test_awkward_objects_come_to_rest(world: World) -> None:
    world.shops.insert("acme", note="x")
    world.start(world.namespace_entry(), *awkward_entries(world))

    world.until_ready("acme")

    service = world.find("v1", "Service", "dns", world.tenant_namespace("acme"))
    assert [(port["port"], port["protocol"]) for port in service["spec"]["ports"]] == [(53, "UDP"), (53, "TCP")]


def test_awkward_objects_that_cannot_be_rendered_any_more_stay_untouched(world: World) -> None:
    world.shops.insert("acme", note="x")
    world.start(world.namespace_entry(), *awkward_entries(world))
    world.until_ready("acme")
    before = world.identities("acme")

    broken = [{**one, "object": _with_annotation(one["object"], "{{ nowhere }}")} for one in awkward_entries(world)]
    world.apply_template(world.namespace_entry(), *broken)

    def all_failed() -> bool:
        return all(world.status_of("acme", one["id"]).get("reason") == "RenderError" for one in broken)

    world.eventually(all_failed, "every entry says that it cannot be rendered")
    assert world.identities("acme") == before


def test_awkward_objects_are_written_once_for_each_change_of_their_row(world: World) -> None:
    world.shops.insert("acme", note="x")
    world.start(world.namespace_entry(), *awkward_entries(world))
    world.until_ready("acme")
    world.quiet()
    began = time.monotonic()

    world.shops.update("acme", note="y")
    world.eventually(lambda: world.config("acme", "long").get("data", {}).get("key-000") == "yyy", "it is updated")
    world.quiet()

    written = Counter(
        describe(change.after)
        for change in world.backend.recorder.changes(world.belongs, since=began)
        if change.before is not None and change.after["kind"] in KINDS and not is_status(change)
    )
    assert set(written.values()) == {1}


def is_status(change: Change) -> bool:
    """Whether only a controller's report of an object changed."""
    assert change.before is not None
    return all(field.startswith("status") for field in changed_fields(change.before, change.after))


def awkward_entries(world: World) -> list[JSONObject]:
    """Entries that differ from what is stored: defaults in lists, spellings of quantities, keys that lists share."""

    def named(api_version: str, kind: str, name: str, **content: Any) -> JSONObject:
        metadata = {"name": name, "namespace": world.namespace_entry()["object"]["metadata"]["name"]}
        return entry(name, {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content})

    return [
        named("v1", "Service", "dns", spec={"selector": {"app": "dns"}, "ports": DNS_PORTS}),
        named("apps/v1", "Deployment", "pods", spec=_workload(_awkward_pod())),
        named("v1", "Secret", "secret", stringData={"token": "{{ note }}", "empty": ""}, data={"raw": "cmF3"}),
        named("v1", "ResourceQuota", "quota", spec={"hard": {"cpu": "1000m", "memory": "1024Mi", "pods": "{{ 10 }}"}}),
        named("v1", "ConfigMap", "long", data={f"key-{n:03}": "{{ note }}" * 3 for n in range(200)}),
        named("networking.k8s.io/v1", "NetworkPolicy", "policy", spec=_policy()),
        named("rbac.authorization.k8s.io/v1", "RoleBinding", "subjects", **_subjects()),
        named("autoscaling/v2", "HorizontalPodAutoscaler", "scaler", spec=_autoscaler()),
        named("apps/v1", "Deployment", "many", spec=_workload(_long_pod())),
        # Nothing here runs the controller that a PodDisruptionBudget waits for.
        *(
            entry(f"any-{kind.lower()}", _of_any_kind(world, kind), waitForReady=kind != "PodDisruptionBudget")
            for kind in KINDS
            if kind != "Namespace"
        ),
    ]


def _of_any_kind(world: World, kind: str) -> JSONObject:
    """An object of a kind with all that is awkward about that kind, which follows the shop's note."""
    home = world.namespace_entry()["object"]["metadata"]["name"]
    text = orjson.dumps(object_of(kind, f"any-{kind.lower()}", home))
    return dict(orjson.loads(text.replace(VALUE.encode(), b"{{ note }}")))


def _long_pod() -> JSONObject:
    """A pod with long lists, with and without keys."""
    container = {
        "name": "many",
        "image": "many:1",
        "args": [f"--option-{n}={{{{ note }}}}" for n in range(200)],
        "env": [{"name": f"VARIABLE_{n}", "value": "" if n % 2 else "{{ note }}"} for n in range(200)],
        "ports": [{"containerPort": 1000 + n // 2, "protocol": "UDP" if n % 2 else "TCP"} for n in range(100)],
    }
    return {"containers": [container], "tolerations": [{"key": f"t{n}", "operator": "Exists"} for n in range(50)]}


def _with_annotation(obj: JSONObject, value: str) -> JSONObject:
    return {**obj, "metadata": {**obj["metadata"], "annotations": {"example.com/broken": value}}}


def _workload(pod: JSONObject) -> JSONObject:
    labels = {"app": "pods"}
    return {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}


def _awkward_pod() -> JSONObject:
    """A pod whose ports share a number, with an empty value, a default in a field reference, and a toleration."""
    field = {"fieldRef": {"fieldPath": "metadata.namespace"}}
    container = {
        "name": "dns",
        "image": "dns:1",
        "ports": [{"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53, "protocol": "TCP"}],
        "env": [{"name": "EMPTY", "value": ""}, {"name": "HOME", "valueFrom": field}],
        "resources": {"requests": {"cpu": "0.5", "memory": "1024Mi"}, "limits": {"cpu": "1000m"}},
        "livenessProbe": {"httpGet": {"port": 8080}},
        "volumeMounts": [{"name": "info", "mountPath": "/info"}, {"name": "scratch", "mountPath": "/scratch"}],
    }
    item = {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}
    return {
        "containers": [container],
        "tolerations": [{"key": "spot", "operator": "Exists"}],
        "volumes": [{"name": "info", "downwardAPI": {"items": [item]}}, {"name": "scratch", "emptyDir": {}}],
    }


def _policy() -> JSONObject:
    ports = [{"port": 53, "protocol": "UDP"}, {"port": 53}]
    return {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"ports": ports}, {"to": [{"podSelector": {}}]}]}


def _subjects() -> JSONObject:
    """Two ServiceAccounts of one name, told apart by their namespace alone."""
    group = "rbac.authorization.k8s.io"
    accounts = [{"kind": "ServiceAccount", "name": "default", "namespace": home} for home in ("default", "kube-system")]
    return {"roleRef": {"apiGroup": group, "kind": "Role", "name": "reader"}, "subjects": accounts}


def _autoscaler() -> JSONObject:
    utilization = {"type": "Utilization", "averageUtilization": 80}
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "pods"},
        "minReplicas": 1,
        "maxReplicas": 3,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": utilization}}],
    }
