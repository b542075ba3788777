"""TenantTemplate: what every tenant of a registry consists of."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from tenantry.kinds.kind import (
    AGE,
    PRESERVE_UNKNOWN,
    READY,
    Column,
    Conditions,
    Kind,
    Model,
    ObservedGeneration,
    Rule,
    list_atomic,
    list_map,
)

ENTRY_ID = r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$"
MAX_RESOURCES = 1000

EMBEDDED_OBJECT = PRESERVE_UNKNOWN | {
    "required": ["apiVersion", "kind"],
    "properties": {
        "apiVersion": {"type": "string", "minLength": 1, "description": "Required. Group and version of its kind."},
        "kind": {"type": "string", "minLength": 1, "description": "Required. Its kind."},
    },
}
"""Schema of a Kubernetes object of any kind with expressions in it: nothing else can be checked before rendering."""


class TemplateResource(Model):
    """One object of a tenant, with expressions in it, and how it is treated."""

    id: str = Field(
        pattern=ENTRY_ID,
        max_length=63,
        description="Required. Name of this entry, unique in its template: dependsOn and a Tenant's status use it.",
    )
    object: Annotated[
        dict[str, Any],
        Field(
            description="Required. The Kubernetes object. Any string in it, except a key, may hold Jinja expressions "
            "over the row's values; a string that is one single expression keeps the type of its value.",
            json_schema_extra=EMBEDDED_OBJECT,
        ),
    ]
    depends_on: list[str] = Field(
        default_factory=list,
        description="Ids of entries of this template that must be ready before this object is made or updated.",
        json_schema_extra=list_atomic(),
    )
    wait_for_ready: bool = Field(
        default=True,
        description="Whether the object must be ready, by the rules of its kind, to count as Ready. If false, it is "
        "Ready as soon as it exists with the wanted content.",
    )
    creation_policy: Literal["WhenNeeded", "Once"] = Field(
        default="WhenNeeded",
        description="WhenNeeded keeps the object as the template says; Once makes it and then leaves it alone.",
    )


class TenantTemplateSpec(Model):
    """What every tenant consists of."""

    registry: str = Field(
        default="",
        max_length=24,
        description="The TenantRegistry whose rows become tenants of this template. Immutable. Empty for a template "
        "that only Tenants written by hand name.",
    )
    resources: list[TemplateResource] = Field(
        max_length=MAX_RESOURCES,
        description="Required. The objects of a tenant, in any order.",
        json_schema_extra=list_map("id"),
    )


class TenantTemplateStatus(Model):
    """What is known of a template."""

    observed_generation: ObservedGeneration
    latest_revision: str = Field(
        default="", description="The revision that tenants get: that of the newest valid content, once it is stored."
    )
    anchor: str = Field(default="", description="uid of Namespace kube-system, to which retained objects are anchored.")
    resources: int = Field(default=0, description="Number of entries.")
    conditions: Conditions


TENANT_TEMPLATE = Kind(
    name="TenantTemplate",
    plural="tenanttemplates",
    short_names=("tt",),
    description="Describes a tenant as a list of Kubernetes objects with expressions in them.",
    spec=TenantTemplateSpec,
    status=TenantTemplateStatus,
    columns=(
        Column("Registry", "string", ".spec.registry"),
        Column("Valid", "string", '.status.conditions[?(@.type=="Valid")].status'),
        READY,
        Column("Revision", "string", ".status.latestRevision"),
        Column("Resources", "integer", ".status.resources"),
        AGE,
    ),
    rules=(
        Rule(
            "self.metadata.name.matches('^[a-z0-9]([-a-z0-9]{0,50}[a-z0-9])?$')",
            "the name of a TenantTemplate is a DNS label of at most 52 characters",
        ),
        Rule(
            "has(self.spec.registry) == has(oldSelf.spec.registry) && "
            "(!has(self.spec.registry) || self.spec.registry == oldSelf.spec.registry)",
            "spec.registry is immutable: create a new template for another registry",
            ".spec.registry",
        ),
    ),
)
