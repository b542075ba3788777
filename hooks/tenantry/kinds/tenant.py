"""Tenant: one customer, with the values of its row and the templates it is made from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from tenantry.kinds.kind import (
    AGE,
    PRESERVE_UNKNOWN,
    READY,
    REASON,
    Column,
    Conditions,
    Kind,
    Model,
    ObservedGeneration,
    Rule,
    list_atomic,
    list_map,
    rules,
)
from tenantry.names import TENANT_LABEL
from tenantry.protocol import JSONObject

Phase = Literal["Pending", "Skipped", "Progressing", "Ready", "Degraded", "Failed", "Blocked", "Retained", "Foreign"]


class TemplateReference(Model):
    """A template that a Tenant is made from."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "!has(oldSelf.since) || (has(self.since) && self.since >= oldSelf.since)",
                "this change was made from an older state of the rollout",
            ),
        )
    )

    name: str = Field(max_length=253, description="Required. Name of the TenantTemplate.")
    revision: str = Field(
        default="",
        max_length=253,
        description="The TenantTemplateRevision to which the Tenant is pinned. Empty: follow the template itself while "
        "it is valid.",
    )
    since: str = Field(
        default="",
        max_length=40,
        description="When a rollout moved the Tenant last. Written by its registry; never goes back.",
    )


class Selector(Model):
    """By which labels a Tenant finds its objects."""

    match_labels: dict[str, str] = Field(
        description=f"Required. Holds exactly {TENANT_LABEL} with the name of this Tenant.",
    )


class RowSecret(Model):
    """The Secret with the secret columns of a tenant's row, beside those of others."""

    name: str = Field(min_length=1, max_length=63, description="Required. Name: that of the slice, and -rows.")
    namespace: str = Field(min_length=1, max_length=63, description="Required. Namespace.")


