"""TenantSlice: a fixed share of a registry's rows, on their way to become Tenants. Written by the registry alone."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field, SkipValidation

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
from tenantry.kinds.rollout import RecordedRollout, SliceRollout, TenantAhead, UnreadyTenant
from tenantry.kinds.shards import ShardBatch, SliceShard

COUNTS_INTERVAL: Final = 2.0
"""Seconds between two moves of the counts while Tenants are in motion, at least."""
LONGEST_INTERVAL: Final = 10.0
MOVES_A_SECOND: Final = 12
"""All slices of a registry together wake it at most about so often: each time it is handed all their rows."""


def counts_interval(buckets: int) -> float:
    """Seconds between two moves of the counts of a slice of so many, and of their registry's, while Tenants move."""
    return min(max(COUNTS_INTERVAL, buckets / MOVES_A_SECOND), LONGEST_INTERVAL)


class SliceSelector(Model):
    """By which labels a slice finds its Tenants."""

    match_labels: dict[str, str] = Field(description="Required. Registry and bucket.")


class Row(Model):
    """A row of the database, ready to become a Tenant."""

    uid: str = Field(min_length=1, description="Required. Identity of the row, always a string.")
    values: Annotated[
        dict[str, Any],
        Field(
            default_factory=dict,
            description="Mapped columns by variable name.",
            json_schema_extra=PRESERVE_UNKNOWN,
        ),
    ]
    nulls: list[str] = Field(
        default_factory=list,
        description="Variables whose column is NULL. They are not among the values, since an API server drops nulls.",
        json_schema_extra=list_atomic(),
    )
    active: bool = Field(default=True, description="What templates see as `active`.")
    pins: dict[str, str] = Field(
        default_factory=dict, description="Template → the revision that this tenant gets of it."
    )
    moved: dict[str, str] = Field(default_factory=dict, description="Template → when a rollout moved this tenant last.")
    spared: dict[str, str] = Field(
        default_factory=dict, description="Template → the last move that was called off before it reached this tenant."
    )
    excused: list[str] = Field(
        default_factory=list,
        description="Templates with which this tenant does not count as under way: it was not Ready before it was "
        "moved.",
        json_schema_extra=list_atomic(),
    )
    priority: float = Field(default=0, description="Of two tenants, a rollout moves the one with more first.")
    labels: dict[str, str] = Field(default_factory=dict, description="Tags: labels of the Tenant.")
    shard: str = Field(default="", description="Shard of the Tenant; empty for the permanent controller's.")
    to_shard: str = Field(default="", description="The shard that its column names, while it waits to go there.")
    shard_since: str = Field(default="", description="When this tenant was moved to another shard last.")


class Removal(Model):
    """A uid whose Tenant shall go."""

    uid: str = Field(min_length=1, description="Required. The uid.")
    time: str = Field(description="Required. When its removal was decided.", json_schema_extra={"format": "date-time"})


class MissingTenant(Model):
    """A tenant whose row is gone or inactive."""

    uid: str = Field(min_length=1, description="Required. The uid.")
    missing_since: str = Field(
        description="Required. When it was deactivated, or blocked.", json_schema_extra={"format": "date-time"}
    )
    blocked: bool = Field(
        default=False, description="Whether it stays as it is until somebody approves its removal or its row is back."
    )
    of: int = Field(default=0, ge=0, description="How many tenants the registry had when it was blocked.")
    booked: str = Field(
        default="", description="The time of the ledger's entry that counts it: it stays as it is until that is there."
    )


class LedgerEntry(Model):
    """Tenants that the deletion guard let go at one time."""

    time: str = Field(description="Required. When.", json_schema_extra={"format": "date-time"})
    count: int = Field(ge=1, description="Required. How many.")


class TenantSliceSpec(Model):
    """Rows of one bucket.

    Rows are not validated here: the API server did, and a slice of thousands is read in every sync.
    """

    registry: str = Field(min_length=1, max_length=24, description="Required. The TenantRegistry.")
    buckets: int = Field(ge=1, le=4096, description="Required. Number of buckets of the registry.")
    bucket: int = Field(ge=0, le=4095, description="Required. The bucket, from 0.")
    sequence: int = Field(ge=1, description="Required. Grows by one with each change of this spec.")
    base: int = Field(
        default=0, ge=0, description="The sequence of the state that this spec was made from: a change must fit it."
    )
    written: str = Field(default="", description="When this spec was made.")
    writer: str = Field(
        default="",
        description="uid of the TenantRegistry that made it: one that was deleted and made again begins anew.",
    )
    anchor: str = Field(min_length=1, description="Required. uid of Namespace kube-system, to anchor the Tenants to.")
    secret_namespace: str = Field(
        default="", description="Namespace of the Secret with the secret columns of these rows, if they have some."
    )
    columns: dict[str, str] = Field(
        default_factory=dict, description="Variable → its column, where the two are called differently."
    )
    waits: bool = Field(
        default=False, description="Whether rows without a Tenant get none yet: many are made in turns, slice by slice."
    )
    selector: SliceSelector = Field(description="Required. Selector of the Tenants.")
    rows: Annotated[
        SkipValidation[list[Row]],
        Field(
            default_factory=list, description="The rows that shall be Tenants, by uid.", json_schema_extra=list_atomic()
        ),
    ]
    removals: Annotated[
        SkipValidation[list[Removal]],
        Field(default_factory=list, description="The uids whose Tenants shall go.", json_schema_extra=list_atomic()),
    ]
    missing: Annotated[
        SkipValidation[list[MissingTenant]],
        Field(
            default_factory=list,
            description="Tenants without an active row that are not to go yet, by uid. For the registry alone.",
            json_schema_extra=list_atomic(),
        ),
    ]
    ledger: Annotated[
        SkipValidation[list[LedgerEntry]],
        Field(
            default_factory=list,
            description="What the deletion guard let go without approval, by time, in the first slice. For the "
            "registry alone.",
            json_schema_extra=list_atomic(),
        ),
    ]
    rollouts: Annotated[
        SkipValidation[list[RecordedRollout]],
        Field(
            default_factory=list,
            description="Rollouts of the registry's templates, in the first slice. For the registry alone.",
            json_schema_extra=list_atomic(),
        ),
    ]
    moves: Annotated[
        SkipValidation[list[ShardBatch]],
        Field(
            default_factory=list,
            description="The tenants that change shards now or did so last, in the first slice. For the registry "
            "alone.",
            json_schema_extra=list_atomic(),
        ),
    ]


