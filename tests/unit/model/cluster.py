"""A little cluster for the model checker: an API server, and controllers that may see any of its recent states.

The hooks are the real ones, called from bytes to bytes. What surrounds them is as unkind as it can be: a parent, its
children and related objects are each handed over as they were some writes ago, writes of children fail, and the status
of a parent is replaced by whatever an answer says. The API server keeps the rules of our CRDs.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any, Final

import orjson

from tenantry import slice as slices
from tenantry.conditions import timestamp
from tenantry.engine.keep import LAST_APPLIED_ANNOTATION
from tenantry.kinds import TENANT, TENANT_SLICE, TENANT_TEMPLATE
from tenantry.protocol import JSONObject, TryLater
from tenantry.registry import hook
from tenantry.registry.polling import Fetched
from tenantry.server.call import call
from tenantry.server.hooks import Controller

START: Final = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
TEMPLATE: Final = "web"
KUBE_SYSTEM: Final = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system", "uid": "anchor"}}
MAX_DELETIONS: Final = 1
WINDOW: Final = 60
"""Seconds in which no more tenants may go than that."""
MEMORY: Final = 6
"""So many states back somebody may see."""


def revision(number: int) -> str:
    """Name of a revision of the template."""
    return f"{TEMPLATE}-{number:010x}"


@dataclass
class State:
    """All objects of the cluster."""

    registry: JSONObject
    template: JSONObject
    slices: dict[str, JSONObject] = field(default_factory=dict)
    tenants: dict[str, JSONObject] = field(default_factory=dict)


class Refused(Exception):
    """The API server does not take a write."""


class Cluster:
    """Objects, their recent past, and the controllers' work on them."""

    def __init__(
        self, random: Random, rows: dict[str, dict[str, Any]], *, buckets: int, rollout: JSONObject, grace: str = "0s"
    ) -> None:
        self.random = random
        self.rows = rows
        self.now = START
        self.made = 0
        self.missed: set[str] = set()
        """uids that a poll did not find."""
        self.health: dict[tuple[str, str], str] = {}
        """(uid, revision) → slow or broken; Ready otherwise."""
        self.state = State(_registry(buckets, grace), _template(rollout))
        self.past: list[State] = []
        self.remember()

    # The past, and who sees how much of it.

    def remember(self) -> None:
        """Take down the present state; what a State holds is never changed in place."""
        state = self.state
        self.past.append(State(state.registry, state.template, dict(state.slices), dict(state.tenants)))
        del self.past[:-MEMORY]

    def seen(self, *, stale: bool) -> State:
        """A state of the recent past, the present one unless ``stale``."""
        return self.random.choice(self.past) if stale else self.past[-1]

    def pass_time(self, seconds: float) -> None:
        """Let the clock go on; it never stands still between two writes."""
        self.now += timedelta(seconds=seconds, microseconds=1)

    # Controllers.

    def sync_registry(self, *, parent: bool = False, children: bool = False, related: bool = False) -> None:
        """The registry's controller; what is true is handed over as it was some time ago."""
        self.pass_time(0)
        view, below = self.seen(stale=parent), self.seen(stale=children)
        seen_slices = below.slices
        request = {
            "controller": {"spec": {"childResources": []}},
            "parent": view.registry,
            "children": {TENANT_SLICE.type_key: seen_slices},
            "related": {
                "Namespace.v1": {"kube-system": KUBE_SYSTEM},
                TENANT_TEMPLATE.type_key: {TEMPLATE: self.seen(stale=related).template},
            },
            "finalizing": False,
        }
        answer = _ask(Controller("registries", sync=partial(hook.sync, poll=self._poll)), request, self.now)
        if answer is None:
            return
        wanted = {child["metadata"]["name"]: child for child in answer["children"]}
        for name in sorted(seen_slices.keys() - wanted.keys()):
            live = self.state.slices.get(name)
            if live and live["metadata"]["uid"] == seen_slices[name]["metadata"]["uid"]:
                self.drop_slice(name)
        for name, child in wanted.items():
            self._write_slice(name, child, failing=(parent or children) and self.random.random() < 0.1)
        self.state.registry = {**self.state.registry, "status": answer["status"]}
        self.remember()

    def sync_slice(self, name: str, *, parent: bool = False, children: bool = False) -> None:
        """The controller of one slice."""
        self.pass_time(0)
        found = self.seen(stale=parent).slices.get(name)
        if found is None:
            return
        self._adopt(found)
        uid = found["metadata"]["uid"]
        tenants = self.seen(stale=children).tenants
        owned = {key: _bare(tenant) for key, tenant in tenants.items() if tenant["owner"] == uid}
        request = {
            "controller": {"spec": {"childResources": []}},
            "parent": found,
            "children": {TENANT.type_key: owned},
            "related": {},
            "finalizing": False,
        }
        answer = _ask(Controller("slices", sync=slices.sync), request, self.now)
        if answer is None:
            return
        wanted = {child["metadata"]["name"]: child for child in answer["children"]}
        for gone in sorted(owned.keys() - wanted.keys()):
            live = self.state.tenants.get(gone)
            if live and live["metadata"]["uid"] == owned[gone]["metadata"]["uid"]:
                self.delete_tenant(gone)
        for key, child in wanted.items():
            self._write_tenant(key, child, uid)
        live_slice = self.state.slices.get(name)
        if live_slice and live_slice["metadata"]["uid"] == uid:
            self.state.slices[name] = {**live_slice, "status": answer["status"]}
        self.remember()

    def sync_tenant(self, name: str) -> None:
        """What the tenant controller and the workloads make of a Tenant: rendered, then Ready as its health allows."""
        tenant = self.state.tenants.get(name)
        if tenant is None:
            return
        if "deletionTimestamp" in tenant["metadata"]:
            del self.state.tenants[name]
        elif not is_paused(tenant):
            self.state.tenants[name] = {**tenant, "status": self._tenant_status(tenant)}
        self.remember()

    def _tenant_status(self, tenant: JSONObject) -> JSONObject:
        uid = tenant["spec"]["uid"]
        before = {found["name"]: found for found in (tenant.get("status") or {}).get("templates") or ()}
        templates, resources, broken, waiting = [], [], False, False
        for pin in tenant["spec"]["templates"]:
            health = self.health.get((uid, pin["revision"]), "")
            told = {"name": pin["name"], "revision": pin["revision"]}
            ready = pin["revision"] if not health else before.get(pin["name"], {}).get("readyRevision")
            if ready:
                told["readyRevision"] = ready
            templates.append(told)
            phase = {"": "Ready", "slow": "Progressing"}.get(health, "Failed")
            resources.append({"id": f"{pin['name']}/app", "phase": phase, "reason": "Broken", "message": "is broken"})
            broken, waiting = broken or phase == "Failed", waiting or phase == "Progressing"
        return {
            "observedGeneration": tenant["metadata"]["generation"],
            "conditions": [
                {"type": "Ready", "status": str(not broken and not waiting), "reason": "Model", "message": ""},
                {"type": "Progressing", "status": str(waiting), "reason": "Model", "message": ""},
                {"type": "Degraded", "status": str(broken), "reason": "ResourcesFailed", "message": ""},
            ],
            "templates": templates,
            "resources": resources,
        }

    def _poll(self, errand: Any) -> Fetched:
        del errand
        rows = [{"id": uid, "active": 1, "plan": "basic", **row} for uid, row in self.rows.items()]
        listed = {row["uid"] for found in self.state.slices.values() for row in found["spec"]["rows"]}
        self.missed |= {*listed, *(tenant["spec"]["uid"] for tenant in self.state.tenants.values())} - self.rows.keys()
        return Fetched(rows, 1)

    # The API server.

    def drop_slice(self, name: str) -> None:
        """Delete a slice: its Tenants are anchored, and lose their owner."""
        owner = self.state.slices.pop(name)["metadata"]["uid"]
        for key, tenant in self.state.tenants.items():
            if tenant["owner"] == owner:
                self.state.tenants[key] = {**tenant, "owner": ""}

    def delete_tenant(self, name: str) -> None:
        """Delete a Tenant: it goes when its controller has finalized it."""
        self._set_metadata(name, deletionTimestamp=timestamp(self.now))

    def pause_tenant(self, name: str, *, paused: bool) -> None:
        """Set the annotation that freezes a Tenant, or take it away."""
        annotations = dict(self.state.tenants[name]["metadata"].get("annotations") or {})
        annotations.pop("tenantry.io/paused", None)
        self._set_metadata(name, annotations=annotations | ({"tenantry.io/paused": "true"} if paused else {}))

    def edit_template(self, *, latest: str = "", **rollout: Any) -> None:
        """Give the template another latest revision, or other settings of its rollouts."""
        template = deepcopy(self.state.template)
        template["spec"]["rollout"].update(rollout)
        status = template["status"]
        if latest:
            status["latestRevision"] = latest
            status["revisions"] = sorted({*status["revisions"], latest})
        self.state.template = template
        self.remember()

    def edit_registry(self, **spec: Any) -> None:
        """Change fields of the registry's spec."""
        registry = deepcopy(self.state.registry)
        registry["spec"].update(spec)
        registry["metadata"]["generation"] += 1
        self.state.registry = registry
        self.remember()

    def lose_status(self) -> None:
        """The registry is restored without its status."""
        self.state.registry = {key: value for key, value in self.state.registry.items() if key != "status"}
        self.past.clear()
        self.remember()

    def _set_metadata(self, name: str, **fields: Any) -> None:
        tenant = self.state.tenants[name]
        self.state.tenants[name] = {**tenant, "metadata": {**tenant["metadata"], **fields}}
        self.remember()

    def _adopt(self, found: JSONObject) -> None:
        live = self.state.slices.get(found["metadata"]["name"])
        if live is None or live["metadata"]["uid"] != found["metadata"]["uid"]:
            return
        labels = found["spec"]["selector"]["matchLabels"].items()
        for key, tenant in self.state.tenants.items():
            if not tenant["owner"] and labels <= tenant["metadata"]["labels"].items():
                self.state.tenants[key] = {**tenant, "owner": found["metadata"]["uid"]}
        self.remember()

    def _write_slice(self, name: str, child: JSONObject, *, failing: bool) -> None:
        live = self.state.slices.get(name)
        if failing:
            return
        try:
            if live is not None:
                check_slice(live["spec"], child["spec"])
            self.state.slices[name] = self._stored(child, live)
        except Refused:
            return

    def _write_tenant(self, name: str, child: JSONObject, owner: str) -> None:
        live = self.state.tenants.get(name)
        owners = {found["metadata"]["uid"] for found in self.state.slices.values()}
        if live and live["owner"] not in ("", owner) and live["owner"] in owners:
            return
        try:
            if live is not None:
                check_tenant(live["spec"], child["spec"])
            self.state.tenants[name] = {**self._stored(child, live), "owner": owner}
        except Refused:
            return

    def _stored(self, child: JSONObject, live: JSONObject | None) -> JSONObject:
        child = deepcopy(child)
        if live is None:
            self.made += 1
            metadata = {"uid": f"uid-{self.made}", "generation": 1, "creationTimestamp": timestamp(self.now)}
        else:
            metadata = {key: value for key, value in live["metadata"].items() if key not in ("labels", "name")}
            metadata["generation"] += live["spec"] != child["spec"]
        annotations: JSONObject = dict(live["metadata"].get("annotations") or {}) if live else {}
        annotations[LAST_APPLIED_ANNOTATION] = orjson.dumps(child, option=orjson.OPT_SORT_KEYS).decode()
        stored = {**child, "metadata": {**child["metadata"], **metadata, "annotations": annotations}}
        return {**stored, "status": live["status"]} if live and "status" in live else stored


