"""Recording what a cluster answers, in a form in which two clusters can be compared line by line."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import orjson

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, Cluster, NotFound
from tests.apiserver.store_samples import sample

DEADLINE = 20.0
"""Seconds within which garbage collection must have come to its end."""

_UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_ADDRESS = re.compile(r"10\.\d+\.\d+\.\d+")


class Outcome(NamedTuple):
    """What one step of the corpus led to: an object, a list of facts, or an error."""

    step: str
    result: Any


class Recorder:
    """Runs steps and keeps what they return, in a form that is the same on every cluster."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self.outcomes: list[Outcome] = []

    def step(self, name: str, action: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Run one step; the answer is what it returned, None if it was refused."""
        try:
            result = action(*arguments, **options)
        except ApiError as error:
            self.outcomes.append(Outcome(name, f"{error.code} {error.reason}"))
            return None
        self.outcomes.append(Outcome(name, self.normalised(result)))
        return result

    def normalised(self, value: Any) -> Any:
        """The value without what is different in every run."""
        text = orjson.dumps(_without_controllers(value), option=orjson.OPT_SORT_KEYS).decode()
        text = _ADDRESS.sub("ADDRESS", _TIME.sub("TIME", _UID.sub("UID", text.replace(self.namespace, "NAMESPACE"))))
        return _without_versions(orjson.loads(text))

    def eventually(self, name: str, condition: Callable[..., bool], *arguments: Any) -> None:
        """Wait until a condition holds; whether it did is the outcome."""
        deadline = time.monotonic() + DEADLINE
        while not (holds := condition(*arguments)) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.outcomes.append(Outcome(name, holds))

    def exists(self, api_version: str, kind: str, name: str) -> bool:
        """Whether a namespaced object exists."""
        return self.current(api_version, kind, name) is not None

    def is_gone(self, kind: str, name: str) -> bool:
        """Whether there is no such object (any more)."""
        versions = {"CustomResourceDefinition": "apiextensions.k8s.io/v1"}
        return not self.exists(versions.get(kind, "v1"), kind, name)

    def is_deleting(self, name: str) -> bool:
        """Whether a ConfigMap waits for its finalizers."""
        return "deletionTimestamp" in self.live_config_map(name)["metadata"]

    def current(self, api_version: str, kind: str, name: str) -> JSONObject | None:
        """A namespaced object as it is now."""
        resource = self.cluster.resource_type(api_version, kind=kind)
        try:
            return self.cluster.get(resource, name, self.namespace if resource.namespaced else "")
        except NotFound:
            return None

    def create(self, obj: JSONObject) -> JSONObject:
        """Create an object of its own kind, as manager ``creator``."""
        return self.cluster.create(self._resource(obj), obj, field_manager="creator")

    def apply(self, obj: JSONObject, manager: str = "applier", *, force: bool = False) -> JSONObject:
        """Apply an object of its own kind."""
        return self.cluster.apply(self._resource(obj), obj, field_manager=manager, force=force)

    def update(self, obj: JSONObject, manager: str = "updater") -> JSONObject:
        """Replace an object of its own kind."""
        return self.cluster.update(self._resource(obj), obj, field_manager=manager)

    def update_status(self, obj: JSONObject) -> JSONObject:
        """Replace the status of an object, as manager ``controller``."""
        return self.cluster.update_status(self._resource(obj), obj, field_manager="controller")

    def patch(self, obj: JSONObject, patch: JSONObject) -> JSONObject:
        """Merge-patch an object, as manager ``patcher``."""
        namespace = obj["metadata"].get("namespace", "")
        name = obj["metadata"]["name"]
        return self.cluster.patch(self._resource(obj), name, patch, namespace=namespace, field_manager="patcher")

    def update_changes_nothing(self, obj: JSONObject) -> bool:
        """Whether writing an object as it is leaves it as it is, its version included."""
        return self.update(obj) == obj

    def apply_changes_nothing(self, config: JSONObject, live: JSONObject) -> bool:
        """Whether applying an object once more leaves it as it is, its version included."""
        return self.apply(config) == live

    def let_go(self, obj: JSONObject) -> None:
        """Remove the finalizers of an object, if it is still there."""
        with suppress(NotFound):
            self.patch(obj, {"metadata": {"finalizers": None}})

    def delete(self, obj: JSONObject, **options: Any) -> None:
        """Delete an object."""
        namespace = obj["metadata"].get("namespace", "")
        self.cluster.delete(self._resource(obj), obj["metadata"]["name"], namespace=namespace, **options)

    def config_map(self, name: str, data: Any, **metadata: Any) -> JSONObject:
        """A ConfigMap of the corpus's namespace."""
        return sample("v1", "ConfigMap", name, self.namespace, {"data": data}, **metadata)

    def live_config_map(self, name: str) -> JSONObject:
        """A ConfigMap that must exist, as it is now."""
        found = self.current("v1", "ConfigMap", name)
        assert found is not None
        return found

    def _resource(self, obj: JSONObject) -> Any:
        return self.cluster.resource_type(obj["apiVersion"], kind=obj["kind"])


def _without_controllers(value: Any) -> Any:
    """Managers in an order that does not depend on the second, without the quota controller and what it writes."""
    if not isinstance(value, dict) or "managedFields" not in value.get("metadata", {}):
        return value
    managers = [entry for entry in value["metadata"]["managedFields"] if entry["manager"] != "kube-controller-manager"]
    shown = {**value, "metadata": {**value["metadata"], "managedFields": sorted(managers, key=_manager_key)}}
    if value["kind"] == "ResourceQuota":
        del shown["status"]
    return shown


def _manager_key(entry: JSONObject) -> tuple[str, str, str]:
    return (entry["operation"], entry["manager"], entry.get("subresource", ""))


def _without_versions(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_versions(item) for key, item in value.items() if key != "resourceVersion"}
    return [_without_versions(item) for item in value] if isinstance(value, list) else value
