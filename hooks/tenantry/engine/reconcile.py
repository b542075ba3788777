"""All decisions on a tenant together: what is returned, what is kept beside it, and what may go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from tenantry.engine.decide import Decision, Memory, Phase, Standing, decide
from tenantry.engine.deletion import may_go
from tenantry.engine.dress import foreign
from tenantry.engine.keep import is_dynamically_applied, keep
from tenantry.engine.observe import Observed, is_ours
from tenantry.engine.plan import Plan, Planned
from tenantry.engine.replace import not_replaced_yet
from tenantry.engine.retain import (
    is_namespace_in,
    is_orphan,
    is_retained,
    namespace_of,
    orphan,
    out_of_sight,
    retaining_namespaces,
    with_policy,
)
from tenantry.names import entry_of
from tenantry.protocol import JSONObject, ObjectKey


class Outcome(NamedTuple):
    """What shall become of a tenant's objects."""

    decisions: tuple[Decision, ...]
    """In the order of the plan."""
    leftover: tuple[JSONObject, ...]
    """Observed objects of no entry that stay, as they are; sorted."""
    removed: frozenset[ObjectKey]
    retained: tuple[tuple[ObjectKey, JSONObject], ...]
    """Those of them that stay for good, by their deletion policy, as they are observed; sorted."""
    out_of_sight: tuple[JSONObject, ...]
    """What the status says of retained objects whose kind is not managed any more."""
    removing: int
    """Objects that have no place any more and still exist."""
    dynamically_applied: bool
    """Whether Metacontroller applies with a strategy that is not supported."""

    @property
    def children(self) -> list[JSONObject]:
        """Everything that is returned."""
        return [decision.child for decision in self.decisions if decision.child is not None] + list(self.leftover)


def reconcile(plan: Plan, observed: Observed, memory: Memory, *, tenant: str, anchor: str, now: datetime) -> Outcome:
    """Decide on every entry of the plan and on every observed object."""
    decisions = _decide_all(plan, observed, memory, tenant, now)
    former = not_replaced_yet(decisions, observed, plan.keys)
    held = {decision.holds for decision in decisions} | former.keys()
    others = {key: child for key, child in observed.by_key.items() if key not in held}
    unseen = out_of_sight(memory, observed)
    retaining = plan.retaining | _kept_elsewhere(decisions)
    if others or former or unseen:
        retaining |= retaining_namespaces(_protected(others | former), unseen)
    if len(retaining) > len(plan.retaining):
        decisions = tuple([_sheltering(decision, retaining, anchor) for decision in decisions])
        former = {key: _sheltered(key, child, retaining, anchor) for key, child in former.items()}
    left = dict(former)
    doomed: dict[ObjectKey, JSONObject] = {}
    retained: dict[ObjectKey, JSONObject] = {}
    for key, child in others.items():
        stays = is_retained(child) or is_namespace_in(key, retaining)
        if not is_ours(child):
            left[key] = foreign(child, anchor)
        elif key in plan.keys or not (plan.complete or (stays and is_orphan(child))):
            left[key] = keep(child)
        elif stays:
            retained[key] = child
        else:
            doomed[key] = child
    removed = may_go(doomed)
    left |= {key: keep(child) for key, child in doomed.items() if key not in removed}
    left |= {key: orphan(child, anchor) for key, child in retained.items()}
    return Outcome(
        decisions=decisions,
        leftover=tuple([left[key] for key in sorted(left)]),
        removed=removed,
        retained=tuple(sorted(retained.items())),
        out_of_sight=tuple(unseen),
        removing=len(doomed),
        dynamically_applied=any(map(is_dynamically_applied, observed.by_key.values())),
    )


def _kept_elsewhere(decisions: tuple[Decision, ...]) -> frozenset[str]:
    """Namespaces in which retained objects of entries are that would now be elsewhere."""
    return frozenset(
        home
        for planned, _, holds, _, _ in decisions
        if planned.anchor and holds != planned.key and (home := namespace_of(holds))
    )


def _protected(children: Mapping[ObjectKey, JSONObject]) -> list[ObjectKey]:
    return [key for key, child in children.items() if is_ours(child) and is_retained(child)]


def _sheltering(decision: Decision, retaining: frozenset[str], anchor: str) -> Decision:
    key = decision.holds or decision.planned.key
    if decision.child is None or key is None:
        return decision
    return decision._replace(child=_sheltered(key, decision.child, retaining, anchor))


def _sheltered(key: ObjectKey, child: JSONObject, retaining: frozenset[str], anchor: str) -> JSONObject:
    """A Namespace must stay for as long as it holds something retained, whatever its own policy is."""
    return with_policy(child, anchor) if anchor and is_namespace_in(key, retaining) else child


def _decide_all(plan: Plan, observed: Observed, memory: Memory, tenant: str, now: datetime) -> tuple[Decision, ...]:
    """Decide dependencies before dependents; what waits for itself is decided last, as waiting."""
    standings = {entry: Standing(Phase.READY) for entry, items in plan.items.items() if not items}
    decisions: dict[str, Decision] = {}
    remaining = list(plan.entries)
    known = {planned.id for planned in plan.entries} | plan.items.keys()
    while remaining:
        later: list[Planned] = []
        for planned in remaining:
            if any(need in known and need not in standings for need in planned.needs):
                later.append(planned)
                continue
            decision = decide(planned, observed, standings, plan.keys, memory, tenant=tenant, now=now)
            decisions[planned.id] = decision
            standings[planned.id] = decision.standing
            if plan.items:
                standings |= _of_all_items(planned.id, plan.items, standings)
        if len(later) == len(remaining):
            known -= {id_ for planned in later for id_ in (planned.id, entry_of(planned.id))}
        remaining = later
    return tuple(decisions[planned.id] for planned in plan.entries)


def _of_all_items(
    id_: str, items: Mapping[str, tuple[str, ...]], standings: Mapping[str, Standing]
) -> dict[str, Standing]:
    """How an entry stands of which this was the last item to be decided: as the item that holds it back most."""
    entry = entry_of(id_)
    together = items.get(entry)
    if not together or together[-1] not in standings or any(item not in standings for item in together):
        return {}
    unsettled = [standings[item] for item in together if not standings[item].settled]
    failed = [standing for standing in unsettled if standing.phase in (Phase.FAILED, Phase.SKIPPED)]
    return {entry: next(iter(failed or unsettled), Standing(Phase.READY))}
