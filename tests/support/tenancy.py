"""A tenant and its objects without a cluster: asks the Tenant's hooks, and does what they answer as a cluster would.

Every answer passes the server's own checks on its way, so that each test also proves that nothing is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tenantry import tenant
from tenantry.engine.keep import keep
from tenantry.kinds import TemplateResource, TemplateVariable
from tenantry.kinds.revision import canonical
from tenantry.names import API_VERSION, TENANT_LABEL, revision_name
from tenantry.protocol import JSONObject, ObjectKey, SyncRequest, SyncResponse, object_key
from tenantry.server.checks import check_accounted, check_children
from tenantry.server.values import encode_children
from tests.support.observed import children_of, observed, request

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ANCHOR = "uid-of-kube-system"
PARENT_UID = "parent-uid"
MANAGED = (
    *("Namespace.v1", "ConfigMap.v1", "Secret.v1", "Service.v1", "ServiceAccount.v1", "Pod.v1"),
    *("PersistentVolumeClaim.v1", "Deployment.apps/v1", "Job.batch/v1", "Widget.example.com/v1"),
)


def entry(id_: str, obj: JSONObject, **options: Any) -> JSONObject:
    """An entry of a template."""
    return {"id": id_, "object": obj, **options}


def namespace(name: str = "{{ slug }}", **metadata: Any) -> JSONObject:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **metadata}}


def config(name: str = "config", *, in_: str = "{{ slug }}", **data: Any) -> JSONObject:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": in_}, "data": data}


def deployment(name: str = "web", *, image: Any = "web:1", in_: str = "{{ slug }}") -> JSONObject:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": in_},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "main", "image": image}]},
            },
        },
    }


def widget(name: str, **spec: Any) -> JSONObject:
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": name}, "spec": spec}


def revision(
    template: str, resources: list[JSONObject], *, anchor: str = ANCHOR, variables: JSONObject | None = None
) -> JSONObject:
    """The TenantTemplateRevision of this content."""
    declared = {name: TemplateVariable.model_validate(options) for name, options in (variables or {}).items()}
    content = canonical([TemplateResource.model_validate(one) for one in resources], declared)
    return {
        "apiVersion": API_VERSION,
        "kind": "TenantTemplateRevision",
        "metadata": {"name": revision_name(template, content)},
        "spec": {"template": template, "anchor": anchor, "resources": resources}
        | ({"variables": variables} if variables else {}),
    }


class Tenancy:
    """One Tenant, pinned to revisions of its templates, with the objects that exist of it."""

    def __init__(
        self,
        *resources: JSONObject,
        values: Mapping[str, Any] | None = None,
        uid: str = "acme",
        managed: tuple[str, ...] = MANAGED,
    ) -> None:
        self.now = START
        self.managed = managed
        self.objects: dict[ObjectKey, JSONObject] = {}
        self.health: dict[str, JSONObject] = {}
        """Name of an object → status that it shall have instead of a healthy one."""
        self.refused: set[str] = set()
        """Names of objects that the API server does not let through."""
        self.related: list[JSONObject] = []
        self.parent: JSONObject = {
            "apiVersion": API_VERSION,
            "kind": "Tenant",
            "metadata": {"name": f"shops.{uid}", "uid": PARENT_UID, "generation": 1},
            "spec": {
                "uid": uid,
                "selector": {"matchLabels": {TENANT_LABEL: f"shops.{uid}"}},
                "values": dict(values or {}),
                "templates": [],
            },
        }
        if resources:
            self.use(shop=list(resources))

    @property
    def spec(self) -> JSONObject:
        spec: JSONObject = self.parent["spec"]
        return spec

    @property
    def status(self) -> JSONObject:
        status: JSONObject = self.parent["status"]
        return status

    def use(self, **templates: list[JSONObject]) -> None:
        """Pin the Tenant to these contents of templates."""
        revisions = {name: revision(name, resources) for name, resources in templates.items()}
        self.related = list(revisions.values())
        self.spec["templates"] = [
            {"name": name, "revision": found["metadata"]["name"]} for name, found in revisions.items()
        ]
        self.touch()

    def declare(self, variables: JSONObject, *resources: JSONObject) -> None:
        """Pin the Tenant to this content of its one template, which declares variables."""
        found = revision("shop", list(resources), variables=variables)
        self.related = [found]
        self.spec["templates"] = [{"name": "shop", "revision": found["metadata"]["name"]}]
        self.touch()

    def change(self, **values: Any) -> None:
        """Change values of the row."""
        self.spec["values"] = {**self.spec["values"], **values}
        self.touch()

    def touch(self) -> None:
        """What an API server does when somebody changes a spec."""
        self.parent["metadata"]["generation"] += 1

    def request(self, *, finalizing: bool = False) -> SyncRequest:
        children = children_of(list(self.objects.values()), managed=self.managed)
        return request(self.parent, children=children, related=self.related, finalizing=finalizing)

    def ask(self) -> SyncResponse:
        """The answer of the sync hook now; nothing is applied."""
        return self._checked(self.request())

    def sync(self) -> SyncResponse:
        """Ask, and apply the answer."""
        return self._applied(self.ask())

    def finalize(self) -> SyncResponse:
        """Ask the finalize hook, and apply the answer."""
        return self._applied(self._checked(self.request(finalizing=True)))

    def settle(self, rounds: int = 10) -> SyncResponse:
        """Sync again and again, as often as a cluster would at most. The last answer."""
        for _ in range(rounds):
            answer = self.sync()
            self.wait(3)
        return answer

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def delete(self) -> None:
        """What an API server does when somebody deletes the Tenant."""
        self.parent["metadata"]["deletionTimestamp"] = "2026-01-02T04:00:00Z"

    def live(self, name: str) -> JSONObject:
        """The object of this name."""
        return next(obj for obj in self.objects.values() if obj["metadata"]["name"] == name)

    def names(self) -> set[str]:
        return {obj["metadata"]["name"] for obj in self.objects.values()}

    def adopt(self, obj: JSONObject) -> None:
        """An object that somebody else made and that carries our label."""
        metadata = obj["metadata"] | {"uid": f"uid-of-{obj['metadata']['name']}", "resourceVersion": "1"}
        metadata["labels"] = {**(metadata.get("labels") or {}), TENANT_LABEL: self.parent["metadata"]["name"]}
        self.objects[object_key(obj)] = {**obj, "metadata": metadata}

    def _checked(self, asked: SyncRequest) -> SyncResponse:
        hook = tenant.finalize if asked.finalizing else tenant.sync
        answer = hook(asked, now=self.now)
        desired = check_children(
            answer.children, listed=set(self.managed), parent_uid=PARENT_UID, removals=answer.removals
        )
        check_accounted(asked.children, desired, answer.removed)
        encode_children(answer.children, answer.removals)
        return answer

    def _applied(self, answer: SyncResponse) -> SyncResponse:
        for key in answer.removed:
            self.objects.pop(key, None)
        for child in answer.children:
            if child["metadata"]["name"] not in self.refused:
                self._apply(child)
        self.parent["status"] = answer.status
        return answer

    def _apply(self, child: JSONObject) -> None:
        key = object_key(child)
        before = self.objects.get(key)
        if before is not None and keep(before) == keep(observed(child)):
            status = self.health.get(key.key.rpartition("/")[2])
            if status is not None:
                before["status"] = status
            return
        self.objects[key] = observed(child, status=self.health.get(child["metadata"]["name"]))


def phases(answer: SyncResponse) -> dict[str, str]:
    """Entry → its phase, or phase and reason."""
    return {
        one["id"].partition("/")[2]: f"{one['phase']}/{one['reason']}" if "reason" in one else one["phase"]
        for one in answer.status["resources"]
    }


def message(answer: SyncResponse, id_: str) -> str:
    """What the status says of an entry."""
    found: str = next(one["message"] for one in answer.status["resources"] if one["id"].endswith(f"/{id_}"))
    return found


def condition(answer: SyncResponse, type_: str) -> JSONObject:
    found: JSONObject = next(one for one in answer.status["conditions"] if one["type"] == type_)
    return found


def child(answer: SyncResponse, name: str) -> JSONObject:
    """The returned object of this name."""
    return next(one for one in answer.children if one["metadata"]["name"] == name)


def returned(answer: SyncResponse) -> list[str]:
    """Names of the returned objects, in their order."""
    return [one["metadata"]["name"] for one in answer.children]


def removed(answer: SyncResponse) -> set[str]:
    """Names of the removed objects."""
    return {key.key.rpartition("/")[2] for key in answer.removed}


__all__ = [
    "ANCHOR",
    "MANAGED",
    "PARENT_UID",
    "START",
    "Tenancy",
    "child",
    "condition",
    "config",
    "deployment",
    "entry",
    "message",
    "namespace",
    "phases",
    "removed",
    "returned",
    "revision",
    "widget",
]
