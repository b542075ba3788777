"""All decisions on a tenant together: what is returned, what is kept beside it, and what may go."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from tenantry.engine.cycles import CYCLE, without_cycle
from tenantry.engine.decide import Decision, decide, tolerant
from tenantry.engine.deletion import may_go
from tenantry.engine.draft import NOT_WANTED
from tenantry.engine.dress import foreign
from tenantry.engine.keep import is_dynamically_applied, keep
from tenantry.engine.lifecycle import PRE_CREATE
from tenantry.engine.limits import RENDER_BUDGET_MS, Steps
from tenantry.engine.observe import Observed, is_ours
from tenantry.engine.plan import Plan, Planned, judged_within
from tenantry.engine.probes import probes_for
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
from tenantry.engine.standing import Memory, Phase, Standing, is_overdue
from tenantry.engine.still_needed import former_needs, inhabited
from tenantry.names import entry_of
from tenantry.protocol import JSONObject, Location, ObjectKey, object_key

_WAITS_FOR_NOBODY: Final = NOT_WANTED | {CYCLE}


class Outcome(NamedTuple):
    """What shall become of a tenant's objects."""

    decisions: tuple[Decision, ...]
    """In the order of the plan."""
    leftover: tuple[JSONObject, ...]
    """Observed objects of no entry that stay, as they are; sorted."""
    removed: frozenset[ObjectKey]
    retained: tuple[tuple[ObjectKey, JSONObject], ...]
    """Those of them that stay for good, by their deletion policy, as they are observed; sorted."""
    inhabited: tuple[tuple[ObjectKey, JSONObject], ...]
    """Those of them that are Namespaces with objects of entries in them, as they are observed; sorted."""
    foreign: tuple[tuple[ObjectKey, JSONObject], ...]
    """Those of them that somebody else made and labelled as this tenant's, as they are observed; sorted."""
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

    @property
    def removals(self) -> dict[ObjectKey, frozenset[Location]]:
        """Where what is returned has a null on purpose."""
        return removals_of(self.decisions)


def reconcile(
    plan: Plan,
    observed: Observed,
    memory: Memory,
    *,
    tenant: str,
    anchor: str,
    now: datetime,
    controller: JSONObject | None = None,
    budget_ms: int = RENDER_BUDGET_MS,
) -> Outcome:
    """Decide on every entry of the plan and on every observed object.

    ``controller`` is the CompositeController, whose resources a probe may look for; without it there are no probes.
    """
    decisions = decide_all(plan, observed, memory, tenant=tenant, now=now, budget_ms=budget_ms)
    former = not_replaced_yet(decisions, observed, plan.keys)
    looking = probes_for(_overdue(decisions, memory, now), controller or {}, observed, tenant)
    held = {decision.holds for decision in decisions} | former.keys() | looking.keys()
    others = {key: child for key, child in observed.by_key.items() if key not in held}
    unseen = out_of_sight(memory, observed)
    retaining = plan.retaining | _kept_elsewhere(decisions)
    if others or former or unseen:
        retaining |= retaining_namespaces(_protected(others | former), unseen)
    if len(retaining) > len(plan.retaining):
        decisions = tuple([_sheltering(decision, retaining, anchor) for decision in decisions])
        former = {key: _sheltered(key, child, retaining, anchor) for key, child in former.items()}
    placeless = _sorted_out(others, plan, retaining, inhabited(decisions, others))
    doomed = placeless.doomed
    used = former_needs(decisions, observed) if doomed else ()
    removed = frozenset() if _held_back(decisions) else may_go(doomed, former.values(), used=used)
    left = former | looking
    left |= {key: keep(child) for key, child in (placeless.kept | placeless.homes | doomed).items()}
    left |= {key: orphan(child, anchor) for key, child in placeless.retained.items()}
    left |= {key: foreign(child, anchor) for key, child in placeless.theirs.items()}
    return Outcome(
        decisions=decisions,
        leftover=tuple([left[key] for key in sorted(left) if key not in removed]),
        removed=removed,
        retained=tuple(sorted(placeless.retained.items())),
        inhabited=tuple(sorted(placeless.homes.items())),
        foreign=tuple(sorted(placeless.theirs.items())),
        out_of_sight=tuple(unseen),
        removing=len(doomed),
        dynamically_applied=any(map(is_dynamically_applied, observed.by_key.values())),
    )


