"""Canaries: the tenants that get a new revision before all others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from tenantry.engine.expressions import BadExpression, Option, compile_option
from tenantry.engine.render import RenderError, evaluate, template_context
from tenantry.kinds.rollout import Canary
from tenantry.names import tenant_name
from tenantry.protocol import JSONObject
from tenantry.registry.rollout.fleet import Fleet


def next_canaries(canary: Canary, fleet: Fleet, candidates: Sequence[str], moved: int, registry: str) -> list[str]:
    """Who of the candidates, in their order, is still to become a canary, ``moved`` being canaries already."""
    if canary.when is not None:
        return [uid for uid in candidates if _is_canary(canary.when, fleet.crowd.rows[uid], registry)]
    wanted = canary.count if canary.count is not None else -(-fleet.total * (canary.percent or 0) // 100)
    return list(candidates[: max(wanted - moved, 0)])


def _is_canary(when: str, row: JSONObject, registry: str) -> bool:
    """Whether an expression holds for the values of a row. One that cannot be evaluated does not."""
    option = _compiled(when)
    if option is None:
        return False
    context = template_context(
        uid=row["uid"],
        name=tenant_name(registry, row["uid"]),
        values=row.get("values") or {},
        nulls=row.get("nulls") or (),
        active=row.get("active", True),
    )
    try:
        return bool(evaluate(option, context))
    except RenderError:
        return False


@lru_cache(maxsize=64)
def _compiled(when: str) -> Option | None:
    try:
        return compile_option("canary.when", when)
    except BadExpression:
        return None  # The template says so: it is not valid, so it gets no new revision.
