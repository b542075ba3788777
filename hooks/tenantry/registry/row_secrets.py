"""Secret columns: one Secret for each slice, with what its tenants' templates see as ``secrets``.

A value that nobody shall read stands in no spec, so it does not travel through slices and Tenants. The Secret holds one
key for each tenant, its slug: a JSON object of the secret columns by their names. A key stays as long as there is a
Tenant, without a row too, since what runs before its deletion may need it.

Like slices, Secrets are observed late. Each change grows a sequence in an annotation; the registry's status keeps the
sequences that were written last, and a Secret older than that is waited for.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import orjson

from tenantry.conditions import timestamp
from tenantry.engine.keep import keep
from tenantry.kinds import TenantRegistrySpec
from tenantry.names import (
    MANAGED_BY,
    MANAGED_BY_LABEL,
    REGISTRY_LABEL,
    SEQUENCE_ANNOTATION,
    anchor,
    bucket_of,
    row_secret_name,
    slice_name,
    slug,
)
from tenantry.protocol import JSONObject, ObjectKey, ObjectMap, RelatedRule, TryLater
from tenantry.registry.credentials import SECRETS
from tenantry.registry.layout import Layout
from tenantry.registry.moments import moment, seconds_apart
from tenantry.registry.rows import InvalidRow, SortedRows
from tenantry.registry.sequences import BELIEVED_SECONDS, CREATION_SECONDS
from tenantry.registry.slices import Content

MAX_DATA_BYTES: Final = 1_000_000
"""Bytes that keys and values of a row Secret may have in base64: with its other fields, it stays under 1 MiB."""

Values = Mapping[str, str]
"""Slug of a tenant → its secret columns, as JSON in base64."""


@dataclass(frozen=True, slots=True)
class RowSecrets:
    """What a sync says about row Secrets."""

    children: list[JSONObject]
    removed: frozenset[ObjectKey]
    status: JSONObject
    """What the registry's status remembers; empty if there are none."""


def row_secret_rules(registry: str, spec: TenantRegistrySpec) -> tuple[RelatedRule, ...]:
    """The row Secrets themselves, since those of a registry that was made again are not its children yet."""
    if not spec.secret_value_mappings:
        return ()
    own = {REGISTRY_LABEL: registry}
    return (RelatedRule("v1", "secrets", namespace=spec.secret_namespace, match_labels=own),)


def observed_secrets(registry: str, children: ObjectMap, related: ObjectMap) -> dict[str, JSONObject]:
    """The row Secrets of a registry by namespace and name, whoever owns them."""
    found = {**related.get(SECRETS, {}), **children.get(SECRETS, {})}
    return {key: secret for key, secret in sorted(found.items()) if _is_row_secret(registry, secret)}


def refuse_stale_secrets(observed: Mapping[str, JSONObject], status: Mapping[str, Any], *, now: datetime) -> bool:
    """Whether a Secret that was written is lost. Raises ``TryLater`` while one is observed older than written."""
    written: JSONObject = status.get("secrets") or {}
    age = seconds_apart(now, moment(written.get("time")))
    lost = False
    for key, sequence in (written.get("sequences") or {}).items():
        secret = observed.get(key)
        if secret is None and age < CREATION_SECONDS:
            raise TryLater(f"Secret {key} was just written and is not observed yet")
        if secret is not None and age <= BELIEVED_SECONDS and _sequence(secret) < sequence:
            raise TryLater(f"Secret {key} is observed older than it was written")
        lost = lost or secret is None
    return lost


def with_room(spec: TenantRegistrySpec, registry: str, rows: SortedRows, observed: Iterable[JSONObject]) -> SortedRows:
    """The rows without those whose secrets find no room in the Secret of their slice: what they have stays."""
    if not spec.secret_value_mappings:
        return rows
    before = _values(observed)
    used: dict[str, int] = {}
    refused: dict[str, InvalidRow] = {}
    # Tenants that exist come first: a new one must not take the room of theirs.
    for uid in sorted(rows.usable, key=lambda uid: (slug(uid) not in before, uid)):
        place = slice_name(registry, spec.buckets, bucket_of(uid, spec.buckets))
        size = len(slug(uid)) + len(_encoded(rows.usable[uid].secrets)) + 6
        if used.get(place, 0) + size > MAX_DATA_BYTES:
            told = (
                "Its secret columns find no room in the Secret of its slice, which may have 1 MB. Raise spec.buckets."
            )
            refused[uid] = InvalidRow(uid, "SliceFull", told)
        else:
            used[place] = used.get(place, 0) + size
    if not refused:
        return rows
    return replace(
        rows,
        usable={uid: row for uid, row in rows.usable.items() if uid not in refused},
        held=rows.held | refused.keys(),
        invalid=tuple(sorted((*rows.invalid, *refused.values()), key=lambda row: (row.uid, row.reason))),
    )


