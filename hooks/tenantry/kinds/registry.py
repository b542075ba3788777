"""TenantRegistry: a table whose active rows are tenants."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tenantry.kinds.amount import AMOUNT_SCHEMA, DURATION, Amount
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
    name_rule,
    rules,
)
from tenantry.kinds.rollout import RolloutSummary, TemplateRollout
from tenantry.kinds.shards import TAG_RULES, Shards, ShardStatus, UnusableLabels
from tenantry.kinds.source import Source
from tenantry.names import APPROVE_DELETIONS_ANNOTATION

VARIABLE = "^[a-zA-Z][a-zA-Z0-9_]{0,62}$"
NAMESPACE = "^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$"
RESERVED_VARIABLES = ("uid", "slug", "active", "tenant", "secrets", "resources", "templates", "item", "index", "key")
_RESERVED = ", ".join(f"'{name}'" for name in RESERVED_VARIABLES)


class ValueMappings(Model):
    """Columns that every registry needs."""

    uid: str = Field(min_length=1, max_length=256, description="Required. Column that identifies a tenant for ever.")
    activate: str = Field(
        min_length=1,
        max_length=256,
        description="Required. Column that tells whether the tenant is active: 1, true and yes in any case, or a "
        "boolean; 0, false, no, empty and NULL mean inactive.",
    )
    priority: str = Field(
        default="",
        max_length=256,
        description="Column with a number: a rollout moves tenants with a higher one first. NULL, and what is no "
        "number, count as 0.",
    )


class Safety(Model):
    """How many tenants may go without a person's approval, and how fast."""

    max_deletions: Amount = Field(
        default="10%",
        description="How many tenants may be deactivated or removed within the window: a number, or a percentage of "
        "the tenants that exist, rounded down and at least one. What is beyond waits for approval. 0 lets none go "
        "without it.",
        json_schema_extra=AMOUNT_SCHEMA,
    )
    window: str = Field(
        default="1h", pattern=DURATION, description="The time over which they are counted, for example 30m, 1h or 1d."
    )
    grace_period: str = Field(
        default="0s",
        pattern=DURATION,
        description="How long a tenant whose row is gone or inactive stays, with active false, before it is removed. "
        "A row that is back in time ends it.",
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
    secret_value_mappings: dict[str, str] = Field(
        default_factory=dict,
        max_length=100,
        description="Name → column, for columns that nobody shall read who may read Tenants. Templates see them as "
        "secrets.<name>; they are kept in Secrets in secretNamespace, never in a spec, status or log.",
        json_schema_extra=rules(
            (
                f"self.all(name, name.matches('{VARIABLE}'))",
                "a name is a letter followed by letters, digits and underscores",
            ),
        ),
    )
    secret_namespace: str = Field(
        default="",
        pattern=NAMESPACE,
        description="Namespace of the Secrets with the values of secretValueMappings. Required with these.",
    )
    tags: dict[str, str] = Field(
        default_factory=dict,
        max_length=50,
        description="Label → column: the Tenant gets the column's value as this label, for kubectl get tenants -l. "
        "NULL and the empty text give none, and what no label can hold is told of in status.unusableLabels.",
        json_schema_extra=TAG_RULES,
    )
    shards: Shards | None = Field(
        default=None, description="How the tenants are spread over several Tenant controllers."
    )
    buckets: int = Field(
        default=64,
        ge=1,
        le=4096,
        description="Number of TenantSlices over which the tenants are spread: 64 serve up to 5,000 tenants, 256 more.",
    )
    safety: Safety = Field(
        default_factory=Safety, description="How many tenants may go without a person's approval, and how fast."
    )
    suspend: bool = Field(
        default=False,
        description="Whether the registry only looks: it polls and tells in status.suspended what it would do, and "
        "changes nothing.",
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
    probe: str = Field(default="", description="Digest of what the probe answered before the last good poll.")
    probe_problem: str = Field(default="", description="Why the probe gave no answer.")
    rows: int = Field(default=0, description="Rows that the last good poll read.")
    active: int = Field(default=0, description="Active rows among them.")
    invalid: int = Field(default=0, description="Rows among them that cannot be used.")
    duration_milliseconds: int = Field(default=0, description="How long reading them took.")
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


class WrittenSlices(Model):
    """What the registry wrote last, to tell a stale observation from news."""

    time: str = Field(default="", description="When it was written.", json_schema_extra={"format": "date-time"})
    sequences: dict[str, int] = Field(default_factory=dict, description="Slice → its spec.sequence.")


class BlockedDeletions(Model):
    """Tenants that a poll would have removed, and that were kept to be on the safe side."""

    count: int = Field(default=0, description="Number of tenants.")
    digest: str = Field(
        default="",
        description="Identifies exactly this set of tenants and when they were blocked: as the annotation "
        f"{APPROVE_DELETIONS_ANNOTATION} it approves their removal.",
    )
    since: str = Field(
        default="", description="When the first of them was blocked.", json_schema_extra={"format": "date-time"}
    )
    uids: list[str] = Field(
        default_factory=list,
        max_length=20,
        description="The first 20 of their uids.",
        json_schema_extra=list_atomic(),
    )


class SuspendedChanges(Model):
    """What a suspended registry would do."""

    would_add: int = Field(default=0, description="Tenants that it would make.")
    would_update: int = Field(default=0, description="Tenants whose values it would change.")
    would_deactivate: int = Field(default=0, description="Tenants whose grace period it would begin.")
    would_remove: int = Field(default=0, description="Tenants that it would remove.")
    would_block: int = Field(default=0, description="Tenants without an active row that it would keep until approval.")
    would_roll: int = Field(default=0, description="Tenants that are not on the revision that they should get.")
    would_move: int = Field(default=0, description="Tenants that are not in the shard where they belong.")


class TemplateUse(Model):
    """Whether tenants run a template."""

    name: str = Field(description="The TenantTemplate.")
    state: Literal["Current", "Orphaned", "Withdrawing"] = Field(
        description="Current: it exists. Orphaned: it was deleted and its tenants stay with its last revision. "
        "Withdrawing: it is being deleted with its objects."
    )
    in_use: bool = Field(default=False, description="Whether a tenant has objects of it.")


class TenantRegistryStatus(Model):
    """What is known of a registry."""

    observed_generation: ObservedGeneration
    source: SourceStatus = Field(default_factory=SourceStatus, description="Result of the polls.")
    tenants: TenantCounts = Field(default_factory=TenantCounts, description="Number of tenants.")
    counts_time: str = Field(
        default="", description="When these numbers moved last.", json_schema_extra={"format": "date-time"}
    )
    templates: list[TemplateRollout] = Field(
        default_factory=list,
        description="What tenants get of each template, and how far that is.",
        json_schema_extra=list_map("name"),
    )
    rollout: RolloutSummary = Field(default_factory=RolloutSummary, description="The rollouts in short.")
    invalid_rows: list[InvalidRow] = Field(
        default_factory=list,
        max_length=20,
        description="The first 20 rows that cannot be used. Their tenants stay as they are.",
        json_schema_extra=list_atomic(),
    )
    deletions: BlockedDeletions = Field(
        default_factory=BlockedDeletions, description="Removals that wait for approval."
    )
    shards: list[ShardStatus] = Field(
        default_factory=list,
        description="How many tenants each shard has. One that is not listed has none: its controller may go.",
        json_schema_extra=list_map("name"),
    )
    unusable_labels: UnusableLabels = Field(
        default_factory=UnusableLabels, description="Values of rows that cannot be labels of their Tenants."
    )
    suspended: SuspendedChanges = Field(
        default_factory=SuspendedChanges, description="What it would do, while spec.suspend is true."
    )
    template_use: list[TemplateUse] = Field(
        default_factory=list, description="The templates that tenants run.", json_schema_extra=list_map("name")
    )
    slices: WrittenSlices = Field(default_factory=WrittenSlices, description="What was written to the slices last.")
    secrets: WrittenSlices = Field(
        default_factory=WrittenSlices, description="What was written to the Secrets of secretValueMappings last."
    )
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
        Column("Blocked", "integer", ".status.deletions.count"),
        Column("Rollout", "string", ".status.rollout.phase"),
        Column("Updated", "string", ".status.rollout.progress"),
        AGE,
    ),
    rules=(
        Rule(
            "!has(self.spec.secretValueMappings) || size(self.spec.secretValueMappings) == 0 || "
            "(has(self.spec.secretNamespace) && self.spec.secretNamespace != '')",
            "secretValueMappings need a secretNamespace, where their values are kept in Secrets",
            ".spec.secretNamespace",
        ),
        Rule(
            "!has(self.spec.shards) || !has(self.spec.shards.byPriority) || size(self.spec.shards.byPriority) == 0 || "
            "(has(self.spec.valueMappings.priority) && self.spec.valueMappings.priority != '')",
            "shards by priority need valueMappings.priority, the column with the priority of a tenant",
            ".spec.shards.byPriority",
        ),
        name_rule(
            "^[a-z0-9]([-a-z0-9]{0,22}[a-z0-9])?$",
            "the name of a TenantRegistry is a DNS label of at most 24 characters: it begins its tenants' names",
        ),
    ),
)