class UnlistedTenant(Model):
    """A Tenant that has no row in its slice, and is kept."""

    uid: str = Field(description="Its uid.")
    name: str = Field(description="Its name.")
    pins: dict[str, str] = Field(default_factory=dict, description="Template → revision that it runs.")
    shard: str = Field(default="", description="Shard that serves it; empty for the permanent controller's.")


class TenantSliceStatus(Model):
    """What is known of a slice."""

    observed_generation: ObservedGeneration
    observed_sequence: int = Field(default=0, description="The spec.sequence that this status was computed for.")
    tenants: int = Field(default=0, description="Tenants that exist.")
    ready: int = Field(default=0, description="Tenants with a row that are Ready.")
    degraded: int = Field(default=0, description="Tenants that need a person: Degraded is True.")
    unanswered: int = Field(
        default=0, description="Tenants that are to be made, or were made lately and have no status yet."
    )
    counts_time: str = Field(
        default="", description="When the counts moved last.", json_schema_extra={"format": "date-time"}
    )
    unlisted: list[UnlistedTenant] = Field(
        default_factory=list,
        description="Tenants of this bucket without a row. They are kept until the registry decides.",
        json_schema_extra=list_map("name"),
    )
    removing: list[str] = Field(
        default_factory=list,
        description="The uids of spec.removals whose Tenant still exists.",
        json_schema_extra=list_atomic(),
    )
    paused: int = Field(default=0, description="Tenants among them that stay because they are paused.")
    templates: list[str] = Field(
        default_factory=list,
        description="The TenantTemplates of which a Tenant has objects, or is about to.",
        json_schema_extra=list_atomic(),
    )
    rollouts: list[SliceRollout] = Field(
        default_factory=list,
        description="Tenants that were moved to another revision and are not Ready with it yet.",
        json_schema_extra=list_map("template"),
    )
    unready: list[UnreadyTenant] = Field(
        default_factory=list,
        description="Tenants that a rollout moves last: never Ready, in trouble, paused, or on their way out.",
        json_schema_extra=list_atomic(),
    )
    ahead: list[TenantAhead] = Field(
        default_factory=list,
        description="Pins of Tenants that their rows do not know, since a slice was lost: the rows follow.",
        json_schema_extra=list_atomic(),
    )
    revisions: list[str] = Field(
        default_factory=list,
        description="The revisions that Tenants have, deleted ones included.",
        json_schema_extra=list_atomic(),
    )
    shards: list[SliceShard] = Field(
        default_factory=list,
        description="The shards of its Tenants; none while all are the permanent controller's and served.",
        json_schema_extra=list_map("name"),
    )
    handovers: list[str] = Field(
        default_factory=list,
        description="uids of Tenants that are on their way to another shard.",
        json_schema_extra=list_atomic(),
    )
    conditions: Conditions


TENANT_SLICE = Kind(
    name="TenantSlice",
    plural="tenantslices",
    short_names=("ts",),
    description="A fixed share of a registry's rows. Written by Tenantry; do not edit.",
    spec=TenantSliceSpec,
    defaulted=False,
    status=TenantSliceStatus,
    rules=(
        Rule(
            "(has(self.spec.base) && self.spec.base == oldSelf.spec.sequence) || "
            "(self.spec.sequence == oldSelf.spec.sequence && has(self.spec.written) == has(oldSelf.spec.written) && "
            "(!has(self.spec.written) || self.spec.written == oldSelf.spec.written)) || "
            "(has(self.spec.base) && self.spec.base == 0 && has(self.spec.writer) && has(oldSelf.spec.writer) && "
            "self.spec.writer != oldSelf.spec.writer)",
            "this change was made from an older state of the slice",
            ".spec.sequence",
        ),
    ),
    columns=(
        Column("Registry", "string", ".spec.registry"),
        Column("Tenants", "integer", ".status.tenants"),
        Column("Tenants-Ready", "integer", ".status.ready"),
        READY,
        AGE,
    ),
)
