"""TenantSlice: a fixed share of a registry's rows, on their way to become Tenants. Written by the registry alone."""

from __future__ import annotations

from typing import Annotated, Any

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
    list_atomic,
    list_map,
)


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


class Removal(Model):
    """A uid whose Tenant shall go."""

    uid: str = Field(min_length=1, description="Required. The uid.")
    time: str = Field(description="Required. When its removal was decided.", json_schema_extra={"format": "date-time"})


class TenantSliceSpec(Model):
    """Rows of one bucket.

    Rows are not validated here: the API server did, and a slice of thousands is read in every sync.
    """

    registry: str = Field(min_length=1, max_length=24, description="Required. The TenantRegistry.")
    buckets: int = Field(ge=1, le=4096, description="Required. Number of buckets of the registry.")
    bucket: int = Field(ge=0, le=4095, description="Required. The bucket, from 0.")
    sequence: int = Field(ge=1, description="Required. Grows by one with each change of this spec.")
    anchor: str = Field(min_length=1, description="Required. uid of Namespace kube-system, to anchor the Tenants to.")
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


class UnlistedTenant(Model):
    """A Tenant that has no row in its slice, and is kept."""

    uid: str = Field(description="Its uid.")
    name: str = Field(description="Its name.")
    pins: dict[str, str] = Field(default_factory=dict, description="Template → revision that it runs.")


class TenantSliceStatus(Model):
    """What is known of a slice."""

    observed_generation: ObservedGeneration
    observed_sequence: int = Field(default=0, description="The spec.sequence that this status was computed for.")
    tenants: int = Field(default=0, description="Tenants that exist.")
    ready: int = Field(default=0, description="Tenants with a row that are Ready.")
    degraded: int = Field(default=0, description="Tenants that need a person: Degraded is True.")
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
    conditions: Conditions


TENANT_SLICE = Kind(
    name="TenantSlice",
    plural="tenantslices",
    short_names=("ts",),
    description="A fixed share of a registry's rows. Written by Tenantry; do not edit.",
    spec=TenantSliceSpec,
    defaulted=False,
    status=TenantSliceStatus,
    columns=(
        Column("Registry", "string", ".spec.registry"),
        Column("Tenants", "integer", ".status.tenants"),
        Column("Tenants-Ready", "integer", ".status.ready"),
        READY,
        AGE,
    ),
)
