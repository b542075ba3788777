"""The hooks of TenantTemplates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from tenantry.conditions import ConditionType, Reason
from tenantry.engine.compile import check_resources
from tenantry.engine.compiled import Problem
from tenantry.engine.hold import held_status, hold_everything, let_go
from tenantry.engine.keep import keep
from tenantry.kinds import TENANT_TEMPLATE_REVISION, TenantTemplateSpec
from tenantry.kinds.kind import InvalidSpec, parse_spec
from tenantry.names import ANCHOR_NAMESPACE, anchor_uid
from tenantry.protocol import (
    CustomizeRequest,
    CustomizeResponse,
    JSONObject,
    ObjectKey,
    RelatedRule,
    SyncRequest,
    SyncResponse,
)
from tenantry.template.canaries import canary_problems
from tenantry.template.pruning import newest_first, outdated, use_rules
from tenantry.template.revisions import current_revision, is_stored
from tenantry.template.status import template_status
from tenantry.template.withdrawal import takes_objects, withdraw, withdrawal_rules

Check = Callable[[list[JSONObject], JSONObject], list[Problem]]

ANCHOR_RETRY_SECONDS = 5.0


def sync(request: SyncRequest, *, now: datetime, check: Check = check_resources) -> SyncResponse:
    """The current content, if it is valid, has a revision of its own; earlier ones stay as long as they are needed."""
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
    problems = [str(problem) for problem in (*check(*_content(request.parent["spec"])), *canary_problems(spec.rollout))]
    revision = None if problems else current_revision(request.parent["metadata"]["name"], spec, anchor)
    name = revision["metadata"]["name"] if revision else ""
    told = (request.parent.get("status") or {}).get("revisions") or ()
    newest = newest_first(observed, told=told, current=name)
    removed = outdated(request.parent, spec, newest, request.related, name)
    children = {key: keep(observed[key]) for key in observed if key != name and key not in removed}
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
            revisions=[key for key in newest if key not in removed],
            now=now,
        ),
        removed=frozenset(ObjectKey(TENANT_TEMPLATE_REVISION.type_key, key) for key in removed),
    )


def _content(spec: JSONObject) -> tuple[list[JSONObject], JSONObject]:
    return spec["resources"], spec.get("variables") or {}


def finalize(request: SyncRequest, *, now: datetime) -> SyncResponse:
    """The template may go, with its objects if its policy says so; or another controller may have it.

    Its revisions stay either way.
    """
    return withdraw(request, now=now) if request.deleting and takes_objects(request.parent) else let_go(request)


def customize(request: CustomizeRequest) -> CustomizeResponse:
    """Namespace kube-system, to which revisions are anchored; who may use them; what it takes to go with objects."""
    rules = [RelatedRule("v1", "namespaces", names=(ANCHOR_NAMESPACE,)), *use_rules(request.parent)]
    return CustomizeResponse((*rules, *(rule for rule in withdrawal_rules(request.parent) if rule not in rules)))
