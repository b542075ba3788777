"""What a template tells of itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tenantry.conditions import ConditionType, Reason, condition, set_conditions
from tenantry.protocol import JSONObject


def template_status(
    parent: JSONObject,
    problems: Sequence[str],
    *,
    anchor: str,
    resources: int,
    revision: str,
    stored: bool,
    revisions: Sequence[str],
    now: datetime,
) -> JSONObject:
    """The status of a template whose content was looked at. ``revision`` is empty when it is not valid.

    ``latestRevision`` is a promise that the revision can be found, hence moves only when it is ``stored``.
    """
    previous: JSONObject = parent.get("status") or {}
    generation = parent["metadata"].get("generation", 0)
    return {
        "observedGeneration": generation,
        "latestRevision": revision if stored else previous.get("latestRevision", ""),
        "anchor": anchor,
        "revisions": list(revisions),
        "resources": resources,
        "conditions": set_conditions(
            previous, _conditions(problems, revision=revision, stored=stored, generation=generation), now=now
        ),
    }


def _conditions(problems: Sequence[str], *, revision: str, stored: bool, generation: int) -> list[JSONObject]:
    if problems:
        message = f"{'; '.join(problems)}. Correct the template; until then tenants stay with the last valid revision."
        return [
            condition(ConditionType.VALID, False, Reason.VALIDATION_FAILED, message, generation=generation),
            condition(ConditionType.READY, False, Reason.TEMPLATE_INVALID, message, generation=generation),
            condition(ConditionType.PROGRESSING, False, Reason.CONVERGED, generation=generation),
            condition(ConditionType.DEGRADED, True, Reason.TEMPLATE_INVALID, message, generation=generation),
        ]
    valid = condition(ConditionType.VALID, True, Reason.VALIDATION_PASSED, generation=generation)
    healthy = condition(ConditionType.DEGRADED, False, Reason.HEALTHY, generation=generation)
    if stored:
        told = f"Revision {revision} is stored."
        return [
            valid,
            condition(ConditionType.READY, True, Reason.ALL_READY, told, generation=generation),
            condition(ConditionType.PROGRESSING, False, Reason.CONVERGED, generation=generation),
            healthy,
        ]
    told = f"Revision {revision} is being stored."
    return [
        valid,
        condition(ConditionType.READY, False, Reason.RECONCILING, told, generation=generation),
        condition(ConditionType.PROGRESSING, True, Reason.RECONCILING, told, generation=generation),
        healthy,
    ]
