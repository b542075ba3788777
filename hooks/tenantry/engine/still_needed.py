"""What has no place any more, and is still used by something that stays."""

from __future__ import annotations

from collections.abc import Collection

from tenantry.engine.decide import Decision
from tenantry.engine.deletion import needs_of
from tenantry.engine.observe import Observed
from tenantry.engine.retain import NAMESPACE_TYPE, namespace_of
from tenantry.protocol import ObjectKey


def former_needs(decisions: Collection[Decision], observed: Observed) -> frozenset[str]:
    """Ids of entries and items on which objects of entries depend as they are, and would not as they shall be.

    An object that cannot be changed now, or that the API server does not change, goes on using what its new content
    does not need.
    """
    found: set[str] = set()
    for decision in decisions:
        if decision.holds is not None:
            found |= needs_of([observed.by_key[decision.holds]]).difference(decision.planned.needs)
    return frozenset(found)


def inhabited(decisions: Collection[Decision], others: Collection[ObjectKey]) -> frozenset[str]:
    """Names of Namespaces in which objects of entries are, or are to be made: they would go with their Namespace.

    ``others`` are the objects of no entry: nothing is looked for unless there is a Namespace among them.
    """
    if not any(key.type_key == NAMESPACE_TYPE for key in others):
        return frozenset()
    keys = {decision.holds for decision in decisions}
    keys |= {decision.planned.key for decision in decisions if decision.child is not None}
    return frozenset(home for key in keys if (home := namespace_of(key)))
