"""The disorder: one seeded choice after the other, done to the table, the template, the webhooks and the database."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Final

from tests.scenarios.harness.world import World
from tests.soak.model import Fleet, Shop

PLANS: Final = ("basic", "pro", "business")
MOST_ROWS: Final = 12
"""Rows that one event changes at most."""


class Churn:
    """Changes things, and keeps in mind what there shall be. The same seed makes the same choices."""

    def __init__(self, world: World, fleet: Fleet, *, tenants: int, seed: int) -> None:
        self._world = world
        self._fleet = fleet
        self._tenants = tenants
        self._random = Random(seed)
        self._gone: list[str] = []
        self._next = 0
        self._pending: list[tuple[float, Callable[[], None]]] = []
        self.done: Counter[str] = Counter()
        """Events by name."""

    def fill(self) -> None:
        """The rows at the beginning."""
        for _ in range(self._tenants):
            self._insert(self._fresh())

    def step(self) -> None:
        """Let one event happen, and undo outages whose time has come."""
        self._undo(due=time.monotonic())
        events = {self.change: 8, self.arrive: 6, self.leave: 4, self.release: 2, self.restart: 1, self.outage: 2}
        event = self._random.choices(list(events), list(events.values()))[0]
        event()
        self.done[event.__name__] += 1

    def settle(self) -> None:
        """Undo all outages."""
        self._undo(due=float("inf"))

    def change(self) -> None:
        """Rows get other values."""
        for uid in self._some(list(self._fleet.shops)):
            shop = self._fleet.shops[uid] = self._shop()
            self._world.shops.update(uid, **shop.columns)

    def arrive(self) -> None:
        """New rows, and rows that were there before."""
        room = max(self._tenants * 11 // 10 - len(self._fleet.shops), 0)
        for _ in range(min(self._random.randint(1, MOST_ROWS), room)):
            back = self._gone and self._random.random() < 0.6
            self._insert(self._gone.pop(self._random.randrange(len(self._gone))) if back else self._fresh())

    def leave(self) -> None:
        """Rows go, or are not active any more."""
        for uid in self._some(list(self._fleet.shops)):
            del self._fleet.shops[uid]
            self._gone.append(uid)
            if self._random.random() < 0.5:
                self._world.shops.delete(uid)
            else:
                self._world.shops.update(uid, active=0)

    def release(self) -> None:
        """The template changes: another release, with or without one more object."""
        self._fleet.release += 1
        self._fleet.extra = self._random.random() < 0.5
        self.apply_template()

    def restart(self) -> None:
        """The webhooks go away for a moment."""
        self._world.backend.webhooks.stop()
        time.sleep(self._random.uniform(0, 3))
        self._world.backend.webhooks.restart()

    def outage(self) -> None:
        """The table is gone for some seconds: somebody renamed it."""
        if self._pending:
            return
        name = self._world.shops.table
        self._world.shops.rename(f"{name}_away")
        self._pending.append((time.monotonic() + self._random.uniform(2, 10), lambda: self._world.shops.rename(name)))

    def apply_template(self) -> None:
        """The template as it shall be now. All tenants may be under way at one time."""
        self._world.apply_template(*self._fleet.template(), rollout={"maxSkew": "100%"})

    def _undo(self, *, due: float) -> None:
        ripe = [undo for moment, undo in self._pending if moment <= due]
        self._pending = [(moment, undo) for moment, undo in self._pending if moment > due]
        for undo in ripe:
            undo()

    def _insert(self, uid: str) -> None:
        shop = self._fleet.shops[uid] = self._shop()
        self._world.shops.delete(uid)  # it may be there, and not active
        self._world.shops.insert(uid, plan=shop.plan, replicas=shop.replicas, note=shop.note)

    def _fresh(self) -> str:
        self._next += 1
        return f"shop-{self._next:04d}"

    def _shop(self) -> Shop:
        return Shop(self._random.choice(PLANS), self._random.randint(1, 5), f"note {self._random.randrange(10_000)}")

    def _some(self, uids: list[str]) -> list[str]:
        return self._random.sample(uids, min(len(uids), self._random.randint(1, MOST_ROWS)))
