"""How a registry spreads its tenants over Tenant controllers, and which labels its tenants get."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import ConfigDict, Field

from tenantry.kinds.kind import Model, list_atomic, rules
from tenantry.names import MANAGED_BY_LABEL

SHARD_PATTERN: Final = "^[a-z0-9]([-a-z0-9]{0,24}[a-z0-9])?$"
"""A shard's name: a label value that can also end the name of a CompositeController.

At most 26 characters: Metacontroller makes a finalizer of that name, of which API servers take 63 behind the slash.
"""
DEFAULT_SHARD: Final = "default"
"""The shard of tenants without the label, which the permanent controller serves."""

_PREFIX = "[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_TAG_KEY = f"^({_PREFIX}/)?[A-Za-z0-9]([-A-Za-z0-9_.]{{0,61}}[A-Za-z0-9])?$"
_CHOSEN = "[has(self.count), has(self.column) && self.column != '', has(self.byPriority) && size(self.byPriority) > 0]"

TAG_RULES: Final = rules(
    (
        f"self.all(key, size(key) <= 253 && key.matches('{_TAG_KEY}'))",
        "a tag is the key of a label: at most 63 letters, digits, '-', '_' and '.', after a domain and / if you like",
    ),
    (
        f"self.all(key, !key.startsWith('tenantry.io/') && key != '{MANAGED_BY_LABEL}')",
        f"labels under tenantry.io/ and {MANAGED_BY_LABEL} are Tenantry's own: choose another key",
    ),
)
"""What the keys of ``spec.tags`` look like."""

ShardName = Annotated[str, Field(pattern=SHARD_PATTERN)]


class Shards(Model):
    """How tenants are spread over Tenant controllers: by count, column or byPriority."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (f"{_CHOSEN}.filter(chosen, chosen).size() == 1", "set exactly one of count, column and byPriority"),
            (
                "!has(self.byPriority) || self.byPriority.all(key, key.matches('^(0|-?[1-9][0-9]{0,8})$'))",
                "the keys of byPriority are whole numbers: the lowest priority of each class",
            ),
        )
    )

    count: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Number of shards, called 0, 1 and so on. A tenant's shard follows from its uid; another number "
        "moves as few tenants as possible.",
    )
    column: str = Field(
        default="",
        max_length=256,
        description="Column with the name of the tenant's shard: at most 26 lower-case letters, digits and '-'. NULL, "
        "the empty text and default mean the permanent controller.",
    )
    by_priority: dict[str, ShardName] = Field(
        default_factory=dict,
        max_length=50,
        description="Lowest priority of a class → shard. A tenant belongs to the highest class that its priority "
        "reaches; below all of them, to the permanent controller.",
    )
    max_moves: int = Field(
        default=20,
        ge=1,
        le=250,
        description="How many tenants may be on their way to another shard at one time. New tenants begin in their "
        "shard.",
    )


class ShardBatch(Model):
    """Tenants that change shards together. It is on record before any of them does."""

    time: str = Field(description="Required. When it was decided: the mark that their rows get.")
    uids: list[str] = Field(description="Required. Their uids.", json_schema_extra=list_atomic())


class SliceShard(Model):
    """What a slice says of one shard."""

    name: str = Field(description="The value of the label; default for tenants without it.")
    tenants: int = Field(default=0, description="Tenants that carry its label.")
    leaving: int = Field(
        default=0, description="Tenants that carry another label by now, and still the finalizer of its controller."
    )
    moving: int = Field(default=0, description="Tenants that are on their way to it.")
    unserved: int = Field(
        default=0, description="Tenants of it that its controller has not taken, or not synced, for five minutes."
    )


class ShardStatus(SliceShard):
    """The tenants of one shard. One that is not listed has none: its controller may go."""

    wanted: int = Field(default=0, description="Tenants that have got it: rows in slices.")


class LabelProblem(Model):
    """A row whose value cannot be a label."""

    uid: str = Field(default="", description="Its uid.")
    label: str = Field(description="The label.")
    message: str = Field(default="", description="Why, and what becomes of the Tenant.")


class UnusableLabels(Model):
    """Values of rows that cannot be labels."""

    count: int = Field(default=0, description="Number of labels that rows cannot give.")
    labels: list[LabelProblem] = Field(
        default_factory=list, max_length=20, description="The first 20 of them.", json_schema_extra=list_atomic()
    )
