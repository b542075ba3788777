"""From what a poll brought to rows that can become tenants, and a reason for each of the others.

A row that cannot be used is no reason to remove its tenant: the tenant that it belongs to is *held*, which means kept
as it is. A row without a uid belongs to the tenant that is missing and had exactly its values, if there is one.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tenantry.kinds import TenantRegistrySpec
from tenantry.names import slug
from tenantry.protocol import JSONObject
from tenantry.registry.sharding.row_labels import NO_LABELS, RowLabels, row_labels
from tenantry.registry.values import Unusable, Value, canonical, truth, uid_text

MAX_REPORTED: Final = 20
"""Unusable rows that the status lists; all of them are counted."""

UID_SHOWN: Final = 100
"""Characters of a uid that a report shows."""


@dataclass(frozen=True, slots=True)
class UsableRow:
    """An active row that has its own tenant."""

    uid: str
    values: dict[str, Value]
    nulls: list[str]
    """Variables whose column is NULL, sorted."""
    priority: float = 0
    """Rollouts move the tenant with more of it first."""
    secrets: dict[str, Value] = field(default_factory=dict, repr=False)
    """Secret columns by their names, without those that are NULL."""
    labels: RowLabels = NO_LABELS
    """Tags and shard."""


@dataclass(frozen=True, slots=True)
class InvalidRow:
    """A row that cannot be used, and why."""

    uid: str
    reason: str
    message: str

    def to_json(self) -> JSONObject:
        """The row as the status lists it."""
        uid = self.uid if len(self.uid) <= UID_SHOWN else f"{self.uid[: UID_SHOWN - 1]}…"
        return {"uid": uid, "reason": self.reason, "message": self.message}


@dataclass(frozen=True, slots=True)
class SortedRows:
    """All rows of a poll, sorted out."""

    total: int
    usable: dict[str, UsableRow]
    """Active rows by uid."""
    held: frozenset[str]
    """uids of rows that cannot be used: their tenants stay as they are."""
    nameless: tuple[UsableRow, ...]
    """Rows without a uid, whose values are all that is known of them."""
    invalid: tuple[InvalidRow, ...]
    """Sorted by uid."""


def sort_rows(spec: TenantRegistrySpec, raw_rows: Sequence[Mapping[str, Any]], existing: Iterable[str]) -> SortedRows:
    """Sort the rows of a poll. ``existing`` are the uids that have a tenant: theirs are the names that are taken."""
    usable: dict[str, UsableRow] = {}
    held: set[str] = set()
    nameless: list[UsableRow] = []
    invalid: list[InvalidRow] = []
    identified = [(_read_uid(row.get(spec.value_mappings.uid)), row) for row in raw_rows]
    seen = Counter(uid for uid, _ in identified if isinstance(uid, str))
    for uid, raw in identified:
        if isinstance(uid, InvalidRow):
            invalid.append(uid)
            nameless.extend(_without_uid(spec, raw))
        elif seen[uid] > 1:
            held.add(uid)
            invalid.append(InvalidRow(uid, "DuplicateUID", f"{seen[uid]} rows have this uid. Leave one."))
        else:
            row = _read_row(spec, uid, raw)
            if isinstance(row, InvalidRow):
                held.add(uid)
                invalid.append(row)
            elif row is not None:
                usable[uid] = row
    for refused in _name_collisions(usable, existing):
        held.add(refused.uid)
        invalid.append(refused)
        del usable[refused.uid]
    invalid.sort(key=lambda row: (row.uid, row.reason))
    return SortedRows(len(raw_rows), usable, frozenset(held), tuple(nameless), tuple(invalid))


def _read_uid(value: Any) -> str | InvalidRow:
    try:
        uid = uid_text(value)
    except Unusable as error:
        return InvalidRow("", "InvalidUID", f"The uid {error}.")
    return uid or InvalidRow("", "MissingUID", "The uid is empty or NULL. Give the row one.")


def _read_row(spec: TenantRegistrySpec, uid: str, raw: Mapping[str, Any]) -> UsableRow | InvalidRow | None:
    """The row if it is active, ``None`` if it is not."""
    column = spec.value_mappings.activate
    try:
        active = truth(raw.get(column))
    except Unusable as error:
        return InvalidRow(uid, "InvalidActivate", f"Column {column!r} {error}.")
    if active is None:
        return InvalidRow(
            uid,
            "InvalidActivate",
            f"Column {column!r} says neither yes (1, true, yes) nor no (0, false, no, empty, NULL).",
        )
    return _read_values(spec, uid, raw) if active else None


def _read_values(spec: TenantRegistrySpec, uid: str, raw: Mapping[str, Any]) -> UsableRow | InvalidRow:
    values: dict[str, Value] = {}
    nulls: list[str] = []
    for variable, column in sorted(spec.extra_value_mappings.items()):
        try:
            value = canonical(raw.get(column))
        except Unusable as error:
            return InvalidRow(uid, "InvalidValue", f"Column {column!r} {error}.")
        if value is None:
            nulls.append(variable)
        else:
            values[variable] = value
    secrets: dict[str, Value] = {}
    for name, column in spec.secret_value_mappings.items():
        try:
            secret = canonical(raw.get(column))
        except Unusable as error:
            return InvalidRow(uid, "InvalidValue", f"Column {column!r} {error}.")
        if secret is not None:
            secrets[name] = secret
    return UsableRow(uid, values, nulls, _priority(spec, raw), secrets, row_labels(spec, raw))


def _priority(spec: TenantRegistrySpec, raw: Mapping[str, Any]) -> float:
    """A number, 0 where there is none: a strange priority is no reason to leave a tenant out."""
    column = spec.value_mappings.priority
    try:
        value = canonical(raw.get(column)) if column else 0
        number = float(value) if isinstance(value, int | float | str) else 0.0
    except (Unusable, ValueError):
        return 0
    if not math.isfinite(number):
        return 0
    return int(number) if number.is_integer() else number


def _without_uid(spec: TenantRegistrySpec, raw: Mapping[str, Any]) -> list[UsableRow]:
    row = _read_values(spec, "", raw)
    return [] if isinstance(row, InvalidRow) else [row]


def _name_collisions(usable: Mapping[str, UsableRow], existing: Iterable[str]) -> list[InvalidRow]:
    """Rows whose tenant's name another uid has. The existing tenant wins; among new ones nobody does."""
    established = frozenset(existing)
    by_slug: dict[str, list[str]] = defaultdict(list)
    for uid in {*usable, *established}:
        by_slug[slug(uid)].append(uid)
    refused: list[InvalidRow] = []
    for name, uids in sorted(by_slug.items()):
        if len(uids) > 1:
            refused.extend(
                InvalidRow(
                    uid,
                    "NameTaken",
                    f"Its tenant would be called {name!r}, like that of another uid. Change one of the two uids.",
                )
                for uid in sorted(uids)
                if uid in usable and uid not in established
            )
    return refused