def check_slice(old: JSONObject, new: JSONObject) -> None:
    """The rule of the CRD of slices. Raises ``Refused``."""
    based = "base" in new and new["base"] == old["sequence"]
    if not based and (new["sequence"], new.get("written")) != (old["sequence"], old.get("written")):
        raise Refused


def check_tenant(old: JSONObject, new: JSONObject) -> None:
    """The rules of the CRD of Tenants. Raises ``Refused``."""
    before = {pin["name"]: pin for pin in old["templates"]}
    for pin in new["templates"]:
        had = before.get(pin["name"])
        if had is None:
            continue
        since, earlier = pin.get("since", ""), had.get("since", "")
        if since < earlier or (since == earlier and pin["revision"] != had["revision"]):
            raise Refused


def is_paused(tenant: JSONObject) -> bool:
    """Whether somebody froze a Tenant."""
    return (tenant["metadata"].get("annotations") or {}).get("tenantry.io/paused") == "true"


def rows_of(state: State) -> Iterator[tuple[str, JSONObject]]:
    """The rows in the slices, each with the name of its slice."""
    for name, found in state.slices.items():
        for row in found["spec"]["rows"]:
            yield name, row


def _bare(tenant: JSONObject) -> JSONObject:
    return {key: value for key, value in tenant.items() if key != "owner"}


