"""The story that the demo tells, and what has to come of each of its turns."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Final

from tenantry.cli.demo.checks import TouchedTenants, Unexpected, expect, expect_ready, expect_untouched, is_ready
from tenantry.cli.demo.screen import Screen
from tenantry.cli.demo.shops import TRADES, shop
from tenantry.cli.demo.snapshot import BOOKKEEPING, Difference, ObjectName, compare, take_snapshot
from tenantry.cli.demo.stage import Stage
from tenantry.cli.installation import USER
from tenantry.names import API_VERSION, POLL_NOW_ANNOTATION, TENANT_LABEL, slug, tenant_name
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ResourceType

SETTLE_SECONDS: Final = 30.0
REGISTRY: Final = "shops"
NEW_IMAGE: Final = "example.com/shop:1.1"
MENTION_THE_PLAN: Final = frozenset({"Tenant", "Namespace", "ResourceQuota", "ConfigMap", "Deployment"})

INTRODUCTION: Final = (
    "A table of 25 shops is about to become 25 tenants, each with nine Kubernetes objects. The webhooks run under "
    "gunicorn, as in production; a cluster in this process stands in for Kubernetes and Metacontroller. What you see "
    "typed is what you would type."
)


def tour(stage: Stage, screen: Screen) -> None:
    """All steps. Raises ``Unexpected`` at the first that does not do exactly what it should."""
    guide = Guide(stage, screen)
    screen.introduction(INTRODUCTION)
    guide.start()
    guide.show_registry()
    guide.show_tenant("bakery")
    guide.change_plan("bakery")
    guide.deactivate("candles")
    guide.add("toys")
    guide.change_image()


class Guide:
    """Takes one step after the other, and checks what each did to the cluster."""

    def __init__(self, stage: Stage, screen: Screen) -> None:
        self._stage = stage
        self._cluster = stage.cluster
        self._screen = screen
        self._shops = set(TRADES)
        self._touched = TouchedTenants()
        self._steps = 0
        stage.loop.observe(self._touched.observe)

    def start(self) -> None:
        """Template and registry are applied, and everything comes to be."""
        self._heading("From an empty cluster to 25 running tenants")
        self._screen.typed("kubectl apply -f template.yaml -f registry.yaml")
        before = take_snapshot(self._cluster)
        objects = len(self._shops) * len(self._stage.template["spec"]["resources"])
        with self._screen.convergence(tenants=len(self._shops), objects=objects) as bars:
            self._stage.apply(self._stage.template)
            self._stage.apply(self._stage.registry)
            deadline = time.monotonic() + SETTLE_SECONDS
            ready = 0
            while ready < len(self._shops) and time.monotonic() < deadline:
                time.sleep(0.1)
                tenants = self._tenants()
                ready = sum(map(is_ready, tenants))
                bars.show(tenants=ready, objects=sum(map(_ready_objects, tenants)))
            self._settle()
        expect_ready(self._tenants())
        everything = frozenset[ObjectName]().union(*map(self._objects, self._shops), [self._latest_revision()])
        expect(compare(before, take_snapshot(self._cluster)), Difference(created=everything))

    def show_registry(self) -> None:
        """The registry's own view."""
        self._heading("What the registry says")
        self._screen.typed(f"kubectl describe tenantregistry {REGISTRY}")
        self._screen.registry(self._cluster.get(self._kind("TenantRegistry"), REGISTRY))

    def show_tenant(self, uid: str) -> None:
        """One tenant with its objects."""
        name = tenant_name(REGISTRY, uid)
        self._heading("What one tenant consists of")
        self._screen.typed(f"kubectl get tenant {name} -o yaml")
        kinds = [kind for kind in self._cluster.resource_types() if kind.kind not in BOOKKEEPING]
        objects = [obj for kind in kinds for obj in self._cluster.list(kind, labels=f"{TENANT_LABEL}={name}")]
        self._screen.tenant(self._cluster.get(self._kind("Tenant"), name), objects)

    def change_plan(self, uid: str) -> None:
        """A value in one row: what mentions it changes, in this tenant alone."""
        changed = frozenset(name for name in self._objects(uid) if name.kind in MENTION_THE_PLAN)
        statement = f"UPDATE shops SET plan = 'pro' WHERE id = '{uid}'"
        self._query("A shop buys the bigger plan", statement, Difference(changed=changed))

    def deactivate(self, uid: str) -> None:
        """A row that is not active any more: its tenant goes with all it has, and nothing else does."""
        self._shops.remove(uid)
        statement = f"UPDATE shops SET active = 0 WHERE id = '{uid}'"
        self._query("A shop closes", statement, Difference(deleted=self._objects(uid)))

    def add(self, uid: str) -> None:
        """A new row: one more tenant."""
        self._shops.add(uid)
        new = shop(uid)
        values = f"'{new.id}', '{new.name}', '{new.plan}', '{new.host}', {new.replicas}, '{new.token}', 1"
        statement = f"INSERT INTO shops VALUES ({values})"
        self._query("A shop opens", statement, Difference(created=self._objects(uid)))

    def change_image(self) -> None:
        """Another image in the template: a new revision, and every Deployment follows."""
        template = copy.deepcopy(self._stage.template)
        web = next(entry for entry in template["spec"]["resources"] if entry["id"] == "web")
        web["object"]["spec"]["template"]["spec"]["containers"][0]["image"] = NEW_IMAGE
        everything = frozenset[ObjectName]().union(*map(self._objects, self._shops))
        following = frozenset(name for name in everything if name.kind in {"Tenant", "Deployment"})
        self._heading("A new version of the application")
        self._screen.typed(f"sed -i 's|image: .*|image: {NEW_IMAGE}|' template.yaml", "kubectl apply -f template.yaml")
        self._follow(
            lambda: self._stage.apply(template),
            lambda: Difference(created=frozenset([self._latest_revision()]), changed=following),
        )

    def _query(self, title: str, statement: str, wanted: Difference) -> None:
        """A change of the table, and a poll that does not wait for the interval to pass."""
        self._heading(title)
        poll = str(self._steps)
        self._screen.typed(
            f'sqlite3 shops.db "{statement}"',
            f"kubectl annotate tenantregistry {REGISTRY} {POLL_NOW_ANNOTATION}={poll} --overwrite  # or wait 30 s",
        )

        def act() -> None:
            self._stage.shops.execute(statement)
            patch = {"metadata": {"annotations": {POLL_NOW_ANNOTATION: poll}}}
            self._cluster.patch(self._kind("TenantRegistry"), REGISTRY, patch, field_manager=USER)

        self._follow(act, lambda: wanted)

    def _follow(self, act: Callable[[], object], wanted: Callable[[], Difference]) -> None:
        """Do something, wait until all is quiet, and see that exactly what was wanted has happened."""
        before = take_snapshot(self._cluster)
        self._touched.forget()
        started = time.monotonic()
        with self._screen.waiting("Following …"):
            act()
            self._settle()
        seconds = time.monotonic() - started
        happened = compare(before, take_snapshot(self._cluster))
        touched = self._touched.names()
        untouched = {tenant_name(REGISTRY, uid) for uid in self._shops} - touched
        self._screen.difference(happened, untouched=len(untouched), seconds=seconds)
        expect(happened, wanted())
        expect_untouched(touched, wanted())
        expect_ready(self._tenants())

    def _heading(self, title: str) -> None:
        self._steps += 1
        self._screen.heading(self._steps, title)

    def _settle(self) -> None:
        if not self._stage.loop.wait_until_quiet(SETTLE_SECONDS):
            raise Unexpected(f"after {SETTLE_SECONDS:.0f} s the controllers are still at work.")

    def _kind(self, kind: str) -> ResourceType:
        return self._cluster.resource_type(API_VERSION, kind=kind)

    def _tenants(self) -> list[JSONObject]:
        return self._cluster.list(self._kind("Tenant"))

    def _objects(self, uid: str) -> frozenset[ObjectName]:
        """A shop's Tenant and all objects that the template describes."""
        name, namespace = tenant_name(REGISTRY, uid), f"shop-{slug(uid)}"
        names = {ObjectName(name, "Tenant", "", name)}
        for entry in self._stage.template["spec"]["resources"]:
            kind, called = entry["object"]["kind"], entry["object"]["metadata"]["name"]
            place = ("", namespace) if kind == "Namespace" else (namespace, called)
            names.add(ObjectName(name, kind, *place))
        return frozenset(names)

    def _latest_revision(self) -> ObjectName:
        template = self._cluster.get(self._kind("TenantTemplate"), self._stage.template["metadata"]["name"])
        return ObjectName("", "TenantTemplateRevision", "", template.get("status", {}).get("latestRevision", ""))


def _ready_objects(tenant: JSONObject) -> int:
    return int(tenant.get("status", {}).get("counts", {}).get("ready", 0))
