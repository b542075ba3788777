"""Lynq as it leaves a cluster: its kinds, a hub, a form, nodes, and the objects that it made of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from tenantry.names import TENANT_LABEL
from tenantry.protocol import JSONObject
from tests.cluster.site import Site
from tests.scenarios.harness.world import World

API_VERSION: Final = "operator.lynq.sh/v1"
OPERATOR: Final = "lynq-operator"
KINDS: Final = {"LynqHub": "lynqhubs", "LynqForm": "lynqforms", "LynqNode": "lynqnodes"}
FINALIZERS: Final = {"LynqHub": "lynq.sh/hub-finalizer", "LynqNode": "lynqnode.operator.lynq.sh/finalizer"}


def definition(kind: str) -> JSONObject:
    """A definition of one of Lynq's kinds that takes whatever comes."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"kind": kind, "plural": KINDS[kind], "singular": kind.lower(), "listKind": f"{kind}List"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{KINDS[kind]}.operator.lynq.sh"},
        "spec": {"group": "operator.lynq.sh", "scope": "Namespaced", "names": names, "versions": [version]},
    }


def form_spec(hub: str, prefix: str) -> JSONObject:
    """Two ConfigMaps and a Deployment next to the nodes, and a Namespace of the tenant's own with a ConfigMap in it."""
    labels = {"app": "{{ .uid }}"}
    pod = {"containers": [{"name": "web", "image": "shop:{{ .plan }}"}]}
    deployment = {
        "replicas": "{{ .replicas | int }}",
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    space = f"{prefix}-{{{{ .uid | trunc63 }}}}"
    return {
        "hubId": hub,
        "configMaps": [
            {
                "id": "near",
                "nameTemplate": "{{ .uid }}-config",
                "labelsTemplate": {"lynq.sh/uid": "{{ .uid }}"},
                "spec": config({"plan": "{{ .plan }}", "note": '{{ .note | default "none" }}'}),
            },
            {
                "id": "far",
                "nameTemplate": "settings",
                "targetNamespace": space,
                "dependIds": ["space"],
                "spec": config({"plan": "{{ .plan }}"}),
            },
        ],
        "manifests": [
            {
                "id": "kept",
                "nameTemplate": "{{ .uid }}-kept",
                "deletionPolicy": "Retain",
                "spec": config({"made": "by Lynq"}),
            }
        ],
        "deployments": [
            {
                "id": "web",
                "nameTemplate": "{{ .uid }}-web",
                "dependIds": ["near"],
                "spec": {"apiVersion": "apps/v1", "kind": "Deployment", "spec": deployment},
            }
        ],
        "namespaces": [{"id": "space", "nameTemplate": space, "spec": {"apiVersion": "v1", "kind": "Namespace"}}],
    }


def config(data: dict[str, str]) -> JSONObject:
    """A ConfigMap as a form has it."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "data": data}


@dataclass(frozen=True, slots=True)
class Lynq:
    """Lynq in the cluster of a site, with names of one world."""

    site: Site
    world: World

    @property
    def namespace(self) -> str:
        """Where its own objects are."""
        return f"{self.world.name}-lynq"

    def install(self) -> None:
        """Its kinds, a Namespace, a hub and a form."""
        for kind in KINDS:
            self.world.apply(definition(kind))
        self.world.eventually(self._is_served, "Lynq's kinds are served")
        self.world.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}})
        mysql = {"host": "db", "port": 3306, "username": "u", "database": "d", "table": "shops"}
        hub = {
            "source": {"type": "mysql", "syncInterval": "30s", "mysql": mysql},
            "valueMappings": {"uid": "id", "activate": "active"},
            "extraValueMappings": {"plan": "plan", "replicas": "replicas", "note": "note"},
        }
        self.own("LynqHub", self.world.name, hub)
        self.own("LynqForm", self.world.template_name(), form_spec(self.world.name, self.world.name))

    def deployment(self) -> JSONObject:
        """The Deployment of its operator."""
        labels = {"app": "lynq"}
        pod = {"containers": [{"name": "manager", "image": "example.com/lynq:1"}]}
        template = {"metadata": {"labels": labels}, "spec": pod}
        found = placed("apps/v1", "Deployment", {"name": "controller-manager", "namespace": self.namespace})
        return found | {"spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}}

    def own(self, kind: str, name: str, spec: JSONObject, **metadata: Any) -> JSONObject:
        """An object of one of its kinds."""
        finalizers = {"finalizers": [FINALIZERS[kind]]} if kind in FINALIZERS else {}
        described = {"name": name, "namespace": self.namespace, **finalizers, **metadata}
        return self.world.apply({"apiVersion": API_VERSION, "kind": kind, "metadata": described, "spec": spec})

    def node(self, uid: str, **extra: str) -> JSONObject:
        """The node of a row, and the objects that Lynq makes of it."""
        values = {"plan": "basic", "replicas": "1", "note": "", **extra}
        form = self.world.template_name()
        node = self.own(
            "LynqNode",
            f"{uid}-{form}",
            {"uid": uid, "templateRef": form},
            labels={"lynq.sh/hub": self.world.name, "lynq.sh/uid": uid},
            annotations={"lynq.sh/extra": json.dumps(values), "lynq.sh/activate": "1"},
        )
        for obj in self.objects_of(uid, values):
            self.make(obj, node)
        return node

    def objects_of(self, uid: str, values: dict[str, str]) -> list[JSONObject]:
        """What Lynq makes of a row, by its rules."""
        space, labels = f"{self.world.name}-{uid}", {"app": uid}
        pod = {"containers": [{"name": "web", "image": f"shop:{values['plan']}"}]}
        deployment = {
            "replicas": int(values["replicas"]),
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        }
        # Lynq applied a key that its form does not have any more.
        near = {"plan": values["plan"], "note": values["note"] or "none", "old": "yes"}
        here = {"namespace": self.namespace}
        return [
            placed("v1", "Namespace", {"name": space}),
            config(near) | {"metadata": {"name": f"{uid}-config", "labels": {"lynq.sh/uid": uid}, **here}},
            config({"plan": values["plan"]}) | {"metadata": {"name": "settings", "namespace": space}},
            placed("apps/v1", "Deployment", {"name": f"{uid}-web", **here}) | {"spec": deployment},
            # Somebody changed it since it was made once.
            config({"made": "by hand"}) | {"metadata": {"name": f"{uid}-kept", **here}},
        ]

    def make(self, obj: JSONObject, node: JSONObject) -> JSONObject:
        """Apply an object as Lynq's operator does, with its marks."""
        metadata = obj["metadata"]
        marked = {**metadata, "annotations": {"lynq.sh/deletion-policy": "Delete", "lynq.sh/applied-hash": "0123"}}
        if metadata.get("namespace") == self.namespace and not metadata["name"].endswith("-kept"):
            owner = {"apiVersion": API_VERSION, "kind": "LynqNode", "controller": True, "blockOwnerDeletion": True}
            identity = {"name": node["metadata"]["name"], "uid": node["metadata"]["uid"]}
            marked["ownerReferences"] = [owner | identity]
        else:
            tracking = {"lynq.sh/node": node["metadata"]["name"], "lynq.sh/node-namespace": self.namespace}
            marked["labels"] = {**metadata.get("labels", {}), **tracking}
        kind = self.site.cluster.resource_type(obj["apiVersion"], kind=obj["kind"])
        return self.site.cluster.apply(kind, {**obj, "metadata": marked}, field_manager=OPERATOR, force=True)

    def live(self, uid: str) -> dict[str, JSONObject]:
        """The objects of a row as they are now, by kind and name."""
        wanted = self.objects_of(uid, {"plan": "", "replicas": "1", "note": ""})
        return {f"{obj['kind']} {obj['metadata']['name']}": self.world.again(obj) for obj in wanted}

    def uids(self, *uids: str) -> dict[str, str]:
        """The Kubernetes uid of every object of these rows."""
        return {f"{uid} {name}": obj["metadata"]["uid"] for uid in uids for name, obj in self.live(uid).items()}

    def versions(self, *uids: str) -> list[str]:
        """The resourceVersions of all objects of these rows."""
        return [obj["metadata"]["resourceVersion"] for uid in uids for obj in self.live(uid).values()]

    def left(self, kind: str) -> list[str]:
        """Names of Lynq's own objects of a kind."""
        found = self.site.cluster.list(self.site.cluster.resource_type(API_VERSION, kind=kind))
        return sorted(obj["metadata"]["name"] for obj in found if obj["metadata"]["namespace"] == self.namespace)

    def clear(self) -> None:
        """Let go whatever a test has left."""
        for kind in ("LynqNode", "LynqForm", "LynqHub"):
            resource = self.site.cluster.resource_type(API_VERSION, kind=kind)
            for obj in self.site.cluster.list(resource):
                self.world.edit(obj, {"metadata": {"finalizers": None}})
                self.world.delete(obj)
        self.world.delete(self.deployment())
        self.world.delete({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}})

    def _is_served(self) -> bool:
        paths = self.site.tenantry("migrate", "lynq", "--take-over")
        return "no lynqnodes" not in paths.stderr


def placed(api_version: str, kind: str, metadata: JSONObject) -> JSONObject:
    """An object that has a place and nothing in it."""
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def labelled(obj: JSONObject) -> str:
    """The Tenant that an object says it belongs to."""
    return str((obj["metadata"].get("labels") or {}).get(TENANT_LABEL, ""))
