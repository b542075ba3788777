"""The tenant of one case in its cluster: what can happen to it, and one sync after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from tenantry.kinds import TemplateResource
from tenantry.kinds.revision import canonical
from tenantry.names import API_VERSION, TENANT_LABEL, revision_name
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ResourceType
from tenantry.sandbox.loop.errors import HookFailed, SyncFailed
from tenantry.sandbox.loop.statistics import Write
from tests.explorer import subject
from tests.explorer.cases import Case
from tests.explorer.cluster import Saved, SnapshotCluster
from tests.explorer.loop import Loop

TENANT: Final = "shops.acme"
FOREIGN: Final = "theirs"
CHILD_RESOURCES: Final = (("v1", "namespaces"), ("v1", "configmaps"), ("example.com/v1", "widgets"))
"""The kinds of the explored tenants."""
USER: Final = "kubectl"
WIDGETS: Final = "widget-controller"
ROUND_SECONDS: Final = 3
"""Between two syncs; a status may be that old before it is written."""

Key = tuple[str, str]
"""Kind and name of an object: in a case no two objects differ by their Namespace alone."""
Objects = dict[Key, JSONObject]


class State(NamedTuple):
    """All that counts for what happens next."""

    cluster: Saved
    applied: dict[tuple[str, str, str], Any]
    """What the loop remembers to have applied."""


class Round(NamedTuple):
    """What one sync did."""

    before: Objects
    after: Objects
    writes: tuple[Write, ...]
    again: float
    """Seconds after which the hook wants to be asked again; 0 if it does not."""
    failure: str
    """Why the API server refused something; empty if it did not."""

    @property
    def quiet(self) -> bool:
        return not self.writes


class HookBroken(AssertionError):
    """A hook gave no answer that could be used."""


class World:
    """One case at work."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.cluster = SnapshotCluster()
        self._writes: list[Write] = []
        self.loop = Loop(self.cluster, self._writes.append, CHILD_RESOURCES)
        self._revisions: dict[int, str] = {}
        self.tenants = self.cluster.resource_type(API_VERSION, kind="Tenant")
        self.kinds: dict[str, ResourceType] = {
            "Namespace": self.cluster.resource_type("v1", kind="Namespace"),
            **{kind: self.cluster.resource_type(version, kind=kind) for kind, (version, _) in subject.KINDS.items()},
        }
        anchor = self.cluster.get(self.kinds["Namespace"], "kube-system")["metadata"]["uid"]
        for state in subject.STATES:
            self._revisions[state] = self._store_revision(state, anchor)
        if case.foreign:
            self._create_foreign()
        self.create_tenant()

    # States.

    def save(self) -> State:
        return State(self.cluster.save(), self.loop.skip.save())

    def restore(self, state: State) -> None:
        self.cluster.restore(state.cluster)
        self.loop.skip.restore(state.applied)

    # What there is.

    def tenant(self) -> JSONObject | None:
        """The Tenant, if there is one."""
        return next((stored.to_json() for stored in self.cluster.all_of(self.tenants)), None)

    def wanted(self) -> tuple[int, int] | None:
        """State of the template and row of the Tenant; none if there is no Tenant, or it is going."""
        tenant = self.tenant()
        if tenant is None or "deletionTimestamp" in tenant["metadata"]:
            return None
        pinned = tenant["spec"]["templates"][0]["revision"]
        state = next(number for number, name in self._revisions.items() if name == pinned)
        return state, tenant["spec"]["values"]["row"]

    def objects(self) -> Objects:
        """All objects but those that every cluster has."""
        found = [stored.body for kind in self.kinds.values() for stored in self.cluster.all_of(kind)]
        return {
            (obj["kind"], obj["metadata"]["name"]): obj
            for obj in found
            if obj["kind"] != "Namespace" or obj["metadata"]["name"] == subject.HOME
        }

    # What happens.

    def sync(self) -> Round:
        """One sync of the Tenant. Raises ``HookBroken``."""
        self.cluster.wait(ROUND_SECONDS)
        before = self.objects()
        self._writes.clear()
        again, failure = 0.0, ""
        try:
            again = self.loop.sync()
        except HookFailed as error:
            raise HookBroken(str(error)) from error
        except SyncFailed as error:
            if isinstance(error.__cause__, HookFailed):
                raise HookBroken(str(error)) from error
            failure = str(error)
        writes = tuple(write for write in self._writes if write.outcome != "unchanged")
        for name in self.names("Widget"):
            if "status" not in self.cluster.get(self.kinds["Widget"], name[1], name[0]):
                self.report(name, ready="False")
        return Round(before, self.objects(), writes, again, failure)

    def names(self, kind: str) -> list[tuple[str, str]]:
        """Namespace and name of the objects of a kind, of somebody else's too."""
        return [(stored.namespace, stored.name) for stored in self.cluster.all_of(self.kinds[kind])]

    def report(self, name: tuple[str, str], *, ready: str = "", stalled: bool = False) -> None:
        """What a controller of Widgets says of one of them, as it is now."""
        obj = self.cluster.get(self.kinds["Widget"], name[1], name[0])
        conditions = [{"type": "Stalled", "status": "True"}] if stalled else [{"type": "Ready", "status": ready}]
        status = {
            "observedGeneration": obj["metadata"]["generation"],
            "level": int(ready == "True"),
            "conditions": conditions,
        }
        self.cluster.update_status(self.kinds["Widget"], {**obj, "status": status}, field_manager=WIDGETS)

    def create_tenant(self) -> None:
        spec = {
            "uid": "acme",
            "selector": {"matchLabels": {TENANT_LABEL: TENANT}},
            "values": {"row": 1},
            "templates": [{"name": subject.TEMPLATE, "revision": self._revisions[1]}],
        }
        tenant = {"apiVersion": API_VERSION, "kind": "Tenant", "metadata": {"name": TENANT}, "spec": spec}
        self.cluster.create(self.tenants, tenant, field_manager=USER)

    def delete_tenant(self) -> None:
        self.cluster.delete(self.tenants, TENANT)
        self.cluster.collect()

    def change_row(self) -> None:
        """The row gets its other value."""
        self._change_spec(lambda state, row: {"values": {"row": 3 - row}})

    def change_template(self) -> None:
        """The tenant is pinned to the other state of the template."""
        self._change_spec(
            lambda state, row: {"templates": [{"name": subject.TEMPLATE, "revision": self._revisions[3 - state]}]}
        )

    def _change_spec(self, change: Callable[[int, int], JSONObject]) -> None:
        wanted = self.wanted()
        if wanted is not None:
            self.cluster.patch(self.tenants, TENANT, {"spec": change(*wanted)}, field_manager=USER)

    def _store_revision(self, state: int, anchor: str) -> str:
        listed = subject.resources(self.case, state)
        content = canonical([TemplateResource.model_validate(resource) for resource in listed])
        name = revision_name(subject.TEMPLATE, content)
        revisions = self.cluster.resource_type(API_VERSION, kind="TenantTemplateRevision")
        spec = {"template": subject.TEMPLATE, "anchor": anchor, "resources": listed}
        self.cluster.create(revisions, {"metadata": {"name": name}, "spec": spec}, field_manager=USER)
        return name

    def _create_foreign(self) -> None:
        metadata = {"name": FOREIGN, "namespace": subject.ELSEWHERE, "labels": {TENANT_LABEL: TENANT}}
        theirs = {"metadata": metadata, "data": {"mine": "yes"}}
        self.cluster.create(self.kinds["ConfigMap"], theirs, field_manager=USER)
