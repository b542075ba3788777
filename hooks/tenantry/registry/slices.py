"""Slices as observed, and slices as they shall be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import is_
from typing import Any, Final

from tenantry.kinds import TENANT_SLICE
from tenantry.names import (
    BUCKET_LABEL,
    MANAGED_BY,
    MANAGED_BY_LABEL,
    REGISTRY_LABEL,
    bucket_label,
    bucket_of,
    slice_name,
)
from tenantry.protocol import JSONObject
from tenantry.registry.moments import moment, seconds_apart

Pins = Mapping[str, str]
"""Template → the revision that a tenant is pinned to."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a registry puts into a slice."""

    rows: list[JSONObject]
    """By uid; no uid is both here and among the removals."""
    removals: list[JSONObject]
    """By uid."""
    missing: list[JSONObject] = field(default_factory=list)
    """Tenants without an active row that are not among the removals yet, by uid."""
    ledger: list[JSONObject] = field(default_factory=list)
    """How many the guard let go at which time."""
    rollouts: list[JSONObject] = field(default_factory=list)
    """What is remembered of rollouts, by template: in the first slice alone."""
    moves: list[JSONObject] = field(default_factory=list)
    """The last tenants that were to change their shard together, if there are any: in the first slice alone."""


EMPTY = Content([], [])


_LISTS: Final = ("rows", "removals", "missing", "ledger", "rollouts", "moves")
"""The fields of a slice's spec that make its content, in the order of ``Content``."""

SILENCE_SECONDS: Final = 30.0
"""How long a slice may say nothing of what was written to it."""

TAKEOVER_SECONDS: Final = 60.0
"""How long a new slice may take to take over the Tenants of its rows from the slice that had them before."""


@dataclass(frozen=True, slots=True)
class ObservedSlice:
    """A slice of this registry as it is observed."""

    name: str
    buckets: int
    bucket: int
    sequence: int
    spec: JSONObject
    content: Content
    reported: int
    """The sequence that the slice's own status speaks of; 0 while the slice is new and has not said what it adopted."""
    unlisted: dict[str, Pins]
    """uid → pins of Tenants that are there without row and removal."""
    shards: Mapping[str, str]
    """uid → shard of those of them that have one."""
    removing: frozenset[str]
    """uids among the removals whose Tenant is still there."""
    paused: int
    """How many of them stay because they are paused."""
    templates: frozenset[str] | None
    """Names of the templates of which a Tenant has objects, or is about to; ``None`` while the slice has not told."""
    tenants: int
    ready: int
    degraded: int
    created: datetime | None
    status: JSONObject
    """All that the slice says of itself."""

    @property
    def up_to_date(self) -> bool:
        """Whether the slice's status speaks of the content that is observed."""
        return self.reported == self.sequence

    def is_silent(self, now: datetime) -> bool:
        """Whether the slice says nothing of itself, long after it was written.

        Its status was lost then, and its controller does not look at statuses: only a new spec makes it speak.
        """
        return not self.reported and self.written_ago(now) > SILENCE_SECONDS

    @property
    def waits(self) -> bool:
        """Whether it makes no new Tenants yet."""
        return bool(self.spec.get("waits"))

    def unanswered(self, now: datetime) -> int:
        """Tenants that are to be made, or were made and have not been looked at; a guess until the slice says so."""
        told: int = self.status.get("unanswered") or 0
        if self.reported == self.sequence:
            return told
        return max(told, len(self.content.rows) - self.tenants) if self.written_ago(now) < SILENCE_SECONDS else 0

    def written_ago(self, now: datetime) -> float:
        """Seconds since its spec was written; infinite if nobody knows."""
        return seconds_apart(now, moment(self.spec.get("written")))

    def takes_over(self, now: datetime) -> bool:
        """Whether the slice is new and does not see the Tenants of all its rows yet.

        Those still have the bucket label of an older slice: a removal would not reach them.
        """
        return seconds_apart(now, self.created) < TAKEOVER_SECONDS and self.tenants < len(self.content.rows)


def observe(registry: str, children: Mapping[str, JSONObject]) -> tuple[dict[str, ObservedSlice], list[JSONObject]]:
    """The slices of a registry by name, in order, and the objects that none of its slices can be, by their names."""
    slices: dict[str, ObservedSlice] = {}
    foreign: list[JSONObject] = []
    for name in sorted(children):
        place = _place(registry, name)
        if place is None:
            foreign.append(children[name])
        else:
            slices[name] = _observed(children[name], name, *place)
    return slices, foreign


@dataclass(frozen=True, slots=True)
class Frame:
    """What a slice says beside its content."""

    registry: str
    buckets: int
    bucket: int
    anchor: str
    secret_namespace: str = ""
    """Where the secret columns of its rows are; empty if they have none."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Variable → its column, where the two are called differently."""
    writer: str = ""
    """uid of the registry."""
    waits: bool = False
    """Whether it makes no new Tenants yet."""

    @property
    def name(self) -> str:
        """Name of the slice."""
        return slice_name(self.registry, self.buckets, self.bucket)