def _ask(controller: Controller, request: JSONObject, now: datetime) -> JSONObject | None:
    """The answer of a hook; nothing if it wants to be asked again later."""
    try:
        answer = call(controller, "sync", orjson.dumps(request), now=now)
    except TryLater:
        return None
    if answer.status == 429:
        return None
    assert answer.status == 200, answer.body
    decoded: JSONObject = orjson.loads(answer.body)
    return decoded


def _registry(buckets: int, grace: str) -> JSONObject:
    return {
        "apiVersion": "tenantry.io/v1",
        "kind": "TenantRegistry",
        "metadata": {"name": "shops", "uid": "registry", "generation": 1, "creationTimestamp": timestamp(START)},
        "spec": {
            "source": {"syncInterval": "10s", "sqlite": {"path": "/shops.db", "table": "shops"}},
            "valueMappings": {"uid": "id", "activate": "active", "priority": "rank"},
            "extraValueMappings": {"plan": "plan"},
            "safety": {"maxDeletions": MAX_DELETIONS, "window": f"{WINDOW}s", "gracePeriod": grace},
            "buckets": buckets,
        },
    }


def _template(rollout: JSONObject) -> JSONObject:
    return {
        "apiVersion": "tenantry.io/v1",
        "kind": "TenantTemplate",
        "metadata": {"name": TEMPLATE, "uid": "template", "creationTimestamp": timestamp(START)},
        "spec": {"registry": "shops", "resources": [], "rollout": rollout},
        "status": {"latestRevision": revision(1), "revisions": [revision(1)]},
    }
