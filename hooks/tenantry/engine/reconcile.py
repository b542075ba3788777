"""All decisions on a tenant together: what is returned, what is kept beside it, and what may go."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from tenantry.engine.decide import Decision, Memory, Phase, Standing, decide
from tenantry.engine.deletion import may_go
from tenantry.engine.dress import foreign
from tenantry.engine.keep import keep
from tenantry.engine.observe import Observed, is_ours
from tenantry.engine.plan import Plan, Planned
from tenantry.protocol import JSONObject, ObjectKey


class Outcome(NamedTuple):
    """What shall become of a tenant's objects."""

    decisions: tuple[Decision, ...]
    """In the order of the plan."""
    leftover: tuple[JSONObject, ...]
    """Observed objects of no entry that stay for now, as they are; sorted."""
    removed: frozenset[ObjectKey]
    removing: int
    """Objects that have no place any more and still exist."""

    @property
    def children(self) -> list[JSONObject]:
        """Everything that is returned."""
        return [decision.child for decision in self.decisions if decision.child is not None] + list(self.leftover)


def reconcile(plan: Plan, observed: Observed, memory: Memory, *, tenant: str, anchor: str, now: datetime) -> Outcome:
    """Decide on every entry of the plan and on every observed object."""
    decisions = _decide_all(plan, observed, memory, tenant, now)
    held = {decision.holds for decision in decisions}
    left: dict[ObjectKey, JSONObject] = {}
    doomed: dict[ObjectKey, JSONObject] = {}
    for key, child in observed.by_key.items():
        if key in held:
            continue
        if not is_ours(child):
            left[key] = foreign(child, anchor)
        elif plan.complete and key not in plan.keys:
            doomed[key] = child
        else:
            left[key] = keep(child)
    removed = may_go(doomed)
    left |= {key: keep(child) for key, child in doomed.items() if key not in removed}
    return Outcome(decisions, tuple([left[key] for key in sorted(left)]), removed, len(doomed))


def _decide_all(plan: Plan, observed: Observed, memory: Memory, tenant: str, now: datetime) -> tuple[Decision, ...]:
    """Decide dependencies before dependents; what waits for itself is decided last, as waiting."""
    standings: dict[str, Standing] = {}
    decisions: dict[str, Decision] = {}
    remaining = list(plan.entries)
    known = {planned.id for planned in plan.entries}
    while remaining:
        later: list[Planned] = []
        for planned in remaining:
            if any(need in known and need not in standings for need in planned.needs):
                later.append(planned)
                continue
            decision = decide(planned, observed, standings, plan.keys, memory, tenant=tenant, now=now)
            decisions[planned.id] = decision
            standings[planned.id] = decision.standing
        if len(later) == len(remaining):
            known -= {planned.id for planned in later}
        remaining = later
    return tuple(decisions[planned.id] for planned in plan.entries)


def all_ready(decisions: tuple[Decision, ...]) -> bool:
    """Whether every entry is Ready."""
    return all(decision.standing.phase is Phase.READY for decision in decisions)
