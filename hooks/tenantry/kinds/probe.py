"""TenantProbe: looks whether an object that a Tenant cannot make is there already. Written by Tenantry alone."""

from __future__ import annotations

from pydantic import Field

from tenantry.kinds.kind import AGE, Column, Kind, Model, ObservedGeneration


class TenantProbeSpec(Model):
    """Which object to look for."""

    api_version: str = Field(min_length=1, description="Required. Group and version of the object's kind.")
    kind: str = Field(min_length=1, description="Required. The object's kind.")
    resource: str = Field(min_length=1, description="Required. Lower-case plural of the kind.")
    namespace: str = Field(default="", description="The object's namespace; empty if cluster-scoped.")
    name: str = Field(min_length=1, description="Required. The object's name.")


class TenantProbeStatus(Model):
    """What was found."""

    observed_generation: ObservedGeneration
    exists: bool = Field(default=False, description="Whether there is such an object.")
    tenant: str = Field(default="", description="The Tenant whose object it is; empty if it is none's.")
    orphaned: bool = Field(default=False, description="Whether it is retained and has no place any more.")
    forced: bool = Field(default=False, description="Whether it says itself that Tenantry may have it.")
    controller: str = Field(default="", description="Kind and name of the object that controls it, if any.")


TENANT_PROBE = Kind(
    name="TenantProbe",
    plural="tenantprobes",
    short_names=("tp",),
    description="Looks whether an object that a Tenant cannot make is somebody else's. Made by Tenantry, and there "
    "only while such an object is missing.",
    spec=TenantProbeSpec,
    status=TenantProbeStatus,
    defaulted=False,
    columns=(
        Column("Kind", "string", ".spec.kind"),
        Column("Object-Namespace", "string", ".spec.namespace"),
        Column("Object", "string", ".spec.name"),
        Column("Exists", "boolean", ".status.exists"),
        Column("Tenant", "string", ".status.tenant"),
        AGE,
    ),
)
