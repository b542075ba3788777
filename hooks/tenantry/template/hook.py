"""The hooks of TenantTemplates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from tenantry.conditions import ConditionType, Reason
from tenantry.engine.compile import Problem, check_resources
from tenantry.engine.hold import held_status, hold_everything, let_go
from tenantry.engine.keep import keep
from tenantry.kinds import TENANT_TEMPLATE_REVISION, TenantTemplateSpec
from tenantry.kinds.kind import InvalidSpec, parse_spec
from tenantry.names import ANCHOR_NAMESPACE, anchor_uid
from tenantry.protocol import (
    CustomizeRequest,
    CustomizeResponse,
    JSONObject,
    RelatedRule,
    SyncRequest,
    SyncResponse,
)
from tenantry.template.revisions import current_revision, is_stored
from tenantry.template.status import template_status

Check = Callable[[list[JSONObject], JSONObject], list[Problem]]

ANCHOR_RETRY_SECONDS = 5.0


def sync(request: SyncRequest, *, now: datetime, check: Check = check_resources) -> SyncResponse:
    """Every observed revision stays; the current content, if it is valid, has one of its own."""
    observed = request.children.get(TENANT_TEMPLATE_REVISION.type_key, {})
    try:
        spec = parse_spec(TenantTemplateSpec, request.parent)
    except InvalidSpec as error:
        held = hold_everything(request, Reason.INVALID_SPEC, str(error), now=now)
        status = held_status(request.parent, Reason.INVALID_SPEC, str(error), now=now, untrue=(ConditionType.VALID,))
        return replace(held, status=status)
    anchor = anchor_uid(request.related)
    if not anchor:
        message = f"Namespace {ANCHOR_NAMESPACE} is not known yet."
        return hold_everything(request, Reason.ANCHOR_MISSING, message, now=now, ask_again=ANCHOR_RETRY_SECONDS)
    problems = [str(problem) for problem in check(*_content(request.parent["spec"]))]
    revision = None if problems else current_revision(request.parent["metadata"]["name"], spec, anchor)
    name = revision["metadata"]["name"] if revision else ""
    children = {key: keep(observed[key]) for key in observed if key != name}
    if revision:
        children[name] = revision
    return SyncResponse(
        children=[children[key] for key in sorted(children)],
        status=template_status(
            request.parent,
            problems,
            anchor=anchor,
            resources=len(spec.resources),
            revision=name,
            stored=revision is not None and is_stored(observed.get(name), revision),
            now=now,
        ),
    )


def _content(spec: JSONObject) -> tuple[list[JSONObject], JSONObject]:
    return spec["resources"], spec.get("variables") or {}


def finalize(request: SyncRequest, *, now: datetime) -> SyncResponse:
    """The template may go at once, or another controller may have it: its revisions stay either way."""
    del now  # Nothing is said that could change.
    return let_go(request)


def customize(request: CustomizeRequest) -> CustomizeResponse:
    """Namespace kube-system, to which revisions are anchored."""
    return CustomizeResponse((RelatedRule("v1", "namespaces", names=(ANCHOR_NAMESPACE,)),))
