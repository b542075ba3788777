"""A tenant on the sandbox's store, synced step by step: any template, any kind, and controllers that answer at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tenantry.kinds import TemplateResource
from tenantry.kinds.revision import canonical
from tenantry.names import API_VERSION, TENANT_LABEL, revision_name
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ResourceType
from tenantry.sandbox.loop.errors import HookFailed, SyncFailed
from tenantry.sandbox.loop.statistics import Write
from tenantry.sandbox.workload_status import RULES, Health
from tests.explorer.cluster import SnapshotCluster
from tests.explorer.loop import Loop

TENANT: Final = "shops.acme"
USER: Final = "kubectl"
CONTROLLERS: Final = "kube-controller-manager"
TIME_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"


class Sandbox:
    """One Tenant in a cluster of its own."""

    def __init__(self, values: Mapping[str, Any], *resources: JSONObject) -> None:
        self.cluster = SnapshotCluster()
        self.writes: list[Write] = []
        """Those of the last round that changed something."""
        self._loop = Loop(self.cluster, self._note)
        self.tenants = self.cluster.resource_type(API_VERSION, kind="Tenant")
        spec = {
            "uid": "acme",
            "selector": {"matchLabels": {TENANT_LABEL: TENANT}},
            "values": dict(values),
            "templates": [{"name": "shop", "revision": self._stored(resources)}],
        }
        tenant = {"metadata": {"name": TENANT}, "spec": spec}
        self.cluster.create(self.tenants, tenant, field_manager=USER)

    @property
    def status(self) -> JSONObject:
        """What the Tenant says."""
        status: JSONObject = self.cluster.get(self.tenants, TENANT)["status"]
        return status

    @property
    def answer(self) -> bytes:
        """What the hook answered last."""
        return self._loop.hooks.answer

    def use(self, *resources: JSONObject) -> None:
        """Pin the Tenant to this template."""
        pinned = [{"name": "shop", "revision": self._stored(resources)}]
        self.cluster.patch(self.tenants, TENANT, {"spec": {"templates": pinned}}, field_manager=USER)

    def change(self, **values: Any) -> None:
        """Change values of the row."""
        self.cluster.patch(self.tenants, TENANT, {"spec": {"values": values}}, field_manager=USER)

    def objects(self) -> list[tuple[ResourceType, JSONObject]]:
        """All objects of the tenant, sorted by kind and name."""
        return [
            (kind, stored.to_json())
            for kind in self._loop.kinds
            for stored in self.cluster.all_of(kind)
            if stored.body["metadata"].get("labels", {}).get(TENANT_LABEL) == TENANT
        ]

    def round(self, *, seconds: int = 3) -> bool:
        """One sync, and then what the controllers of workloads say. Whether anything was written.

        Raises ``HookFailed`` if the hook gave no answer; what the API server refuses is tried again next time.
        """
        self.cluster.wait(seconds)
        self.writes.clear()
        try:
            self._loop.sync()
        except SyncFailed as error:
            if isinstance(error.__cause__, HookFailed):
                raise
        version = self.cluster.version
        self._run_workloads()
        return bool(self.writes) or self.cluster.version != version

    def _note(self, write: Write) -> None:
        if write.outcome != "unchanged":
            self.writes.append(write)

    def _run_workloads(self) -> None:
        for (api_version, name), rule in {**RULES, ("policy/v1", "PodDisruptionBudget"): _budget}.items():
            kind = self.cluster.resource_type(api_version, kind=name)
            for stored in self.cluster.all_of(kind):
                obj = stored.to_json()
                status = rule(obj, Health.READY, self.cluster.now.strftime(TIME_FORMAT))
                if status is not None and not stored.deleting:
                    self.cluster.update_status(kind, {**obj, "status": status}, field_manager=CONTROLLERS)

    def _stored(self, resources: Sequence[JSONObject]) -> str:
        content = canonical([TemplateResource.model_validate(resource) for resource in resources])
        name = revision_name("shop", content)
        kind = self.cluster.resource_type(API_VERSION, kind="TenantTemplateRevision")
        if all(stored.name != name for stored in self.cluster.all_of(kind)):
            anchor = self.cluster.get(self.cluster.resource_type("v1", kind="Namespace"), "kube-system")
            spec = {"template": "shop", "anchor": anchor["metadata"]["uid"], "resources": list(resources)}
            self.cluster.create(kind, {"metadata": {"name": name}, "spec": spec}, field_manager=USER)
        return name


def _budget(obj: JSONObject, health: Health, now: str) -> JSONObject:
    counts = dict.fromkeys(("currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods"), 0)
    return {**counts, "observedGeneration": obj["metadata"]["generation"]}
