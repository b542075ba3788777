"""``InProcessCluster``: a cluster in a process, for development, previews and tests.

It stands for a kube-apiserver and the parts of a kube-controller-manager that act on objects of any kind: garbage
collection, namespace deletion, and the service account and root certificate of each namespace. It runs no workloads.
Left out: authentication, quotas, admission (policies are stored, not evaluated; of our own guard policy there is an
emulation), CEL rules of custom resources, conversion between versions beyond their name, bookmarks and history of
watches, and limits on the number of managers.
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, Event, NotFound, Propagation, ResourceType
from tenantry.sandbox.store.catalog import Catalog
from tenantry.sandbox.store.collector import Collector
from tenantry.sandbox.store.deletion import marked, may_go
from tenantry.sandbox.store.delivery import Delivery, Watch
from tenantry.sandbox.store.furnishing import furnishings
from tenantry.sandbox.store.guard import check_delete, check_update
from tenantry.sandbox.store.index import Index, Stored
from tenantry.sandbox.store.requests import check_applied_type, check_uid, check_version, conflict, metadata_of
from tenantry.sandbox.store.resources import Resource
from tenantry.sandbox.store.selectors import parse_selector
from tenantry.sandbox.store.writes import Writer, applied_to, created, merge_patch, replaced, status_replaced

_PERMANENT_NAMESPACES: Final = ("default", "kube-system", "kube-public", "kube-node-lease")
_CONTROLLERS: Final = "kube-controller-manager"
_MAX_OBJECT_BYTES: Final = 1_572_864
"""The request limit of etcd."""
_NAME_CHARACTERS: Final = "bcdfghjklmnpqrstvwxz2456789"


class InProcessCluster:
    """The in-process implementation of the ``Cluster`` protocol."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.index = Index()
        self._catalog = Catalog()
        self._version = 0
        self._addresses = 0
        self._delivery = Delivery()
        self._collector = Collector(self)
        self._namespaces = self._catalog.find("v1", "Namespace", "")
        self._definitions = self._catalog.find("apiextensions.k8s.io/v1", "CustomResourceDefinition", "")
        self._policies = self._catalog.find("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "")
        self._bindings = self._catalog.find("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", "")
        for name in _PERMANENT_NAMESPACES:
            self.create(self._namespaces.type, {"metadata": {"name": name}}, field_manager="kube-apiserver")

    # Reading

    def resource_type(self, api_version: str, *, kind: str = "", plural: str = "") -> ResourceType:
        """The resource of this version and kind (or lower-case plural). Raises ``NotFound``."""
        return self._catalog.find(api_version, kind, plural).type

    def resource_types(self) -> Sequence[ResourceType]:
        """Every served resource."""
        return self._catalog.types()

    def get(self, kind: ResourceType, name: str, namespace: str = "") -> JSONObject:
        """One object. Raises ``NotFound``."""
        with self.lock:
            resource = self._catalog.resource(kind)
            stored = self._existing(resource, namespace, name)
        return _shown(stored, resource)

    def list(self, kind: ResourceType, *, namespace: str = "", labels: str = "") -> list[JSONObject]:
        """All objects of a type, of one namespace if given; ``labels`` is a label selector as kubectl takes it."""
        try:
            matches = parse_selector(labels) if labels else None
        except ValueError as error:
            raise ApiError(400, "BadRequest", str(error)) from error
        with self.lock:
            resource = self._catalog.resource(kind)
            found = list(self.index.select(resource, namespace))
        return [
            _shown(stored, resource)
            for stored in found
            if matches is None or matches(stored.body["metadata"].get("labels", {}))
        ]

    def watch(self, kind: ResourceType, handler: Callable[[Event], Any]) -> Callable[[], None]:
        """Call ``handler`` with every object that exists and then with each change, in order.

        One thread calls all handlers of a cluster. A handler's exception is logged, and the watch goes on.
        """
        with self.lock:
            resource = self._catalog.resource(kind)
            watch = Watch(resource.qualified_plural, kind.api_version, handler)
            delivered = self._delivery.add(watch, self.index.select(resource))
        delivered.wait()
        return lambda: self._delivery.remove(watch)

    # Writing

    def create(self, kind: ResourceType, obj: JSONObject, *, field_manager: str) -> JSONObject:
        """Create an object (POST). Raises ``ApiError``, with reason ``AlreadyExists`` among others."""
        with self.lock:
            resource = self._catalog.resource(kind)
            metadata = metadata_of(obj, resource)
            if metadata.get("resourceVersion"):
                raise ApiError(500, "Unknown", "resourceVersion should not be set on objects to be created")
            name = metadata.get("name", "")
            if not name and metadata.get("generateName"):
                name = metadata["generateName"] + "".join(random.choices(_NAME_CHARACTERS, k=5))
                obj = {**obj, "metadata": {**metadata, "name": name}}
            namespace = metadata.get("namespace", "")
            self._require_namespace(resource, namespace, name)
            if self.index.find(resource, namespace, name) is not None:
                message = f'{resource.qualified_plural} "{name}" already exists'
                raise ApiError(409, "AlreadyExists", message)
            stored = self._commit(None, created(resource, obj, self._writer(field_manager)))
        return _shown(stored, resource)

    def update(self, kind: ResourceType, obj: JSONObject, *, field_manager: str) -> JSONObject:
        """Replace an object (PUT); a ``resourceVersion`` in it must be the current one, else ``Conflict``."""
        with self.lock:
            resource = self._catalog.resource(kind)
            old = self._addressed(resource, obj)
            check_version(resource, old, obj, required=resource.is_custom)
            stored = self._commit(old, self._admitted(old, replaced(resource, old, obj, self._writer(field_manager))))
        return _shown(stored, resource)

    def update_status(self, kind: ResourceType, obj: JSONObject, *, field_manager: str) -> JSONObject:
        """Replace an object's status (PUT on the status subresource), and nothing else of it."""
        with self.lock:
            resource = self._catalog.resource(kind)
            if not resource.has_status:
                raise NotFound("the server could not find the requested resource")
            old = self._addressed(resource, obj)
            check_version(resource, old, obj, required=resource.is_custom)
            stored = self._commit(old, status_replaced(resource, old, obj, self._writer(field_manager)))
        return _shown(stored, resource)

    def patch(
        self, kind: ResourceType, name: str, patch: JSONObject, *, namespace: str = "", field_manager: str
    ) -> JSONObject:
        """JSON merge patch: null deletes a key, lists are replaced."""
        with self.lock:
            resource = self._catalog.resource(kind)
            old = self._existing(resource, namespace, name)
            obj = merge_patch(_shown(old, resource), patch)
            metadata = metadata_of(obj, resource)
            if metadata.get("name") != name:
                message = f"the name of the object ({metadata.get('name')}) does not match the name on the URL ({name})"
                raise ApiError(400, "BadRequest", message)
            check_version(resource, old, obj, required=False)
            stored = self._commit(old, self._admitted(old, replaced(resource, old, obj, self._writer(field_manager))))
        return _shown(stored, resource)

    def apply(self, kind: ResourceType, obj: JSONObject, *, field_manager: str, force: bool = False) -> JSONObject:
        """Server-side apply. Without ``force``, changing fields of other managers raises ``ApiError`` ``Conflict``."""
        with self.lock:
            resource = self._catalog.resource(kind)
            metadata = metadata_of(obj, resource)
            name, namespace = metadata.get("name", ""), metadata.get("namespace", "")
            check_applied_type(obj, resource)
            old = self.index.find(resource, namespace, name)
            if old is None:
                self._require_namespace(resource, namespace, name)
                if metadata.get("uid"):
                    message = f"uid mismatch: the provided object specified uid {metadata['uid']}, "
                    raise conflict(resource.qualified_plural, name, message + "and no existing object was found")
            else:
                check_version(resource, old, obj, required=False)
            writer = self._writer(field_manager)
            stored = self._commit(old, self._admitted(old, applied_to(resource, old, obj, writer, force=force)))
        return _shown(stored, resource)

    def delete(
        self,
        kind: ResourceType,
        name: str,
        *,
        namespace: str = "",
        uid: str = "",
        propagation: Propagation = "Background",
    ) -> None:
        """Delete an object; with ``uid`` only that very one. Raises ``NotFound``, or ``ApiError`` ``Conflict``."""
        with self.lock:
            resource = self._catalog.resource(kind)
            stored = self._existing(resource, namespace, name)
            check_uid(stored, uid)
            if resource is self._namespaces and name in _PERMANENT_NAMESPACES:
                message = f'namespaces "{name}" is forbidden: this namespace may not be deleted'
                raise ApiError(403, "Forbidden", message)
            check_delete(resource, stored.body, propagation, self._has_policy)
            self.discard(stored, propagation)

    # Waiting and ending

    @property
    def idle(self) -> bool:
        """Whether there is nothing to collect, and every event is handled."""
        with self.lock:
            return self._collector.idle and self._delivery.idle

    def settle(self, timeout: float = 10.0) -> bool:
        """Wait until the cluster is idle; the answer is false if it still is not after ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        while not self.idle:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.001)
        return True

    def close(self) -> None:
        """End all watches, garbage collection included. The objects can still be read and written."""
        self._collector.close()
        self._delivery.close()

    # What the collector does; the caller holds the lock

    def discard(self, stored: Stored, propagation: Propagation) -> None:
        """Delete an object, or mark it as being deleted when finalizers are left."""
        deleting = marked(stored, propagation, now=self._writer(_CONTROLLERS).now)
        if may_go(deleting):
            self._remove(stored)  # watchers see it as it was: without a time of deletion
        else:
            self._commit(stored, deleting)

    def rewrite_metadata(self, stored: Stored, key: str, value: Sequence[object]) -> None:
        """Set ``finalizers`` or ``ownerReferences``; without finalizers, a deleted object goes."""
        metadata = {name: item for name, item in stored.body["metadata"].items() if name != key}
        if value:
            metadata[key] = list(value)
        obj = {**stored.body, "metadata": metadata}
        self._commit(stored, replaced(stored.resource, stored, obj, self._writer(_CONTROLLERS)))

    def finish_namespace(self, stored: Stored) -> None:
        """The namespace is empty: it goes, unless somebody else's finalizers hold it."""
        body = {**stored.body, "spec": {}}
        if body != stored.body:
            self._commit(stored, Stored(stored.resource, body, stored.managers))

    def furnish_namespace(self, name: str) -> None:
        """Create what every namespace has, as far as it is missing."""
        for obj in furnishings(name):
            resource = self._catalog.find("v1", obj["kind"], "")
            if self.index.find(resource, name, obj["metadata"]["name"]) is None:
                self.create(resource.type, obj, field_manager=_CONTROLLERS)

    # Admission

    def _admitted(self, old: Stored | None, new: Stored) -> Stored:
        """The object as it is after an update, unless a policy refuses that."""
        if old is not None:
            check_update(new.resource, old.body, new.body, self._has_policy)
        return new

    def _has_policy(self, name: str) -> bool:
        return all(self.index.find(resource, "", name) is not None for resource in (self._policies, self._bindings))

    # Storing

    def _commit(self, old: Stored | None, new: Stored) -> Stored:
        if new is old:
            return old
        if may_go(new):
            self._remove(new)
            return new
        stored = self._stamped(new)
        if len(stored.json) > _MAX_OBJECT_BYTES:
            raise ApiError(500, "Unknown", "etcdserver: request is too large")
        self.index.put(stored)
        if stored.resource is self._definitions:
            self._catalog.define(stored.body)
        self._delivery.send("ADDED" if old is None else "MODIFIED", stored)
        self._collector.stored(old, stored)
        if old is None and stored.resource is self._namespaces:
            self.furnish_namespace(stored.name)
        return stored

    def _stamped(self, new: Stored) -> Stored:
        self._version += 1
        metadata = {**new.body["metadata"], "resourceVersion": str(self._version)}
        return Stored(new.resource, {**new.body, "metadata": metadata}, new.managers)

    def _remove(self, stored: Stored) -> None:
        self.index.remove(stored)
        self._delivery.send("DELETED", self._stamped(stored))
        self._collector.removed(stored)
        if stored.resource is self._definitions:
            self._catalog.undefine(stored.name)

    # Finding and checking

    def _existing(self, resource: Resource, namespace: str, name: str) -> Stored:
        found = self.index.find(resource, namespace, name)
        if found is None:
            raise NotFound(f'{resource.qualified_plural} "{name}" not found')
        return found

    def _addressed(self, resource: Resource, obj: JSONObject) -> Stored:
        metadata = metadata_of(obj, resource)
        return self._existing(resource, metadata.get("namespace", ""), metadata.get("name", ""))

    def _require_namespace(self, resource: Resource, namespace: str, name: str) -> None:
        if not resource.type.namespaced:
            return
        if not namespace:
            raise ApiError(400, "BadRequest", "an empty namespace may not be set during creation")
        found = self.index.find(self._namespaces, "", namespace)
        if found is None:
            raise NotFound(f'namespaces "{namespace}" not found')
        if found.deleting:
            message = f'{resource.qualified_plural} "{name}" is forbidden: unable to create new content in namespace '
            raise ApiError(403, "Forbidden", f"{message}{namespace} because it is being terminated")

    def _writer(self, field_manager: str) -> Writer:
        return Writer(field_manager or "unknown", _now(), lambda: str(uuid.uuid4()), self._next_address)

    def _next_address(self) -> str:
        self._addresses += 1
        number = self._addresses + 256
        return f"10.{number >> 16 & 15}.{number >> 8 & 255}.{number & 255}"


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown(stored: Stored, resource: Resource) -> JSONObject:
    version = resource.type.api_version
    return stored.to_json(version if stored.resource.type.api_version != version else "")
