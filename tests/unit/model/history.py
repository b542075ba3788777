"""One history of a cluster: random events in a random order, each seen late or early, and in the end peace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from tenantry.kinds.amount import rounded_up
from tenantry.protocol import JSONObject
from tests.unit.model.cluster import TEMPLATE, Cluster, is_paused, revision
from tests.unit.model.truth import Broken, Truth, pin_of, wanted_revision

UIDS: Final = ("acme", "bravo", "chili", "delta", "echo", "fox", "golf", "hotel")
DEADLINE: Final = 120

WEIGHTS: Final[Mapping[str, int]] = {
    "registry": 60,
    "slice": 70,
    "tenant": 90,
    "time": 30,
    "revision": 4,
    "health": 3,
    "priority": 4,
    "row": 3,
    "pause tenant": 3,
    "delete tenant": 2,
    "pause rollout": 2,
    "name revision": 1,
    "slice lost": 1,
    "buckets": 1,
    "status lost": 1,
}

CHURN: Final[Mapping[str, int]] = {"registry": 60, "slice": 30, "tenant": 10, "time": 30, "row": 30}
"""Rows come and go, and hardly anything else happens: for the guard."""


class History:
    """A cluster, and what happens to it."""

    def __init__(self, seed: int, weights: Mapping[str, int] = WEIGHTS, *, buckets: int = 2, age: float = 0.3) -> None:
        self.random = Random(seed)
        self.weights = weights
        self.age = age
        """How probable it is that somebody sees something old."""
        self.max_skew: int | str = self.random.choice((1, 2, 3, "25%"))
        self.rollout: JSONObject = {
            "maxSkew": self.max_skew,
            "progressDeadlineSeconds": DEADLINE,
            "onFailure": self.random.choice(("Pause", "Rollback")),
            **self.random.choice(({}, {"canary": {"count": 1, "bakeSeconds": 10}}, {"canary": {"percent": 20}})),
        }
        rows: dict[str, dict[str, Any]] = {uid: {"rank": 0} for uid in UIDS}
        grace = self.random.choice(("0s", "20s"))
        self.cluster = Cluster(self.random, rows, buckets=buckets, rollout=self.rollout, grace=grace)
        self.truth = Truth(self.cluster, max_skew=rounded_up(self.max_skew, len(UIDS)))
        self.newest = 1
        self.log: list[str] = []
        self.settle("the beginning")

    def run(self, steps: int) -> None:
        """So many events, then peace: everybody must reach the target. Raises ``Broken``."""
        names, weights = list(self.weights), list(self.weights.values())
        for name in self.random.choices(names, weights, k=steps):
            self.happen(name)
        self.make_peace()
        self.settle("the end")

    def happen(self, name: str) -> None:
        """One event."""
        self.log.append(name)
        events: dict[str, Callable[[], None]] = {
            "registry": self._registry,
            "slice": self._slice,
            "tenant": self._tenant,
            "time": lambda: self.cluster.pass_time(self.random.choice((0.1, 1, 3, 12, 40))),
            "revision": self._revision,
            "health": self._health,
            "priority": self._priority,
            "row": self._row,
            "pause tenant": self._pause_tenant,
            "delete tenant": self._delete_tenant,
            "pause rollout": lambda: self._rollout(paused=self.random.random() < 0.5),
            "name revision": self._name_revision,
            "slice lost": self._slice_lost,
            "buckets": lambda: self.cluster.edit_registry(buckets=self.random.choice((1, 2, 3))),
            "status lost": self.cluster.lose_status,
        }
        events[name]()
        self.truth.check()

    # Controllers, who see the present or something older.

    def _old(self) -> bool:
        return self.random.random() < self.age

    def _registry(self) -> None:
        self.cluster.sync_registry(parent=self._old(), children=self._old(), related=self._old())

    def _slice(self) -> None:
        names = sorted(self.cluster.past[0].slices.keys() | self.cluster.state.slices.keys())
        if names:
            self.cluster.sync_slice(self.random.choice(names), parent=self._old(), children=self._old())

    def _tenant(self) -> None:
        if self.cluster.state.tenants:
            self.cluster.sync_tenant(self.random.choice(sorted(self.cluster.state.tenants)))

    # People, and bad luck.

    def _revision(self) -> None:
        self.newest += 1
        broken = self.random.choice(("", "", "slow", "broken"))
        if broken:
            uid = self.random.choice(UIDS)
            self.cluster.health[(uid, revision(self.newest))] = broken
        self._want(latest=revision(self.newest))

    def _name_revision(self) -> None:
        named = self.random.choice(("", revision(self.random.randint(1, self.newest))))
        self.truth.given_up.discard(named)
        self._want(revision=named)

    def _want(self, *, latest: str = "", **rollout: Any) -> None:
        self.cluster.edit_template(latest=latest, **rollout)
        self.truth.ask(wanted_revision(self.cluster.state.template))

    def _rollout(self, **rollout: Any) -> None:
        self.cluster.edit_template(**rollout)

    def _health(self) -> None:
        key = (self.random.choice(UIDS), revision(self.random.randint(1, self.newest)))
        self.cluster.health[key] = self.random.choice(("", "slow", "broken"))

    def _priority(self) -> None:
        for uid in self.random.sample(sorted(self.cluster.rows), k=min(3, len(self.cluster.rows))):
            self.cluster.rows[uid] = {"rank": self.random.randint(0, 3)}

    def _row(self) -> None:
        uid = self.random.choice(UIDS)
        if self.cluster.rows.pop(uid, None) is None:
            self.cluster.rows[uid] = {"rank": 0}

    def _pause_tenant(self) -> None:
        if self.cluster.state.tenants:
            name = self.random.choice(sorted(self.cluster.state.tenants))
            self.cluster.pause_tenant(name, paused=not is_paused(self.cluster.state.tenants[name]))

    def _delete_tenant(self) -> None:
        if self.cluster.state.tenants:
            name = self.random.choice(sorted(self.cluster.state.tenants))
            self.truth.people.add(self.cluster.state.tenants[name]["metadata"]["uid"])
            self.cluster.delete_tenant(name)

    def _slice_lost(self) -> None:
        if self.cluster.state.slices:
            self.cluster.drop_slice(self.random.choice(sorted(self.cluster.state.slices)))
            self.cluster.remember()

    # Peace.

    def make_peace(self) -> None:
        """All rows are there, nobody is paused, and a revision is wanted with which everybody is healthy."""
        cluster = self.cluster
        for uid in UIDS:
            cluster.rows.setdefault(uid, {"rank": 0})
        for name, tenant in sorted(cluster.state.tenants.items()):
            if is_paused(tenant):
                cluster.pause_tenant(name, paused=False)
        self.newest += 1
        self._want(latest=revision(self.newest), revision="", paused=False)
        cluster.past = cluster.past[-1:]

    def settle(self, when: str) -> None:
        """Everybody works on what there is until all have the newest revision."""
        cluster = self.cluster
        for round_ in range(150):
            cluster.sync_registry()
            self.truth.check()
            for name in sorted(cluster.state.slices):
                cluster.sync_slice(name)
                self.truth.check()
            for name in sorted(cluster.state.tenants):
                cluster.sync_tenant(name)
                self.truth.check()
            cluster.pass_time(3)
            self._be_a_person(round_)
            if self._arrived():
                return
        told = (cluster.state.registry.get("status") or {}).get("templates")
        raise Broken(f"{when}: not everybody has {revision(self.newest)}: {self._pins()}; {told}")

    def _be_a_person(self, round_: int) -> None:
        """Let a rollout go on that was held or stopped: pause it, and take that back."""
        entries = (self.cluster.state.registry.get("status") or {}).get("templates") or ()
        stage = next((entry["memory"]["stage"] for entry in entries if entry["name"] == TEMPLATE), "")
        paused = bool(self.cluster.state.template["spec"]["rollout"].get("paused"))
        if paused and round_ % 3 == 0:
            self._rollout(paused=False)
        elif stage in ("Failed", "Held"):
            self._rollout(paused=True)

    def _pins(self) -> dict[str, str]:
        return {tenant["spec"]["uid"]: pin_of(tenant) for tenant in self.cluster.state.tenants.values()}

    def _arrived(self) -> bool:
        wanted = revision(self.newest)
        return self._pins() == dict.fromkeys(UIDS, wanted) and self._phase() in ("Complete", "Idle")

    def _phase(self) -> str:
        entries = (self.cluster.state.registry.get("status") or {}).get("templates") or ()
        return next((str(entry["phase"]) for entry in entries if entry["name"] == TEMPLATE), "")
