"""Revisions: what a template's content was at one time."""

from __future__ import annotations

from pydantic import ValidationError

from tenantry.kinds import TENANT_TEMPLATE_REVISION, TenantTemplateRevisionSpec, TenantTemplateSpec
from tenantry.kinds.revision import canonical
from tenantry.names import MANAGED_BY, MANAGED_BY_LABEL, TEMPLATE_LABEL, anchor, revision_name
from tenantry.protocol import JSONObject


def current_revision(template: str, spec: TenantTemplateSpec, anchor_uid: str) -> JSONObject:
    """The revision of this content, named by it."""
    content = canonical(spec.resources, spec.variables)
    return {
        "apiVersion": TENANT_TEMPLATE_REVISION.api_version,
        "kind": TENANT_TEMPLATE_REVISION.name,
        "metadata": {
            "name": revision_name(template, content),
            "labels": {MANAGED_BY_LABEL: MANAGED_BY, TEMPLATE_LABEL: template},
            "ownerReferences": [anchor(anchor_uid)],
        },
        "spec": {"template": template, "anchor": anchor_uid, **content},
    }


def is_stored(observed: JSONObject | None, revision: JSONObject) -> bool:
    """Whether tenants can be pinned to this revision: it is observed, with this very content."""
    if observed is None or "deletionTimestamp" in observed["metadata"]:
        return False
    try:
        spec = TenantTemplateRevisionSpec.model_validate(observed.get("spec"))
    except ValidationError:
        return False
    if spec.withdrawn:
        return False
    wanted: JSONObject = revision["spec"]
    content = canonical(spec.resources, spec.variables)
    return bool({"template": spec.template, **content} == {k: v for k, v in wanted.items() if k != "anchor"})
