"""Whether the expression that chooses canaries can be one."""

from __future__ import annotations

from tenantry.engine.compiled import Problem
from tenantry.engine.expressions import BadExpression, compile_option
from tenantry.kinds.rollout import Rollout

_PATH = "rollout.canary.when"


def canary_problems(rollout: Rollout) -> list[Problem]:
    """What is wrong with ``spec.rollout.canary.when``; nothing if there is none."""
    if rollout.canary is None or rollout.canary.when is None:
        return []
    try:
        compile_option("when", rollout.canary.when)
    except BadExpression as error:
        return [Problem(_PATH, f"{rollout.canary.when!r}: {error}")]
    return []
