"""The hooks of TenantTemplates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from tenantry.conditions import Reason
from tenantry.engine.compile import Problem, check_resources
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
from tenantry.template.status import kept_status, template_status

Check = Callable[[list[JSONObject]], list[Problem]]

ANCHOR_RETRY_SECONDS = 5.0


def sync(request: SyncRequest, *, now: datetime, check: Check = check_resources) -> SyncResponse:
    """Every observed revision stays; the current content, if it is valid, has one of its own."""
    observed = request.children.get(TENANT_TEMPLATE_REVISION.type_key, {})
    try:
        spec = parse_spec(TenantTemplateSpec, request.parent)
    except InvalidSpec as error:
        return _keep(request.parent, observed, Reason.INVALID_SPEC, str(error), now=now)
    anchor = anchor_uid(request.related)
    if not anchor:
        return _keep(
            request.parent,
            observed,
            Reason.ANCHOR_MISSING,
            f"Namespace {ANCHOR_NAMESPACE} is not known yet.",
            now=now,
            resync_after_seconds=ANCHOR_RETRY_SECONDS,
        )
    problems = _problems(spec, request.parent, check)
    revision = None if problems else current_revision(request.parent["metadata"]["name"], spec.resources, anchor)
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


def finalize(request: SyncRequest, *, now: datetime) -> SyncResponse:
    """The template may go at once, or another controller may have it: its revisions stay either way."""
    observed = request.children.get(TENANT_TEMPLATE_REVISION.type_key, {})
    return SyncResponse(
        children=[keep(observed[name]) for name in sorted(observed)],
        status=request.parent.get("status") or {},
        finalized=True,
    )


def customize(request: CustomizeRequest) -> CustomizeResponse:
    """Namespace kube-system, to which revisions are anchored."""
    return CustomizeResponse((RelatedRule("v1", "namespaces", names=(ANCHOR_NAMESPACE,)),))


def _problems(spec: TenantTemplateSpec, parent: JSONObject, check: Check) -> list[str]:
    ids = [resource.id for resource in spec.resources]
    repeated = sorted({id_ for id_ in ids if ids.count(id_) > 1})
    if repeated:
        return [f"spec.resources: the ids {', '.join(repeated)} are used more than once"]
    return [str(problem) for problem in check(parent["spec"]["resources"])]


def _keep(
    parent: JSONObject,
    observed: Mapping[str, JSONObject],
    reason: Reason,
    message: str,
    *,
    now: datetime,
    resync_after_seconds: float = 0.0,
) -> SyncResponse:
    return SyncResponse(
        children=[keep(observed[name]) for name in sorted(observed)],
        status=kept_status(parent, reason, message, now=now),
        resync_after_seconds=resync_after_seconds,
    )
