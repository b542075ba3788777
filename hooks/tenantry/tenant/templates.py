"""Which templates a Tenant is made from: the revisions that it is pinned to, or the templates themselves."""

from __future__ import annotations

from threading import Lock
from typing import NamedTuple

import orjson
from cachetools import LRUCache, cached
from pydantic import ValidationError

from tenantry.conditions import Reason
from tenantry.engine.compile import CACHED_REVISIONS, Compiled, TemplateError, compile_content
from tenantry.engine.draft import TenantTemplate
from tenantry.kinds import TENANT_TEMPLATE, TENANT_TEMPLATE_REVISION, TemplateResource, TemplateVariable, TenantSpec
from tenantry.kinds.revision import canonical
from tenantry.kinds.tenant import TemplateReference
from tenantry.names import revision_name
from tenantry.protocol import JSONObject, ObjectMap, RelatedRule


class Unavailable(Exception):
    """A template that cannot be used now: everything stays as it is until it can. The message says what to do."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class TemplatesOfTenant(NamedTuple):
    """The templates of a tenant in their order, each with the revision that was taken, and the anchor they know."""

    templates: tuple[TenantTemplate, ...]
    revisions: tuple[tuple[str, str], ...]
    anchor: str


def rules_for(spec: TenantSpec) -> tuple[RelatedRule, ...]:
    """What a Tenant reads beside its children: what its spec names and nothing else."""
    pinned = tuple(sorted({reference.revision for reference in spec.templates if reference.revision}))
    followed = tuple(sorted({reference.name for reference in spec.templates if not reference.revision}))
    rules = []
    for kind, names in ((TENANT_TEMPLATE_REVISION, pinned), (TENANT_TEMPLATE, followed)):
        if names:
            rules.append(RelatedRule(kind.api_version, kind.plural, names=names))
    return tuple(rules)


def templates_of(spec: TenantSpec, related: ObjectMap) -> TemplatesOfTenant:
    """The compiled templates of a tenant. Raises ``Unavailable``."""
    templates = []
    revisions = []
    anchor = ""
    for reference in spec.templates:
        source = _pinned(reference, related) if reference.revision else _followed(reference, related)
        templates.append(TenantTemplate(reference.name, _compiled(reference, source)))
        revisions.append((reference.name, reference.revision or source.get("status", {}).get("latestRevision", "")))
        anchor = anchor or source["spec"].get("anchor") or source.get("status", {}).get("anchor", "")
    if not anchor and any(entry.retain for template in templates for entry in template.compiled.entries):
        raise Unavailable(
            Reason.ANCHOR_MISSING,
            "the templates do not tell the uid of Namespace kube-system yet, which objects need that are retained: "
            "wait until the TenantTemplate is Ready",
        )
    return TemplatesOfTenant(tuple(templates), tuple(revisions), anchor)


def known_anchor(spec: TenantSpec, related: ObjectMap) -> str:
    """The uid of Namespace kube-system as any of the templates knows it; empty if none can be seen."""
    for reference in spec.templates:
        for kind, name in ((TENANT_TEMPLATE_REVISION, reference.revision), (TENANT_TEMPLATE, reference.name)):
            found = related.get(kind.type_key, {}).get(name, {})
            anchor = found.get("spec", {}).get("anchor") or found.get("status", {}).get("anchor")
            if anchor:
                return str(anchor)
    return ""


def _pinned(reference: TemplateReference, related: ObjectMap) -> JSONObject:
    found = related.get(TENANT_TEMPLATE_REVISION.type_key, {}).get(reference.revision)
    if found is None:
        raise Unavailable(
            Reason.REVISION_MISSING,
            f"TenantTemplateRevision {reference.revision} is not there: restore it, or pin another in spec.templates",
        )
    if found["spec"].get("template") != reference.name:
        raise Unavailable(
            Reason.REVISION_MISSING,
            f"TenantTemplateRevision {reference.revision} is not of template {reference.name}: correct spec.templates",
        )
    return found


def _followed(reference: TemplateReference, related: ObjectMap) -> JSONObject:
    found = related.get(TENANT_TEMPLATE.type_key, {}).get(reference.name)
    if found is None:
        raise Unavailable(
            Reason.TEMPLATE_MISSING,
            f"TenantTemplate {reference.name} is not there: create it, or remove it from spec.templates",
        )
    return found


def _compiled(reference: TemplateReference, source: JSONObject) -> Compiled:
    try:
        content = orjson.dumps(source["spec"]["resources"])
        declared = orjson.dumps(source["spec"].get("variables") or {})
    except orjson.JSONEncodeError as error:
        message = f"TenantTemplate {reference.name} cannot be used: {error}"
        raise Unavailable(Reason.TEMPLATE_INVALID, message) from error
    if reference.revision and not _is_intact(reference.name, reference.revision, content, declared):
        raise Unavailable(
            Reason.REVISION_EDITED,
            f"TenantTemplateRevision {reference.revision} was edited: its content is not what its name says. "
            "Restore it, or pin another in spec.templates",
        )
    try:
        return compile_content(content, declared)
    except TemplateError as error:
        raise Unavailable(
            Reason.TEMPLATE_INVALID, f"TenantTemplate {reference.name} cannot be used: {error}"
        ) from error


@cached(LRUCache(CACHED_REVISIONS), lock=Lock())
def _is_intact(template: str, revision: str, content: bytes, declared: bytes) -> bool:
    try:
        resources = [TemplateResource.model_validate(entry) for entry in orjson.loads(content)]
        variables = {name: TemplateVariable.model_validate(options) for name, options in orjson.loads(declared).items()}
    except ValidationError:
        return False
    return revision_name(template, canonical(resources, variables)) == revision
