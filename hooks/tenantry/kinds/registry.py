"""TenantRegistry: a table whose active rows are tenants."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tenantry.kinds.kind import (
    AGE,
    READY,
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
from tenantry.names import APPROVE_DELETIONS_ANNOTATION

VARIABLE = "^[a-zA-Z][a-zA-Z0-9_]{0,62}$"
RESERVED_VARIABLES = ("uid", "slug", "active", "tenant", "secrets", "resources", "templates", "item", "index", "key")
_RESERVED = ", ".join(f"'{name}'" for name in RESERVED_VARIABLES)


class SQLiteSource(Model):
    """A table or view in a SQLite file that the webhooks can read."""

    path: str = Field(min_length=1, max_length=4096, description="Required. Path of the file.")
    table: str = Field(min_length=1, max_length=256, description="Required. Name of the table or view.")


class Source(Model):
    """Where the rows come from."""

    sync_interval: str = Field(
        default="30s",
        pattern=r"^[1-9][0-9]{0,5}(s|m|h)$",
        description="Time between polls, for example 30s, 5m or 1h.",
    )
    sqlite: SQLiteSource = Field(description="Required. A SQLite database.")


class ValueMappings(Model):
    """Columns that every registry needs."""

    uid: str = Field(min_length=1, max_length=256, description="Required. Column that identifies a tenant for ever.")
    activate: str = Field(
        min_length=1,
        max_length=256,
        description="Required. Column that tells whether the tenant is active: 1, true and yes in any case, or a "
        "boolean; 0, false, no, empty and NULL mean inactive.",
    )


class TenantRegistrySpec(Model):
    """A table whose active rows are tenants."""

    source: Source = Field(description="Required. Where the rows come from.")
    value_mappings: ValueMappings = Field(description="Required. The columns that every registry needs.")
    extra_value_mappings: dict[str, str] = Field(
        default_factory=dict,
        max_length=100,
        description="Variable → column: what else templates can use, by which name.",
        json_schema_extra=rules(
            (
                f"self.all(name, name.matches('{VARIABLE}'))",
                "a variable is a letter followed by letters, digits and underscores",
            ),
            (
                f"self.all(name, !(name in [{_RESERVED}]))",
                f"these variables have a meaning of their own: {', '.join(RESERVED_VARIABLES)}",
            ),
        ),
    )
    buckets: int = Field(
        default=64,
        ge=1,
        le=4096,
        description="Number of TenantSlices over which the tenants are spread: 64 serve up to 5,000 tenants, 256 more.",
    )
    deletion_policy: Literal["Retain", "Delete"] = Field(
        default="Retain",
        description="What becomes of the tenants when the registry is deleted. Retain leaves them standing, to be "
        "taken up by a registry of the same name; Delete removes them first.",
    )


class SourceStatus(Model):
    """Result of the polls."""

    last_attempt_time: str = Field(
        default="", description="When the source was polled last.", json_schema_extra={"format": "date-time"}
    )
    last_success_time: str = Field(
        default="", description="When a poll succeeded last.", json_schema_extra={"format": "date-time"}
    )
    failures: int = Field(default=0, description="Polls that failed since the last one that succeeded.")
    poll_now: str = Field(default="", description="The poll-now annotation that was obeyed last.")
    rows: int = Field(default=0, description="Rows of the last good poll.")
    active: int = Field(default=0, description="Active rows among them.")
    invalid: int = Field(default=0, description="Rows among them that cannot be used.")
    unplaced: int = Field(default=0, description="Rows among them for which their slice has no room.")
    waiting: int = Field(
        default=0,
        description="New rows whose slice has yet to report what it adopted: then the source is polled again.",
    )


class TenantCounts(Model):
    """Tenants of a registry."""

    desired: int = Field(default=0, description="Tenants that there should be.")
    total: int = Field(default=0, description="Tenants that exist.")
    ready: int = Field(default=0, description="Tenants that are Ready.")
    degraded: int = Field(default=0, description="Tenants that need a person.")
    removing: int = Field(default=0, description="Tenants on their way out.")
    unlisted: int = Field(default=0, description="Tenants without a row, kept.")


class InvalidRow(Model):
    """A row that cannot be used."""

    uid: str = Field(default="", description="Its uid as far as there is one.")
    reason: str = Field(description="Why, in one CamelCase word.")
    message: str = Field(default="", description="Why, and what to do about it.")


class TemplateTarget(Model):
    """What tenants of a registry get of one template."""

    name: str = Field(description="The TenantTemplate.")
    revision: str = Field(description="The revision that tenants get.")


class WrittenSlices(Model):
    """What the registry wrote last, to tell a stale observation from news."""

    time: str = Field(default="", description="When it was written.", json_schema_extra={"format": "date-time"})
    sequences: dict[str, int] = Field(default_factory=dict, description="Slice → its spec.sequence.")


class BlockedDeletions(Model):
    """Tenants that a poll would have removed, and that were kept to be on the safe side."""

    count: int = Field(default=0, description="Number of tenants.")
    digest: str = Field(
        default="",
        description=f"Identifies exactly this set of tenants: as the annotation {APPROVE_DELETIONS_ANNOTATION} it "
        "approves their removal.",
    )


class TenantRegistryStatus(Model):
    """What is known of a registry."""

    observed_generation: ObservedGeneration
    source: SourceStatus = Field(default_factory=SourceStatus, description="Result of the polls.")
    tenants: TenantCounts = Field(default_factory=TenantCounts, description="Number of tenants.")
    templates: list[TemplateTarget] = Field(
        default_factory=list, description="What tenants get.", json_schema_extra=list_map("name")
    )
    invalid_rows: list[InvalidRow] = Field(
        default_factory=list,
        max_length=20,
        description="The first 20 rows that cannot be used. Their tenants stay as they are.",
        json_schema_extra=list_atomic(),
    )
    deletions: BlockedDeletions = Field(
        default_factory=BlockedDeletions, description="Removals that wait for approval."
    )
    slices: WrittenSlices = Field(default_factory=WrittenSlices, description="What was written to the slices last.")
    conditions: Conditions


TENANT_REGISTRY = Kind(
    name="TenantRegistry",
    plural="tenantregistries",
    short_names=("tr",),
    description="A database table whose active rows are tenants.",
    spec=TenantRegistrySpec,
    status=TenantRegistryStatus,
    columns=(
        READY,
        Column("Reachable", "string", '.status.conditions[?(@.type=="SourceReachable")].status'),
        Column("Desired", "integer", ".status.tenants.desired"),
        Column("Tenants-Ready", "integer", ".status.tenants.ready"),
        Column("Degraded", "integer", ".status.tenants.degraded"),
        Column("Invalid", "integer", ".status.source.invalid"),
        AGE,
    ),
    rules=(
        Rule(
            "self.metadata.name.matches('^[a-z0-9]([-a-z0-9]{0,22}[a-z0-9])?$')",
            "the name of a TenantRegistry is a DNS label of at most 24 characters: it begins its tenants' names",
        ),
    ),
)
