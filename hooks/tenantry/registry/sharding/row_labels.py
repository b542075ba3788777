"""The labels that a row gives its Tenant: tags, and the shard that a column names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final

from tenantry.kinds import TenantRegistrySpec
from tenantry.names import SHARD_LABEL
from tenantry.protocol import JSONObject
from tenantry.registry.sharding.label_values import label_value, shard_name
from tenantry.registry.values import Unusable

MAX_REPORTED: Final = 20
UID_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class RowLabels:
    """What a row says about labels."""

    labels: dict[str, str] = field(default_factory=dict)
    """Tags by their keys, without those that are NULL or unusable."""
    home: str | None = None
    """The shard that a column names, empty for the permanent one; ``None`` if none does, or it cannot be used."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """Label → why the row cannot give it."""


NO_LABELS: Final = RowLabels()


def label_columns(spec: TenantRegistrySpec) -> list[str]:
    """The columns that become labels."""
    shard = [spec.shards.column] if spec.shards is not None and spec.shards.column else []
    return [*spec.tags.values(), *shard]


def row_labels(spec: TenantRegistrySpec, raw: Mapping[str, Any]) -> RowLabels:
    """The labels of a row. Not one of them is a reason to leave its tenant out."""
    column = spec.shards.column if spec.shards is not None else ""
    if not spec.tags and not column:
        return NO_LABELS
    labels: dict[str, str] = {}
    problems: dict[str, str] = {}
    for key, source in sorted(spec.tags.items()):
        try:
            value = label_value(raw.get(source))
        except Unusable as error:
            problems[key] = f"Column {source!r} {error}. The Tenant goes without this label."
        else:
            labels |= {key: value} if value else {}
    home = None
    if column:
        try:
            home = shard_name(raw.get(column))
        except Unusable as error:
            problems[SHARD_LABEL] = f"Column {column!r} {error}. The Tenant stays in the shard that it has."
    return RowLabels(labels, home, problems)


def label_problems(rows: Iterable[tuple[str, RowLabels]]) -> JSONObject:
    """``status.unusableLabels``: how many labels rows cannot give, and the first of them. Empty if there are none."""
    found = [
        {"uid": uid if len(uid) <= UID_SHOWN else f"{uid[: UID_SHOWN - 1]}…", "label": label, "message": message}
        for uid, labels in rows
        for label, message in labels.problems.items()
    ]
    if not found:
        return {}
    return {"count": len(found), "labels": sorted(found, key=itemgetter("uid", "label"))[:MAX_REPORTED]}
