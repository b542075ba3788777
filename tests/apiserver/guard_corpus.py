"""Requests that the guard policy judges, each for itself: a cluster answers with its words, or with nothing."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from tenantry.names import (
    API_VERSION,
    CONFLICT_POLICY_ANNOTATION,
    FORCE,
    ORPHANED_LABEL,
    OWNER_ANNOTATION,
    REGISTRY_LABEL,
    TENANT_LABEL,
)
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, Cluster, Propagation, ResourceType
from tests.apiserver.test_crds import registry, template, tenant

USER: Final = "somebody"
METACONTROLLER: Final = "metacontroller"


@dataclass(frozen=True, slots=True)
class Marks:
    """What of ours an object carries."""

    tenant: str = ""
    registry: str = ""
    owner: str = ""
    orphaned: str = ""
    policy: str = ""
    controller: str = ""
    """Kind of the controller among its owners."""
    api_version: str = API_VERSION
    finalizers: tuple[str, ...] = ()
    is_controller: bool = True

    def put_on(self, obj: JSONObject, owners: Mapping[str, JSONObject]) -> JSONObject:
        """The object with these marks and no others; ``owners`` are objects that exist, by kind."""
        labels = {TENANT_LABEL: self.tenant, REGISTRY_LABEL: self.registry, ORPHANED_LABEL: self.orphaned}
        annotations = {OWNER_ANNOTATION: self.owner, CONFLICT_POLICY_ANNOTATION: self.policy}
        metadata = {
            **obj["metadata"],
            "labels": {key: value for key, value in labels.items() if value},
            "annotations": {key: value for key, value in annotations.items() if value},
            "finalizers": list(self.finalizers),
            "ownerReferences": [],
        }
        if self.controller:
            owner = owners[self.controller]["metadata"]
            reference = {"kind": self.controller, "name": owner["name"], "uid": owner["uid"]}
            reference |= {"apiVersion": self.api_version, "controller": self.is_controller}
            metadata["ownerReferences"] = [reference]
        return {**obj, "metadata": metadata}


ACME: Final = Marks(tenant="acme", controller="Tenant")
FORCED: Final = Marks(tenant="acme", controller="Tenant", policy=FORCE)
SLICED: Final = Marks(registry="shops", controller="TenantSlice")
SLICED_BY_FORCE: Final = Marks(registry="shops", controller="TenantSlice", policy=FORCE)
HELD: Final = Marks(finalizers=("foregroundDeletion",))
KEPT: Final = Marks(finalizers=("example.com/kept",))

OBJECT_CHANGES: Final = (
    (Marks(), ACME),
    (Marks(), FORCED),
    (Marks(), Marks(tenant="acme")),
    (Marks(), Marks(owner="acme", controller="Tenant")),
    (Marks(), Marks(tenant="acme", controller="TenantSlice")),
    (Marks(), Marks(tenant="acme", controller="Tenant", api_version="example.com/v1")),
    (Marks(), Marks(tenant="acme", controller="Tenant", is_controller=False)),
    (Marks(), Marks(tenant="acme", controller="Tenant", policy="Stuck")),
    (Marks(policy=FORCE), Marks(tenant="acme", controller="Tenant", policy=FORCE)),
    (Marks(policy=FORCE), ACME),
    (Marks(tenant="acme"), ACME),
    (Marks(owner="acme"), ACME),
    (Marks(tenant="bravo"), ACME),
    (Marks(tenant="bravo"), FORCED),
    (Marks(tenant="bravo", owner="bravo"), FORCED),
    (Marks(owner="bravo"), ACME),
    (Marks(owner="bravo"), FORCED),
    (Marks(tenant="bravo", owner="acme"), ACME),
    (Marks(tenant="acme", owner="bravo"), ACME),
    (Marks(tenant="bravo", orphaned="true"), ACME),
    (Marks(tenant="bravo", orphaned="true"), FORCED),
    (Marks(tenant="bravo", owner="bravo", orphaned="true"), FORCED),
    (Marks(tenant="bravo", orphaned="no"), FORCED),
    (Marks(owner="bravo", orphaned="true"), FORCED),
    (ACME, ACME),
    (ACME, Marks(tenant="acme")),
    (ACME, Marks(tenant="bravo", controller="Tenant")),
    (ACME, Marks()),
)
TENANT_CHANGES: Final = (
    (Marks(), SLICED),
    (Marks(), SLICED_BY_FORCE),
    (Marks(), Marks(registry="shops")),
    (Marks(), Marks(registry="shops", controller="Tenant")),
    (Marks(registry="shops"), SLICED),
    (Marks(registry="others"), SLICED),
    (Marks(registry="others"), SLICED_BY_FORCE),
    (SLICED, Marks(registry="shops")),
    (Marks(), HELD),
    (HELD, Marks(finalizers=("foregroundDeletion", "example.com/kept"))),
    (HELD, KEPT),
)


@dataclass(slots=True)
class Corpus:
    """Runs all requests on a cluster, in names of its own."""

    cluster: Cluster
    prefix: str
    answers: dict[str, str] = field(default_factory=dict)
    owners: dict[str, JSONObject] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def run(self) -> dict[str, str]:
        """Request → the refusal's words, or nothing for a request that was granted."""
        for obj in (tenant(f"{self.prefix}-owner"), self._slice()):
            self.owners[obj["kind"]] = self.cluster.create(self._kind(obj), obj, field_manager=USER)
        for before, after in OBJECT_CHANGES:
            self._change(self._config_map, before, after)
        for before, after in OBJECT_CHANGES[:3]:
            self._change(self._namespace, before, after)
        for before, after in TENANT_CHANGES:
            self._change(self._tenant, before, after)
        for obj in (tenant(self._name()), template(self._name()), registry(self._short_name())):
            self._delete(obj, KEPT, "Foreground")
        for before in (HELD, KEPT):
            self._delete(self._tenant(), before, "Background")
        self._delete(self._config_map(), ACME, "Foreground")
        return self.answers

    def _name(self) -> str:
        return f"{self.prefix}-{next(self._numbers)}"

    def _config_map(self) -> JSONObject:
        metadata = {"name": self._name(), "namespace": "default"}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "b"}}

    def _short_name(self) -> str:
        return f"{self.prefix[-8:]}-{next(self._numbers)}"

    def _namespace(self) -> JSONObject:
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self._name()}}

    def _tenant(self) -> JSONObject:
        return tenant(self._name())

    def _slice(self) -> JSONObject:
        spec: JSONObject = {"registry": "shops", "buckets": 1, "bucket": 0, "sequence": 1, "anchor": "uid"}
        spec["selector"] = {"matchLabels": {REGISTRY_LABEL: "nobody"}}
        metadata = {"name": f"{self.prefix}-owner"}
        return {"apiVersion": API_VERSION, "kind": "TenantSlice", "metadata": metadata, "spec": spec}

    def _kind(self, obj: JSONObject) -> ResourceType:
        return self.cluster.resource_type(obj["apiVersion"], kind=obj["kind"])

    def _change(self, make: Callable[[], JSONObject], before: Marks, after: Marks) -> None:
        """Ask twice for one change: of an object that is applied, and of another that is updated."""
        obj = make()
        kind, name = self._kind(obj), f"{obj['kind']}: {before} becomes {after}"
        self.cluster.create(kind, before.put_on(obj, self.owners), field_manager=USER)
        applied = after.put_on(obj, self.owners)
        self._ask(
            f"{name}, applied", lambda: self.cluster.apply(kind, applied, field_manager=METACONTROLLER, force=True)
        )
        live = self.cluster.create(kind, before.put_on(make(), self.owners), field_manager=USER)
        self._ask(
            f"{name}, updated",
            lambda: self.cluster.update(kind, after.put_on(live, self.owners), field_manager=USER),
        )

    def _delete(self, obj: JSONObject, before: Marks, propagation: Propagation) -> None:
        kind, metadata = self._kind(obj), obj["metadata"]
        self.cluster.create(kind, before.put_on(obj, self.owners), field_manager=USER)
        self._ask(
            f"{obj['kind']}: {before} is deleted, {propagation}",
            lambda: self.cluster.delete(
                kind, metadata["name"], namespace=metadata.get("namespace", ""), propagation=propagation
            ),
        )

    def _ask(self, name: str, request: Callable[[], object]) -> None:
        try:
            request()
        except ApiError as error:
            told = f"{error.code} {error.reason} {error.message}"
            for own in (self.prefix, self.prefix[-8:]):
                told = told.replace(own, "PREFIX")
            self.answers[name] = told
        else:
            self.answers[name] = ""
