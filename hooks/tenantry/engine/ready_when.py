"""``readyWhen``: an expression over the observed object says whether it is ready, instead of the rule of its kind."""

from __future__ import annotations

from typing import Protocol

from jinja2.runtime import Context

from tenantry.engine.environment import SELF, STEPS
from tenantry.engine.expressions import Option
from tenantry.engine.limits import Steps
from tenantry.engine.readiness import NOT_OBSERVED, READY, Health, Readiness, is_outdated, readiness
from tenantry.engine.render import RenderError, evaluate, with_variables
from tenantry.protocol import JSONObject


class Judge(Protocol):
    """Tells how an observed object is. Expressions take their steps from ``steps``, which several of them share."""

    def __call__(self, obj: JSONObject, /, *, steps: Steps | None = None) -> Readiness:
        """The verdict on one object."""


def by_kind(obj: JSONObject, /, *, steps: Steps | None = None) -> Readiness:
    """How an object is by the rule of its kind, which takes no steps."""
    return readiness(obj)


def ready_when(option: Option, context: Context, obj: JSONObject, /, *, steps: Steps | None = None) -> Readiness:
    """How an observed object is, by an expression that sees it as ``self`` beside the tenant's variables.

    An expression that cannot be evaluated means that the object is not ready: what it looks at may not be there yet.
    """
    status = obj.get("status")
    if isinstance(status, dict) and is_outdated(obj, status):
        return NOT_OBSERVED
    try:
        # Never the steps of the context: it belongs to a plan that several syncs share.
        holds = evaluate(option, with_variables(context, {SELF: obj, STEPS: steps or Steps()}))
    except RenderError as error:
        return Readiness(Health.WAITING, "ReadyWhenError", str(error))
    return READY if holds else Readiness(Health.WAITING, "ReadyWhenFalse", f"waits for {option.leaf.source}")
