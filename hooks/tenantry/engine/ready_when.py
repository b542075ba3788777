"""``readyWhen``: an expression over the observed object says whether it is ready, instead of the rule of its kind."""

from __future__ import annotations

from jinja2.runtime import Context

from tenantry.engine.environment import SELF, STEPS
from tenantry.engine.expressions import Option
from tenantry.engine.limits import Steps
from tenantry.engine.readiness import NOT_OBSERVED, READY, Health, Readiness, is_outdated
from tenantry.engine.render import RenderError, evaluate, with_variables
from tenantry.protocol import JSONObject


def ready_when(option: Option, context: Context, obj: JSONObject) -> Readiness:
    """How an observed object is, by an expression that sees it as ``self`` beside the tenant's variables.

    An expression that cannot be evaluated means that the object is not ready: what it looks at may not be there yet.
    """
    status = obj.get("status")
    if isinstance(status, dict) and is_outdated(obj, status):
        return NOT_OBSERVED
    try:
        # Steps of its own: the context belongs to a plan that several syncs share.
        holds = evaluate(option, with_variables(context, {SELF: obj, STEPS: Steps()}))
    except RenderError as error:
        return Readiness(Health.WAITING, "ReadyWhenError", str(error))
    return READY if holds else Readiness(Health.WAITING, "ReadyWhenFalse", f"waits for {option.leaf.source}")
