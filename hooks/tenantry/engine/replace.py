"""``onRename: Replace``: an entry whose object gets another name makes the new one first; then the old one goes."""

from __future__ import annotations

from collections.abc import Collection

from tenantry.engine.decide import Decision, kept
from tenantry.engine.observe import Observed, annotation
from tenantry.engine.retain import is_namespace_in, namespace_of
from tenantry.names import DEPENDS_ON_ANNOTATION, RESOURCE_ID_ANNOTATION, entry_of
from tenantry.protocol import JSONObject, ObjectKey


def not_replaced_yet(
    decisions: Collection[Decision], observed: Observed, claimed: Collection[ObjectKey]
) -> dict[ObjectKey, JSONObject]:
    """Former objects of entries, as they stay until what replaces them is Ready, and until none needs them that stays.

    A Namespace stays until nothing of any entry lives in it: it would take that along.
    """
    replacing = [decision for decision in decisions if decision.planned.entry.replace]
    if not replacing:
        return {}
    held = {decision.holds for decision in decisions}
    former = {
        key: decision
        for decision in replacing
        for key in observed.by_id.get(decision.planned.id, ())
        if key not in held and key not in claimed
    }
    waiting = _with_needed({key for key, decision in former.items() if not decision.standing.settled}, former, observed)
    inhabited = frozenset(map(namespace_of, held | waiting))
    return {
        key: kept(decision.planned, observed.by_key[key])
        for key, decision in former.items()
        if key in waiting or is_namespace_in(key, inhabited)
    }


def _with_needed(waiting: set[ObjectKey], former: Collection[ObjectKey], observed: Observed) -> set[ObjectKey]:
    """Former objects that stay, and those that they depend on: an old workload still uses the old configuration."""
    while True:
        needs = {need for key in waiting for need in annotation(observed.by_key[key], DEPENDS_ON_ANNOTATION).split(",")}
        needed = {key for key in former if key not in waiting and not needs.isdisjoint(_ids(observed.by_key[key]))}
        if not needed:
            return waiting
        waiting |= needed


def _ids(child: JSONObject) -> tuple[str, str]:
    id_ = annotation(child, RESOURCE_ID_ANNOTATION)
    return id_, entry_of(id_)
