"""From what a poll brought to rows that can become tenants, and a reason for each of the others.

A row that cannot be used is no reason to remove its tenant: the tenant that it belongs to is *held*, which means kept
as it is. A row without a uid belongs to the tenant that is missing and had exactly its values, if there is one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from tenantry.kinds import TenantRegistrySpec
from tenantry.names import slug
from tenantry.protocol import JSONObject
from tenantry.registry.sharding.row_labels import NO_LABELS, RowLabels, row_labels
from tenantry.registry.values import Unusable, Value, canonical, truth, uid_text

MAX_REPORTED: Final = 20
"""Unusable rows that the status lists; all of them are counted."""

UID_SHOWN: Final = 100
"""Characters of a uid that a report shows."""

NO_SECRETS: Final[Mapping[str, Value]] = {}

Variables = Sequence[tuple[str, str]]
"""Variables of templates with their columns, by name."""


class UsableRow(NamedTuple):
    """An active row that has its own tenant. Made for every row of every poll, hence a tuple."""

    uid: str
    values: dict[str, Value]
    nulls: list[str]
    """Variables whose column is NULL, sorted."""
    priority: float = 0
    """Rollouts move the tenant with more of it first."""
    secrets: Mapping[str, Value] = NO_SECRETS
    """Secret columns by their names, without those that are NULL."""
    labels: RowLabels = NO_LABELS
    """Tags and shard."""

    def __repr__(self) -> str:
        return f"UsableRow(uid={self.uid!r}, values={self.values!r}, and {len(self.secrets)} secrets)"


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
    variables = sorted(spec.extra_value_mappings.items())
    found: dict[str, Mapping[str, Any]] = {}
    repeated: dict[str, int] = {}
    for raw in raw_rows:
        uid = _read_uid(spec.value_mappings.uid, raw)
        if isinstance(uid, InvalidRow):
            invalid.append(uid)
            nameless.extend(_without_uid(spec, variables, raw))
        elif uid in found:
            repeated[uid] = repeated.get(uid, 1) + 1
        else:
            found[uid] = raw
    for uid, times in repeated.items():
        held.add(uid)
        invalid.extend([InvalidRow(uid, "DuplicateUID", f"{times} rows have this uid. Leave one.")] * times)
    for uid, raw in found.items():
        if uid in repeated:
            continue
        row = _read_row(spec, variables, uid, raw)
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


def _read_uid(column: str, raw: Mapping[str, Any]) -> str | InvalidRow:
    try:
        uid = uid_text(raw.get(column))
    except Unusable as error:
        return InvalidRow("", "InvalidUID", f"The uid, column {column!r}, {error}.")
    return uid or InvalidRow("", "MissingUID", f"The uid, column {column!r}, is empty or NULL. Give the row one.")


def _read_row(
    spec: TenantRegistrySpec, variables: Variables, uid: str, raw: Mapping[str, Any]
) -> UsableRow | InvalidRow | None:
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
    return _read_values(spec, variables, uid, raw) if active else None


def _read_values(
    spec: TenantRegistrySpec, variables: Variables, uid: str, raw: Mapping[str, Any]
) -> UsableRow | InvalidRow:
    values: dict[str, Value] = {}
    nulls: list[str] = []
    for variable, column in variables:
        try:
            value = canonical(raw.get(column))
        except Unusable as error:
            return InvalidRow(uid, "InvalidValue", f"Variable {variable} from column {column!r} {error}.")
        if value is None:
            nulls.append(variable)
        else:
            values[variable] = value
    secrets = _read_secrets(spec.secret_value_mappings, uid, raw) if spec.secret_value_mappings else NO_SECRETS
    if isinstance(secrets, InvalidRow):
        return secrets
    return UsableRow(uid, values, nulls, _priority(spec, raw), secrets, row_labels(spec, raw))


def _read_secrets(mappings: Mapping[str, str], uid: str, raw: Mapping[str, Any]) -> dict[str, Value] | InvalidRow:
    secrets: dict[str, Value] = {}
    for name, column in mappings.items():
        try:
            secret = canonical(raw.get(column))
        except Unusable as error:
            return InvalidRow(uid, "InvalidValue", f"Secret {name} from column {column!r} {error}.")
        if secret is not None:
            secrets[name] = secret
    return secrets


def _priority(spec: TenantRegistrySpec, raw: Mapping[str, Any]) -> float:
    """A number, 0 where there is none: a strange priority is no reason to leave a tenant out."""
    column = spec.value_mappings.priority
    if not column:
        return 0
    try:
        value = canonical(raw.get(column))
        number = float(value) if isinstance(value, int | float | str) else 0.0
    except (Unusable, ValueError):
        return 0
    if not math.isfinite(number):
        return 0
    return int(number) if number.is_integer() else number


def _without_uid(spec: TenantRegistrySpec, variables: Variables, raw: Mapping[str, Any]) -> list[UsableRow]:
    row = _read_values(spec, variables, "", raw)
    return [] if isinstance(row, InvalidRow) else [row]


def _name_collisions(usable: Mapping[str, UsableRow], existing: Iterable[str]) -> list[InvalidRow]:
    """Rows whose tenant's name another uid has. The existing tenant wins; among new ones nobody does."""
    established = frozenset(existing)
    if usable.keys() <= established:
        return []
    first: dict[str, str] = {}
    shared: dict[str, set[str]] = {}
    for uid in {*usable, *established}:
        name = slug(uid)
        other = first.setdefault(name, uid)
        if other is not uid:
            shared.setdefault(name, {other}).add(uid)
    refused: list[InvalidRow] = []
    for name, uids in sorted(shared.items()):
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
