"""Tenantry's API: one module a kind, the only place where fields, defaults, bounds and rules are defined."""

from tenantry.kinds.kind import Column, Kind, Model, Rule
from tenantry.kinds.probe import TENANT_PROBE, TenantProbeSpec
from tenantry.kinds.registry import TENANT_REGISTRY, TenantRegistrySpec
from tenantry.kinds.revision import TENANT_TEMPLATE_REVISION, TenantTemplateRevisionSpec
from tenantry.kinds.slice import TENANT_SLICE, TenantSliceSpec
from tenantry.kinds.template import TENANT_TEMPLATE, TemplateResource, TemplateVariable, TenantTemplateSpec
from tenantry.kinds.tenant import TENANT, TenantSpec

KINDS: tuple[Kind, ...] = (
    TENANT_REGISTRY,
    TENANT_SLICE,
    TENANT,
    TENANT_TEMPLATE,
    TENANT_TEMPLATE_REVISION,
    TENANT_PROBE,
)

__all__ = [
    "KINDS",
    "TENANT",
    "TENANT_PROBE",
    "TENANT_REGISTRY",
    "TENANT_SLICE",
    "TENANT_TEMPLATE",
    "TENANT_TEMPLATE_REVISION",
    "Column",
    "Kind",
    "Model",
    "Rule",
    "TemplateResource",
    "TemplateVariable",
    "TenantProbeSpec",
    "TenantRegistrySpec",
    "TenantSliceSpec",
    "TenantSpec",
    "TenantTemplateRevisionSpec",
    "TenantTemplateSpec",
]
