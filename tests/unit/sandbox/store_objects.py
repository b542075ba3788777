"""A store with a namespace, and short ways to write objects of any kind to it."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import Event, Propagation, ResourceType
from tenantry.sandbox.store import InProcessCluster

NAMESPACE = "apps"


class StoreWorld:
    """A store in which the namespace ``apps`` exists. Objects are written as managers named after what they do."""

    def __init__(self) -> None:
        self.cluster = InProcessCluster()
        self.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cluster.close()

    def type_of(self, obj: JSONObject) -> ResourceType:
        """The resource type of an object."""
        return self.cluster.resource_type(obj["apiVersion"], kind=obj["kind"])

    def create(self, obj: JSONObject) -> JSONObject:
        """POST."""
        return self.cluster.create(self.type_of(obj), obj, field_manager="creator")

    def update(self, obj: JSONObject) -> JSONObject:
        """PUT."""
        return self.cluster.update(self.type_of(obj), obj, field_manager="updater")

    def update_status(self, obj: JSONObject) -> JSONObject:
        """PUT on the status subresource."""
        return self.cluster.update_status(self.type_of(obj), obj, field_manager="controller")

    def patch(self, obj: JSONObject, patch: JSONObject) -> JSONObject:
        """Merge patch."""
        metadata = obj["metadata"]
        namespace = metadata.get("namespace", "")
        kind = self.type_of(obj)
        return self.cluster.patch(kind, metadata["name"], patch, namespace=namespace, field_manager="patcher")

    def apply(self, obj: JSONObject, manager: str = "applier", *, force: bool = False) -> JSONObject:
        """Server-side apply."""
        return self.cluster.apply(self.type_of(obj), obj, field_manager=manager, force=force)

    def delete(self, obj: JSONObject, *, propagation: Propagation = "Background") -> None:
        """DELETE."""
        metadata = obj["metadata"]
        namespace = metadata.get("namespace", "")
        self.cluster.delete(self.type_of(obj), metadata["name"], namespace=namespace, propagation=propagation)

    def get(self, obj: JSONObject) -> JSONObject:
        """The object as it is now."""
        return self.cluster.get(self.type_of(obj), obj["metadata"]["name"], obj["metadata"].get("namespace", ""))

    def names(self, kind: str = "ConfigMap", api_version: str = "v1") -> list[str]:
        """The names of all objects of a kind in the namespace ``apps``, the root certificate aside."""
        resource = self.cluster.resource_type(api_version, kind=kind)
        found = self.cluster.list(resource, namespace=NAMESPACE if resource.namespaced else "")
        return [obj["metadata"]["name"] for obj in found if obj["metadata"]["name"] != "kube-root-ca.crt"]

    def events(self, kind: str = "ConfigMap", api_version: str = "v1") -> list[Event]:
        """A list that grows with every event of a kind from now on."""
        seen: list[Event] = []
        self.cluster.watch(self.cluster.resource_type(api_version, kind=kind), seen.append)
        seen.clear()
        return seen

    def settle(self) -> None:
        """Wait until garbage collection and watches have nothing to do."""
        assert self.cluster.settle()


def config_map(name: str, data: Any = None, **metadata: Any) -> JSONObject:
    """A ConfigMap in the namespace ``apps``."""
    obj: JSONObject = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": NAMESPACE}}
    obj["metadata"].update(metadata)
    if data is not None:
        obj["data"] = data
    return obj


def container(name: str, image: str = "example:1", **fields: Any) -> JSONObject:
    """A container of a pod template."""
    return {"name": name, "image": image, **fields}


def deployment(*containers: JSONObject, **spec: Any) -> JSONObject:
    """A Deployment named ``web`` in the namespace ``apps``."""
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": list(containers)}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": NAMESPACE},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template, **spec},
    }


def definition(spec: JSONObject, *, status: bool = True, scope: str = "Namespaced") -> JSONObject:
    """A CustomResourceDefinition of the kind Widget, whose ``spec`` has this schema."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": spec, "status": anything}}
    version: JSONObject = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    if status:
        version["subresources"] = {"status": {}}
    names = {"plural": "widgets", "kind": "Widget"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {"group": "example.com", "scope": scope, "names": names, "versions": [version]},
    }


def widget(name: str, **content: Any) -> JSONObject:
    """A Widget in the namespace ``apps``."""
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": metadata, **content}


def owned_by(obj: JSONObject, owner: JSONObject, **options: Any) -> JSONObject:
    """The object with one more owner reference."""
    reference = {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        **options,
    }
    obj["metadata"].setdefault("ownerReferences", []).append(reference)
    return obj


def fields_of(obj: JSONObject, manager: str) -> Any:
    """What a manager owns; None if it owns nothing."""
    entries = obj["metadata"].get("managedFields", [])
    return next((entry["fieldsV1"] for entry in entries if entry["manager"] == manager), None)


def without_version(obj: JSONObject) -> JSONObject:
    """The object without its resourceVersion."""
    metadata = {key: value for key, value in obj["metadata"].items() if key != "resourceVersion"}
    return {**obj, "metadata": metadata}
