"""Slices as observed, and slices as they shall be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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


EMPTY = Content([], [])


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
    removing: frozenset[str]
    """uids among the removals whose Tenant is still there."""
    tenants: int
    ready: int
    degraded: int
    created: datetime | None

    @property
    def up_to_date(self) -> bool:
        """Whether the slice's status speaks of the content that is observed."""
        return self.reported == self.sequence

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

    @property
    def name(self) -> str:
        """Name of the slice."""
        return slice_name(self.registry, self.buckets, self.bucket)


def slice_child(frame: Frame, content: Content, *, sequence: int) -> JSONObject:
    """The slice of one bucket."""
    return {
        "apiVersion": TENANT_SLICE.api_version,
        "kind": TENANT_SLICE.name,
        "metadata": {"name": frame.name, "labels": {MANAGED_BY_LABEL: MANAGED_BY, REGISTRY_LABEL: frame.registry}},
        "spec": {**_fields(frame), "sequence": sequence, "rows": content.rows, "removals": content.removals},
    }


def is_unchanged(observed: ObservedSlice, frame: Frame, content: Content) -> bool:
    """Whether a slice already is as it shall be.

    Its content is unchanged only if it is the very lists that were observed: for Python, 1 and True are equal.
    """
    return (
        content.rows is observed.content.rows
        and content.removals is observed.content.removals
        and all(observed.spec.get(field) == value for field, value in _fields(frame).items())
    )


def is_same(new: Sequence[JSONObject], old: Sequence[JSONObject]) -> bool:
    """Whether two lists hold the very same objects."""
    return len(new) == len(old) and all(one is other for one, other in zip(new, old, strict=True))


def _fields(frame: Frame) -> JSONObject:
    registry, buckets, bucket, anchor = frame.registry, frame.buckets, frame.bucket, frame.anchor
    return {
        "registry": registry,
        "buckets": buckets,
        "bucket": bucket,
        "anchor": anchor,
        "selector": {"matchLabels": {REGISTRY_LABEL: registry, BUCKET_LABEL: bucket_label(buckets, bucket)}},
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
    content = Content(_items(spec, "rows"), _items(spec, "removals"))
    return ObservedSlice(
        name=name,
        buckets=buckets,
        bucket=bucket,
        sequence=spec.get("sequence") or 0,
        spec=spec,
        content=content,
        reported=status.get("observedSequence") or 0,
        unlisted=_unlisted(status, content, buckets, bucket),
        removing=frozenset(status.get("removing") or ()),
        tenants=status.get("tenants") or 0,
        ready=status.get("ready") or 0,
        degraded=status.get("degraded") or 0,
        created=moment(child["metadata"].get("creationTimestamp")),
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