def row_secrets(
    request_children: ObjectMap,
    spec: TenantRegistrySpec,
    layout: Layout,
    contents: Mapping[str, Content],
    rows: SortedRows | None,
    observed: Mapping[str, JSONObject],
    previous: Mapping[str, Any],
    *,
    anchor_uid: str,
    now: datetime,
) -> RowSecrets:
    """The row Secrets as they shall be. ``rows`` are those of a poll, if there was one; ``previous`` is the status."""
    before = _values(observed.values())
    written: JSONObject = previous.get("secrets") or {}
    children: dict[str, JSONObject] = {}
    for name in layout.places if spec.secret_value_mappings else ():
        key = f"{spec.secret_namespace}/{row_secret_name(name)}"
        data = _data(_uids(layout, name, contents[name]), rows, before)
        if not _has_reported(layout, name):
            # Nobody knows yet whose Tenants are there.
            data = {**(observed.get(key, {}).get("data") or {}), **data}
        if data:
            last = (written.get("sequences") or {}).get(key, 0)
            children[key] = _child(layout.registry, key, data, observed.get(key), last, anchor_uid)
    own = request_children.get(SECRETS, {})
    gone = own.keys() - children.keys()
    foreign = [keep(own[key]) for key in sorted(gone) if key not in observed]
    return RowSecrets(
        children=[*children.values(), *foreign],
        removed=frozenset(ObjectKey(SECRETS, key) for key in gone if key in observed),
        status=_status(children, written, now=now),
    )


def kept_secrets(children: ObjectMap) -> list[JSONObject]:
    """The observed Secrets as they were applied last."""
    return [keep(secret) for _, secret in sorted(children.get(SECRETS, {}).items())]


def _is_row_secret(registry: str, secret: JSONObject) -> bool:
    metadata = secret["metadata"]
    labels = metadata.get("labels") or {}
    return (
        labels.get(REGISTRY_LABEL) == registry
        and labels.get(MANAGED_BY_LABEL) == MANAGED_BY
        and metadata["name"].startswith(f"{registry}-")
        and metadata["name"].endswith("-rows")
    )


def _values(secrets: Iterable[JSONObject]) -> dict[str, str]:
    values: dict[str, str] = {}
    for secret in sorted(secrets, key=_sequence):
        values |= secret.get("data") or {}
    return values


def _uids(layout: Layout, name: str, content: Content) -> set[str]:
    """Everybody who has a Tenant in a slice, or gets one."""
    found = layout.observed.get(name)
    listed = {item["uid"] for items in (content.rows, content.removals, content.missing) for item in items}
    return listed.union(found.unlisted) if found else listed


def _has_reported(layout: Layout, name: str) -> bool:
    found = layout.observed.get(name)
    return found is not None and bool(found.reported)


def _data(uids: Iterable[str], rows: SortedRows | None, before: Values) -> dict[str, str]:
    data: dict[str, str] = {}
    for uid in sorted(uids):
        key = slug(uid)
        if rows is not None and uid in rows.usable:
            data[key] = _encoded(rows.usable[uid].secrets)
        elif key in before:
            data[key] = before[key]
    return data


def _encoded(secrets: Mapping[str, Any]) -> str:
    return b64encode(orjson.dumps(secrets, option=orjson.OPT_SORT_KEYS)).decode()


def _child(
    registry: str, key: str, data: dict[str, str], found: JSONObject | None, written: int, anchor_uid: str
) -> JSONObject:
    namespace, _, name = key.partition("/")
    sequence = max(1, written)
    if found is not None:
        sequence = max(1, _sequence(found))
        if _decoded(found.get("data")) != _decoded(data):
            sequence = max(sequence, written) + 1
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {MANAGED_BY_LABEL: MANAGED_BY, REGISTRY_LABEL: registry},
            "annotations": {SEQUENCE_ANNOTATION: str(sequence)},
            "ownerReferences": [anchor(anchor_uid)],
        },
        "data": data,
    }


def _decoded(data: object) -> dict[str, bytes]:
    return {key: b64decode(value) for key, value in data.items()} if isinstance(data, dict) else {}


def _sequence(secret: JSONObject) -> int:
    text = str((secret["metadata"].get("annotations") or {}).get(SEQUENCE_ANNOTATION) or "")
    return int(text) if text.isdecimal() else 0


def _status(children: Mapping[str, JSONObject], written: JSONObject, *, now: datetime) -> JSONObject:
    if not children:
        return {}
    sequences = {key: _sequence(child) for key, child in children.items()}
    if written.get("sequences") == sequences and written.get("time"):
        return written
    return {"sequences": sequences, "time": timestamp(now)}
