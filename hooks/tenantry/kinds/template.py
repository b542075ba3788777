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
    name_rule,
)
from tenantry.kinds.rollout import Rollout

ENTRY_ID = r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$"
MAX_RESOURCES = 1000
MAX_VARIABLES = 100

EMBEDDED_OBJECT = PRESERVE_UNKNOWN | {
    "required": ["apiVersion", "kind"],
    "properties": {
        "apiVersion": {"type": "string", "minLength": 1, "description": "Required. Group and version of its kind."},
        "kind": {"type": "string", "minLength": 1, "description": "Required. Its kind."},
    },
}
"""Schema of a Kubernetes object of any kind with expressions in it: nothing else can be checked before rendering."""

ANY_VALUE = {"x-kubernetes-preserve-unknown-fields": True}
"""Schema of a value of any type."""


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
        description="Entries that must be ready before this object is made or updated: ids of this template, or "
        "template/id of another one of the same tenant.",
        json_schema_extra=list_atomic(),
    )
    when: str = Field(
        default="",
        max_length=4096,
        description="An expression that tells whether the object is wanted, for example {{ plan == 'pro' }}. If it is "
        "false, empty, zero or null, there is no object, and one that exists loses its place. Entries that depend on "
        "this one go on.",
    )
    for_each: str = Field(
        default="",
        max_length=4096,
        description="An expression that gives a list or a mapping, for example {{ hosts }}: there is one object for "
        "each item. Expressions see the item as item, its key as key, and its place, from 0, as index.",
    )
    skip_on_dependency_failure: bool = Field(
        default=True,
        description="What happens while an entry that this one depends on is Failed or Skipped. If true, this one is "
        "Skipped too. If false, it goes on; it still waits for one that is merely not ready yet.",
    )
    wait_for_ready: bool = Field(
        default=True,
        description="Whether the object must be ready, by the rules of its kind, to count as Ready. If false, it is "
        "Ready as soon as it exists with the wanted content.",
    )
    ready_when: str = Field(
        default="",
        max_length=4096,
        description="An expression that tells whether the object is ready, instead of the rule of its kind: for "
        "example {{ self.status.phase == 'Running' }}. It sees the object as it is in the cluster as `self`, and the "
        "tenant's variables. While it cannot be evaluated, the object is not ready.",
    )
    timeout_seconds: int = Field(
        default=300,
        ge=1,
        le=3600,
        description="Seconds after which an object that was never Ready with its content counts as Failed, from the "
        "time of its last change by Tenantry. One that becomes ready after all is Ready.",
    )
    creation_policy: Literal["WhenNeeded", "Once"] = Field(
        default="WhenNeeded",
        description="WhenNeeded keeps the object as the template says; Once makes it and then leaves it alone.",
    )
    ignore_fields: list[Annotated[str, Field(min_length=1, max_length=512)]] = Field(
        default_factory=list,
        max_length=32,
        description="JSONPath expressions (RFC 9535) of fields that belong to whoever changes them, for example "
        "$.spec.replicas for an autoscaler. They are set when the object is made; once somebody else owns such a "
        "field, it is left alone.",
        json_schema_extra=list_atomic(),
    )
    patch_strategy: Literal["apply", "merge", "replace"] = Field(
        default="apply",
        description="What becomes of fields that the template does not have. apply removes those that it had before, "
        "and leaves alone what others own. merge keeps those that it had before, too. replace also removes what "
        "others added: labels, annotations, keys of data, and other fields next to those of the template. What "
        "Kubernetes itself writes stays.",
    )
    deletion_policy: Literal["Delete", "Retain"] = Field(
        default="Delete",
        description="What becomes of the object when it loses its place: when its entry or its Tenant is gone. Delete "
        "removes it. Retain leaves it, and the Namespace it lives in, in the cluster, labelled "
        "tenantry.io/orphaned=true; it is taken up again when its place comes back.",
    )
    conflict_policy: Literal["Stuck", "Force"] = Field(
        default="Stuck",
        description="What happens when an object of this name exists that Tenantry did not make for this tenant. Stuck "
        "leaves it as it is, and reports the entry as Blocked until the object is gone. Force takes it over, but never "
        "one of another tenant. The guard policy must be installed.",
    )
    on_rename: Literal["Block", "Replace"] = Field(
        default="Block",
        description="What happens when the rendered name or namespace is not that of the existing object. Block keeps "
        "the object and reports the entry as Blocked. Replace makes an object of the new name; when that is ready, the "
        "old one goes by its deletionPolicy.",
    )
    lifecycle: Literal["Sync", "PreCreate", "PostReady", "PreDelete"] = Field(
        default="Sync",
        description="When the object is there. Sync: as long as the tenant lives. PreCreate: made first; everything "
        "else waits until it is ready, which for a Job means complete. PostReady: made when everything else is ready. "
        "PreDelete: made when the Tenant is deleted; nothing else goes before it is ready. The names of all but Sync "
        "get the hash of their content as a suffix: they run again when that changes.",
    )
    on_failure: Literal["Block", "Continue"] = Field(
        default="Block",
        description="What happens when a PreCreate, PostReady or PreDelete object fails or takes longer than "
        "timeoutSeconds. Block: what waits for it goes on waiting. Continue: it is told, and everything goes on.",
    )


