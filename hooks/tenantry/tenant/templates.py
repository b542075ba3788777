"""Which templates a Tenant is made from: the revisions that it is pinned to, or the templates themselves."""

from __future__ import annotations

from threading import Lock
from typing import NamedTuple

import orjson
from cachetools import LRUCache, cached
from pydantic import ValidationError

from tenantry import tally
from tenantry.conditions import Reason
from tenantry.engine.compile import CACHED_REVISIONS, compile_content
from tenantry.engine.compiled import Compiled, TemplateError
from tenantry.engine.composition import TenantTemplate
from tenantry.kinds import TENANT_TEMPLATE, TENANT_TEMPLATE_REVISION, TemplateResource, TemplateVariable, TenantSpec
from tenantry.kinds.revision import canonical
from tenantry.kinds.tenant import TemplateReference
from tenantry.names import revision_name
from tenantry.protocol import JSONObject, ObjectMap, RelatedRule
from tenantry.tenant.row_secret import secret_rules


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
    withdrawn: tuple[tuple[str, str], ...] = ()
    """Templates that were deleted together with their objects, each with the revision that is pinned."""


def rules_for(spec: TenantSpec) -> tuple[RelatedRule, ...]:
    """What a Tenant reads beside its children: what its spec names and nothing else."""
    pinned = tuple(sorted({reference.revision for reference in spec.templates if reference.revision}))
    followed = tuple(sorted({reference.name for reference in spec.templates if not reference.revision}))
    rules = []
    for kind, names in ((TENANT_TEMPLATE_REVISION, pinned), (TENANT_TEMPLATE, followed)):
        if names:
            rules.append(RelatedRule(kind.api_version, kind.plural, names=names))
    return (*rules, *secret_rules(spec))


def templates_of(spec: TenantSpec, related: ObjectMap) -> TemplatesOfTenant:
    """The compiled templates of a tenant. Raises ``Unavailable``."""
    templates = []
    revisions = []
    withdrawn = []
    anchor = ""
    for reference in spec.templates:
        source = _pinned(reference, related) if reference.revision else _followed(reference, related)
        if _is_withdrawn(source):
            withdrawn.append((reference.name, reference.revision))
            anchor = anchor or _anchor_in(source)
            continue
        compiled, revision = _compiled(reference, source)
        templates.append(TenantTemplate(reference.name, compiled))
        revisions.append((reference.name, revision))
        anchor = anchor or _anchor_in(source)
    may_retain = withdrawn or any(entry.retain for template in templates for entry in template.compiled.entries)
    if may_retain and not anchor:
        raise Unavailable(
            Reason.ANCHOR_MISSING,
            "the templates do not tell the uid of Namespace kube-system yet, which objects need that are retained: "
            "wait until the TenantTemplate is Ready",
        )
    return TemplatesOfTenant(tuple(templates), tuple(revisions), anchor, tuple(withdrawn))


def known_anchor(spec: TenantSpec, related: ObjectMap) -> str:
    """The uid of Namespace kube-system as any of the templates knows it; empty if none can be seen."""
    for reference in spec.templates:
        for kind, name in ((TENANT_TEMPLATE_REVISION, reference.revision), (TENANT_TEMPLATE, reference.name)):
            found = related.get(kind.type_key, {}).get(name, {})
            anchor = found.get("spec", {}).get("anchor") or found.get("status", {}).get("anchor")
            if anchor:
                return str(anchor)
    return ""


def _anchor_in(source: JSONObject) -> str:
    return str(source["spec"].get("anchor") or source.get("status", {}).get("anchor", ""))


def _is_withdrawn(source: JSONObject) -> bool:
    """Whether a revision, or the template that is followed, says that its objects shall go."""
    spec = source["spec"]
    if source["kind"] == TENANT_TEMPLATE.name:
        return spec.get("deletionPolicy") == "Delete" and "deletionTimestamp" in source["metadata"]
    return spec.get("withdrawn") is True


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


def _compiled(reference: TemplateReference, source: JSONObject) -> tuple[Compiled, str]:
    """A template's content, compiled, and the name of the revision that has it."""
    try:
        content = orjson.dumps(source["spec"]["resources"])
        declared = orjson.dumps(source["spec"].get("variables") or {})
    except orjson.JSONEncodeError as error:
        message = f"TenantTemplate {reference.name} cannot be used: {error}"
        raise Unavailable(Reason.TEMPLATE_INVALID, message) from error
    # Not what the status of a template names: that may be of another content than the one that is rendered.
    revision = _name_of(reference.name, content, declared)
    if reference.revision not in ("", revision):
        raise Unavailable(
            Reason.REVISION_EDITED,
            f"TenantTemplateRevision {reference.revision} was edited: its content is not what its name says. "
            "Restore it, or pin another in spec.templates",
        )
    tally.asked("revisions")
    try:
        return compile_content(content, declared), revision
    except TemplateError as error:
        raise Unavailable(
            Reason.TEMPLATE_INVALID, f"TenantTemplate {reference.name} cannot be used: {error}"
        ) from error


@cached(LRUCache(CACHED_REVISIONS), lock=Lock())
def _name_of(template: str, content: bytes, declared: bytes) -> str:
    """The name of the revision that has this content; empty if none can have it."""
    try:
        resources = [TemplateResource.model_validate(entry) for entry in orjson.loads(content)]
        variables = {name: TemplateVariable.model_validate(options) for name, options in orjson.loads(declared).items()}
    except ValidationError:
        return ""
    return revision_name(template, canonical(resources, variables))