class _Placeless(NamedTuple):
    """Observed objects that no entry holds, by what becomes of them."""

    theirs: dict[ObjectKey, JSONObject]
    """Somebody else's."""
    kept: dict[ObjectKey, JSONObject]
    """Of which it is not known yet whether they have a place."""
    retained: dict[ObjectKey, JSONObject]
    homes: dict[ObjectKey, JSONObject]
    """Namespaces in which objects of entries live."""
    doomed: dict[ObjectKey, JSONObject]


def _sorted_out(
    others: Mapping[ObjectKey, JSONObject], plan: Plan, retaining: frozenset[str], lived_in: frozenset[str]
) -> _Placeless:
    found = _Placeless({}, {}, {}, {}, {})
    for key, child in others.items():
        stays = is_retained(child) or is_namespace_in(key, retaining)
        if not is_ours(child):
            found.theirs[key] = child
        elif (key in plan.keys or not plan.complete) and not (stays and is_orphan(child)):
            found.kept[key] = child
        elif stays:
            found.retained[key] = child
        elif is_namespace_in(key, lived_in):
            found.homes[key] = child
        else:
            found.doomed[key] = child
    return found


def _overdue(decisions: tuple[Decision, ...], memory: Memory, now: datetime) -> list[ObjectKey]:
    """Objects that are returned and do not appear, so that somebody should look why."""
    returned = [one for one in decisions if one.holds is None and one.child is not None]
    return [
        one.planned.key
        for one in returned
        if one.planned.key is not None and is_overdue(memory.get(one.planned.id), now)
    ]


def _kept_elsewhere(decisions: tuple[Decision, ...]) -> frozenset[str]:
    """Namespaces in which retained objects of entries are that would now be elsewhere."""
    return frozenset(
        home
        for one in decisions
        if one.planned.anchor and one.holds != one.planned.key and (home := namespace_of(one.holds))
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


def removals_of(decisions: Iterable[Decision]) -> dict[ObjectKey, frozenset[Location]]:
    """Child → where these decisions put a null into it, or a text in its place, on purpose."""
    return {object_key(one.child): one.removals for one in decisions if one.removals and one.child is not None}


def _held_back(decisions: tuple[Decision, ...]) -> bool:
    """Whether everything stays as it is because of what must complete first."""
    return any(one.planned.entry.lifecycle == PRE_CREATE and not one.standing.settled for one in decisions)


def decide_all(
    plan: Plan,
    observed: Observed,
    memory: Memory,
    *,
    tenant: str,
    now: datetime,
    passed: Iterable[str] = (),
    budget_ms: int = RENDER_BUDGET_MS,
) -> tuple[Decision, ...]:
    """Decide dependencies before dependents. Entries that wait for themselves fail, and with them who needs them.

    ``passed`` are ids of entries that are not in the plan and for which nobody waits. ``budget_ms`` is how long all
    expressions may take that tell whether objects are ready, as counted in steps.
    """
    standings = {entry: Standing(Phase.READY) for entry, items in plan.items.items() if not items}
    standings |= dict.fromkeys(passed, Standing(Phase.READY))
    decisions: dict[str, Decision] = {}
    steps = Steps(budget_ms)
    remaining = [judged_within(steps, planned) for planned in plan.entries]
    known = {planned.id for planned in plan.entries} | plan.items.keys()
    while remaining:
        later: list[Planned] = []
        for planned in remaining:
            if _comes_later(planned, standings, known):
                later.append(planned)
                continue
            decision = decide(planned, observed, standings, plan.keys, memory, tenant=tenant, now=now)
            if planned.entry.goes_on:
                decision = tolerant(decision)
            decisions[planned.id] = decision
            standings[planned.id] = decision.standing
            if plan.items:
                standings |= _of_all_items(planned.id, plan.items, standings)
        remaining = without_cycle(later, plan.items) if len(later) == len(remaining) else later
    return tuple(decisions[planned.id] for planned in plan.entries)


def _comes_later(planned: Planned, standings: Mapping[str, Standing], known: Collection[str]) -> bool:
    """Whether an entry depends on one that is known, and not decided yet."""
    if planned.failure in _WAITS_FOR_NOBODY:
        return False
    for need in planned.needs:
        if need not in standings and need in known:
            return True
    return any(need not in standings and need in known for need in planned.after)


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
