"""What the guard policy refuses, for a cluster that evaluates no admission policies.

This is an emulation of ``policies/guard.yaml``, and of that file alone: each policy counts once it and its binding are
in the store, whatever they say. A test keeps the answers equal to those of a real API server with that file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tenantry.names import (
    API_VERSION,
    CONFLICT_POLICY_ANNOTATION,
    FORCE,
    GROUP,
    ORPHANED_LABEL,
    OWNER_ANNOTATION,
    REGISTRY_LABEL,
    TENANT_LABEL,
)
from tenantry.protocol import JSONObject
from tenantry.sandbox.cluster import ApiError, Propagation
from tenantry.sandbox.store.deletion import FOREGROUND
from tenantry.sandbox.store.resources import Resource

OBJECTS: Final = "tenantry-objects"
TENANTS: Final = "tenantry-tenants"
DELETIONS: Final = "tenantry-deletions"
_NOT_IN_THE_FOREGROUND: Final = frozenset({"Tenant", "TenantRegistry", "TenantTemplate"})

IsInstalled = Callable[[str], bool]
"""Whether the policy of this name, and a binding of the same name, are there."""


def check_update(resource: Resource, old: JSONObject, new: JSONObject, is_installed: IsInstalled) -> None:
    """Raises ``ApiError`` if a policy refuses that ``old`` becomes ``new``."""
    labels = _labels(new)
    refusals = []
    if TENANT_LABEL in labels and _is_controlled_by(new, "Tenant"):
        refusals.append((OBJECTS, _refusal_of_object(resource, old, new, labels[TENANT_LABEL])))
    if _is_kind(resource, "Tenant") and REGISTRY_LABEL in labels and _is_controlled_by(new, "TenantSlice"):
        refusals.append((TENANTS, _refusal_of_tenant(old, new, labels[REGISTRY_LABEL])))
    if _is_kind(resource, *_NOT_IN_THE_FOREGROUND) and FOREGROUND in _finalizers(new):
        refusals.append((DELETIONS, "" if FOREGROUND in _finalizers(old) else _no_foreground(resource, new)))
    _raise_first(refusals, resource, new, is_installed)


def check_delete(resource: Resource, old: JSONObject, propagation: Propagation, is_installed: IsInstalled) -> None:
    """Raises ``ApiError`` if a policy refuses that ``old`` is deleted in this way."""
    if propagation == "Foreground" and _is_kind(resource, *_NOT_IN_THE_FOREGROUND):
        _raise_first([(DELETIONS, _no_foreground(resource, old))], resource, old, is_installed)


def _raise_first(
    refusals: list[tuple[str, str]], resource: Resource, obj: JSONObject, is_installed: IsInstalled
) -> None:
    for policy, message in refusals:
        if message and is_installed(policy):
            what = f'{resource.qualified_plural} "{obj["metadata"]["name"]}" is forbidden'
            why = f"ValidatingAdmissionPolicy '{policy}' with binding '{policy}' denied request: {message}"
            raise ApiError(403, "Forbidden", f"{what}: {why}")


def _refusal_of_object(resource: Resource, old: JSONObject, new: JSONObject, tenant: str) -> str:
    """Why an object may not become this tenant's; empty if it may, or is already."""
    labelled, owner = _labels(old).get(TENANT_LABEL, ""), _annotations(old).get(OWNER_ANNOTATION, "")
    if tenant in (labelled, owner):
        return ""
    metadata = new["metadata"]
    place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    what = f"{resource.type.kind} {place}{metadata['name']}"
    holder = labelled or owner
    if holder and _labels(old).get(ORPHANED_LABEL) != "true":
        return (
            f"Conflict: {what} belongs to Tenant {holder}, Tenant {tenant} cannot have it: give it another name in the "
            "template, or delete it"
        )
    if _annotations(new).get(CONFLICT_POLICY_ANNOTATION) == FORCE:
        return ""
    return (
        f"Conflict: {what} exists and was not made for Tenant {tenant}: delete it, or let Tenantry have it, by "
        f"conflictPolicy: Force of its entry or by the annotation {CONFLICT_POLICY_ANNOTATION}={FORCE} on the object"
    )


def _refusal_of_tenant(old: JSONObject, new: JSONObject, registry: str) -> str:
    """Why a Tenant may not become this registry's; empty if it may, or is already."""
    labelled, name = _labels(old).get(REGISTRY_LABEL, ""), new["metadata"]["name"]
    if labelled == registry:
        return ""
    if labelled:
        return (
            f"Conflict: Tenant {name} belongs to TenantRegistry {labelled}, TenantRegistry {registry} cannot have it: "
            "rename one of the two registries"
        )
    if _annotations(new).get(CONFLICT_POLICY_ANNOTATION) == FORCE:
        return ""
    return (
        f"Conflict: Tenant {name} exists and was not made by TenantRegistry {registry}: delete it, or let the registry "
        f"have it by the annotation {CONFLICT_POLICY_ANNOTATION}={FORCE} on it"
    )


def _no_foreground(resource: Resource, obj: JSONObject) -> str:
    return (
        f"{resource.type.kind} {obj['metadata']['name']} cannot be deleted in the foreground, which would take its "
        "objects without order: use kubectl delete --cascade=background, or in Argo CD the sync option "
        "PrunePropagationPolicy=background"
    )


def _is_kind(resource: Resource, *kinds: str) -> bool:
    return resource.type.group == GROUP and resource.type.kind in kinds


def _is_controlled_by(obj: JSONObject, kind: str) -> bool:
    return any(
        owner.get("controller") and owner["kind"] == kind and owner["apiVersion"] == API_VERSION
        for owner in obj["metadata"].get("ownerReferences") or ()
    )


def _labels(obj: JSONObject) -> JSONObject:
    return obj["metadata"].get("labels") or {}


def _annotations(obj: JSONObject) -> JSONObject:
    return obj["metadata"].get("annotations") or {}


def _finalizers(obj: JSONObject) -> list[str]:
    return obj["metadata"].get("finalizers") or []