class TemplateVariable(Model):
    """A value that a template expects of each tenant."""

    type: Literal["string", "integer", "number", "boolean", "list", "object"] = Field(
        description="Required. What the value is. For boolean, 0 and 1 will do; for list and object, JSON text."
    )
    default: Annotated[
        Any,
        Field(
            default=None,
            description="The value for rows that have none or NULL.",
            json_schema_extra=ANY_VALUE,
        ),
    ]
    enum: list[Annotated[Any, Field(json_schema_extra=ANY_VALUE)]] = Field(
        default_factory=list,
        max_length=256,
        description="All allowed values. Empty: any will do.",
        json_schema_extra=list_atomic(),
    )
    pattern: str = Field(
        default="",
        max_length=1024,
        description="Regular expression (RE2 syntax) that a text must match; ^ and $ bind it to the whole text.",
    )
    required: bool | None = Field(
        default=None,
        description="Whether there must be a value. Without this field: if there is no default. A variable that is "
        "not required and has no value is none.",
    )
    description: str = Field(default="", max_length=1024, description="What the value is for. Not part of revisions.")


Variables = Annotated[
    dict[str, TemplateVariable],
    Field(
        default_factory=dict,
        max_length=MAX_VARIABLES,
        description="Values that the template expects, by name, checked before anything is made of them. Mapped "
        "columns that are not declared here can be used as they are.",
    ),
]


class TenantTemplateSpec(Model):
    """What every tenant consists of."""

    registry: str = Field(
        default="",
        max_length=24,
        description="The TenantRegistry whose rows become tenants of this template. Immutable. Empty for a template "
        "that only Tenants written by hand name.",
    )
    variables: Variables
    resources: list[TemplateResource] = Field(
        max_length=MAX_RESOURCES,
        description="Required. The objects of a tenant, in any order.",
        json_schema_extra=list_map("id"),
    )
    deletion_policy: Literal["Retain", "Delete"] = Field(
        default="Retain",
        description="What becomes of its objects when the template is deleted. Retain leaves tenants on its last "
        "revision. Delete takes its objects down in every tenant, by their own deletionPolicy, before it goes. Not "
        "part of revisions.",
    )
    rollout: Rollout = Field(
        default_factory=Rollout,
        description="How a new revision reaches the tenants. Not part of revisions: a change moves no tenant.",
    )


class TenantTemplateStatus(Model):
    """What is known of a template."""

    observed_generation: ObservedGeneration
    latest_revision: str = Field(
        default="", description="The revision that tenants get: that of the newest valid content, once it is stored."
    )
    anchor: str = Field(default="", description="uid of Namespace kube-system, to which retained objects are anchored.")
    revisions: list[str] = Field(
        default_factory=list,
        description="The revisions that are stored, that of the newest content first: spec.rollout.revision may name "
        "any of them.",
        json_schema_extra=list_atomic(),
    )
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
        name_rule(
            "^[a-z0-9]([-a-z0-9]{0,50}[a-z0-9])?$",
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
