"""A model of what surrounds a registry: its table, its slices and their Tenants, a clock, and answers that are applied.

Every hook call goes through the server's own checks, from bytes to bytes. The model is as unkind as Metacontroller: it
can hand over parents and children that are older than the last answer.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import orjson

from tenantry import registry
from tenantry import slice as slices
from tenantry.conditions import timestamp
from tenantry.engine.keep import LAST_APPLIED_ANNOTATION
from tenantry.kinds import TENANT, TENANT_SLICE, TENANT_TEMPLATE
from tenantry.protocol import JSONObject, TryLater
from tenantry.registry import hook
from tenantry.registry.polling import Errand, Fetched, PollFailed
from tenantry.server.call import call
from tenantry.server.hooks import Controller

START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
ANCHOR_UID = "anchor-uid"
KUBE_SYSTEM: JSONObject = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": "kube-system", "uid": ANCHOR_UID},
}


def shop(uid: Any, active: Any = 1, **values: Any) -> dict[str, Any]:
    return {"id": uid, "active": active, "url": f"https://{uid}.example", "plan": "basic", **values}


def template(name: str, revision: str, *, registry_name: str = "shops") -> JSONObject:
    status = {"latestRevision": revision} if revision else {}
    return {
        "apiVersion": "tenantry.io/v1",
        "kind": "TenantTemplate",
        "metadata": {"name": name, "uid": f"uid-of-{name}"},
        "spec": {"registry": registry_name, "resources": []},
        "status": status,
    }


@dataclass
class World:
    """A cluster with one registry."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    failure: str = ""
    buckets: int = 4
    interval: str = "30s"
    now: datetime = START
    polls: int = 0
    templates: dict[str, JSONObject] = field(default_factory=dict)
    slices: dict[str, JSONObject] = field(default_factory=dict)
    tenants: dict[str, JSONObject] = field(default_factory=dict)
    orphans: dict[str, JSONObject] = field(default_factory=dict)
    """Slices that no registry has: one that is written becomes the registry's, if the API server accepts that."""
    made: int = 0
    parent: JSONObject = field(default_factory=dict)
    related: bool = True
    answer: JSONObject = field(default_factory=dict)
    removed_tenants: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.templates = self.templates or {"webapp": template("webapp", "webapp-1")}
        self.parent = {
            "apiVersion": "tenantry.io/v1",
            "kind": "TenantRegistry",
            "metadata": {
                "name": "shops",
                "uid": "registry-uid",
                "generation": 1,
                "creationTimestamp": timestamp(self.now),
            },
            "spec": {
                "source": {"syncInterval": self.interval, "sqlite": {"path": "/data/shops.db", "table": "shops"}},
                "valueMappings": {"uid": "id", "activate": "active"},
                "extraValueMappings": {"url": "url", "plan": "plan"},
                "buckets": self.buckets,
                "deletionPolicy": "Retain",
            },
        }

    # The source and the clock.

    def poll(self, errand: Errand) -> Fetched:
        assert errand.registry == "shops"
        self.polls += 1
        if self.failure:
            raise PollFailed(self.failure)
        return Fetched(deepcopy(self.rows))

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    # What is there.

    @property
    def status(self) -> JSONObject:
        return dict(self.parent.get("status") or {})

    def condition(self, type_: str) -> JSONObject:
        return next(c for c in self.status["conditions"] if c["type"] == type_)

    def rows_written(self) -> dict[str, JSONObject]:
        return {row["uid"]: row for found in self.slices.values() for row in found["spec"]["rows"]}

    def removals_written(self) -> dict[str, JSONObject]:
        return {entry["uid"]: entry for found in self.slices.values() for entry in found["spec"]["removals"]}

    def tenant_uids(self) -> dict[str, str]:
        """The uid of each row → that of its Tenant object."""
        return {tenant["spec"]["uid"]: tenant["metadata"]["uid"] for tenant in self.tenants.values()}

    # What people do.

    def edit(self, **spec: Any) -> None:
        self.parent["spec"].update(spec)
        self.parent["metadata"]["generation"] += 1

    def annotate(self, key: str, value: str) -> None:
        self.parent["metadata"].setdefault("annotations", {})[f"tenantry.io/{key}"] = value

    def delete_slice(self, name: str) -> None:
        owner = self.slices.pop(name)["metadata"]["uid"]
        for tenant in self.tenants.values():
            if tenant["owner"] == owner:
                tenant["owner"] = ""

    def recreate_registry(self, *, orphan: bool = False) -> None:
        """Deleted without finalizing anything: its slices go unless they are orphaned, its anchored Tenants stay."""
        for name in list(self.slices):
            if orphan:
                self.orphans[name] = self.slices.pop(name)
            else:
                self.delete_slice(name)
        self.parent.pop("status", None)
        self.parent["metadata"].update(uid="registry-uid-2", generation=1, creationTimestamp=timestamp(self.now))

    # What Metacontroller does.

    def request(self, *, parent: JSONObject | None = None, children: dict[str, JSONObject] | None = None) -> JSONObject:
        related: JSONObject = {TENANT_TEMPLATE.type_key: self.templates}
        related["Namespace.v1"] = {"kube-system": KUBE_SYSTEM}
        return {
            "controller": {"spec": {"childResources": []}},
            "parent": parent or self.parent,
            "children": {TENANT_SLICE.type_key: self.slices if children is None else children},
            "related": related if self.related else {},
            "finalizing": False,
        }

    def sync(self, *, parent: JSONObject | None = None, children: dict[str, JSONObject] | None = None) -> JSONObject:
        """One sync of the registry, applied. Raises ``TryLater`` like the hook."""
        controller = Controller("registries", sync=partial(hook.sync, poll=self.poll))
        self.answer = self._ask(controller, "sync", self.request(parent=parent, children=children))
        self._apply_slices(self.answer)
        self.parent["status"] = self.answer["status"]
        return self.answer

    def let_go(self) -> JSONObject:
        """Two syncs: one that books who shall go, and one that sees it on record."""
        self.sync()
        return self.sync()

    def finalize(self) -> JSONObject:
        controller = Controller("registries", sync=registry.sync, finalize=registry.finalize)
        answer = {"finalized": False} | self._ask(controller, "finalize", {**self.request(), "finalizing": True})
        if not answer["finalized"]:
            self._apply_slices(answer)
            self.parent["status"] = answer["status"]
        return answer

    def sync_slice(self, name: str) -> JSONObject:
        """One sync of a slice, applied."""
        parent = self.slices[name]
        uid = parent["metadata"]["uid"]
        selector = parent["spec"]["selector"]["matchLabels"]
        for tenant in self.tenants.values():
            if not tenant["owner"] and selector.items() <= tenant["metadata"]["labels"].items():
                tenant["owner"] = uid
        owned = {n: _without_owner(t) for n, t in self.tenants.items() if t["owner"] == uid}
        request = {
            "controller": {"spec": {"childResources": []}},
            "parent": parent,
            "children": {TENANT.type_key: owned},
            "related": {},
            "finalizing": False,
        }
        answer = self._ask(Controller("slices", sync=slices.sync), "sync", request)
        returned = {child["metadata"]["name"] for child in answer["children"]}
        for gone in owned.keys() - returned:
            self.removed_tenants.add(self.tenants.pop(gone)["spec"]["uid"])
        for child in answer["children"]:
            self._apply_tenant(child, uid)
        parent["status"] = answer["status"]
        return answer

    def make_ready(self) -> None:
        for tenant in self.tenants.values():
            tenant["status"] = {
                "observedGeneration": tenant["metadata"]["generation"],
                "conditions": [
                    {"type": "Ready", "status": "True"},
                    {"type": "Progressing", "status": "False"},
                    {"type": "Degraded", "status": "False", "reason": "Healthy"},
                ],
                "templates": [
                    {"name": found["name"], "revision": found["revision"], "readyRevision": found["revision"]}
                    for found in tenant["spec"]["templates"]
                ],
            }

    def settle(self, *, seconds: float = 1.0) -> None:
        """Sync everything until nothing changes any more, with time passing. The next poll is not waited for."""
        for _ in range(40):
            before = orjson.dumps([self.parent, self.slices, self.tenants])
            try:
                self.sync()
            except TryLater as later:
                self.pass_time(later.seconds)
                continue
            for name in list(self.slices):
                self.sync_slice(name)
            self.make_ready()
            self.pass_time(seconds)
            if orjson.dumps([self.parent, self.slices, self.tenants]) == before:
                return
        raise AssertionError("the world does not come to rest")

    def next_poll(self) -> None:
        """Wait until a poll is due, and settle."""
        last = self.status.get("source", {}).get("lastAttemptTime")
        while self.status.get("source", {}).get("lastAttemptTime") == last:
            self.pass_time(30)
            try:
                self.sync()
            except TryLater:
                continue
        self.settle()

    def _ask(self, controller: Controller, hook_name: Any, request: JSONObject) -> JSONObject:
        answer = call(controller, hook_name, orjson.dumps(request), now=self.now)
        if answer.status == 429:
            raise TryLater(str(answer.cause))
        assert answer.status == 200, answer.body
        decoded: JSONObject = orjson.loads(answer.body)
        return decoded

    def _apply_slices(self, answer: JSONObject) -> None:
        wanted = {child["metadata"]["name"]: child for child in answer["children"]}
        for name in self.slices.keys() - wanted.keys():
            self.delete_slice(name)
        for name, child in wanted.items():
            live = self.slices.get(name) or self.orphans.pop(name, None)
            if live is None or _is_accepted(child["spec"], live["spec"]):
                self.slices[name] = self._applied(child, live)

    def _apply_tenant(self, child: JSONObject, owner: str) -> None:
        name = child["metadata"]["name"]
        live = self.tenants.get(name)
        owners = {found["metadata"]["uid"] for found in self.slices.values()}
        if live and live["owner"] not in ("", owner) and live["owner"] in owners:
            return  # The API server refuses a second controller.
        assert child["metadata"]["ownerReferences"] == [
            {"apiVersion": "v1", "kind": "Namespace", "name": "kube-system", "uid": ANCHOR_UID}
        ]
        self.tenants[name] = {**self._applied(child, live), "owner": owner}

    def _applied(self, child: JSONObject, live: JSONObject | None) -> JSONObject:
        """As an API server would store it."""
        if live is None:
            self.made += 1
            generation, uid, created = 1, f"uid-{self.made}", timestamp(self.now)
        else:
            metadata = live["metadata"]
            generation, uid, created = metadata["generation"], metadata["uid"], metadata["creationTimestamp"]
            generation += live["spec"] != child["spec"]
        child = deepcopy(child)
        metadata = child["metadata"]
        annotations = {LAST_APPLIED_ANNOTATION: orjson.dumps(child, option=orjson.OPT_SORT_KEYS).decode()}
        return {
            **child,
            "metadata": {
                **metadata,
                "uid": uid,
                "generation": generation,
                "creationTimestamp": created,
                "annotations": annotations,
                **({"finalizers": live["metadata"]["finalizers"]} if live and "finalizers" in live["metadata"] else {}),
            },
            **({"status": live["status"]} if live and "status" in live else {}),
        }


def _is_accepted(new: JSONObject, live: JSONObject) -> bool:
    """The rule of the CRD: a change must have been made from the state that it changes."""
    same = new.get("sequence") == live.get("sequence") and new.get("written") == live.get("written")
    anew = not new.get("base") and new["writer"] != live["writer"]
    return same or anew or new.get("base") == live.get("sequence")


def _without_owner(tenant: JSONObject) -> JSONObject:
    return {key: value for key, value in tenant.items() if key != "owner"}


def settled(*rows: dict[str, Any], **options: Any) -> World:
    """A world in which every row has its Tenant, ready."""
    world = World(rows=list(rows), **options)
    world.settle()
    return world