class TenantSpec(Model):
    """A tenant."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                (
                    "!has(self.registry) || self.registry == '' || !has(self.templates) || !has(oldSelf.templates) || "
                    "self.templates.all(new, oldSelf.templates.all(old, old.name != new.name || !has(old.revision) || "
                    "(has(new.revision) && new.revision == old.revision) || "
                    "(has(new.since) && (!has(old.since) || new.since > old.since))))"
                ),
                "the registry of this Tenant chooses its revisions: see rollout of the TenantTemplate",
            ),
        )
    )

    uid: str = Field(min_length=1, description="Required. Identity of the tenant: the uid of its row.")
    registry: str = Field(default="", description="The TenantRegistry that made this Tenant; empty if a person did.")
    selector: Selector = Field(description="Required. Selector of the tenant's objects.")
    active: bool = Field(default=True, description="What templates see as `active`.")
    values: Annotated[
        dict[str, Any],
        Field(
            default_factory=dict,
            description="Values that templates see by these names: the mapped columns of the row.",
            json_schema_extra=PRESERVE_UNKNOWN,
        ),
    ]
    nulls: list[str] = Field(
        default_factory=list,
        description="Variables that are defined and empty: none in expressions. Their column is NULL.",
        json_schema_extra=list_atomic(),
    )
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="Variable → column of the row from which it comes, where the two are called differently. Messages "
        "name it; no expression sees it.",
    )
    secret: RowSecret | None = Field(
        default=None,
        description="Where the secret columns of the row are. A Tenant reads no other Secret than that of its slice.",
    )
    templates: list[TemplateReference] = Field(
        default_factory=list,
        max_length=100,
        description="The templates that this tenant consists of. Where two make the same object, the first has it.",
        json_schema_extra=list_map("name"),
    )


class ResourceStatus(Model):
    """State of one object of a tenant."""

    id: str = Field(description="`template/id` of the entry; type and name of an object that is Foreign.")
    kind: str = Field(default="", description="Kind of the object.")
    namespace: str = Field(default="", description="Namespace of the object; empty if cluster-scoped or not known yet.")
    name: str = Field(default="", description="Name of the object; empty if not known yet.")
    lifecycle: Literal["", "PreCreate", "PostReady", "PreDelete"] = Field(
        default="", description="Lifecycle of the entry; empty for Sync."
    )
    tolerated: bool = Field(
        default=False, description="True: it failed, and nothing waits for it, since its onFailure is Continue."
    )
    phase: Phase = Field(description="Where the object stands.")
    reason: str = Field(default="", description="Why, in one CamelCase word.")
    message: str = Field(default="", max_length=256, description="Why, and what to do about it.")
    since: str = Field(
        default="", description="When phase or reason changed last.", json_schema_extra={"format": "date-time"}
    )
    ready_hash: str = Field(default="", description="Content hash with which the object was Ready last.")


class TemplateStatus(Model):
    """State of one template of a tenant."""

    name: str = Field(description="Name of the TenantTemplate.")
    revision: str = Field(default="", description="The revision that was rendered last.")
    ready_revision: str = Field(default="", description="The revision with which all entries were Ready last.")
    withdrawn: bool = Field(
        default=False,
        description="Whether the template was deleted together with its objects, and none of them is left but those "
        "that are retained.",
    )


class ResourceCounts(Model):
    """How many objects stand where."""

    total: int = Field(default=0, description="All entries.")
    ready: int = Field(default=0, description="Ready with the wanted content.")
    pending: int = Field(default=0, description="Waiting for a dependency or a value.")
    progressing: int = Field(default=0, description="Made or updated, not ready yet.")
    degraded: int = Field(default=0, description="Was ready with this content and is not now.")
    failed: int = Field(default=0, description="Cannot be made as the template says.")
    blocked: int = Field(default=0, description="Returned, but not made so.")
    skipped: int = Field(default=0, description="Left out.")
    retained: int = Field(
        default=0, description="Of no entry any more, left standing by their deletion policy. Not part of total."
    )
    foreign: int = Field(
        default=0, description="Made by somebody else and carrying this tenant's label. Not part of total."
    )


class TenantStatus(Model):
    """What is known of a tenant."""

    observed_generation: ObservedGeneration
    conditions: Conditions
    counts: ResourceCounts = Field(default_factory=ResourceCounts, description="Number of objects by phase.")
    templates: list[TemplateStatus] = Field(
        default_factory=list, description="State by template.", json_schema_extra=list_map("name")
    )
    resources: list[ResourceStatus] = Field(
        default_factory=list, description="State of every object, sorted by id.", json_schema_extra=list_map("id")
    )


def templates_run(tenant: JSONObject) -> frozenset[str]:
    """Names of the templates that a Tenant has objects of, or may have.

    That is all that its spec names but those of which its status says that they are withdrawn and nothing is left.
    """
    named = {found["name"]: found.get("revision", "") for found in (tenant.get("spec") or {}).get("templates") or ()}
    told = (tenant.get("status") or {}).get("templates") or ()
    done = {found["name"]: found.get("revision", "") for found in told if found.get("withdrawn")}
    return frozenset(name for name, revision in named.items() if done.get(name) != revision)


TENANT = Kind(
    name="Tenant",
    plural="tenants",
    short_names=("tn",),
    description="One customer: a row's values and the templates that its objects are made from.",
    spec=TenantSpec,
    status=TenantStatus,
    columns=(
        Column("UID", "string", ".spec.uid"),
        READY,
        REASON,
        Column("Objects", "integer", ".status.counts.total"),
        Column("Objects-Ready", "integer", ".status.counts.ready"),
        AGE,
    ),
    rules=(
        Rule(
            f"self.spec.selector.matchLabels == {{'{TENANT_LABEL}': self.metadata.name}}",
            f"spec.selector.matchLabels must hold exactly {TENANT_LABEL} with the name of this Tenant",
            ".spec.selector.matchLabels",
        ),
        Rule("self.metadata.name.size() <= 63", "the name of a Tenant has at most 63 characters: it becomes a label"),
    ),
)
