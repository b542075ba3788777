"""The tenant of one case in its cluster: what can happen to it, and one sync after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from tenantry.kinds import TemplateResource
from tenantry.kinds.revision import canonical
from tenantry.names import API_VERSION, SKIP_PRE_DELETE_ANNOTATION, TENANT_LABEL, revision_name
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ResourceType
from tenantry.sandbox.loop.errors import HookFailed, SyncFailed
from tenantry.sandbox.loop.statistics import Write
from tenantry.sandbox.store.index import Stored
from tenantry.sandbox.workload_status import Health, job
from tests.explorer import health, subject
from tests.explorer.cases import SHAPES, Case
from tests.explorer.cluster import Saved, SnapshotCluster
from tests.explorer.loop import Loop
from tests.explorer.objects import FOREIGN
from tests.explorer.runs import Going, Objects, Runs, Scene, begun_for, remembered
from tests.explorer.subject import Wanted

TENANT: Final = "shops.acme"
CHILD_RESOURCES: Final = (
    ("v1", "namespaces"),
    ("v1", "configmaps"),
    ("batch/v1", "jobs"),
    ("example.com/v1", "widgets"),
)
"""The kinds of the explored tenants."""
USER: Final = "kubectl"
WIDGETS: Final = "widget-controller"
JOBS: Final = "job-controller"
ROUND_SECONDS: Final = 3
"""Between two syncs; a status may be that old before it is written."""


class State(NamedTuple):
    """All that counts for what happens next."""

    cluster: Saved
    applied: dict[tuple[str, str, str], Any]
    """What the loop remembers to have applied."""
    runs: Runs
    tenants: int
    """How many of them there have been."""


class Round(NamedTuple):
    """What one sync did."""

    before: Scene
    after: Objects
    gone: bool
    """Whether the Tenant went."""
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
        self._runs: Runs = {}
        self._tenants = 0
        self.cluster = SnapshotCluster()
        self._writes: list[Write] = []
        self.loop = Loop(self.cluster, self._writes.append, CHILD_RESOURCES)
        self._revisions: dict[int, str] = {}
        self.tenants = self.cluster.resource_type(API_VERSION, kind="Tenant")
        self.kinds: dict[str, ResourceType] = {
            **{kind: self.cluster.resource_type(version, kind=kind) for kind, version in subject.NOTED_KINDS.items()},
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
        return State(self.cluster.save(), self.loop.skip.save(), self._runs, self._tenants)

    def restore(self, state: State) -> None:
        self.cluster.restore(state.cluster)
        self.loop.skip.restore(state.applied)
        self._runs, self._tenants = state.runs, state.tenants

    # What there is.

    def tenant(self) -> JSONObject | None:
        """The Tenant, if there is one."""
        return next((stored.to_json() for stored in self.cluster.all_of(self.tenants)), None)

    def wanted(self) -> Wanted | None:
        """What the Tenant shall be; none if there is no Tenant, or it is going."""
        tenant = self.tenant()
        return None if tenant is None or "deletionTimestamp" in tenant["metadata"] else self._wanted_by(tenant)

    def _wanted_by(self, tenant: JSONObject) -> Wanted:
        pinned = tenant["spec"]["templates"][0]["revision"]
        state = next(number for number, name in self._revisions.items() if name == pinned)
        return Wanted(state, tenant["spec"]["values"]["row"])

    def scene(self) -> Scene:
        """All that there is to judge by."""
        tenant = self.tenant()
        going = None
        if tenant is not None and "deletionTimestamp" in tenant["metadata"]:
            skipped = SKIP_PRE_DELETE_ANNOTATION in tenant["metadata"].get("annotations", {})
            going = Going(self._wanted_by(tenant), tenant["metadata"]["deletionTimestamp"], skipped)
        late = health.overdue(self._stored(), self.cluster.now)
        return Scene(self.objects(), self.wanted(), going, self._runs, late)

    def objects(self) -> Objects:
        """All objects but those that every cluster has."""
        return {
            (obj["kind"], obj["metadata"]["name"]): obj
            for obj in (stored.body for stored in self._stored())
            if obj["kind"] != "Namespace" or obj["metadata"]["name"] == subject.HOME
        }

    def _stored(self) -> Iterator[Stored]:
        return (stored for kind in self.kinds.values() for stored in self.cluster.all_of(kind))

    def is_waiting(self) -> bool:
        """Whether an object takes its time that may run out, where that counts."""
        if not SHAPES[self.case.shape].lifecycles:
            return False
        stored = list(self._stored())
        return len(health.overdue(stored, self.cluster.now)) < len(health.waiting(stored))

    def may_be_let_go(self) -> bool:
        """Whether the Tenant is going, and something that runs before that is in its way."""
        scene = self.scene()
        if scene.going is None or scene.going.skipped:
            return False
        return any(
            health.has_failed(obj) or key in scene.overdue
            for key, obj in scene.objects.items()
            if begun_for(self.case, scene.going, obj)
        )

    # What happens.

    def sync(self) -> Round:
        """One sync of the Tenant. Raises ``HookBroken``."""
        self.cluster.wait(ROUND_SECONDS)
        before = self.scene()
        self._runs = remembered(self.case, before)
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
        left = before.going is not None and self.tenant() is None
        return Round(before._replace(runs=self._runs), self.objects(), left, writes, again, failure)

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

    def end_job(self, name: tuple[str, str], *, complete: bool) -> None:
        """A Job ends, one way or the other."""
        obj = self.cluster.get(self.kinds["Job"], name[1], name[0])
        now = self.cluster.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        status = job(obj, Health.READY if complete else Health.FAILED, now)
        self.cluster.update_status(self.kinds["Job"], {**obj, "status": status}, field_manager=JOBS)

    def take_too_long(self) -> None:
        """What is not ready yet is not ready in time."""
        self.cluster.wait(subject.TIMEOUT_SECONDS)

    def let_go(self) -> None:
        """Somebody says that the Tenant shall go without what should run before."""
        annotations = {SKIP_PRE_DELETE_ANNOTATION: "true"}
        self.cluster.patch(self.tenants, TENANT, {"metadata": {"annotations": annotations}}, field_manager=USER)

    def create_tenant(self) -> None:
        spec = {
            "uid": "acme",
            "selector": {"matchLabels": {TENANT_LABEL: TENANT}},
            "values": {"row": 1},
            "templates": [{"name": subject.TEMPLATE, "revision": self._revisions[1]}],
        }
        tenant = {"apiVersion": API_VERSION, "kind": "Tenant", "metadata": {"name": TENANT}, "spec": spec}
        self._tenants += 1
        self._runs = {}
        self.cluster.call_next(f"tenant-{self._tenants}")
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
