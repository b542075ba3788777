"""Templates that were withdrawn: deleted together with their objects.

A withdrawal is written into the revision to which a tenant is pinned, so it is a decision, unlike a revision that is
missing. The tenant goes on as if the template had no entry: its objects lose their place, and go or stay by their own
policy, dependents first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tenantry.conditions import ConditionType, Reason, condition, set_conditions
from tenantry.engine.observe import Observed, annotation, is_ours
from tenantry.engine.reconcile import Outcome
from tenantry.names import RESOURCE_ID_ANNOTATION
from tenantry.protocol import JSONObject

Withdrawn = Sequence[tuple[str, str]]
"""Templates that are withdrawn, each with the revision that the tenant is pinned to; empty if it is to none."""


def told(
    status: JSONObject,
    previous: JSONObject | None,
    withdrawn: Withdrawn,
    observed: Observed,
    outcome: Outcome,
    *,
    now: datetime,
) -> JSONObject:
    """A Tenant's status with what it has to say of withdrawn templates."""
    if not withdrawn:
        return status
    left = _left(observed, outcome)
    entries = [
        {"name": name, "revision": revision, **({} if name in left else {"withdrawn": True})}
        for name, revision in withdrawn
    ]
    others = status["templates"]
    new = {**status, "templates": [*others, *entries]}
    if others:
        return new
    names = ", ".join(name for name, _ in withdrawn)
    gone = left.isdisjoint(name for name, _ in withdrawn)
    message = (
        f"All templates of this tenant are withdrawn ({names}): "
        f"{'it has no objects any more' if gone else 'its objects are being removed'}."
    )
    generation = status["observedGeneration"]
    ready = condition(ConditionType.READY, gone, Reason.TEMPLATES_WITHDRAWN, message, generation=generation)
    rest = [found for found in status["conditions"] if found["type"] != ConditionType.READY]
    known = [found for found in (previous or {}).get("conditions") or () if found["type"] == ConditionType.READY]
    return {**new, "conditions": set_conditions({"conditions": [*rest, *known]}, [ready], now=now)}


def _left(observed: Observed, outcome: Outcome) -> set[str]:
    """Templates of which objects are there that no entry has and that do not stay for good."""
    settled = {key for key, _ in (*outcome.retained, *outcome.inhabited)}
    settled |= {decision.holds for decision in outcome.decisions if decision.holds is not None}
    return {
        annotation(child, RESOURCE_ID_ANNOTATION).partition("/")[0]
        for key, child in observed.by_key.items()
        if key not in settled and is_ours(child)
    }
