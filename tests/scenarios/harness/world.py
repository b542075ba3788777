"""The world of one scenario: a cluster it shares, and a table, a registry and templates of its own."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from tenantry.engine.lifecycle import PRE_DELETE
from tenantry.names import API_VERSION, SKIP_PRE_DELETE_ANNOTATION, TENANT_LABEL, slug, tenant_name
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import NotFound, Propagation, ResourceType
from tests.controlplane.guard import without_guard
from tests.scenarios.harness import objects
from tests.scenarios.harness.backend import Backend
from tests.scenarios.harness.quiet import SETTLE_SECONDS, wait_for_quiet
from tests.scenarios.harness.record import TENANT_OBJECT_KINDS
from tests.scenarios.harness.report import situation
from tests.scenarios.harness.shops import Shops

USER: Final = "kubectl"
"""The field manager of what a scenario does by hand."""
EVENTUALLY_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.05
BROKEN: Final = ("error", "refused", "bad_request")
"""Outcomes in the webhooks' log that are bugs of ours, whatever a scenario does."""

T = TypeVar("T")


class World:
    """What a scenario works with. All names in it begin with ``name``, which no other scenario has."""

    def __init__(self, backend: Backend, folder: Path) -> None:
        self.name = f"s{secrets.token_hex(3)}"
        self.backend = backend
        self.cluster = backend.cluster
        self.workloads = backend.workloads
        self.shops = Shops(folder / "shops.sqlite")
        self._log_start = backend.hook_log.position()

    # What a scenario sets up.

    def start(self, *resources: JSONObject, **registry: Any) -> None:
        """Apply a template and a registry over the shops: by default a Namespace and a ConfigMap for each shop."""
        self.apply_template(*(resources or (self.namespace_entry(), self.config_entry())))
        self.apply_registry(**registry)

    def apply_registry(self, **spec: Any) -> JSONObject:
        """Apply the registry; keywords replace fields of its spec."""
        registry = objects.tenant_registry(self.name, path=str(self.shops.file), table="shops", **spec)
        return self.apply(registry)

    def apply_template(
        self,
        *resources: JSONObject,
        name: str = "web",
        registry: bool = True,
        variables: JSONObject | None = None,
        rollout: JSONObject | None = None,
    ) -> JSONObject:
        """Apply a template with these entries, for the registry unless told otherwise."""
        template = objects.tenant_template(
            self.template_name(name), resources, registry=self.name if registry else "", variables=variables
        )
        if rollout:
            template["spec"]["rollout"] = rollout
        return self.apply(template)

    def apply_tenant(self, uid: str, *, template: str = "web", revision: str = "", **values: Any) -> JSONObject:
        """Apply a Tenant by hand, as if there was no registry."""
        reference = {"name": self.template_name(template)} | ({"revision": revision} if revision else {})
        name = self.tenant_name(uid)
        return self.apply(objects.tenant_by_hand(name, uid, templates=[reference], values=values))

    def template_name(self, name: str = "web") -> str:
        """Name of a template of this world."""
        return f"{self.name}-{name}"

    def tenant_name(self, uid: str) -> str:
        """Name of the Tenant of a shop."""
        return tenant_name(self.name, uid)

    def tenant_namespace(self, uid: str) -> str:
        """Name of the Namespace of a shop."""
        return f"{self.name}-{slug(uid)}"

    def namespace_entry(self) -> JSONObject:
        """Template entry ``namespace``."""
        return objects.namespace_entry(self.name)

    def config_entry(self, **options: Any) -> JSONObject:
        """Template entry of a ConfigMap, ``config`` unless an ``id`` is given."""
        return objects.config_entry(self.name, **options)

    def web_entry(self, **options: Any) -> JSONObject:
        """Template entry of a Deployment, ``web`` unless an ``id`` is given."""
        return objects.web_entry(self.name, **options)

    # What a person does by hand.

    def apply(self, obj: JSONObject) -> JSONObject:
        """Server-side apply, as ``kubectl apply --server-side --force-conflicts``."""
        kind = self.cluster.resource_type(obj["apiVersion"], kind=obj["kind"])
        return self.cluster.apply(kind, obj, field_manager=USER, force=True)

    def edit(self, obj: JSONObject, patch: JSONObject) -> JSONObject:
        """Change an object by hand, as ``kubectl patch --type merge``."""
        metadata = obj["metadata"]
        namespace = metadata.get("namespace", "")
        return self.cluster.patch(self._type_of(obj), metadata["name"], patch, namespace=namespace, field_manager=USER)

    def without_guard(self) -> AbstractContextManager[None]:
        """The cluster as it is where nobody installed the guard policy. It takes seconds on a real API server."""
        return without_guard(self.cluster)

    def delete(self, obj: JSONObject, *, propagation: Propagation = "Background") -> None:
        """Delete an object by hand, as ``kubectl delete``; one that is gone already is fine."""
        metadata = obj["metadata"]
        try:
            self.cluster.delete(
                self._type_of(obj), metadata["name"], namespace=metadata.get("namespace", ""), propagation=propagation
            )
        except NotFound:
            return

    # What a scenario looks at.

    def find(self, api_version: str, kind: str, name: str, namespace: str = "") -> JSONObject:
        """An object; an empty one when there is none."""
        try:
            return self.cluster.get(self.cluster.resource_type(api_version, kind=kind), name, namespace)
        except NotFound:
            return {}

    def again(self, obj: JSONObject) -> JSONObject:
        """The object of that kind and name as it is now."""
        metadata = obj["metadata"]
        return self.find(obj["apiVersion"], obj["kind"], metadata["name"], metadata.get("namespace", ""))

    def registry(self) -> JSONObject:
        """The registry as it is now."""
        return self.find(API_VERSION, "TenantRegistry", self.name)

    def template(self, name: str = "web") -> JSONObject:
        """A template as it is now."""
        return self.find(API_VERSION, "TenantTemplate", self.template_name(name))

    def tenant(self, uid: str) -> JSONObject:
        """The Tenant of a shop as it is now."""
        return self.find(API_VERSION, "Tenant", self.tenant_name(uid))

    def namespace(self, uid: str) -> JSONObject:
        """A shop's Namespace as it is now."""
        return self.find("v1", "Namespace", self.tenant_namespace(uid))

    def config(self, uid: str, name: str = "config") -> JSONObject:
        """A ConfigMap of a shop as it is now."""
        return self.find("v1", "ConfigMap", name, self.tenant_namespace(uid))

    def plan_of(self, uid: str) -> str:
        """The plan that a shop's usual ConfigMap tells."""
        return str(self.config(uid).get("data", {}).get("plan", ""))

    def status_of(self, uid: str, id: str) -> JSONObject:
        """What the Tenant of a shop says of an entry of the usual template."""
        return objects.resource_status(self.tenant(uid), f"{self.template_name()}/{id}")

    def deployment(self, uid: str, name: str = "web") -> JSONObject:
        """A Deployment of a shop as it is now."""
        return self.find("apps/v1", "Deployment", name, self.tenant_namespace(uid))

    def ours(self, kind: str) -> list[JSONObject]:
        """All objects of a kind of Tenantry that belong to this world."""
        resource = self.cluster.resource_type(API_VERSION, kind=kind)
        return [obj for obj in self.cluster.list(resource) if self.belongs(obj)]

    def objects_of(self, uid: str) -> list[JSONObject]:
        """All objects that carry the label of a shop's Tenant."""
        labels = f"{TENANT_LABEL}={self.tenant_name(uid)}"
        types = [self.cluster.resource_type(api_version, kind=kind) for api_version, kind in TENANT_OBJECT_KINDS]
        return [obj for kind in types for obj in self.cluster.list(kind, labels=labels)]

    def identities(self, *uids: str) -> dict[str, objects.Identity]:
        """uid and resourceVersion of every object of these shops."""
        found = (obj for uid in uids for obj in self.objects_of(uid))
        return {objects.describe(obj): objects.identity(obj) for obj in found}

    def tenant_uids(self, *uids: str) -> dict[str, str]:
        """The Kubernetes uid of the Tenant of each of these shops; of those that exist."""
        tenants = {uid: self.tenant(uid) for uid in uids}
        return {uid: tenant["metadata"]["uid"] for uid, tenant in tenants.items() if tenant}

    def ready(self, *uids: str) -> bool:
        """Whether the Tenants of these shops are Ready, as their specs are now, and have objects at all."""
        tenants = [self.tenant(uid) for uid in uids]
        return all(objects.is_true(tenant, "Ready") and tenant["status"]["counts"]["total"] > 0 for tenant in tenants)

    def belongs(self, obj: JSONObject) -> bool:
        """Whether an object is of this world."""
        metadata = obj["metadata"]
        return bool(metadata["name"].startswith(self.name) or metadata.get("namespace", "").startswith(self.name))

    # Waiting.

    def eventually(self, expected: Callable[[], T], what: str, *, seconds: float = EVENTUALLY_SECONDS) -> T:
        """Wait until ``expected`` answers something true, and answer that.

        Raises ``AssertionError`` that tells what was expected, what is, and all that helps to see why.
        """
        deadline = time.monotonic() + seconds
        while not (found := expected()):
            if time.monotonic() > deadline:
                missing = f"after {seconds:.0f} s still not so: {what}\nlast seen: {found}"
                raise AssertionError(f"{missing}\n{self.situation()}")
            time.sleep(POLL_SECONDS)
        return found

    def until_ready(self, *uids: str) -> None:
        """Wait until the Tenants of these shops are Ready."""
        self.eventually(lambda: self.ready(*uids), f"{', '.join(uids)} are Ready")

    def until_polled(self, polls: int = 2) -> None:
        """Wait until the registry polled this many times more: what it would do, it has begun by then."""
        for _ in range(polls):
            self._until_polled_after(self._last_attempt())

    def quiet(self, *, settle_seconds: float = SETTLE_SECONDS) -> None:
        """Wait until nothing is written and no hook called any more, but for the registry's poll."""
        backend = self.backend
        wait_for_quiet(backend.recorder, backend.hook_log, self.belongs, self.name, settle_seconds=settle_seconds)

    def broken_hooks(self) -> list[str]:
        """Hooks that were answered with an error since this world began: each is a bug."""
        calls = self.backend.hook_log.calls(since=self._log_start)
        return [call.line for call in calls if call.outcome in BROKEN and call.parent.startswith(self.name)]

    def situation(self) -> str:
        """All that helps a person to see why something did not happen."""
        return situation(self.cluster, self.backend.recorder, self.belongs, self.backend.logs(), self.name)

    # The end.

    def clear(self) -> None:
        """Delete everything of this world, and let it go in its own time. What runs before a deletion is passed."""
        for tenant in self.ours("Tenant"):
            if any(entry.get("lifecycle") == PRE_DELETE for entry in tenant.get("status", {}).get("resources", [])):
                with suppress(NotFound):
                    self.edit(tenant, {"metadata": {"annotations": {SKIP_PRE_DELETE_ANNOTATION: "true"}}})
        for kind in ("TenantRegistry", "TenantTemplate", "TenantSlice", "Tenant", "TenantTemplateRevision"):
            for obj in self.ours(kind):
                self.delete(obj)

    def _until_polled_after(self, moment: str) -> None:
        self.eventually(lambda: self._last_attempt() != moment, "the registry polls")

    def _last_attempt(self) -> str:
        return str(self.registry().get("status", {}).get("source", {}).get("lastAttemptTime", ""))

    def _type_of(self, obj: JSONObject) -> ResourceType:
        return self.cluster.resource_type(obj["apiVersion"], kind=obj["kind"])