def slice_child(frame: Frame, content: Content, *, sequence: int, origin: JSONObject) -> JSONObject:
    """The slice of one bucket. ``origin`` tells when its spec was written, and what it was based on."""
    spec = {**_fields(frame), **origin, "sequence": sequence, "rows": content.rows, "removals": content.removals}
    if content.missing:
        spec["missing"] = content.missing
    if content.ledger:
        spec["ledger"] = content.ledger
    if content.rollouts:
        spec["rollouts"] = content.rollouts
    if content.moves:
        spec["moves"] = content.moves
    if frame.secret_namespace:
        spec["secretNamespace"] = frame.secret_namespace
    if frame.columns:
        spec["columns"] = dict(frame.columns)
    if frame.waits:
        spec["waits"] = True
    return {
        "apiVersion": TENANT_SLICE.api_version,
        "kind": TENANT_SLICE.name,
        "metadata": {"name": frame.name, "labels": {MANAGED_BY_LABEL: MANAGED_BY, REGISTRY_LABEL: frame.registry}},
        "spec": spec,
    }


def is_unchanged(observed: ObservedSlice, frame: Frame, content: Content) -> bool:
    """Whether a slice already is as it shall be.

    Its content is unchanged only if it is the very lists that were observed: for Python, 1 and True are equal.
    """
    return (
        content.rows is observed.content.rows
        and content.removals is observed.content.removals
        and content.missing is observed.content.missing
        and content.ledger is observed.content.ledger
        and content.rollouts is observed.content.rollouts
        and content.moves == observed.content.moves
        and (observed.spec.get("secretNamespace") or "") == frame.secret_namespace
        and (observed.spec.get("columns") or {}) == frame.columns
        and observed.waits == frame.waits
        and all(observed.spec.get(field) == value for field, value in _fields(frame).items())
    )


def origin_of(found: ObservedSlice) -> JSONObject:
    """When the spec of an observed slice was written, and what it was based on."""
    return {field: found.spec[field] for field in ("base", "written") if field in found.spec}


def is_same(new: Sequence[JSONObject], old: Sequence[JSONObject]) -> bool:
    """Whether two lists hold the very same objects."""
    return len(new) == len(old) and all(map(is_, new, old))


def _fields(frame: Frame) -> JSONObject:
    registry, buckets, bucket, anchor = frame.registry, frame.buckets, frame.bucket, frame.anchor
    return {
        "registry": registry,
        "buckets": buckets,
        "bucket": bucket,
        "anchor": anchor,
        "selector": {"matchLabels": {REGISTRY_LABEL: registry, BUCKET_LABEL: bucket_label(buckets, bucket)}},
        "writer": frame.writer,
    }


def _place(registry: str, name: str) -> tuple[int, int] | None:
    """Number of buckets and bucket out of a slice's name: unlike its spec, nobody can have edited that."""
    buckets, _, bucket = name.removeprefix(f"{registry}-").partition("-")
    if not (buckets.isdecimal() and bucket.isdecimal()):
        return None
    place = int(buckets), int(bucket)
    return place if place[1] < place[0] and slice_name(registry, *place) == name else None


def _observed(child: JSONObject, name: str, buckets: int, bucket: int) -> ObservedSlice:
    spec: JSONObject = child.get("spec") or {}
    status: JSONObject = child.get("status") or {}
    sequence = spec.get("sequence") or 0
    reported = status.get("observedSequence") or 0
    content = Content(*(_items(spec, name) for name in _LISTS))
    return ObservedSlice(
        name=name,
        buckets=buckets,
        bucket=bucket,
        sequence=sequence,
        spec=spec,
        content=content,
        # A registry that was made again begins at 1: what a slice said before is not about that.
        reported=reported if reported <= sequence else 0,
        unlisted=_unlisted(status, content, buckets, bucket),
        shards={found["uid"]: found["shard"] for found in status.get("unlisted") or () if found.get("shard")},
        removing=frozenset(status.get("removing") or ()),
        paused=status.get("paused") or 0,
        templates=frozenset(status["templates"]) if "templates" in status else None,
        tenants=status.get("tenants") or 0,
        ready=status.get("ready") or 0,
        degraded=status.get("degraded") or 0,
        created=moment(child["metadata"].get("creationTimestamp")),
        status=status,
    )


def _items(spec: JSONObject, field: str) -> list[JSONObject]:
    found = spec.get(field)
    return found if isinstance(found, list) else []


def _unlisted(status: Mapping[str, Any], content: Content, buckets: int, bucket: int) -> dict[str, Pins]:
    """Unlisted Tenants that are still so, by what was written since, and that this slice can remove."""
    reported = status.get("unlisted")
    if not reported:
        return {}
    decided = {item["uid"] for item in (*content.rows, *content.removals)}
    return {
        tenant["uid"]: tenant.get("pins") or {}
        for tenant in reported
        if tenant["uid"] not in decided and bucket_of(tenant["uid"], buckets) == bucket
    }
