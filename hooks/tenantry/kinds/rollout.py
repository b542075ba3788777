"""Rollouts: how a template's new revision reaches its tenants, and what is remembered and told of that."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import ConfigDict, Field

from tenantry.kinds.amount import AMOUNT_SCHEMA, Amount
from tenantry.kinds.kind import Model, list_atomic, list_map, rules

MAX_REMEMBERED: Final = 5
"""Tenants that stopped a rollout, as far as they are listed."""

Stage = Literal[
    "Adopting", "Idle", "Canary", "Baking", "Progressing", "Complete", "Failed", "RollingBack", "RolledBack", "Held"
]
Phase = Literal["Idle", "Canary", "Baking", "Progressing", "Paused", "Complete", "Failed", "RollingBack", "RolledBack"]


class Canary(Model):
    """Tenants that get a new revision before all others. Exactly one of count, percent and when says which."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "[has(self.count), has(self.percent), has(self.when)].filter(given, given).size() == 1",
                "a canary needs exactly one of count, percent and when",
            )
        )
    )

    count: int | None = Field(default=None, ge=1, description="So many tenants, those that come first.")
    percent: int | None = Field(
        default=None, ge=1, le=100, description="So many percent of the tenants, rounded up, those that come first."
    )
    when: str | None = Field(
        default=None,
        max_length=4096,
        description="The tenants for which this expression over the values of their row is true, for example "
        "{{ plan == 'internal' }}. A tenant for which it cannot be evaluated is none.",
    )
    bake_seconds: int = Field(
        default=0,
        ge=0,
        le=604800,
        description="Seconds between the moment when all canaries are ready and the beginning of the rest.",
    )


class Rollout(Model):
    """How a new revision of a template reaches the tenants of its registry. Not part of revisions.

    A change of these settings moves no tenant by itself.
    """

    max_skew: Amount = Field(
        default="10%",
        description="How many tenants may be under way at one time, moved to another revision and not Ready with it "
        "yet: a number, or a percentage of the tenants, rounded up. At least one.",
        json_schema_extra=AMOUNT_SCHEMA,
    )
    canary: Canary | None = Field(
        default=None,
        description="Tenants that get a new revision first. Rollbacks, and revisions that are named, do without.",
    )
    progress_deadline_seconds: int = Field(
        default=600,
        ge=1,
        le=604800,
        description="Seconds within which a tenant must be Ready after it was moved. One that is not has failed.",
    )
    on_failure: Literal["Pause", "Rollback"] = Field(
        default="Pause",
        description="What happens when a tenant fails with a new revision. Pause moves nobody any more. Rollback takes "
        "all tenants back to the last good revision, and does not try the failed one again.",
    )
    paused: bool = Field(
        default=False,
        description="Whether no tenant is moved. Set it and take it back to let a rollout go on that stopped.",
    )
    revision: str = Field(
        default="",
        max_length=253,
        description="The TenantTemplateRevision that tenants shall get, one of status.revisions, instead of that of "
        "the present content.",
    )
    history_limit: int = Field(
        default=10,
        ge=0,
        le=1000,
        description="How many revisions are kept beyond those that are in use.",
    )


class FailingTenant(Model):
    """A tenant that stopped a rollout."""

    uid: str = Field(description="Required. Its uid.")
    reason: str = Field(description="Required. Why, in one CamelCase word.")
    message: str = Field(default="", description="Why, and what to look at.")


class Wave(Model):
    """Tenants that are moved together. It is on record before the first of them is moved."""

    time: str = Field(description="Required. When it was decided; no two waves have the same.")
    revision: str = Field(default="", description="Where they go. Empty: the wave is called off.")
    excused: bool = Field(default=False, description="Whether they do not count, since they were not Ready before.")
    uids: list[str] = Field(default_factory=list, description="The tenants, in order.", json_schema_extra=list_atomic())


