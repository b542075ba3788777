"""Every order of events, breadth first: a violation comes with the shortest way to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

import orjson

from tenantry.names import REAPPLY_ANNOTATION
from tenantry.sandbox.store.index import Stored
from tests.explorer import health
from tests.explorer.at_rest import wrong_at_rest
from tests.explorer.cases import PRE_DELETE, SHAPES, Case
from tests.explorer.cluster import time_at
from tests.explorer.events import events
from tests.explorer.invariants import broken_by
from tests.explorer.objects import is_orphan
from tests.explorer.runs import may_fail
from tests.explorer.world import HookBroken, State, World

SETTLE_ROUNDS: Final = 12
"""In so many syncs a tenant of three entries must come to rest: its objects get ready one after the other."""

Fingerprint = bytes


class Violation(AssertionError):
    """Something happened that must not. The message tells the case and the way to it."""


class Counts(NamedTuple):
    """How much was explored."""

    states: int
    syncs: int


class Node(NamedTuple):
    """A state, and how it was reached."""

    state: State
    path: tuple[str, ...]


class Explorer:
    """Explores one case."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._world = World(case)
        self._digests: WeakKeyDictionary[Stored, bytes] = WeakKeyDictionary()
        self._resting: set[Fingerprint] = set()
        self._syncs = 0

    def explore(self, depth: int) -> Counts:
        """Try every order of ``depth`` events, from the beginning and from where all is well. Raises ``Violation``."""
        level = list(self._beginnings())
        seen = {self._fingerprint(node.state) for node in level}
        for _ in range(depth):
            following: list[Node] = []
            for node in level:
                for reached in self._steps(node):
                    print_ = self._fingerprint(reached.state)
                    if print_ not in seen:
                        seen.add(print_)
                        self._settle(reached)
                        following.append(reached)
            level = following
        return Counts(len(seen), self._syncs)

    def _beginnings(self) -> Iterator[Node]:
        """A new tenant, one at rest and, where something runs at its end, one that comes after another of its name."""
        fresh = Node(self._world.save(), ("a new tenant",))
        settled = self._settle(fresh)
        yield fresh
        yield settled._replace(path=("a tenant at rest",))
        if PRE_DELETE in SHAPES[self._case.shape].lifecycles.values():
            self._world.restore(settled.state)
            self._world.delete_tenant()
            gone = self._settle(Node(self._world.save(), ("a tenant at rest", "the tenant is deleted")))
            self._world.restore(gone.state)
            self._world.create_tenant()
            again = self._settle(Node(self._world.save(), (*gone.path, "the tenant comes back")))
            yield again._replace(path=("another tenant of the same name at rest",))

    def _steps(self, node: Node) -> Iterator[Node]:
        """The states in which a node ends after one event, or none, and one sync."""
        self._world.restore(node.state)
        possible = list(events(self._world))
        yield self._sync(node)
        for event in possible:
            self._world.restore(node.state)
            event.happen()
            yield self._sync(Node(self._world.save(), (*node.path, event.name)))

    def _sync(self, node: Node) -> Node:
        self._world.restore(node.state)
        self._syncs += 1
        try:
            done = self._world.sync()
        except HookBroken as error:
            raise self._violation(node, str(error)) from error
        for problem in broken_by(self._case, done):
            raise self._violation(node, problem)
        return Node(self._world.save(), (*node.path, "sync"))

    def _settle(self, node: Node) -> Node:
        """Nothing happens any more, and all becomes well: the tenant comes to rest, and is then as it should be."""
        passed = []
        for _ in range(SETTLE_ROUNDS):
            self._heal(node)
            node = node._replace(state=self._world.save())
            print_ = self._fingerprint(node.state)
            if print_ in self._resting:
                break
            passed.append(print_)
            before = node.state.cluster.version
            node = self._sync(node)
            if node.state.cluster.version == before:
                for problem in wrong_at_rest(self._world):
                    raise self._violation(node, problem)
                break
        else:
            raise self._violation(node, f"it does not come to rest within {SETTLE_ROUNDS} syncs")
        self._resting.update(passed)
        return node

    def _heal(self, node: Node) -> None:
        """Whatever can become well does. What may fail and did stays as it is: nothing may wait for it."""
        world = self._world
        world.restore(node.state)
        scene = world.scene()
        for key, obj in scene.objects.items():
            kind, name = key
            address = obj["metadata"].get("namespace", ""), name
            failed = health.has_failed(obj)
            if health.is_healthy(obj) or may_fail(self._case, key, scene):
                continue
            if kind == "Widget":
                world.report(address, ready="True")
            elif not failed:
                world.end_job(address, complete=True)
            elif not is_orphan(obj):  # a person puts right why it failed, and lets it run again
                world.cluster.delete(world.kinds[kind], name, namespace=address[0])

    def _violation(self, node: Node, problem: str) -> Violation:
        return Violation("\n  ".join([f"{problem}\n  in {self._case}\n  after", *node.path]))

    def _fingerprint(self, state: State) -> Fingerprint:
        """What is the same for states from which the same can happen: without times, uids and versions."""
        versions = {stored.uid: stored.body["metadata"] for stored in state.cluster.objects}
        parts = sorted(self._digest(stored) for stored in state.cluster.objects)
        parts += [repr(key).encode() for key in sorted(health.overdue(state.cluster.objects, time_at(state.cluster)))]
        for key, applied in sorted(state.applied.items()):
            metadata = versions.get(applied.uid, {})
            generation = metadata.get("generation", 0)
            at = (generation, "" if generation else metadata.get("resourceVersion"))
            if at == (applied.generation, "" if generation else applied.resource_version):
                parts += [repr(key).encode(), self._world.loop.skip.contents[applied.content]]
        return b"\n".join(parts)

    def _digest(self, stored: Stored) -> bytes:
        found = self._digests.get(stored)
        if found is None:
            managers = [[*manager.identity, manager.fields] for manager in stored.managers]
            content = [stored.resource.qualified_plural, _timeless(stored.body), managers, _lag(stored)]
            found = self._digests[stored] = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
        return found


_PASSING: Final = frozenset(
    ["uid", "resourceVersion", "generation", "observedGeneration", "creationTimestamp", "deletionTimestamp", "since",
     "lastTransitionTime", "lastProbeTime", "startTime", "completionTime", "controller-uid",
     "batch.kubernetes.io/controller-uid", REAPPLY_ANNOTATION]
)  # fmt: skip
"""Fields that differ between states which are the same: only whether they are there counts."""


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: "" if key in _PASSING else _timeless(item) for key, item in value.items()}
    return [_timeless(item) for item in value] if isinstance(value, list) else value


def _lag(stored: Stored) -> bool:
    observed = (stored.body.get("status") or {}).get("observedGeneration")
    return observed is not None and observed != stored.body["metadata"].get("generation")