class RolloutMemory(Model):
    """What a registry remembers of the rollouts of one template."""

    epoch: int = Field(default=0, ge=0, description="Grows with each change: of two memories, the higher one holds.")
    stage: Stage = Field(default="Adopting", description="Where it stands.")
    target: str = Field(default="", description="The revision that tenants get.")
    good: str = Field(default="", description="The last revision that all tenants were moved to.")
    wanted: str = Field(default="", description="The revision that the template asked for last.")
    pinned: bool = Field(default=False, description="Whether it was asked for by spec.rollout.revision.")
    failed: list[str] = Field(
        default_factory=list,
        description="Revisions from which tenants were rolled back. They are not tried again.",
        json_schema_extra=list_atomic(),
    )
    started: str = Field(default="", description="When the rollout began.")
    finished: str = Field(default="", description="When it was complete, or stopped.")
    baking_since: str = Field(default="", description="When all canaries were ready.")
    failing: list[FailingTenant] = Field(
        default_factory=list,
        description="The first tenants that stopped it, and why.",
        json_schema_extra=list_atomic(),
    )


class RecordedRollout(RolloutMemory):
    """The rollout of one template, as a slice keeps it for the registry."""

    template: str = Field(min_length=1, description="Required. The TenantTemplate.")
    wave: Wave | None = Field(default=None, description="The tenants that were moved last, or are to be moved next.")


class TenantUnderWay(Model):
    """A tenant that was moved to another revision and is not Ready with it yet."""

    uid: str = Field(description="Its uid.")
    since: str = Field(default="", description="When it was moved, or made if that is later.")
    reason: str = Field(default="", description="Why it failed, in one CamelCase word; empty if it did not.")
    message: str = Field(default="", description="What failed.")


class TenantAhead(Model):
    """A pin of a Tenant that its row does not know."""

    uid: str = Field(description="The Tenant's uid.")
    name: str = Field(description="The TenantTemplate.")
    revision: str = Field(description="The revision that the Tenant has.")
    since: str = Field(default="", description="When it was moved there.")


class UnreadyTenant(Model):
    """A tenant that a rollout moves last."""

    uid: str = Field(description="Its uid.")
    reason: str = Field(default="", description="Why, in one CamelCase word.")


class SliceRollout(Model):
    """Tenants of a slice that are under way with one template."""

    template: str = Field(description="The TenantTemplate.")
    under_way: int = Field(default=0, description="How many count.")
    tenants: list[TenantUnderWay] = Field(
        default_factory=list,
        description="They by uid, those that failed first, as far as there is room.",
        json_schema_extra=list_atomic(),
    )


class TemplateRollout(Model):
    """What tenants of a registry get of one template, and how far that is."""

    name: str = Field(description="The TenantTemplate.")
    revision: str = Field(description="The revision that tenants get.")
    phase: Phase = Field(default="Idle", description="Where the rollout of this revision stands.")
    last_good_revision: str = Field(default="", description="The revision that a rollback goes to.")
    message: str = Field(default="", description="What goes on, and what to do about it.")
    total: int = Field(default=0, description="Tenants.")
    updated: int = Field(default=0, description="Tenants that were moved to the revision, or made with it.")
    under_way: int = Field(default=0, description="Tenants that were moved and are not Ready with it yet.")
    failed: int = Field(default=0, description="Tenants under way that failed.")
    started: str = Field(default="", description="When the rollout began.", json_schema_extra={"format": "date-time"})
    finished: str = Field(
        default="", description="When it was complete, or stopped.", json_schema_extra={"format": "date-time"}
    )
    failing: list[FailingTenant] = Field(
        default_factory=list,
        max_length=MAX_REMEMBERED,
        description="The first tenants that failed, and why.",
        json_schema_extra=list_atomic(),
    )
    failed_revisions: list[str] = Field(
        default_factory=list,
        description="Revisions that failed and are not tried again by themselves.",
        json_schema_extra=list_atomic(),
    )
    in_use: list[str] = Field(
        default_factory=list,
        description="Revisions that tenants have, deleted ones included, or may get next. They are not pruned.",
        json_schema_extra=list_atomic(),
    )
    latest: str = Field(default="", description="The template's latest revision, as the registry knows it.")
    memory: RolloutMemory = Field(default_factory=RolloutMemory, description="For the registry alone.")


class RolloutSummary(Model):
    """The rollouts of all templates in short."""

    phase: Phase = Field(default="Idle", description="The phase that needs most attention.")
    progress: str = Field(default="", description="Tenants that are on their revisions, of all: 37/100.")


RECORDED_ROLLOUTS = list_map("template")
